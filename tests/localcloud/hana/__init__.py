"""The local HANA."""
