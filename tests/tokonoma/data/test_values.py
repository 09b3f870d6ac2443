"""Awkward values of every type are found by literals, and carried by keys and links (groups 22 to 28)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.tokonoma.data.conftest import Select
from tests.tokonoma.data.specimens import SCHEMA
from tokonoma.data.columns import Column, Table
from tokonoma.data.plan import Access, Options, Planner

PLANNER = Planner(b"a secret of tests only")


def plain(text: str) -> list[tuple[Any, str]]:
    """Decimals and their literals, which are the same."""
    return [(Decimal(each), each) for each in text.split()]


def same(text: str) -> list[tuple[Any, str]]:
    return [(each, each) for each in text.split()]


def quoted(*texts: str) -> list[tuple[Any, str]]:
    return [(text, "'" + text.replace("'", "''") + "'") for text in texts]


LARGEST = "9999999999999999999999999999.9999999999 9999999999999999999999999999.9999999998"
CASES: dict[str, tuple[Column, list[tuple[Any, str]]]] = {
    "DECIMAL(38,10)": (Column("V", "DECIMAL", 38, 10), plain(f"{LARGEST} -0.0000000001 0.1 0")),
    "DECIMAL(2,2)": (Column("V", "DECIMAL", 2, 2), plain("0 0.99 -0.5")),
    "DECIMAL": (Column("V", "DECIMAL", 34), plain("1E+30 1E-30 0.1 1234567890123456789012345678901234")),
    "SMALLDECIMAL": (Column("V", "SMALLDECIMAL", 16), plain("1.5 1E+20 1234567890123456")),
    "BIGINT": (Column("V", "BIGINT", 19, 0), [(n, str(n)) for n in (2**63 - 1, -(2**63), 2**63 - 2, 0)]),
    "TINYINT": (Column("V", "TINYINT", 3, 0), [(255, "255"), (0, "0")]),
    "REAL": (Column("V", "REAL", 7), [(float(text), text) for text in ("0.1", "3.4e38", "-0.25")]),
    "DOUBLE": (
        Column("V", "DOUBLE", 15),
        [(float(text), text) for text in ("0.1", "1.7e308", "5e-308", "0.30000000000000004", "0.3")],
    ),
    "DATE": (Column("V", "DATE", 10), same("0001-01-01 9999-12-31 2020-02-29 1582-10-04")),
    "TIME": (Column("V", "TIME", 8), same("00:00:00 23:59:59")),
    "SECONDDATE": (
        Column("V", "SECONDDATE", 19),
        [
            ("2020-02-29 23:59:59", "2020-02-29T23:59:59Z"),
            ("0001-01-01 00:00:00", "0001-01-01T00:00:00.000Z"),
        ],
    ),
    "TIMESTAMP": (
        Column("V", "TIMESTAMP", 27, 7),
        [
            (f"2020-02-29 23:59:59.{digits}", f"2020-02-29T23:59:59.{digits}Z")
            for digits in ("0000000", "0000001", "1234567", "1234568", "9999999")
        ],
    ),
    "BOOLEAN": (Column("V", "BOOLEAN", 1), [(True, "true"), (False, "false")]),
    "NVARCHAR(20)": (
        Column("V", "NVARCHAR", 20),
        [
            *quoted("", " ", "a", "a ", " a", "it's", "%", "\\", "a/b", "NULL"),
            *quoted("\x00", "\U0001f600", "\u2028", "e\u0301", "é", "İ"),
        ],
    ),
    "VARCHAR(20)": (Column("V", "VARCHAR", 20), quoted("abc", "é")),
    "CHAR(4)": (Column("V", "CHAR", 4), quoted("ab", "abcd")),
    "ALPHANUM(5)": (Column("V", "ALPHANUM", 5), quoted("00001", "00042", "A1")),
    "VARBINARY(16)": (
        Column("V", "VARBINARY", 16),
        [
            (b"\x00\xff", "binary'AP8='"),
            (b"text", "binary'dGV4dA'"),
            (bytes(range(16)), "00010203-0405-0607-0809-0A0B0C0D0E0F"),
        ],
    ),
}


@pytest.fixture
def access(request: pytest.FixtureRequest, connection: Any) -> Iterator[Access]:
    """A table of numbered rows with the values of a case, each twice, and two nulls."""
    column, values = CASES[request.param]
    cursor = connection.cursor()
    cursor.execute(f'CREATE COLUMN TABLE "VALUED" ("N" INTEGER, "V" {request.param})')
    twice = [value for value, _ in values] * 2
    rows = list(enumerate([*twice, None, None]))
    cursor.executemany('INSERT INTO "VALUED" VALUES (?, ?)', rows)
    columns = (Column("N", "INTEGER", 10, 0, nullable=False), column)
    yield Access(Table(SCHEMA, "VALUED", "TABLE", columns, ("V", "N")), {each.name: each for each in columns})
    cursor.execute('DROP TABLE "VALUED"')
    cursor.close()


def found(select: Select, access: Access, text: str) -> list[int]:
    plan = PLANNER.plan(access, Options(filter=text, orderby="N", select="N"))
    return [row[0] for row in select(*plan.statement)]


@pytest.mark.parametrize("access", CASES, indirect=True)
def test_a_value_is_found_by_its_literal_and_by_no_other(
    access: Access, select: Select, request: pytest.FixtureRequest
) -> None:
    values = CASES[request.node.callspec.params["access"]][1]
    count = len(values)
    everything = set(range(2 * count + 2))
    for number, (_, literal) in enumerate(values):
        own = {number, number + count}
        assert set(found(select, access, f"V eq {literal}")) == own
        assert set(found(select, access, f"V in ({literal},null)")) == own | {2 * count, 2 * count + 1}
        assert set(found(select, access, f"V ne {literal}")) == everything - own
        assert set(found(select, access, f"not (V eq {literal})")) == everything - own


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("access", CASES, indirect=True)
def test_pages_of_one_row_lose_no_value(access: Access, descending: bool, select: Select) -> None:
    options = Options(orderby="V desc" if descending else "V")
    whole = PLANNER.plan(access, options, page_size=None)
    expected = select(*whole.statement)
    seen: list[Any] = []
    token = ""
    while len(seen) <= len(expected):
        plan = PLANNER.plan(access, options, page_size=1, token=token)
        page = plan.page(select(*plan.statement))
        seen += page.rows
        token = page.skiptoken
        if not token:
            break
    assert seen == expected
