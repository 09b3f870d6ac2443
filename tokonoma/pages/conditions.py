"""One condition of a form: a column, what is asked of it, and a value; in an address `COLUMN.operator=value`.

Conditions become the filter language, which the pages share with OData and the exports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tokonoma.data.columns import LARGE, Column, Kind
from tokonoma.data.query import literals

_EVERYWHERE = ("null",)
_EQUAL = ("is", "not", *_EVERYWHERE)
_ORDERED = ("is", "from", "to", "above", "below", "not", *_EVERYWHERE)
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    Kind.BOOLEAN: _EQUAL,
    Kind.TEXT: ("contains", "is", "starts", "ends", "not", *_EVERYWHERE),
    Kind.BINARY: _EVERYWHERE,
    **dict.fromkeys((Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE, Kind.DATE, Kind.TIME, Kind.MOMENT), _ORDERED),
    Kind.LARGE_TEXT: ("contains", *_EVERYWHERE),
    Kind.LARGE_BINARY: _EVERYWHERE,
}
"""What can be asked of a column, by its kind; the first is what people ask most."""

_COMPARED = {"is": "eq", "not": "ne", "from": "ge", "to": "le", "above": "gt", "below": "lt"}
_FUNCTIONS = {"contains": "contains", "starts": "startswith", "ends": "endswith"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition, as it stands in an address."""

    column: str
    """By the name that callers use."""
    operator: str
    value: str

    @property
    def parameter(self) -> str:
        return f"{self.column}.{self.operator}"

    def check(self, kind: Kind) -> None:
        """Raises ValueError if the value cannot be one of the column's."""
        if self.operator == "null":
            if self.value not in ("yes", "no"):
                raise ValueError("neither yes nor no")
        elif kind is not Kind.LARGE_TEXT:
            _text(self, kind)


def expression(conditions: Iterable[Condition], columns: Mapping[str, Column]) -> str:
    """All conditions in the filter language; "" for none.

    Values of one column's `is` are alternatives; everything else must hold at once.
    """
    alternatives: dict[str, list[str]] = {}
    found: list[str] = []
    for each in conditions:
        text = _expression(each, columns[each.column].kind)
        if each.operator == "is" or (each.operator == "null" and each.value == "yes"):
            alternatives.setdefault(each.column, []).append(text)
        else:
            found.append(text)
    either = [texts[0] if len(texts) == 1 else f"({' or '.join(texts)})" for texts in alternatives.values()]
    return " and ".join([*either, *found])


def _expression(condition: Condition, kind: Kind) -> str:
    column, operator = condition.column, condition.operator
    if operator == "null":
        return f"{column} {'eq' if condition.value == 'yes' else 'ne'} null"
    if kind is Kind.LARGE_TEXT:
        # HANA has no LOWER for it.
        return f"contains({column},{_quoted(condition.value)})"
    if operator in _FUNCTIONS:
        return f"{_FUNCTIONS[operator]}(tolower({column}),tolower({_quoted(condition.value)}))"
    if kind is Kind.MOMENT and literals.is_day(condition.value):
        return _of_day(column, operator, date.fromisoformat(condition.value))
    return f"{column} {_COMPARED[operator]} {_text(condition, kind)}"


def _of_day(column: str, operator: str, day: date) -> str:
    """A whole day, asked of a date with time."""
    begin = f"{day.isoformat()}T00:00:00Z"
    if operator in ("from", "below"):
        return f"{column} {'ge' if operator == 'from' else 'lt'} {begin}"
    if day == date.max:
        # No day comes after it.
        return {"to": f"{column} ne null", "above": "false"}.get(
            operator, f"{column} {'ge' if operator == 'is' else 'lt'} {begin}"
        )
    end = f"{(day + timedelta(days=1)).isoformat()}T00:00:00Z"
    match operator:
        case "to":
            return f"{column} lt {end}"
        case "above":
            return f"{column} ge {end}"
        case "is":
            return f"({column} ge {begin} and {column} lt {end})"
    return f"({column} lt {begin} or {column} ge {end})"


def _text(condition: Condition, kind: Kind) -> str:
    """The value as a literal of the filter language. Raises ValueError."""
    value = condition.value.strip() if kind is not Kind.TEXT else condition.value
    if kind in LARGE or kind is Kind.BINARY:
        raise ValueError("not asked for by value")
    if kind is Kind.MOMENT:
        if literals.is_day(value):
            return literals.day(value)
        value = value if value[-1:] in "Zz" or "+" in value or value.count("-") > 2 else f"{value}Z"
    try:
        literals.cast(value, kind)
    except NotImplementedError as error:
        raise ValueError(str(error)) from None
    return _quoted(value) if kind is Kind.TEXT else value


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
