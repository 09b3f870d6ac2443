"""A row is called by the text that is likely to be its name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.tokonoma.data.conftest import Select
from tests.tokonoma.data.specimens import TABLE, VISIBLE, Row, sent
from tokonoma.data import labels
from tokonoma.data.aggregates.filtered import Filtered
from tokonoma.data.columns import Column
from tokonoma.data.labels import usual_title
from tokonoma.data.plan import Access, Options, Planner
from tokonoma.data.query.parser import parse_rule
from tokonoma.data.query.tree import Reference

PLANNER = Planner(b"a secret of tests only")
NAME = Reference("NAME", VISIBLE["NAME"])


def text(name: str) -> Column:
    return Column(name, "NVARCHAR", 20)


@pytest.mark.parametrize(
    ("names", "key", "title"),
    [
        (["ID", "TITLE", "NAME"], ["ID"], "NAME"),
        (["ID", "OTHER", "Description"], ["ID"], "Description"),
        (["ID", "OTHER", "MORE"], ["ID"], "OTHER"),
        (["NAME", "OTHER"], ["NAME"], "NAME"),
        (["ID", "PART"], ["ID", "PART"], ""),
        (["name", "NAME"], [], "name"),
        (["SURNAME", "FILENAME"], [], "SURNAME"),
        ([], [], ""),
    ],
)
def test_the_usual_title_is_the_likeliest_text(names: list[str], key: list[str], title: str) -> None:
    assert usual_title({name: text(name) for name in names}, key) == title


def test_a_title_is_a_text_and_goes_by_its_name_in_queries() -> None:
    columns = {"NAME": Column("NAME", "NCLOB"), "TITLE": Column("TITLE", "INTEGER"), "A_x0020_B": text("A B")}
    assert usual_title(columns, []) == "A_x0020_B"


def rows_of(select: Select, access: Access) -> Filtered:
    return Filtered(PLANNER.select(access, Options()), lambda statement: select(*statement), "")


@pytest.mark.parametrize(
    "names",
    [["ID"], ["ID", "MUST"], ["ID", "MOMENT"], ["ID", "DAY"], ["ID", "CLOCK", "RAW"], ["ID", "SECONDS"]],
)
def test_labels_are_found_by_keys_of_all_kinds(
    names: list[str], select: Select, specimen_rows: list[Row]
) -> None:
    references = [Reference(name, VISIBLE[name]) for name in names]
    expected = {}
    keys: list[tuple[Any, ...]] = []
    for row in specimen_rows:
        cells = dict(zip(VISIBLE, sent(row), strict=True))
        key = tuple(cells[name] for name in names)
        keys.append(key)
        if None not in key and row["NAME"] is not None:
            expected[key] = row["NAME"]
    assert len(expected) > 50
    found = labels.labels(rows_of(select, Access(TABLE, VISIBLE)), references, NAME, keys)
    assert found == expected


def test_rows_that_the_rule_hides_have_no_labels(select: Select, specimen_rows: list[Row]) -> None:
    access = Access(TABLE, VISIBLE, parse_rule("ID le 10", VISIBLE))
    identity = [Reference("ID", VISIBLE["ID"])]
    found = labels.labels(rows_of(select, access), identity, NAME, [(n,) for n in range(1, 151)])
    assert {Decimal(key) for (key,) in found} == {
        row["ID"] for row in specimen_rows if row["ID"] <= 10 and row["NAME"] is not None
    }


def test_two_hundred_and_fifty_keys_of_long_names_are_asked_for(select: Select) -> None:
    asked: list[int] = []
    columns = [Reference(name, Column(name, "INTEGER", 10, 0)) for name in ("A" * 127, "B" * 127)]

    def run(statement: Any) -> list[tuple[Any, ...]]:
        asked.append(len(statement.values))
        return []

    filtered = Filtered(PLANNER.select(Access(TABLE, VISIBLE), Options()), run, "")
    assert labels.labels(filtered, columns, NAME, [(n, n) for n in range(labels.MOST)]) == {}
    assert sum(asked) == 2 * labels.MOST
    with pytest.raises(ValueError, match="250"):
        labels.labels(filtered, columns, NAME, [(n, n) for n in range(labels.MOST + 1)])
