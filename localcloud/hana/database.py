"""Opens the database of a local HANA: makes its users and its schema, and seeds a new one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from .instance import InstanceSettings, remove
from .seed import plant, quoted, run
from .sql.engine.database import Database

_ON_DATA = "SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE"
_RUNTIME_PRIVILEGES = (*_ON_DATA, "CREATE TEMPORARY TABLE")
"""What the access role of an HDI container gives to its runtime user."""


def open_database(settings: InstanceSettings) -> Database:
    """The database of these settings; a new one is seeded by the schema's owner.

    Raises ValueError naming the file that cannot be used, OSError where there is no room for a new one.
    """
    data = settings.data
    if data is None:
        return _filled(Database(), settings)
    if not data.parent.is_dir():
        raise ValueError(f"{data}: there is no folder {data.parent}")
    try:
        if not data.exists() or (data.is_file() and data.stat().st_size == 0):
            _make(data, settings)
        return _opened(data, settings)
    except sqlite3.Error as error:
        raise ValueError(f"{data}: not a file that the local HANA can use ({error})") from None


def _make(data: Path, settings: InstanceSettings) -> None:
    """A new file. It gets its name when it is filled, so that no file ever holds half a seed."""
    unfinished = data.with_name(f"{data.name}.unfinished")
    remove(unfinished)
    try:
        _filled(Database(unfinished), settings).close()
        unfinished.replace(data)
    finally:
        remove(unfinished)


def _filled(database: Database, settings: InstanceSettings) -> Database:
    try:
        database.create_user(settings.owner, settings.schema)
        database.create_user(settings.user, settings.schema, _RUNTIME_PRIVILEGES)
        if settings.seed is not None:
            with closing(database.connect(settings.owner)) as connection:
                plant(connection, settings.schema, settings.seed)
    except BaseException:
        database.close()
        raise
    return database


def _opened(data: Path, settings: InstanceSettings) -> Database:
    """A file that is there, and these users in it; ValueError if it is for another schema."""
    # First of all, since opening a database clears it of tables that are not the local HANA's.
    with closing(sqlite3.connect(data)) as file:
        file.execute("SELECT 1 FROM hana_catalogue")
    database = Database(data)
    try:
        _admit(database, settings)
    except BaseException:
        database.close()
        raise
    return database


def _admit(database: Database, settings: InstanceSettings) -> None:
    catalogue = database.catalogue
    owner, user, schema = settings.owner, settings.user, settings.schema
    if schema not in catalogue.schemas:
        there = sorted(name for name, whose in catalogue.schemas.items() if whose != "SYS")
        raise ValueError(f"{settings.data}: no schema {schema} in it, but {', '.join(there)}")
    if owner not in catalogue.users or not catalogue.users[owner].administrator:
        database.create_user(owner, schema)
    if user not in catalogue.users:
        database.create_user(user, schema, _RUNTIME_PRIVILEGES)
    elif not catalogue.may(user, "SELECT", schema, ""):
        privileges = ", ".join(_ON_DATA)
        with closing(database.connect(owner)) as connection:
            run(connection, f"GRANT {privileges} ON SCHEMA {quoted(schema)} TO {quoted(user)}")
