"""Compiles HIERARCHY and its navigations: a function of ours ranks the nodes, sqlite does the rest."""

# ruff: noqa: S608 - generated SQL holds names and literals of our own making only
from __future__ import annotations

import sqlite3

from localcloud.hana.errors import INCONSISTENT_TYPE, INVALID_COLUMN, HanaError, not_supported
from localcloud.hana.model import Type
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.values import types

from .conversions import convert, ordered
from .fragments import Compilers, Context, Field, Relation, Scope

_COLUMNS: dict[str, Type] = {
    "HIERARCHY_RANK": types.BIGINT,
    "HIERARCHY_TREE_SIZE": types.BIGINT,
    "HIERARCHY_PARENT_RANK": types.BIGINT,
    "HIERARCHY_ROOT_RANK": types.BIGINT,
    "HIERARCHY_LEVEL": types.INT,
    "HIERARCHY_IS_CYCLE": types.TINYINT,
    "HIERARCHY_IS_ORPHAN": types.TINYINT,
}
"""The columns about the tree; ABAP's documentation of CDS hierarchies has their types."""
_FAMILIES = (types.INTEGERS, types.TEXTS, types.BINARIES)
# An older sqlite has no word for it; its answers are the same.
_ONCE = "MATERIALIZED " if sqlite3.sqlite_version_info >= (3, 35) else ""


def hierarchy(
    context: Context, scope: Scope, node: tree.Hierarchy | tree.HierarchyNavigation, by: Compilers
) -> tuple[str, Relation]:
    """A hierarchy in FROM: the columns about the tree come first, then those of its source."""
    if isinstance(node, tree.Hierarchy):
        sql, fields = _ranked(context, scope, node, by)
    else:
        sql, fields = _navigated(context, scope, node, by)
    alias = context.alias()
    return f"({sql}) AS {alias}", Relation(((node.alias,),) if node.alias else (), _of(fields, alias))


def _of(fields: list[Field], alias: str) -> list[Field]:
    return [Field(each.name, f"{alias}.{each.sql}", each.type, each.nullable) for each in fields]


def _ranked(context: Context, scope: Scope, node: tree.Hierarchy, by: Compilers) -> tuple[str, list[Field]]:
    own = Scope(parent=scope.parent)
    from_sql = by.source(context, own, node.source)
    given = [each for relation in own.relations for each in relation.fields]
    found = [_key(given, name, node.at) for name in ("NODE_ID", "PARENT_ID")]
    _check_same(found[0], found[1], node.at)
    keys = [_key_sql(each) for each in found]
    start = f"{keys[1]} IS NULL" if node.start is None else by.condition(context, own, node.start)
    items = [ordered(context, by.value(context, own, each.expression), each) for each in node.order]
    over = f"ORDER BY {', '.join(items)}" if items else ""
    columns = [f"{each.sql} AS s{number}" for number, each in enumerate(given)]
    rows, ranks = context.alias(), context.alias()
    numbered = ", ".join(
        (f"row_number() OVER ({over}) AS n", f"{keys[0]} AS node", f"{keys[1]} AS parent", *columns)
    )
    listed = f"SELECT json_array(node, parent, start) AS each FROM {rows} ORDER BY n"
    values = ", ".join(f"json_extract({ranks}.value, '$[{number}]') AS v{number}" for number in range(1, 8))
    passed = "".join(f", {rows}.s{number}" for number in range(len(given)))
    sql = (
        f"WITH {rows} AS {_ONCE}(SELECT {numbered}, ({start}) IS true AS start FROM {from_sql}) "
        f"SELECT {values}{passed} FROM json_each(hana_hierarchy("
        f"(SELECT json_group_array(json(each)) FROM ({listed})), "
        f"'{node.orphan}', '{node.cycle}', {node.depth})) AS {ranks} "
        f"JOIN {rows} ON {rows}.n = json_extract({ranks}.value, '$[0]') ORDER BY {ranks}.key"
    )
    return sql, [*_tree_fields(), *_renamed(given)]


