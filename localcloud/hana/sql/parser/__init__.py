"""Reads statements: from text to a tree, with the place of everything in it."""
