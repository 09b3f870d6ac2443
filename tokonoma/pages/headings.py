"""How a column is shown: what it is called, what stands beside its values, and where they lead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tokonoma.data.columns import LARGE, NUMBERS, Column, Kind

LONGEST_LABEL = 40
"""Characters of a column's comment that is taken for its label; longer ones are descriptions."""
_AMOUNT = re.compile(r"(^|_)(VALUE|PRICE|AMOUNT|COST|COSTS|TOTAL|NET|GROSS|FEE|SALARY|BUDGET|REVENUE)(_|$)")
_CURRENCIES = ("CURRENCY", "CURRENCY_CODE", "CURRENCYCODE", "CURRENCY_ID", "WAERS")
_LONGEST_UNIT = 10


@dataclass(frozen=True, slots=True)
class Heading:
    """A column, as it is shown."""

    name: str
    """By the name that callers use."""
    column: Column
    label: str
    description: str
    """Technical name, type and comment, for whoever asks."""
    unit: str
    """The name of the column whose text stands beside each number; "" for none."""

    @property
    def is_number(self) -> bool:
        return self.column.kind in NUMBERS

    @property
    def is_large(self) -> bool:
        return self.column.kind in LARGE


def headings(columns: Mapping[str, Column]) -> dict[str, Heading]:
    """By name."""
    return {
        name: Heading(name, column, label(name, column), _description(column), _unit(name, columns))
        for name, column in columns.items()
    }


def label(name: str, column: Column) -> str:
    """The comment if it is short, else the name."""
    comment = column.comment.strip()
    return comment if comment and len(comment) <= LONGEST_LABEL and "\n" not in comment else name


def units(found: Mapping[str, Heading]) -> frozenset[str]:
    """The columns that stand beside another one's numbers."""
    return frozenset(each.unit for each in found.values() if each.unit)


def _description(column: Column) -> str:
    size = ""
    if column.kind is Kind.DECIMAL and column.length:
        size = f"({column.length}, {column.scale})" if column.scale is not None else f"({column.length})"
    elif column.kind in (Kind.TEXT, Kind.BINARY) and column.length:
        size = f"({column.length})"
    return " · ".join(part for part in (column.name, f"{column.type}{size}", column.comment) if part)


def _unit(name: str, columns: Mapping[str, Column]) -> str:
    """By their names: VALUE_CURRENCY and WEIGHT_UNIT, or one CURRENCY beside the only amount."""
    if columns[name].kind not in NUMBERS:
        return ""
    own = [f"{name}_CURRENCY", f"{name}_UNIT", f"{name}_CURRENCY_CODE"]
    amounts = [other for other, each in columns.items() if _is_amount(other, each)]
    if amounts == [name]:
        own += _CURRENCIES
    return next((other for other in own if other in columns and _is_unit(columns[other])), "")


def _is_amount(name: str, column: Column) -> bool:
    return column.kind is Kind.DECIMAL and _AMOUNT.search(name.upper()) is not None


def _is_unit(column: Column) -> bool:
    return column.kind is Kind.TEXT and (column.length or 0) <= _LONGEST_UNIT
