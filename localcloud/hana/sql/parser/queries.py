"""Parses queries: SELECT, set operations, and the clauses around them."""

from __future__ import annotations

from dataclasses import replace

from localcloud.hana.sql.functions.series import SERIES_TYPES
from localcloud.hana.sql.values.types import BIGINT

from . import tree
from .calls import order_items
from .expressions import (
    expression,
    expressions,
    identifier,
    integer,
    is_identifier,
    name_list,
    path,
    refuse_association,
    starts_query,
    unknown_function,
)
from .hierarchies import hierarchy_table
from .json_clauses import for_json, json_table
from .language import FUNCTIONS
from .lexer import TokenReader, wordset
from .literals import string

_AFTER_SOURCE = wordset(
    """ON USING WHERE GROUP HAVING ORDER LIMIT UNION INTERSECT EXCEPT MINUS FOR WITH INNER LEFT RIGHT FULL
    CROSS JOIN NATURAL SET WHEN VALUES SELECT LATERAL TABLESAMPLE OFFSET"""
)
_CARDINALITIES = ("EXACT ONE", "ONE", "MANY")
"""On either side of TO, a promise to the optimizer."""
_SET_WORDS = wordset("UNION INTERSECT EXCEPT MINUS")


def query(reader: TokenReader) -> tree.Query:
    """A whole query: WITH, set operations, ORDER BY, LIMIT, FOR UPDATE; hints are read and ignored."""
    reader.deeper()
    at = reader.token.at
    common = _common_tables(reader) if reader.accept("WITH") else ()
    body = _set_operations(reader)
    order = order_items(reader) if reader.accept("ORDER", "BY") else ()
    limit = offset = None
    if reader.accept("LIMIT"):
        limit = expression(reader)
        if reader.accept("OFFSET"):
            offset = expression(reader)
        reader.refuse_any("TOTAL ROWCOUNT")
    lock, lock_of = _lock(reader)
    as_json = for_json(reader)
    locale = _locale(reader)
    skip_hint(reader)
    locale = locale or _locale(reader)
    reader.shallower()
    if isinstance(body, tree.Query) and not (common or order or limit or lock or as_json or locale):
        return body
    return tree.Query(body, at, common, order, limit, offset, lock, lock_of, as_json, locale)


def _locale(reader: TokenReader) -> str:
    """WITH PARAMETERS('LOCALE' = 'de'), or nothing."""
    if not reader.accept("WITH", "PARAMETERS"):
        return ""
    reader.expect_symbol("(")
    token = reader.token
    if string(reader).upper() != "LOCALE":
        raise reader.refuse(f"WITH PARAMETERS ('{token.text[:40]}')", token)
    reader.expect_symbol("=")
    locale = string(reader)
    reader.expect_symbol(")")
    return locale


def skip_hint(reader: TokenReader) -> None:
    """WITH HINT (…) and its relatives change how HANA finds an answer, never the answer."""
    while reader.accept_any(("WITH HINT", "WITH RANGE_RESTRICTION")):
        reader.skip_parentheses()
    reader.refuse_any("WITH PARAMETERS")


def _common_tables(reader: TokenReader) -> tuple[tree.CommonTable, ...]:
    if reader.is_word("RECURSIVE"):
        raise reader.refuse("recursive common table expressions")
    return reader.listed(_common_table)


def _common_table(reader: TokenReader) -> tree.CommonTable:
    at = reader.token.at
    name = identifier(reader)
    columns = name_list(reader) if reader.is_symbol("(") else ()
    reader.expect("AS")
    return tree.CommonTable(name, columns, reader.enclosed(query), at)


def _set_operations(reader: TokenReader) -> tree.Select | tree.SetOperation | tree.Query:
    at = reader.token.at
    first = _operand(reader)
    queries, operators = [_as_query(first)], list[str]()
    while reader.is_one_of(_SET_WORDS):
        token = reader.take()
        operator = "EXCEPT" if token.text == "MINUS" else token.text
        if reader.accept("ALL"):
            operator += " ALL"
        else:
            reader.accept("DISTINCT")
        if operator in ("INTERSECT ALL", "EXCEPT ALL"):
            raise reader.error(reader.tokens[reader.index - 1])
        operators.append(operator)
        queries.append(_as_query(_operand(reader)))
    return tree.SetOperation(tuple(queries), tuple(operators), at) if operators else first


