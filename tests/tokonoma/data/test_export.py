"""Rows as CSV and JSON Lines, and how they go into pieces."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokonoma.data.columns import Column
from tokonoma.data.export import PIECE_BYTES, Csv, JsonLines, pieces
from tokonoma.errors import ExportTooLarge

COLUMNS = [("NAME", Column("NAME", "NVARCHAR", 100)), ("NUMBER", Column("NUMBER", "INTEGER"))]
PRICE = [("PRICE", Column("PRICE", "DECIMAL", 38, 10))]
Cells = list[list[Any]]

texts = st.none() | st.text(st.characters(codec="utf-8"), max_size=12) | st.text('",\r\n \t=', max_size=6)
numbers = st.none() | st.integers(-(2**63), 2**63 - 1)
tables = st.lists(st.tuples(texts, numbers).map(list), max_size=8)


def read(written: str) -> Cells:
    return list(csv.reader(io.StringIO(written, newline=""), strict=True))


@given(tables)
def test_every_reader_of_csv_finds_the_same_cells(table: Cells) -> None:
    head, *rows = read((Csv(COLUMNS).head + Csv(COLUMNS).lines(table)).decode())
    assert head == ["NAME", "NUMBER"]
    assert rows == [["" if cell is None else str(cell) for cell in row] for row in table]


@given(tables)
def test_null_and_an_empty_text_are_told_apart(table: Cells) -> None:
    for row in table:
        line = Csv(COLUMNS).lines([row]).decode()
        assert line.endswith("\r\n")
        assert line.startswith('"') == (row[0] is not None)


@given(tables)
def test_json_lines_have_the_same_cells(table: Cells) -> None:
    *lines, end = JsonLines(COLUMNS).lines([[*row, "behind"] for row in table]).split(b"\n")
    assert end == b""
    assert [list(json.loads(line).values()) for line in lines] == table


@given(st.decimals(allow_nan=False, allow_infinity=False, places=10, min_value=-(10**27), max_value=10**27))
def test_decimals_keep_all_digits_and_have_no_exponent(number: Decimal) -> None:
    in_csv = Csv(PRICE).lines([[number]]).decode().removesuffix("\r\n")
    in_json = JsonLines(PRICE).lines([[number]]).decode()
    assert in_json == f'{{"PRICE":{in_csv}}}\n'
    assert Decimal(in_csv) == number
    assert set(in_csv) <= set("-.0123456789")


def test_halves_of_surrogate_pairs_do_not_end_an_export() -> None:
    """Group 26: one bad cell must not kill the export, and leaves its neighbours alone."""
    table = [["a\ud800b", 1], ["\udc00", 2], ["ü😀", 3]]
    assert Csv(COLUMNS).lines(table).decode() == '"a\ufffdb",1\r\n"\ufffd",2\r\n"ü😀",3\r\n'
    names = [json.loads(line)["NAME"] for line in JsonLines(COLUMNS).lines(table).splitlines()]
    assert names == ["a\ufffdb", "\ufffd", "ü😀"]


def lists(number: int, size: int) -> Iterator[Cells]:
    for first in range(0, number, size):
        yield [["x" * 100, place] for place in range(first, min(first + size, number))]


def test_the_first_piece_goes_out_at_once_and_the_others_are_large() -> None:
    found = list(pieces(lists(10_000, 100), Csv(COLUMNS)))
    assert found[0].data.startswith(b"NAME,NUMBER\r\n")
    assert found[0].rows == 100
    assert all(PIECE_BYTES <= len(piece.data) < 2 * PIECE_BYTES for piece in found[1:-1])
    assert sum(piece.rows for piece in found) == 10_000
    assert b"".join(piece.data for piece in found).count(b"\r\n") == 10_001


def test_nothing_is_read_ahead() -> None:
    source = lists(1000, 100)
    next(pieces(source, Csv(COLUMNS)))
    assert next(source)[0][1] == 100


def test_nothing_found_is_a_head_or_nothing() -> None:
    assert [piece.data for piece in pieces([], Csv(COLUMNS))] == [b"NAME,NUMBER\r\n"]
    assert list(pieces([], JsonLines(COLUMNS))) == []


def test_rows_that_came_after_the_count_do_not_get_past_the_bound() -> None:
    assert sum(piece.rows for piece in pieces(lists(300, 100), Csv(COLUMNS), 300)) == 300
    with pytest.raises(ExportTooLarge, match="more than 299 rows"):
        list(pieces(lists(300, 100), Csv(COLUMNS), 299))
