"""HANA's SQL on top of sqlite3."""
