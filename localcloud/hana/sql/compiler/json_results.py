"""Compiles FOR JSON: the rows of a query as one JSON document, which sqlite writes itself."""

# ruff: noqa: S608 - generated SQL holds names and literals of our own making only
from __future__ import annotations

import json

from localcloud.hana.errors import not_supported
from localcloud.hana.model import Type, TypeCode
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.json_clauses import LONGEST_DOCUMENT
from localcloud.hana.sql.values import types

from .conditions import balanced
from .conversions import convert
from .fragments import CompiledQuery, Context, Field, Fragment, string

HEADING = "JSONRESULT"
_BLOBS = types.BINARIES | {TypeCode.BLOB}


def for_json(context: Context, compiled: CompiledQuery, node: tree.ForJson, at: int) -> CompiledQuery:
    """The query whose one row is the document; NULL where there are no rows."""
    if node.formatted:
        raise not_supported("FOR JSON ('format'='yes')", at)
    alias = context.alias()
    members = [_member(each, f"{alias}.{each.sql}", node, at) for each in compiled.fields]
    if node.omits_null:
        row = f"'{{' || substr({balanced(members, '||')}, 2) || '}}'"
    else:
        first, *rest = members
        row = balanced([first.replace("',", "'{", 1), *rest, "'}'"], "||")
    is_single = compiled.one_row and not node.wraps
    document = row if is_single else f"group_concat({row}, ',')"
    if node.wraps:
        document = f"'[' || {document} || ']'"
    whole = Fragment(document, Type(TypeCode.NVARCHAR, LONGEST_DOCUMENT))
    returned = convert(context, whole, node.type).sql
    sql = f"SELECT {returned} AS o1 FROM ({compiled.sql}) AS {alias}"
    return CompiledQuery(sql, [Field(HEADING, "o1", node.type)], one_row=True)


def _member(field: Field, sql: str, node: tree.ForJson, at: int) -> str:
    """`,"name":value` of a column; nothing where it is NULL and nulls are left out."""
    value = _value(field, sql, at)
    name = string("," + json.dumps(field.name, ensure_ascii=False) + ":")
    if node.omits_null:
        return f"CASE WHEN {sql} IS NULL THEN '' ELSE {name} || {value} END"
    return f"{name} || {value}"


def _value(field: Field, sql: str, at: int) -> str:
    code = field.type.code
    if code in _BLOBS:
        raise not_supported(f"{types.sys_name(field.type)} in FOR JSON", at)
    if code is TypeCode.BOOLEAN:
        return f"CASE {sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END"
    if code in types.DECIMALS | types.INTEGERS:
        return f"ifnull({sql}, 'null')"
    if code in types.FLOATS:
        return f"ifnull(hana_written_float({sql}), 'null')"
    return f"json_quote({sql})"
