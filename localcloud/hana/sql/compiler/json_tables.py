"""Compiles JSON_TABLE, JSON_VALUE and JSON_QUERY: functions of ours read the document, sqlite the rows."""

from __future__ import annotations

import json
from collections.abc import Iterator

from localcloud.hana.errors import INCONSISTENT_TYPE, SYNTAX, HanaError, not_supported
from localcloud.hana.model import Type
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.values import types
from localcloud.hana.sql.values.json_paths import InvalidPath, parse_path

from .conversions import convert
from .fragments import Context, Field, Fragment, Relation, Scope, ValueCompiler, string

Wanted = list[object]


def json_table(
    context: Context, scope: Scope, node: tree.JsonTable, value: ValueCompiler
) -> tuple[str, Relation]:
    """JSON_TABLE in FROM; its document may be a column of what stands before it.

    It may also be that of a common table that stands nowhere in FROM, which is read row by row then.
    """
    before, document = _document(context, scope, node, value)
    columns = list(_flat(node.columns))
    alias = context.alias()
    if is_one_row(node):
        sql = f"(SELECT {', '.join(f'1 AS v{number}' for number in range(len(columns)))}) AS {alias}"
        fields = [Field(each.name, f"{alias}.v{number}", types.INT) for number, each in enumerate(columns)]
    else:
        wanted = json.dumps(
            [_path(node.path, node.at), _wanted(node.columns, node.on_error), node.on_error.action]
        )
        sql = f"{before}json_each(hana_json_rows({document}, {string(wanted)})) AS {alias}"
        fields = [
            Field(each.name, f"json_extract({alias}.value, '$[{number}]')", each.type or types.INT)
            for number, each in enumerate(columns)
        ]
    return sql, Relation(((node.alias,),) if node.alias else (), fields)


def _document(context: Context, scope: Scope, node: tree.JsonTable, value: ValueCompiler) -> tuple[str, str]:
    """What has to stand before the table in FROM, and the SQL of the document."""
    found = node.document
    if isinstance(found, tree.ColumnName) and len(found.qualifier) == 1:
        known = context.common.get(found.qualifier[0])
        if known is not None and not any(each.answers_to(found.qualifier) for each in scope.relations):
            alias = context.alias()
            own = Scope([Relation((found.qualifier,), _under(known.fields, alias))])
            fragment = value(context, own, found)
            return f"{known.qualifiers[0][0]} AS {alias} JOIN ", _text(context, fragment, node.at)
    return "", _text(context, value(context, scope, found), node.at)


def _under(fields: list[Field], alias: str) -> list[Field]:
    return [Field(each.name, f"{alias}.{each.sql}", each.type, each.nullable) for each in fields]


def _text(context: Context, fragment: Fragment, at: int) -> str:
    """A document is a text, short or long."""
    if fragment.type is None:
        return convert(context, fragment, types.NCLOB).sql
    if fragment.type.code not in types.TEXTS | types.TEXT_LOBS:
        name = types.sys_name(fragment.type)
        raise HanaError(INCONSISTENT_TYPE, f"inconsistent datatype: {name} is no JSON document", at)
    return fragment.sql


def is_one_row(node: tree.Source | None) -> bool:
    """Whether it is `JSON_TABLE('{}', '$' COLUMNS(x FOR ORDINALITY))`, a table of one row."""
    if not isinstance(node, tree.JsonTable):
        return False
    is_empty = isinstance(node.document, tree.Literal) and node.document.value == "{}"
    return is_empty and node.path == "$" and all(each.kind == "ORDINALITY" for each in node.columns)


def _flat(columns: tuple[tree.JsonColumn, ...]) -> Iterator[tree.JsonColumn]:
    """The columns that a row has, those of nested paths in their places."""
    for each in columns:
        if each.kind == "NESTED":
            yield from _flat(each.columns)
        else:
            yield each


def _wanted(columns: tuple[tree.JsonColumn, ...], on_error: tree.JsonFallback) -> list[Wanted]:
    return [_wanted_column(each, on_error) for each in columns]


def _wanted_column(column: tree.JsonColumn, on_error: tree.JsonFallback) -> Wanted:
    """A column as the functions want it; `on_error` is for one that says nothing about errors itself."""
    type_ = column.type or types.INT
    on_error = column.on_error if column.on_error.action else on_error
    fallbacks = [[each.action or "NULL", each.value] for each in (column.on_empty, on_error)]
    size = [int(type_.code), type_.length, type_.scale]
    path = _path(column.path, column.at)
    return [column.kind, path, size, *fallbacks, column.wrapper, _wanted(column.columns, on_error)]


def _path(path: str, at: int) -> str:
    try:
        parse_path(path)
    except InvalidPath as error:
        if error.step:
            raise not_supported(f"{error.step} in a JSON path", at) from None
        raise HanaError(SYNTAX, f"sql syntax error: this is no JSON path: {path[:100]}", at) from None
    return path


def json_function(context: Context, scope: Scope, node: tree.JsonFunction, value: ValueCompiler) -> Fragment:
    """JSON_VALUE or JSON_QUERY."""
    document = _text(context, value(context, scope, node.document), node.at)
    assert node.column.type is not None
    wanted = string(json.dumps(_wanted_column(node.column, tree.JsonFallback())))
    return Fragment(f"hana_json_value({document}, {wanted})", node.column.type)


def shown(type_: Type) -> Type:
    """The type in which a value is handed out: metadata have no room for an NVARCHAR(2147483647)."""
    is_long = type_.code in types.TEXTS and type_.length > types.LONGEST_TEXT
    return Type(type_.code, types.LONGEST_TEXT) if is_long else type_


def stored(type_: Type) -> Type:
    """The type of a column that is made of a value: a text that is longer than columns may be is a LOB."""
    if type_.code in types.TEXTS and type_.length > types.LONGEST_TEXT:
        return types.NCLOB if types.is_wide(type_) else types.CLOB
    return type_