def _tree_fields() -> list[Field]:
    return [Field(name, f"v{number}", type_) for number, (name, type_) in enumerate(_COLUMNS.items(), 1)]


def _renamed(given: list[Field]) -> list[Field]:
    return [Field(each.name, f"s{number}", each.type, each.nullable) for number, each in enumerate(given)]


def _key(given: list[Field], name: str, at: int) -> Field:
    """The column that says which node a row is, or which its parent is."""
    found = next((each for each in given if each.name == name), None)
    if found is None:
        raise HanaError(INVALID_COLUMN, f"invalid column name: {name} of a hierarchy's source", at)
    return found


def _check_same(node: Field, parent: Field, at: int) -> None:
    """266 where a parent can be no node, because the types are of two kinds."""
    codes = {node.type.code, parent.type.code}
    if len(codes) > 1 and not any(codes <= family for family in _FAMILIES):
        text = f"NODE_ID is {node.type.code.name}, and PARENT_ID is {parent.type.code.name}"
        raise HanaError(INCONSISTENT_TYPE, f"inconsistent datatype: {text}", at)


def _key_sql(key: Field) -> str:
    """A key as a value that JSON has."""
    if key.type.code in types.BINARIES:
        return f"iif({key.sql} IS NULL, NULL, hex({key.sql}))"
    return key.sql


def _navigated(
    context: Context, scope: Scope, node: tree.HierarchyNavigation, by: Compilers
) -> tuple[str, list[Field]]:
    """A row for each node that a starting node leads to, with the distance between them."""
    own = Scope(parent=scope.parent)
    from_sql = by.source(context, own, node.source)
    relation = own.relations[0]
    if len(own.relations) > 1:
        raise not_supported(f"{node.kind} of a join", node.at)
    for name in _COLUMNS:
        if all(each.name != name for each in relation.fields):
            raise HanaError(INVALID_COLUMN, f"invalid column name: {name} of a hierarchy", node.at)
    all_nodes, start, other = context.alias(), context.alias(), context.alias()
    listed = ", ".join(f"{each.sql} AS k{number}" for number, each in enumerate(relation.fields))
    names = {each.name: f"k{number}" for number, each in enumerate(relation.fields)}
    rank, size, level = (names[name] for name in ("HIERARCHY_RANK", "HIERARCHY_TREE_SIZE", "HIERARCHY_LEVEL"))
    held = [
        Field(each.name, f"k{number}", each.type, each.nullable)
        for number, each in enumerate(relation.fields)
    ]
    at_start = Scope([Relation(relation.qualifiers, _of(held, start))], scope.parent)
    where = [f"({by.condition(context, at_start, node.start)})"]
    top, below = (start, other) if node.kind == "HIERARCHY_DESCENDANTS" else (other, start)
    within = f"{below}.{rank} >= {top}.{rank} AND {below}.{rank} < {top}.{rank} + {top}.{size}"
    distance = f"{other}.{level} - {start}.{level}"
    for operator, bound in ((">=", node.low), ("<=", node.high)):
        if bound is not None:
            limit = convert(context, by.value(context, own, bound), types.BIGINT)
            where.append(f"{distance} {operator} {limit.sql}")
    sql = (
        f"WITH {all_nodes} AS {_ONCE}(SELECT {listed} FROM {from_sql}) "
        f"SELECT {start}.{rank} AS started, {distance} AS distance, {other}.* "
        f"FROM {all_nodes} AS {start} JOIN {all_nodes} AS {other} ON {within} "
        f"WHERE {' AND '.join(where)} ORDER BY {start}.{rank}, {other}.{rank}"
    )
    own_fields = [
        Field("START_RANK", "started", types.BIGINT),
        Field("HIERARCHY_DISTANCE", "distance", types.INT),
    ]
    return sql, [*own_fields, *held]
