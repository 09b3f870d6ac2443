"""Compiles SERIES_GENERATE_*, a table function in FROM."""

# ruff: noqa: S608 - generated SQL holds names of our own making only
from __future__ import annotations

from collections.abc import Callable

from localcloud.hana.errors import WRONG_ARGUMENT_COUNT, HanaError
from localcloud.hana.sql.functions.series import SERIES_TYPES
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.values import types

from .conversions import checked
from .fragments import Context, Field, Fragment, Relation

_COLUMNS = ("GENERATED_PERIOD_START", "GENERATED_PERIOD_END", "ELEMENT_NUMBER", "FRACTION_OF_MIN_MAX_RANGE")


def series(
    context: Context, node: tree.Series, value: Callable[[tree.Expression], Fragment]
) -> tuple[str, Relation]:
    """The periods between two bounds; they are counted while they are read. `value` compiles an argument."""
    if len(node.arguments) != 3:
        text = f"wrong number of arguments in function invocation: SERIES_GENERATE_{node.kind}"
        raise HanaError(WRONG_ARGUMENT_COUNT, text, node.at)
    type_ = SERIES_TYPES[node.kind]
    step = types.UNTYPED_TEXT if type_.code in types.DATED else type_
    given = [
        checked(context, value(each), wanted, node.at).sql
        for each, wanted in zip(node.arguments, (step, type_, type_), strict=True)
    ]
    fixed, numbers, alias = context.alias(), context.alias(), context.alias()
    start = f"'{node.kind}', step, low"
    sql = (
        f"WITH {fixed} AS MATERIALIZED "
        f"(SELECT step, low, high, hana_series_periods({start}, high) AS periods "
        f"FROM (SELECT {given[0]} AS step, {given[1]} AS low, {given[2]} AS high)), "
        f"{numbers} AS (SELECT 0 AS i FROM {fixed} WHERE periods > 0 UNION ALL SELECT i + 1 "
        f"FROM {numbers}, {fixed} WHERE i + 1 < periods) "
        f"SELECT hana_series_bound({start}, i) AS g0, hana_series_bound({start}, i + 1) AS g1, i + 1 AS g2, "
        f"hana_series_fraction({start}, high, i) AS g3 FROM {numbers}, {fixed}"
    )
    all_types = (type_, type_, types.BIGINT, types.DOUBLE)
    pairs = zip(_COLUMNS, all_types, strict=True)
    fields = [Field(name, f"{alias}.g{number}", each) for number, (name, each) in enumerate(pairs)]
    qualifiers: tuple[tuple[str, ...], ...] = ((node.alias,),) if node.alias else ()
    return f"({sql}) AS {alias}", Relation(qualifiers, fields)
