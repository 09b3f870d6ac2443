"""`python -m tokonoma.doctor`: why does it not work, and what to do next? Reads only, and tells no secret."""
