"""Gives a view's parameters their values: those that a query names, or their defaults."""

from __future__ import annotations

from collections.abc import Iterable

from localcloud.hana.errors import GENERAL_ERROR, HanaError
from localcloud.hana.sql.catalogue.catalogue import View, ViewParameter
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.statements import parse_expression

from . import expressions
from .conversions import checked
from .fragments import Context, Fragment, Scope


def given(context: Context, view: View, arguments: tree.Arguments, at: int) -> dict[str, Fragment]:
    """The value of each parameter, in its type; 2 where one has none, or where there is no such parameter."""
    found: dict[str, tree.Expression] = {}
    names = [each.name for each in view.parameters]
    for position, (name, value) in enumerate(arguments):
        wanted = name if name is not None else names[position] if position < len(names) else ""
        if wanted not in names or wanted in found:
            raise _wrong(view, f"{name or 'one more'} is no parameter, or is there twice", at)
        found[wanted] = value
    return {each.name: _value(context, view, each, found.get(each.name), at) for each in view.parameters}


def _value(
    context: Context, view: View, parameter: ViewParameter, node: tree.Expression | None, at: int
) -> Fragment:
    if node is None and parameter.default is None:
        raise _wrong(view, f"no value for {parameter.name}", at)
    if node is None:
        node = parse_expression(parameter.default or "NULL")
    return checked(context, expressions.value(context, Scope(), node), parameter.type, at)


def _wrong(view: View, why: str, at: int) -> HanaError:
    return HanaError(GENERAL_ERROR, f"general error: parameters of view {view.name}: {why}", at)


def unknown(parameters: Iterable[ViewParameter]) -> dict[str, Fragment]:
    """Parameters while the view is made or looked at: of their types, and without values."""
    return {each.name: Fragment("NULL", each.type) for each in parameters}
