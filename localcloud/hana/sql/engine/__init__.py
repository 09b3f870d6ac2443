"""Runs compiled statements on sqlite3: databases, sessions, transactions and open results."""
