"""Carries a definition out by its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.hana.sql.parser import tree

from . import alter_table, create_table, drop, objects
from .catalogue_change import CatalogueChange

_BY_KIND: dict[type, Callable[[CatalogueChange, Any], None]] = {
    tree.CreateSchema: objects.create_schema,
    tree.CreateTable: create_table.create_table,
    tree.AlterTable: alter_table.alter_table,
    tree.CreateView: objects.create_view,
    tree.CreateIndex: objects.create_index,
    tree.CreateSequence: objects.create_sequence,
    tree.AlterSequence: objects.alter_sequence,
    tree.CreateSynonym: objects.create_synonym,
    tree.Comment: objects.comment,
    tree.Grant: objects.grant,
    tree.Rename: alter_table.rename,
    tree.Truncate: create_table.truncate,
    tree.Drop: drop.drop,
}


def define(made: CatalogueChange, node: tree.Definition) -> None:
    """Carry a definition out: change the catalogue, and add the steps for sqlite."""
    _BY_KIND[type(node)](made, node)
