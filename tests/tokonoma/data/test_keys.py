from __future__ import annotations

from decimal import Decimal

import pytest

from tokonoma.data.columns import Column, Kind
from tokonoma.data.keys import all_of, one_of
from tokonoma.data.query import compiler
from tokonoma.data.query.tree import NULL, Literal, junction
from tokonoma.errors import QueryError

COLUMNS = {"A": Column("A", "NVARCHAR", 10), "B": Column("B", "INTEGER")}


def key(a: str, b: int) -> dict[str, Literal]:
    return {"A": Literal(a, Kind.TEXT), "B": Literal(Decimal(b), Kind.INTEGER)}


def test_keys_of_several_columns_are_alternatives_of_conditions() -> None:
    [condition] = one_of(COLUMNS, [key("x", 1), key("y", 2)])
    sql = compiler.condition(condition)
    assert sql.text.count(" OR ") == 1
    assert sql.text.count(" AND ") == 2
    assert [str(value) for value in sql.values] == ["x", "1", "y", "2"]


def test_one_key_is_a_condition_for_each_column() -> None:
    assert one_of(COLUMNS, [key("x", 1)]) == [junction("and", all_of(COLUMNS, key("x", 1)))]


def test_a_key_is_never_null_and_of_its_columns_kind() -> None:
    for value in (NULL, Literal("x", Kind.TEXT)):
        with pytest.raises(QueryError):
            all_of(COLUMNS, {"B": value})
