"""Opens the database of a local HANA: makes its users and its schema, and seeds a new one."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from .artefacts import quoted
from .hdi.container import open_container
from .hdi.grants import has_grants, take_default_role
from .hdi.schemas import DEFAULT_PRIVILEGES, TYPES_SCHEMA, Container
from .hdi.seeded import count_as_deployed
from .instance import InstanceSettings, remove
from .loading import run
from .releases import RELEASES
from .seed import Planted, plant
from .sql.engine.database import Database

_ON_DATA = "SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE"


def open_database(settings: InstanceSettings) -> Database:
    """The database of these settings; a new one is seeded by the schema's owner.

    Raises ValueError naming the file that cannot be used, OSError where there is no room for a new one.
    """
    data = settings.data
    if data is None:
        return _filled(Database(release=RELEASES[settings.version]), settings)
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
        _filled(Database(unfinished, release=RELEASES[settings.version]), settings).close()
        unfinished.replace(data)
    finally:
        remove(unfinished)


def _filled(database: Database, settings: InstanceSettings) -> Database:
    try:
        database.create_user(settings.owner, settings.schema)
        database.create_user(settings.user, settings.schema, DEFAULT_PRIVILEGES)
        open_container(database, settings.schema, settings.owner)
        if settings.seed is not None:
            with closing(database.connect(settings.owner)) as connection:
                planted = plant(connection, settings.schema, settings.seed)
            _apply(planted, database, settings)
            if (settings.seed / "package.json").exists():
                count_as_deployed(database, Container(settings.schema, settings.owner), settings.seed)
    except BaseException:
        database.close()
        raise
    return database


def _apply(planted: Planted, database: Database, settings: InstanceSettings) -> None:
    """Leave to the runtime user what the seed's default access role gives, and tell what was not read."""
    for line in planted.unread:
        print(f"local HANA: {line}", file=sys.stderr)
    if planted.access is None:
        return
    schema, container = settings.schema, Container(settings.schema, settings.owner)
    for each in planted.access:
        if each.object and (schema, each.object) not in database.catalogue.objects:
            raise ValueError(f"{each.file}: there is no {each.object} on which a role could give something")
    role = container.access_role
    database.create_role(role, frozenset((schema, each.object, each.privilege) for each in planted.access))
    database.assign_role(role, settings.user)
    take_default_role(database, container)


def _opened(data: Path, settings: InstanceSettings) -> Database:
    """A file that is there, and these users in it; ValueError if it is for another schema."""
    # First of all, since opening a database clears it of tables that are not the local HANA's.
    with closing(sqlite3.connect(data)) as file:
        file.execute("SELECT 1 FROM hana_catalogue")
    database = Database(data, release=RELEASES[settings.version])
    try:
        _admit(database, settings)
        open_container(database, settings.schema, settings.owner)
    except BaseException:
        database.close()
        raise
    return database


def _admit(database: Database, settings: InstanceSettings) -> None:
    catalogue = database.catalogue
    owner, user, schema = settings.owner, settings.user, settings.schema
    if schema not in catalogue.schemas:
        there = sorted(
            name for name, whose in catalogue.schemas.items() if whose not in ("SYS", TYPES_SCHEMA)
        )
        raise ValueError(f"{settings.data}: no schema {schema} in it, but {', '.join(there)}")
    if owner not in catalogue.users or not catalogue.users[owner].administrator:
        database.create_user(owner, schema)
    container = Container(schema, owner)
    role, by_role = container.access_role, has_grants(database, container)
    if user not in catalogue.users:
        database.create_user(user, schema, DEFAULT_PRIVILEGES)
        if by_role:
            database.assign_role(role, user)
    elif by_role and role in catalogue.users[user].roles:
        return
    elif not catalogue.may(user, "SELECT", schema, ""):
        privileges = ", ".join(_ON_DATA)
        with closing(database.connect(owner)) as connection:
            run(connection, f"GRANT {privileges} ON SCHEMA {quoted(schema)} TO {quoted(user)}")
