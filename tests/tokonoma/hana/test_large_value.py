"""A large value comes in pieces, whole or visibly broken, and its connection goes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from tokonoma.errors import HanaUnavailable
from tokonoma.hana.large_value import PIECE, LargeValue
from tokonoma.hana.schema import Schema

BYTES = bytes(range(256)) * 1024
TEXT = "é😀" * 70_001


@pytest.fixture
def schema(local: LocalHana, open_hana: Callable[..., Schema]) -> Schema:
    connection = connect(local.binding(), owner=True)
    cursor = connection.cursor()
    cursor.execute("CREATE COLUMN TABLE VALUES_ (ID INTEGER PRIMARY KEY, BYTES BLOB, TEXT NCLOB)")
    rows = [(1, BYTES, TEXT), (2, b"", ""), (3, None, None)]
    cursor.executemany("INSERT INTO VALUES_ VALUES (?, ?, ?)", rows)
    connection.commit()
    connection.close()
    return open_hana(connections=4, threads=8)


def opened(schema: Schema, column: str, number: int) -> LargeValue:
    value = schema.large_value(f"SELECT {column} FROM VALUES_ WHERE ID = ?", (number,))
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("column", "number", "whole"),
    [("BYTES", 1, BYTES), ("TEXT", 1, TEXT.encode()), ("BYTES", 2, b""), ("TEXT", 2, b"")],
)
def test_the_pieces_are_the_value(schema: Schema, column: str, number: int, whole: bytes) -> None:
    with opened(schema, column, number) as value:
        pieces = list(value)
    assert b"".join(pieces) == whole
    assert all(0 < len(piece) <= 4 * (PIECE + 1) for piece in pieces)


def test_a_null_and_a_row_that_is_not_there_are_none(schema: Schema) -> None:
    for number in (3, 4):
        assert schema.large_value("SELECT BYTES FROM VALUES_ WHERE ID = ?", (number,)) is None


def test_connections_come_back_from_values_that_were_read(schema: Schema) -> None:
    for _ in range(10):
        with opened(schema, "BYTES", 1) as value:
            assert b"".join(value) == BYTES
    assert schema.connections() == 1


def test_a_value_that_was_closed_early_is_not_taken_for_the_end(schema: Schema) -> None:
    value = opened(schema, "BYTES", 1)
    assert len(next(value)) == PIECE
    value.close()
    with pytest.raises(ValueError, match="before its last piece"):
        next(value)
    with opened(schema, "BYTES", 1) as again:
        assert b"".join(again) == BYTES


def test_a_break_in_the_middle_is_an_error_and_not_the_end(schema: Schema, local: LocalHana) -> None:
    value = opened(schema, "BYTES", 1)
    next(value)
    local.drop_connections()
    with pytest.raises(HanaUnavailable):
        list(value)
    with pytest.raises(ValueError, match="before its last piece"):
        next(value)
