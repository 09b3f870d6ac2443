"""Opens the SQL side for a local HANA: its users, its schema and what it is seeded with."""

from __future__ import annotations

from .instance import Settings
from .seed import plant
from .sql import Database

_RUNTIME_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE", "CREATE TEMPORARY TABLE")
"""What the access role of an HDI container gives to its runtime user."""


def open_database(settings: Settings) -> Database:
    """The database of these settings; a new one is seeded by the schema's owner."""
    database = Database(settings.data)
    if settings.owner in database.catalogue.users:
        return database
    database.create_user(settings.owner, settings.schema)
    database.create_user(settings.user, settings.schema, _RUNTIME_PRIVILEGES)
    if settings.seed is not None:
        connection = database.connect(settings.owner)
        try:
            plant(connection, settings.schema, settings.seed)
        finally:
            connection.close()
    return database
