"""Tokonoma shows what is in an SAP HANA schema to the people who are allowed to see it."""

__version__ = "0.1.0"
