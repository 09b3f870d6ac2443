"""Parses statements: from text to a tree, with the position of everything in it."""
