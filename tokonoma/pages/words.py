"""What a table's page shows, in words: "101 rows with Room = IRIS and Title containing “heron”, by Year"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal

from tokonoma.data.columns import Kind
from tokonoma.data.query import literals

from .cell_html import is_plain
from .conditions import Condition
from .headings import Heading
from .language import Language
from .state import State

COUNTED = 10_000
"""Rows that are counted; beyond, there are "more"."""

Label = Callable[[str, str], str]
"""What a value of a column is called; "" if it is not known."""


def _no_label(_column: str, _value: str) -> str:
    return ""


def amount(count: int | None, language: Language) -> str:
    """How many rows there are; `count` is above COUNTED for more, and None for too slow to say."""
    if count is None:
        return language.text("many_rows")
    if count == 0:
        return language.text("no_rows")
    if count == 1:
        return language.text("one_row")
    number = language.whole(min(count, COUNTED))
    if count > COUNTED:
        number = language.text("more_than", count=number)
        number = number[:1].upper() + number[1:]
    return language.text("some_rows", count=number)


def condition(
    asked: Condition, headings: Mapping[str, Heading], language: Language, label: Label = _no_label
) -> str:
    """One condition, for a chip or a sentence; plain text, not HTML."""
    heading = headings[asked.column]
    if asked.operator == "null":
        return language.text("is_null" if asked.value == "yes" else "not_null", column=heading.label)
    named = label(asked.column, asked.value) if asked.operator in ("is", "not") else ""
    value = language.text("quoted", value=named) if named else value_of(asked, heading, language)
    return language.text(asked.operator, column=heading.label, value=value)


def sentence(
    count: int | None,
    state: State,
    headings: Mapping[str, Heading],
    language: Language,
    label: Label = _no_label,
) -> str:
    """All of a state in one sentence; plain text, not HTML. `count` is as for `amount`."""
    return described(amount(count, language), state, headings, language, label)


def described(
    found: str,
    state: State,
    headings: Mapping[str, Heading],
    language: Language,
    label: Label = _no_label,
) -> str:
    """The same, of rows whose amount is told already: "All rows", say."""
    told = [condition(each, headings, language, label) for each in state.conditions]
    if state.filter:
        told.append(language.text("quoted", value=state.filter))
    if told:
        found = language.text("with", rows=found, conditions=all_of(told, language))
    if state.sort:
        order = [
            language.text("descending", column=headings[name].label) if down else headings[name].label
            for name, down in state.sort
        ]
        found = language.text("by", rows=found, order=all_of(order, language))
    return found


def all_of(parts: Sequence[str], language: Language) -> str:
    """One or more parts of a sentence, with "and" between them."""
    found = parts[0]
    for each in parts[1:]:
        found = language.text("and", left=found, right=each)
    return found


def value_of(asked: Condition, heading: Heading, language: Language) -> str:
    """The value of a condition in the reader's way; texts in quotes."""
    kind = heading.column.kind
    if kind in (Kind.TEXT, Kind.LARGE_TEXT):
        return language.text("quoted", value=asked.value)
    try:
        return _formatted(asked.value, heading, language)
    except (ValueError, NotImplementedError):
        return asked.value


def _formatted(value: str, heading: Heading, language: Language) -> str:
    kind = heading.column.kind
    if kind is Kind.BOOLEAN:
        return language.text("yes" if literals.boolean(value) else "no")
    if kind in (Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE):
        number = Decimal(value)
        return f"{number:f}" if is_plain(heading.column) else language.number(number)
    if kind is Kind.DATE or literals.is_day(value):
        return language.day(date.fromisoformat(value))
    if kind is Kind.TIME:
        return language.clock(time.fromisoformat(value))
    return language.moment(datetime.fromisoformat(value))
