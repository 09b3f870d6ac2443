"""Figures are made of what a caller may see: the rows of the rule, the columns that are not withheld."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from tests.tokonoma.data.aggregates.conftest import NOW, PLANNER, Filter
from tests.tokonoma.data.conftest import Select
from tests.tokonoma.data.specimens import SCHEMA, TABLE, VISIBLE, Row
from tokonoma.data.aggregates.filtered import Filtered
from tokonoma.data.aggregates.histogram import histogram
from tokonoma.data.aggregates.points import points
from tokonoma.data.aggregates.series import series
from tokonoma.data.aggregates.values import values
from tokonoma.data.columns import Column, Table
from tokonoma.data.plan import Access, Options
from tokonoma.data.query.parser import parse_rule
from tokonoma.errors import QueryInvalid

RULE = parse_rule("NAME in @user.names", VISIBLE)
NARROW = {name: column for name, column in VISIBLE.items() if name not in ("NAME", "OTHER", "PRICE", "DAY")}
AB = Access(TABLE, NARROW, RULE, {"names": ["ab"]})
NOBODY = Access(TABLE, NARROW, RULE, {})


def counts(filtered: Filtered) -> set[int]:
    """How many rows each figure is made of; every row has an ID and a MUST."""
    made = histogram(filtered, "ID")
    return {
        sum(count for _, count in values(filtered, "ID", 1000).counts),
        made.count,
        sum(each.count for each in made.bins),
        points(filtered, "ID", "MUST", 1000).count,
        len(points(filtered, "ID", "MUST", 1000).pairs),
    }


@pytest.mark.parametrize("text", [None, "true", "not FLAG or true", "ID ge 0", "1 eq 1 or ID eq 5"])
def test_every_figure_obeys_the_rule(text: str | None, filtered: Filter, specimen_rows: list[Row]) -> None:
    theirs = {int(row["ID"]) for row in specimen_rows if row["NAME"] == "ab"}
    assert counts(filtered(text, AB)) == {len(theirs)}
    assert counts(filtered(text, NOBODY)) == {0}
    assert {value for value, _ in values(filtered(text, AB), "ID", 1000).counts} == theirs
    lines = series(filtered(text, AB), "MOMENT", "MUST", "FLAG").lines
    moments = [row for row in specimen_rows if row["NAME"] == "ab" and row["MOMENT"] is not None]
    assert sum(bucket.count for line in lines for bucket in line.buckets) == len(moments)


def test_a_sample_is_of_the_rows_of_the_rule(filtered: Filter, specimen_rows: list[Row]) -> None:
    theirs = {int(row["ID"]) for row in specimen_rows if row["NAME"] == "ab"}
    found = points(filtered(None, AB), "ID", "MUST", 2)
    assert found.every > 1
    assert {one for one, _ in found.pairs} <= theirs


FIGURES: list[Callable[[Filtered, str], Any]] = [
    values,
    histogram,
    lambda rows, name: series(rows, name, "ID"),
    lambda rows, name: series(rows, "MOMENT", name),
    lambda rows, name: series(rows, "MOMENT", "ID", name),
    lambda rows, name: points(rows, name, "ID"),
    lambda rows, name: points(rows, "ID", name),
]


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("name", ["NAME", "PRICE", "DAY", "NOTHING", '"', "ID) --", "*", "é", "x" * 500])
def test_a_withheld_column_is_none_and_as_unknown_as_others(
    figure: Callable[[Filtered, str], Any], name: str, filtered: Filter
) -> None:
    with pytest.raises(QueryInvalid) as told:
        figure(filtered(None, AB), name)
    assert str(told.value) == f'column, character 1: there is no column "{name[:60]}".'


def test_now_means_the_same_in_every_statement(select: Select) -> None:
    asked: list[tuple[object, ...]] = []

    def run(statement: Any) -> list[tuple[Any, ...]]:
        asked.append(statement.values)
        return select(*statement)

    rows = Filtered(PLANNER.select(Access(TABLE, VISIBLE), Options(filter="MOMENT lt now()")), run, NOW)
    histogram(rows, "ID")
    series(rows, "MOMENT", "ID", "FLAG")
    assert len(asked) == 5
    assert all(given.count(NOW) == 1 for given in asked)


def test_odd_names_and_values_are_quoted_and_bound(
    data_hana: LocalHana, select: Select, connection: Any
) -> None:
    name = "a \"b\" 'c' ? {} -- é"
    text = "x' OR 1=1 -- \" ? {}"
    owner = connect(data_hana.binding(), owner=True)
    quoted = name.replace('"', '""')
    owner.cursor().execute(f'CREATE TABLE "{quoted}" ("{quoted}" NVARCHAR(50), "N ""?" INTEGER, "D?" DATE)')
    places = [(text, 1, "2024-01-01"), (text, 2, "2024-01-02"), ("y", 3, "2024-01-03")]
    owner.cursor().executemany(f'INSERT INTO "{quoted}" VALUES (?, ?, ?)', places)
    owner.commit()
    try:
        columns = (Column(name, "NVARCHAR", 50), Column('N "?', "INTEGER", 10, 0), Column("D?", "DATE", 10))
        visible = dict(zip(("T", "N", "D"), columns, strict=True))
        access = Access(
            Table(SCHEMA, name, "TABLE", columns), visible, parse_rule("T in @user.t", visible), {"t": [text]}
        )
        question = PLANNER.select(access, Options(filter="N ge 0"))
        rows = Filtered(question, lambda statement: select(*statement), NOW)
        assert values(rows, "T").counts == ((text, 2),)
        assert [each.count for each in histogram(rows, "N").bins] == [1, 1]
        assert [line.value for line in series(rows, "D", "N", "T").lines] == [text]
        assert points(rows, "N", "N").pairs == ((1, 1), (2, 2))
        assert points(rows, "N", "N", 1).pairs == ((1, 1),)
    finally:
        owner.cursor().execute(f'DROP TABLE "{quoted}"')
        owner.close()


def test_every_figure_of_two_hundred_values_in_a_filter_is_made(filtered: Filter) -> None:
    text = f"ID in ({','.join(map(str, range(1, 200)))})"
    assert counts(filtered(text)) == {150}
