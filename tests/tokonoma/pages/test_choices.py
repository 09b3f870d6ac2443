from __future__ import annotations

from typing import Any

import pytest

from tests.tokonoma.pages.conftest import MARKUP
from tokonoma.data.aggregates.values import Values
from tokonoma.data.columns import Column
from tokonoma.pages.choices import Choice, choices, is_usable
from tokonoma.pages.conditions import Condition
from tokonoma.pages.headings import headings
from tokonoma.pages.language import LANGUAGES

HEADINGS = headings(
    {
        "NAME": Column("NAME", "NVARCHAR", 5000),
        "FLAG": Column("FLAG", "BOOLEAN"),
        "NUMBER": Column("NUMBER", "INTEGER"),
    }
)


def made(
    name: str, found: Values, *conditions: Condition, labels: dict[Any, str] | None = None
) -> list[Choice]:
    return choices(HEADINGS[name], found, conditions, labels or {}, LANGUAGES["en"])


def test_values_are_fields_of_an_address_with_their_counts() -> None:
    found = made("NAME", Values((("a", 1234), (None, 2), (MARKUP, 1)), has_more=False))
    assert [(each.name, each.value, each.label, each.count) for each in found] == [
        ("NAME.is", "a", "a", "1,234"),
        ("NAME.null", "yes", "no value", "2"),
        ("NAME.is", MARKUP, MARKUP, "1"),
    ]
    assert not any(each.is_chosen for each in found)


@pytest.mark.parametrize(
    ("name", "cell", "asked"),
    [("FLAG", True, "TRUE"), ("NUMBER", 7, "07.0"), ("NUMBER", -7, " -7 "), ("NAME", " a", " a")],
)
def test_what_is_asked_for_in_another_way_is_chosen_too(name: str, cell: Any, asked: str) -> None:
    [found] = made(name, Values(((cell, 1),), has_more=False), Condition(name, "is", asked))
    assert found.is_chosen


def test_what_is_chosen_and_not_there_can_be_taken_off() -> None:
    found = made(
        *("NUMBER", Values(((1, 5),), has_more=False)),
        *(Condition("NUMBER", "is", each) for each in ("1", "2", "2.5")),
        *(Condition("NUMBER", "null", each) for each in ("yes", "no")),
    )
    assert [(each.name, each.value, each.label, each.count) for each in found] == [
        ("NUMBER.is", "1", "1", "5"),
        ("NUMBER.is", "2", "2", "0"),
        ("NUMBER.is", "2.5", "2.5", "0"),
        ("NUMBER.null", "yes", "no value", "0"),
        ("NUMBER.null", "no", "with a value", "0"),
    ]
    assert all(each.is_chosen for each in found)


def test_what_is_chosen_comes_first_without_a_count_that_is_not_known() -> None:
    found = made("NAME", Values((("a", 5),), has_more=True), Condition("NAME", "is", "rare"))
    assert [(each.value, each.count) for each in found] == [("rare", ""), ("a", "5")]


def test_a_reference_has_the_label_of_its_row_and_its_value_behind_it() -> None:
    found = made("NUMBER", Values(((1, 5), (2, 1)), has_more=False), labels={1: "Iris Pavilion"})
    assert [(each.label, each.title) for each in found] == [("Iris Pavilion", "1"), ("2", "")]


@pytest.mark.parametrize(
    ("cell", "label"),
    [("", "(empty)"), ("  ", "(blanks)"), ("x" * 61, "x" * 60 + "…"), ("\ud800", "\ufffd"), ("a\nb", "a\nb")],
)
def test_odd_texts_have_a_label_that_can_be_read_and_sent(cell: str, label: str) -> None:
    [found] = made("NAME", Values(((cell, 1),), has_more=False))
    assert found.label == label
    found.label.encode()
    found.value.encode()


@pytest.mark.parametrize("value", ["", "a\nb", "a\rb", "a\0b", "\ufffd", "x" * 5001])
def test_what_a_form_would_change_cannot_be_chosen(value: str) -> None:
    assert not is_usable(value)


@pytest.mark.parametrize("value", [" ", "a\tb", MARKUP, "x" * 5000, "\u202eabc", "😀"])
def test_everything_else_can(value: str) -> None:
    assert is_usable(value)
