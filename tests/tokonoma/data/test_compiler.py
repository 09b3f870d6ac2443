"""Expressions become SQL with bound values, in types that HANA cannot mistake (groups 16, 23, 24, 31)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.tokonoma.data.conftest import Select
from tests.tokonoma.data.specimens import VISIBLE, Row
from tokonoma.data.columns import KINDS, Column
from tokonoma.data.query.compiler import condition
from tokonoma.data.query.functions import FUNCTIONS
from tokonoma.data.query.parser import parse_filter
from tokonoma.data.query.sql import Sql


def sql(text: str) -> Sql:
    return condition(parse_filter(text, VISIBLE))


@pytest.mark.parametrize(
    ("text", "made", "values"),
    [
        ("MUST eq 1", '"MUST" = ?', (1,)),
        ("MUST ne 1", '"MUST" <> ?', (1,)),
        ("QTY ne 1", '("QTY" <> ? OR "QTY" IS NULL)', (1,)),
        ("not (QTY eq 1)", '("QTY" <> ? OR "QTY" IS NULL)', (1,)),
        ("not (QTY gt 1)", '("QTY" <= ? OR "QTY" IS NULL)', (1,)),
        ("QTY eq null", '"QTY" IS NULL', ()),
        ("MUST eq null", "1 = 0", ()),
        ("QTY gt null", "1 = 0", ()),
        ("null ne QTY", '"QTY" IS NOT NULL', ()),
        ("QTY eq BIG", '("QTY" = "BIG" OR ("QTY" IS NULL AND "BIG" IS NULL))', ()),
        ("QTY in ()", "1 = 0", ()),
        ("QTY in (1,1,null)", '("QTY" IN (?, ?) OR "QTY" IS NULL)', (1, 1)),
        ("not (QTY in (1))", '("QTY" NOT IN (?) OR "QTY" IS NULL)', (1,)),
        ("not (QTY in (1,null))", '("QTY" NOT IN (?) AND "QTY" IS NOT NULL)', (1,)),
        ("FLAG", '"FLAG" = ?', (True,)),
        ("not FLAG", '"FLAG" = ?', (False,)),
        ("FLAG ne true", '("FLAG" = ? OR "FLAG" IS NULL)', (False,)),
        ("true", "1 = 1", ()),
        ("null", "1 = 0", ()),
        ("not null", "1 = 0", ()),
        ("not contains(null,'a')", "1 = 0", ()),
        ("QTY add null eq null", "1 = 1", ()),
        ("contains(NAME,'a%_\\b')", "\"NAME\" LIKE ? ESCAPE '\\'", ("%a\\%\\_\\\\b%",)),
        ("not startswith(NAME,'a')", "\"NAME\" NOT LIKE ? ESCAPE '\\'", ("a%",)),
    ],
)
def test_conditions_follow_odata_and_not_sql_where_there_is_null(
    text: str, made: str, values: tuple[Any, ...]
) -> None:
    assert sql(text) == Sql(made, values)


@pytest.mark.parametrize(
    ("text", "made", "values"),
    [
        ("QTY eq 7.0", '"QTY" = ?', (7,)),
        ("QTY eq 7.5", '"QTY" = TO_DECIMAL(?)', ("7.5",)),
        ("QTY eq 2147483648", '"QTY" = TO_DECIMAL(?)', ("2147483648",)),
        ("BIG eq 2147483648", '"BIG" = ?', (2147483648,)),
        ("TINY eq 256", '"TINY" = TO_DECIMAL(?)', ("256",)),
        ("PRICE eq 1.10", '"PRICE" = ?', (Decimal("1.1"),)),
        ("PRICE eq 1.105", '"PRICE" = TO_DECIMAL(?)', ("1.105",)),
        ("PRICE eq 123456789", '"PRICE" = TO_DECIMAL(?)', ("123456789",)),
        ("PRICE eq 12345678.9", '"PRICE" = ?', (Decimal("12345678.9"),)),
        (f"EXACT gt {'1' * 27}.{'2' * 11}", '"EXACT" > TO_DECIMAL(?, 38, 11)', (f"{'1' * 27}.{'2' * 11}",)),
        ("FLOATING eq 1.5", '"FLOATING" = TO_DECIMAL(?)', ("1.5",)),
        ("FLOATING eq 1e-2", '"FLOATING" = TO_DECIMAL(?)', ("0.01",)),
        ("DOUBLE eq 0.1", '"DOUBLE" = ?', (0.1,)),
        ("REAL eq 1e300", '"REAL" = TO_DOUBLE(?)', ("1e+300",)),
        ("round(DOUBLE) eq 1", 'ROUND("DOUBLE", 0) = TO_DOUBLE(?)', ("1.0",)),
        (f"NAME eq '{'x' * 21}'", '"NAME" = TO_NVARCHAR(?)', ("x" * 21,)),
        ("tolower(NAME) eq 'x'", 'LOWER("NAME") = TO_NVARCHAR(?)', ("x",)),
        ("QTY add 1 gt 2", '(TO_DECIMAL("QTY") + TO_DECIMAL(?)) > TO_DECIMAL(?)', ("1", "2")),
        ("DAY eq 2020-02-29", "\"DAY\" = TO_DATE(?, 'YYYY-MM-DD')", ("2020-02-29",)),
        ("QTY in (1,1.5,9999999999)", '"QTY" IN (?)', (1,)),
        ("not (QTY in (1.5)) and FLAG", '"FLAG" = ?', (True,)),
        ("QTY eq DOUBLE and FLAG eq null", None, ()),
    ],
)
def test_a_value_beside_a_column_has_its_type_or_says_its_own(
    text: str, made: str | None, values: tuple[Any, ...]
) -> None:
    # Beside a column HANA takes a parameter for the column's type: 7.5 would become 7.
    assert made is None or sql(text) == Sql(made, values)
    assert made is not None or 'TO_DECIMAL("DOUBLE")' in sql(text).text


@pytest.mark.parametrize(
    ("text", "count"),
    [("QTY eq 7.5", 0), ("QTY lt 99999999999", 1), ("PRICE eq 2.505", 0), ("TINY ge 256", 0)],
)
def test_a_value_that_the_column_cannot_hold_is_not_bent_to_it(
    text: str, count: int, ids: Callable[[Sql], set[Decimal]], specimen_rows: list[Row]
) -> None:
    found = ids(sql(text))
    assert found == ({row["ID"] for row in specimen_rows if row["QTY"] is not None} if count else set())


NAMES = [
    "a",
    "A",
    "a b",
    "a.b",
    "/BIC/A",
    'a"b',
    '"',
    "a]b",
    "1X",
    "$X",
    "ORDER",
    "äö",
    "x" * 127,
    "ns::X",
    "a\\b",
    "?",
    "a--b",
    "{}",
    "{0}",
]


def test_names_of_any_form_are_quoted_and_found(connection: Any, select: Select) -> None:
    # Queries use names that are mapped; what is quoted is the catalogue's.
    columns = {
        f"c{number}": Column(name, "INTEGER", 10, 0) for number, name in enumerate(NAMES) if name != "A"
    }
    quoted = ['"' + column.name.replace('"', '""') + '"' for column in columns.values()]
    cursor = connection.cursor()
    cursor.execute(f'CREATE COLUMN TABLE "odd""{{}} ?" ({", ".join(f"{name} INTEGER" for name in quoted)})')
    try:
        cursor.execute(
            f'INSERT INTO "odd""{{}} ?" VALUES ({", ".join("?" * len(quoted))})', tuple(range(len(quoted)))
        )
        text = " and ".join(f"{name} add 1 eq {number + 1}" for number, name in enumerate(columns))
        made = condition(parse_filter(text, columns))
        assert select(f'SELECT COUNT(*) FROM "odd""{{}} ?" WHERE {made.text}', made.values) == [(1,)]
    finally:
        cursor.execute('DROP TABLE "odd""{} ?"')
        cursor.close()


def test_every_function_has_sql_for_every_kind_that_it_takes(ids: Callable[[Sql], set[Decimal]]) -> None:
    tried = 0
    for name, function in FUNCTIONS.items():
        for column in VISIBLE.values():
            if column.kind not in function.arguments[0]:
                continue
            others = {"indexof": ",'a'", "concat": ",'a'", "substring": ",1,2"}.get(name, "")
            text = (
                f"{name}({column.name},'a')"
                if function.result is KINDS["BOOLEAN"]
                else f"{name}({column.name}{others}) ne null"
            )
            ids(sql(text))
            tried += 1
    assert tried > len(FUNCTIONS)


def test_a_division_by_zero_is_null_and_no_error(
    ids: Callable[[Sql], set[Decimal]], specimen_rows: list[Row]
) -> None:
    zero = {row["ID"] for row in specimen_rows if row["MUST"] == 0}
    for operator in ("div", "divby", "mod"):
        assert ids(sql(f"7 {operator} MUST eq null")) == zero
        assert ids(sql(f"7 {operator} (MUST sub MUST) eq null")) == {row["ID"] for row in specimen_rows}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("length(NOTE) eq 13", "a longer note"),
        ("contains(NOTE,'%')", "50% of it"),
        ("startswith(NOTE,'a ')", "a longer note"),
        ("endswith(NOTE,'note')", "a longer note"),
        ("contains(NOTE,'ä')", "ä"),
        ("NOTE eq null", None),
    ],
)
def test_a_large_text_can_be_searched(
    text: str, expected: str | None, ids: Callable[[Sql], set[Decimal]], specimen_rows: list[Row]
) -> None:
    # Group 27.
    found = ids(sql(text))
    assert found == {row["ID"] for row in specimen_rows if row["NOTE"] == expected}
    assert found
