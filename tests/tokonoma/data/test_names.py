"""Names for URLs: legal ones stay, others are escaped, and no two become one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokonoma.data.names import LONGEST, legal, legal_names


@pytest.mark.parametrize("name", ["ROOM", "room_1", "_x", "Größe", "部屋"])
def test_a_legal_name_stays_as_it_is(name: str) -> None:
    assert legal(name) == name


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("odd/table", "odd_x002F_table"),
        ("1X", "_x0031_X"),
        ("a b", "a_x0020_b"),
        ("", ""),
        ("_x0041_", "_x005F_x0041_"),
        ("😀", "_x1F600_"),
    ],
)
def test_what_is_not_allowed_is_escaped(name: str, escaped: str) -> None:
    assert legal(name) == escaped


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_two_names_never_become_one(one: str, other: str) -> None:
    assert (legal(one) == legal(other)) == (one == other)


@given(st.lists(st.text(min_size=1, max_size=LONGEST * 2), unique=True, max_size=8))
def test_the_names_of_one_place_differ_in_any_case_and_are_short(names: list[str]) -> None:
    found = legal_names(names)
    assert found.keys() == set(names)
    assert len({each.lower() for each in found.values()}) == len(names)
    assert all(len(each) <= LONGEST for each in found.values())


def test_a_new_neighbour_does_not_rename_who_is_called_so_already() -> None:
    assert legal_names(["odd_x002F_table"])["odd_x002F_table"] == legal("odd_x002F_table")
    assert legal_names(["ROOM", "room", "Room"])["ROOM"] == "ROOM"