def _as_query(body: tree.Select | tree.SetOperation | tree.Query) -> tree.Query:
    return body if isinstance(body, tree.Query) else tree.Query(body, body.at)


def _operand(reader: TokenReader) -> tree.Select | tree.SetOperation | tree.Query:
    return reader.enclosed(query) if reader.is_symbol("(") else _select(reader)


def _select(reader: TokenReader) -> tree.Select:
    at = reader.token.at
    reader.expect("SELECT")
    top = expression_of_top(reader) if reader.accept("TOP") else None
    distinct = reader.accept("DISTINCT")
    if not distinct:
        reader.accept("ALL")
    items = reader.listed(_select_item)
    reader.refuse_any("INTO", after="SELECT … ")
    reader.expect("FROM")
    source = sources(reader)
    where = expression(reader) if reader.accept("WHERE") else None
    reader.refuse_any("GROUP CLUSTER BY")
    groups = _groups(reader) if reader.accept("GROUP", "BY") else ()
    having = expression(reader) if reader.accept("HAVING") else None
    return tree.Select(distinct, items, source, where, groups, having, at, top)


def expression_of_top(reader: TokenReader) -> tree.Expression:
    """TOP takes a whole number or a parameter."""
    token = reader.token
    if (index := reader.accept_marker()) is not None:
        return tree.Marker(index, token.at)
    return tree.Literal(integer(reader), BIGINT, token.at)


def _groups(reader: TokenReader) -> tuple[tree.Expression, ...]:
    reader.refuse_any("GROUPING SETS", "ROLLUP", "CUBE")
    return expressions(reader)


def _select_item(reader: TokenReader) -> tree.SelectItem:
    first = reader.index
    if reader.accept_symbol("*"):
        return tree.SelectItem(tree.Star((), reader.tokens[first].at), None, "*")
    found = expression(reader)
    heading = _heading(reader, first, reader.index)
    if reader.accept("AS"):
        return tree.SelectItem(found, identifier(reader), heading)
    if is_identifier(reader):
        return tree.SelectItem(found, identifier(reader), heading)
    return tree.SelectItem(found, None, heading)


def _heading(reader: TokenReader, first: int, after: int) -> str:
    """What a column is called that nobody named: its own text, upper-cased, without spaces."""
    words = []
    previous = ""
    for token in reader.tokens[first:after]:
        text = token.text if token.kind in ("name", "quoted") else reader.text_between(token.at, token.end)
        if previous in ("name", "number", "string", "quoted") and token.kind != "symbol":
            words.append(" ")
        words.append(text)
        previous = token.kind
    return "".join(words)


def sources(reader: TokenReader) -> tree.Source:
    """What follows FROM."""
    left = _joined(reader)
    while True:
        at = reader.token.at
        if not reader.accept_symbol(","):
            return left
        left = tree.Join("CROSS", left, _joined(reader), None, at)


def _joined(reader: TokenReader) -> tree.Source:
    left = _source(reader)
    while True:
        at = reader.token.at
        kind = _join_kind(reader)
        if kind is None:
            return left
        right = _source(reader)
        condition = None
        if kind != "CROSS":
            if reader.is_word("USING"):
                raise reader.refuse("JOIN … USING")
            reader.expect("ON")
            condition = expression(reader)
        left = tree.Join(kind, left, right, condition, at)


def _join_kind(reader: TokenReader) -> str | None:
    for word in ("NATURAL", "CASE"):
        if reader.is_word(word):
            raise reader.refuse(f"{word} JOIN")
    kind = reader.accept_any(("CROSS JOIN", "INNER", "LEFT", "RIGHT", "FULL", "JOIN"))
    if kind in ("LEFT", "RIGHT", "FULL"):
        reader.accept("OUTER")
    if kind in ("INNER", "LEFT", "RIGHT", "FULL"):
        if reader.accept_any(_CARDINALITIES):
            reader.expect("TO")
            if not reader.accept_any(_CARDINALITIES):
                raise reader.error()
        reader.expect("JOIN")
    return {"": None, "JOIN": "INNER", "CROSS JOIN": "CROSS"}.get(kind, kind)


