"""The bound schema: statements in, rows out."""
