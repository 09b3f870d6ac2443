"""Parses HIERARCHY and its navigations HIERARCHY_DESCENDANTS and HIERARCHY_ANCESTORS."""

from __future__ import annotations

from collections.abc import Callable

from . import tree
from .calls import order_items
from .expressions import expression, identifier, integer, path, value_expression
from .lexer import TokenReader

Query = Callable[[TokenReader], tree.Query]
"""What reads a query: given by the file that reads FROM, which this one cannot import."""

NAVIGATIONS = ("HIERARCHY_DESCENDANTS", "HIERARCHY_ANCESTORS")


def hierarchy_table(reader: TokenReader, query: Query) -> tree.Hierarchy | tree.HierarchyNavigation | None:
    """`HIERARCHY(…)` or one of its navigations, without the alias; None where something else follows."""
    if reader.ahead().text != "(":
        return None
    if reader.accept("HIERARCHY"):
        return reader.enclosed(lambda _: _hierarchy(reader, query))
    if reader.token.text.startswith("HIERARCHY_") and reader.token.text not in NAVIGATIONS:
        raise reader.refuse(f"table function {reader.token.text}")
    kind = reader.accept_any(NAVIGATIONS)
    return reader.enclosed(lambda _: _navigation(reader, kind, query)) if kind else None


def _hierarchy(reader: TokenReader, query: Query) -> tree.Hierarchy:
    at = reader.token.at
    source = _source(reader, query)
    start = None
    order: tuple[tree.OrderItem, ...] = ()
    depth, orphan, cycle = 0, "IGNORE", "BREAKUP"
    while not reader.is_symbol(")"):
        if reader.accept("START", "WHERE"):
            start = expression(reader)
        elif reader.accept("SIBLING", "ORDER", "BY"):
            order = order_items(reader)
        elif reader.accept("DEPTH"):
            depth = integer(reader)
        elif reader.accept("ORPHAN"):
            orphan = reader.accept_any(("IGNORE", "ERROR", "ROOT"))
        elif reader.accept("CYCLE"):
            cycle = reader.accept_any(("BREAKUP", "ERROR"))
        elif not reader.accept_any(("NO CACHE", "CACHE")):
            raise reader.refuse_next(
                "HIERARCHY …", ("MULTIPARENT", "NO MULTIPARENT", "LOAD", "SPANNING TREE")
            )
        if not (orphan and cycle):
            raise reader.refuse_next("HIERARCHY … ORPHAN", ("ADOPT",))
    return tree.Hierarchy(source, start, order, depth, orphan, cycle, None, at)


def _navigation(reader: TokenReader, kind: str, query: Query) -> tree.HierarchyNavigation:
    at = reader.token.at
    source = _source(reader, query)
    reader.expect("START")
    if not reader.accept("WHERE"):
        raise reader.refuse(f"{kind} … START that is no WHERE")
    start = expression(reader)
    low = high = None
    if reader.accept("DISTANCE"):
        if not (reader.is_word("FROM") or reader.is_word("TO")):
            low = high = value_expression(reader)
        if reader.accept("FROM"):
            low = value_expression(reader)
        if reader.accept("TO"):
            high = value_expression(reader)
    if not reader.is_symbol(")"):
        raise reader.refuse_next(f"{kind} …", ("NO CACHE", "CACHE", "LOAD"))
    return tree.HierarchyNavigation(kind, source, start, low, high, None, at)


def _source(reader: TokenReader, query: Query) -> tree.Source:
    """What follows SOURCE; a name for it needs AS, since words of the hierarchy's own come next."""
    reader.expect("SOURCE")
    at = reader.token.at
    if reader.is_symbol("("):
        return tree.DerivedTable(reader.enclosed(query), _alias(reader), at)
    found = hierarchy_table(reader, query)
    if found is None:
        return tree.NamedTable(path(reader), _alias(reader))
    alias = _alias(reader)
    if isinstance(found, tree.Hierarchy):
        return tree.Hierarchy(
            found.source, found.start, found.order, found.depth, found.orphan, found.cycle, alias, at
        )
    raise reader.refuse("a navigation of what is a navigation itself")


def _alias(reader: TokenReader) -> str | None:
    return identifier(reader) if reader.accept("AS") or reader.token.kind == "quoted" else None
