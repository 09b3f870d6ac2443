"""Gives a view's parameters their values: those that a query names, or their defaults."""

from __future__ import annotations

from collections.abc import Iterable

from localcloud.hana.errors import GENERAL_ERROR, HanaError
from localcloud.hana.sql.catalogue.catalogue import View, ViewParameter
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.statements import parse_expression

from .conversions import checked
from .fragments import Context, Fragment, Scope, ValueCompiler


def given(
    context: Context, view: View, arguments: tree.Arguments, at: int, value: ValueCompiler
) -> dict[str, Fragment]:
    """The value of each parameter, in its type; 2 where one has none, or where there is no such parameter."""
    found: dict[str, tree.Expression] = {}
    names = [each.name for each in view.parameters]
    for position, (name, node) in enumerate(arguments):
        wanted = name if name is not None else names[position] if position < len(names) else ""
        if wanted not in names or wanted in found:
            raise _wrong(view, f"{name or 'one more'} is no parameter, or is there twice", at)
        found[wanted] = node
    values: dict[str, Fragment] = {}
    for each in view.parameters:
        fragment = value(context, Scope(), _node(view, each, found.get(each.name), at))
        values[each.name] = checked(context, fragment, each.type, at)
    return values


def _node(view: View, parameter: ViewParameter, node: tree.Expression | None, at: int) -> tree.Expression:
    """What was given, or the default."""
    if node is not None:
        return node
    if parameter.default is None:
        raise _wrong(view, f"no value for {parameter.name}", at)
    return parse_expression(parameter.default)


def _wrong(view: View, why: str, at: int) -> HanaError:
    return HanaError(GENERAL_ERROR, f"general error: parameters of view {view.name}: {why}", at)


def unknown(parameters: Iterable[ViewParameter]) -> dict[str, Fragment]:
    """Parameters while the view is made or looked at: of their types, and without values."""
    return {each.name: Fragment("NULL", each.type) for each in parameters}
