"""The values of a column of which there are few, as checkboxes with counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokonoma.data import cells
from tokonoma.data.aggregates.values import Values
from tokonoma.data.columns import Column, Kind
from tokonoma.data.query import literals

from .conditions import Condition
from .headings import Heading
from .language import Language
from .state import LONGEST_VALUE

LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that can be chosen; `name` and `value` are those of its field."""

    name: str
    value: str
    label: str
    title: str
    """The whole label where it was cut off, or the value behind it; "" for none."""
    count: str
    is_chosen: bool
    is_usable: bool
    """Whether a form can send the value as it is."""


def choices(
    heading: Heading,
    found: Values,
    conditions: Sequence[Condition],
    labels: Mapping[Any, str],
    language: Language,
) -> list[Choice]:
    """What is chosen, and then what was found, most frequent first."""
    column = heading.column
    chosen = {exact(each, column.kind) for each in conditions}
    made = []
    for cell, count in found.counts:
        field = field_of(cell, heading)
        made.append(
            _choice(
                *(field, shown(cell, column, labels, language), language.whole(count)),
                is_chosen=field in chosen,
                is_usable=cell is None or is_usable(field[1]),
            )
        )
    listed = {(each.name, each.value) for each in made}
    for condition in conditions:
        field = exact(condition, column.kind)
        if field in listed or condition.operator not in ("is", "null"):
            continue
        if field == (f"{heading.name}.null", "no"):
            told = language.text("with_a_value"), ""
        else:
            told = shown(
                None if condition.operator == "null" else _cell(condition.value, column.kind),
                *(column, labels, language),
            )
        number = "" if found.has_more else language.whole(0)
        made.append(_choice(field, told, number, is_chosen=True, is_usable=True))
        listed.add(field)
    return sorted(made, key=lambda each: not each.is_chosen)


def asked_for(conditions: Sequence[Condition], kind: Kind) -> list[Any]:
    """The values that are chosen already."""
    return [_cell(each.value, kind) for each in conditions if each.operator == "is"]


def field_of(cell: Any, heading: Heading) -> tuple[str, str]:
    """Name and value of the field that asks for a value."""
    if cell is None:
        return f"{heading.name}.null", "yes"
    return f"{heading.name}.is", _written(cell, heading.column.kind)


def exact(condition: Condition, kind: Kind) -> tuple[str, str]:
    """Name and value of a condition, whose value is written as `field_of` does."""
    if condition.operator != "is":
        return condition.parameter, condition.value
    return condition.parameter, _written(_cell(condition.value, kind), kind)


def shown(cell: Any, column: Column, labels: Mapping[Any, str], language: Language) -> tuple[str, str]:
    """A value as a label, and what more there is to say of it; plain text."""
    if cell is None:
        return language.text("null"), ""
    written = _written(cell, column.kind)
    if cell in labels:
        return _cut(labels[cell]), written
    if column.kind is Kind.BOOLEAN:
        return language.text("yes" if cell else "no"), ""
    visible = language.visible(written)
    if visible != written:
        return visible, ""
    short = _cut(written)
    return short, "" if short == written else written


def is_usable(value: str) -> bool:
    """Whether a form sends a value as it is: browsers write CR LF for each line break, and U+FFFD for NUL."""
    return 0 < len(value) <= LONGEST_VALUE and not set(value) & set("\r\n\0") and "\ufffd" not in value


def _choice(
    field: tuple[str, str], label: tuple[str, str], count: str, *, is_chosen: bool, is_usable: bool
) -> Choice:
    return Choice(*field, *label, count, is_chosen, is_usable)


def _written(cell: Any, kind: Kind) -> str:
    if kind is Kind.BOOLEAN:
        return "true" if cell else "false"
    return cells.well_formed(str(cell))


def _cell(value: str, kind: Kind) -> Any:
    """The value of a condition, which has been checked."""
    if kind is Kind.BOOLEAN:
        return literals.boolean(value.strip())
    if kind is not Kind.INTEGER:
        return value
    number = literals.number(value.strip())
    return int(number) if number == number.to_integral_value() else number


def _cut(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[:LONGEST_LABEL].rstrip()}…"
