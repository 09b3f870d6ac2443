"""What the pages are called and what they show beside it: whoever makes them their own changes it here."""

from __future__ import annotations

NAME = "Tokonoma"
LOGO = "flower.svg"
"""A file of `static/`."""
