"""HANA's types, and the stored form of their values."""
