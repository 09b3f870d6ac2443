"""Puts a container into a database: its schemas, and the procedures that deploy into it."""

from __future__ import annotations

from localcloud.hana.sql.engine.database import Database

from .procedures import ContainerProcedures
from .schemas import Container, make_schemas


def open_container(database: Database, schema: str, user: str) -> None:
    """Make the container around a schema, where it is not there yet; `user` is who deploys into it."""
    container = Container(schema, user)
    make_schemas(database, container)
    database.add_procedures(ContainerProcedures(database, container).all())
