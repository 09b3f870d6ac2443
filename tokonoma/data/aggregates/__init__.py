"""Figures of the rows that a caller may see and a filter keeps, each from a few statements of few rows."""