def _source(reader: TokenReader) -> tree.Source:
    token = reader.token
    reader.refuse_any("LATERAL")
    if reader.is_symbol("("):
        return _parenthesized_source(reader)
    if reader.is_word("JSON_TABLE") and reader.ahead().text == "(":
        return replace(json_table(reader), alias=_alias(reader))
    nodes = hierarchy_table(reader, query) if token.kind == "name" else None
    if nodes is not None:
        return replace(nodes, alias=_alias(reader))
    if token.kind == "name" and token.text in FUNCTIONS | {"TABLE"} and reader.ahead().text == "(":
        return _table_function(reader)
    if reader.is_symbol("{"):
        return _escaped_join(reader)
    found = path(reader)
    refuse_association(reader)
    arguments: tree.Arguments = ()
    if reader.is_symbol("("):
        if reader.ahead().text == ")":
            raise unknown_function(found)
        arguments = reader.enclosed(lambda _: reader.listed(_argument))
    reader.refuse_any("FOR SYSTEM_TIME", "FOR APPLICATION_TIME", "PARTITION", "TABLESAMPLE")
    return tree.NamedTable(found, _alias(reader), arguments)


def _escaped_join(reader: TokenReader) -> tree.Source:
    """`{oj …}`, JDBC's escape for an outer join."""
    reader.expect_symbol("{")
    reader.expect("OJ")
    reader.deeper()
    joined = sources(reader)
    reader.shallower()
    reader.expect_symbol("}")
    return joined


def _table_function(reader: TokenReader) -> tree.Source:
    token = reader.take()
    kind = token.text.removeprefix("SERIES_GENERATE_")
    if kind not in SERIES_TYPES or kind == token.text:
        raise reader.refuse(f"table function {token.text}", token)
    arguments = reader.enclosed(expressions)
    return tree.Series(kind, arguments, _alias(reader), token.at)


def _argument(reader: TokenReader) -> tuple[str | None, tree.Expression]:
    """`value`, or `name => value`."""
    if reader.is_word("PLACEHOLDER") and reader.ahead().text == ".":
        raise reader.refuse("PLACEHOLDER, a parameter of a calculation view")
    if not is_identifier(reader) or reader.ahead().text != "=>":
        return None, expression(reader)
    name = identifier(reader)
    reader.expect_symbol("=>")
    return name, expression(reader)


def _parenthesized_source(reader: TokenReader) -> tree.Source:
    at = reader.token.at
    if starts_query(reader):
        inner = reader.enclosed(query)
        alias = _alias(reader)
        return tree.DerivedTable(inner, alias, at)
    reader.deeper()
    joined = reader.enclosed(sources)
    reader.shallower()
    return joined


def _alias(reader: TokenReader) -> str | None:
    if reader.accept("AS"):
        return identifier(reader)
    if is_identifier(reader) and not reader.is_one_of(_AFTER_SOURCE):
        return identifier(reader)
    return None


def _lock(reader: TokenReader) -> tuple[tree.Lock | None, tuple[tree.Expression, ...]]:
    """FOR UPDATE and FOR SHARE LOCK, and the columns behind OF."""
    if not reader.accept_any(("FOR UPDATE", "FOR SHARE LOCK")):
        reader.refuse_any("FOR XML")
        return None, ()
    columns = expressions(reader) if reader.accept("OF") else ()
    return lock_wait(reader), columns


def lock_wait(reader: TokenReader) -> tree.Lock:
    """NOWAIT, WAIT n, IGNORE LOCKED, or nothing."""
    if reader.accept("IGNORE", "LOCKED"):
        return tree.Lock(skips=True)
    if reader.accept("NOWAIT"):
        return tree.Lock(0)
    return tree.Lock(integer(reader)) if reader.accept("WAIT") else tree.Lock()
