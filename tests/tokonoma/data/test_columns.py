"""The kinds of columns, and HANA's types that fall into them."""

from __future__ import annotations

import pytest

from localcloud.hana.model import TypeCode
from tokonoma.data.columns import KEYS, KINDS, LARGE, NUMBERS, Column, Kind


def test_every_kind_but_that_of_the_literal_null_has_a_type() -> None:
    assert set(KINDS.values()) == set(Kind) - {Kind.NULL}


def test_a_large_value_is_no_key_and_no_number() -> None:
    assert LARGE.isdisjoint(KEYS | NUMBERS)


def test_a_floating_point_number_is_no_key() -> None:
    """Two that print alike may differ."""
    assert Kind.DOUBLE not in KEYS


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_column_has_the_kind_of_its_type(name: str) -> None:
    assert Column("C", name).kind is KINDS[name]


def test_the_types_that_the_local_hana_declares_can_be_shown() -> None:
    declared = {"TINYINT", "SMALLINT", "BIGINT", "DECIMAL", "REAL", "DOUBLE", "NVARCHAR", "VARBINARY", "BLOB"}
    assert declared <= {code.name for code in TypeCode}
    assert declared <= KINDS.keys()


def test_a_type_that_is_not_known_has_no_kind() -> None:
    with pytest.raises(KeyError):
        assert Column("C", "ST_GEOMETRY").kind
