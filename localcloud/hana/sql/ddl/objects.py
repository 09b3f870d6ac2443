"""Schemas, views, indexes, sequences, synonyms, comments and grants."""

from __future__ import annotations

from dataclasses import replace

from localcloud.hana.errors import (
    DUPLICATE_INDEX,
    DUPLICATE_SCHEMA,
    INSUFFICIENT_PRIVILEGE,
    INVALID_COLUMN,
    INVALID_SEQUENCE,
    INVALID_USER,
    HanaError,
)
from localcloud.hana.sql.catalogue.catalogue import (
    DUMMY,
    Index,
    Role,
    Sequence,
    Synonym,
    Table,
    View,
    ViewColumn,
    ViewParameter,
    missing_schema,
)
from localcloud.hana.sql.compiler.json_tables import stored
from localcloud.hana.sql.compiler.queries import renamed
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.language import is_system_view

from . import sqlite_tables
from .catalogue_change import CatalogueChange, key_ids
from .create_table import check_names, compiled_definition


def create_schema(made: CatalogueChange, node: tree.CreateSchema) -> None:
    """CREATE SCHEMA, for administrators."""
    if node.name in made.catalogue.schemas:
        if node.if_not_exists:
            return
        raise HanaError(DUPLICATE_SCHEMA, f"cannot use duplicate schema name: {node.name}", node.at)
    known = made.catalogue.users.get(made.user)
    if known is None or not known.administrator:
        raise HanaError(INSUFFICIENT_PRIVILEGE, "insufficient privilege: Not authorized", node.at)
    if node.owner and node.owner not in made.catalogue.users:
        raise HanaError(INVALID_USER, f"invalid user name: {node.owner}", node.at)
    made.catalogue = made.catalogue.with_schema(node.name, node.owner or made.user)


def create_view(made: CatalogueChange, node: tree.CreateView) -> None:
    """CREATE [OR REPLACE] VIEW."""
    old = made.catalogue.objects.get(made.key(node.path))
    if node.replace and isinstance(old, View):
        key, id_ = old.key, old.id
        made.demand("DROP", old.schema, old.name, node.path.at)
    else:
        key, id_ = made.new_key(node.path), made.new_id()
    parameters = tuple(ViewParameter(each.name, each.type, each.default) for each in node.parameters)
    compiled = compiled_definition(made, node.query, temporary=False, parameters=parameters)
    fields = renamed(compiled.fields, node.columns, node.at)
    check_names(tuple(each.name for each in fields), node.at)
    columns = tuple(
        ViewColumn(each.name, stored(each.type), each.nullable, source.name)
        for each, source in zip(fields, compiled.fields, strict=True)
    )
    made.put(View(id_, *key, node.text, columns, made.schema, made.user, node.comment, parameters))


def create_index(made: CatalogueChange, node: tree.CreateIndex) -> None:
    """CREATE [UNIQUE] INDEX; its name is unique in its schema."""
    table = made.table(node.table, "INDEX")
    ids = key_ids(table, tuple(name for name, _ in node.columns), node.at)
    tables = [each for each in made.catalogue.objects.values() if isinstance(each, Table)]
    names = {index.name for each in tables if each.schema == table.schema for index in each.indexes}
    if node.path.name in names:
        raise HanaError(DUPLICATE_INDEX, f"cannot use duplicate index name: {node.path.name}", node.path.at)
    columns = tuple((id_, down) for id_, (_, down) in zip(ids, node.columns, strict=True))
    index = Index(made.new_id(), node.path.name, columns, node.unique)
    made.put(replace(table, indexes=(*table.indexes, index)))
    made.steps.append(sqlite_tables.index_sql(table, index))


def create_sequence(made: CatalogueChange, node: tree.CreateSequence) -> None:
    key = made.new_key(node.path)
    sequence = Sequence(made.new_id(), *key, node.options)
    made.new_sequences.append((sequence.id, node.options))
    made.put(sequence)


def alter_sequence(made: CatalogueChange, node: tree.AlterSequence) -> None:
    """New options; RESTART WITH also sets the next number."""
    found = made.catalogue.find(node.path, made.schema)
    if not isinstance(found, Sequence):
        raise HanaError(INVALID_SEQUENCE, f"invalid sequence: {node.path.name}", node.path.at)
    made.demand("ALTER", found.schema, found.name, node.path.at)
    options = replace(found.options, **node.changes)  # type: ignore[arg-type]
    restart = node.changes.get("start")
    made.changed_sequences.append((found.id, options, restart if isinstance(restart, int) else None))
    made.put(replace(found, options=options))


def create_synonym(made: CatalogueChange, node: tree.CreateSynonym) -> None:
    key = made.new_key(node.path)
    target = made.key(node.target)
    is_unknown = len(node.target.parts) == 1 and target not in made.catalogue.objects
    if is_unknown and (is_system_view(node.target.name) or node.target.name == DUMMY[1]):
        target = ("SYS", node.target.name)
    made.put(Synonym(made.new_id(), *key, target))


def comment(made: CatalogueChange, node: tree.Comment) -> None:
    """COMMENT ON TABLE, VIEW or COLUMN."""
    found = made.catalogue.follow(made.catalogue.find(node.path, made.schema))
    if not isinstance(found, Table | View):
        raise made.catalogue.missing(node.path, made.schema)
    made.demand("ALTER", found.schema, found.name, node.path.at)
    if node.column is None:
        made.put(replace(found, comment=node.text))
        return
    if not any(each.name == node.column for each in found.columns):
        raise HanaError(INVALID_COLUMN, f"invalid column name: {node.column}", node.path.at)
    columns = tuple(
        replace(each, comment=node.text) if each.name == node.column else each for each in found.columns
    )
    made.put(replace(found, columns=columns))  # type: ignore[arg-type]


def grant(made: CatalogueChange, node: tree.Grant) -> None:
    """GRANT and REVOKE of privileges on a schema or an object."""
    if node.schema:
        schema, name = node.path.name, ""
        if schema not in made.catalogue.schemas:
            raise missing_schema(schema, node.path.at)
    else:
        found = made.catalogue.find(node.path, made.schema)
        if found is None:
            raise made.catalogue.missing(node.path, made.schema)
        schema, name = found.schema, found.name
    made.demand("GRANT", schema, name, node.at)
    holder = made.catalogue.users.get(node.grantee) or made.catalogue.roles.get(node.grantee)
    if holder is None:
        raise HanaError(INVALID_USER, f"invalid user name: {node.grantee}", node.at)
    changed = {(schema, name, privilege) for privilege in node.privileges}
    grants = frozenset(holder.grants - changed if node.revoke else holder.grants | changed)
    if isinstance(holder, Role):
        made.catalogue = made.catalogue.with_role(replace(holder, grants=grants))
    else:
        made.catalogue = made.catalogue.with_user(replace(holder, grants=grants))
