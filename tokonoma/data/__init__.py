"""What callers may read, and how their questions become SQL."""
