"""HANA's SQL on top of sqlite3: `Database` holds the data, its connections implement `model.Connection`."""

from __future__ import annotations

from .database import Database

__all__ = ["Database"]
