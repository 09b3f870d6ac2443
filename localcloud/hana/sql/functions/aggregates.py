"""Aggregates: sqlite's own where it is exact, our own where it would go through floats."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from localcloud.hana.model import Type, TypeCode, Value
from localcloud.hana.sql import types
from localcloud.hana.sql.numbers import EXACT, exact, floating, plain

from .table import Function, Kind, always


def _sum_type(given: Sequence[Type | None]) -> Type:
    type_ = given[0] or types.DECIMAL
    if type_.code in types.INTEGERS:
        return types.BIGINT
    if type_.code in types.FLOATS:
        return types.DOUBLE
    return types.DECIMAL if types.is_floating(type_) else types.decimal(38, type_.scale)


def _average_type(given: Sequence[Type | None]) -> Type:
    type_ = given[0] or types.DECIMAL
    return types.DOUBLE if type_.code in types.FLOATS else types.DECIMAL


def _same(given: Sequence[Type | None]) -> Type:
    return given[0] or types.UNTYPED_TEXT


class DecimalSum:
    """SUM over decimal texts."""

    def __init__(self) -> None:
        self.total: Decimal | None = None

    def step(self, value: Value) -> None:
        if value is not None:
            self.total = EXACT.add(self.total or Decimal(0), exact(value))

    def finalize(self) -> Value:
        return None if self.total is None else plain(self.total)


class Average:
    """AVG over exact numbers."""

    def __init__(self) -> None:
        self.total = Decimal(0)
        self.count = 0

    def step(self, value: Value) -> None:
        if value is not None:
            self.total = EXACT.add(self.total, exact(value))
            self.count += 1

    def finalize(self) -> Value:
        return floating(EXACT.divide(self.total, Decimal(self.count))) if self.count else None


AGGREGATE_CLASSES = {"hana_decimal_sum": DecimalSum, "hana_average": Average}

AGGREGATES = (
    Function("COUNT", (Kind.ANY,), always(types.BIGINT), required=1, aggregate=True),
    Function("SUM", (Kind.NUMBER,), _sum_type, required=1, aggregate=True),
    Function("AVG", (Kind.NUMBER,), _average_type, required=1, aggregate=True),
    Function("MIN", (Kind.ANY,), _same, required=1, aggregate=True),
    Function("MAX", (Kind.ANY,), _same, required=1, aggregate=True),
)


def aggregate_sql(name: str, type_: Type | None) -> str:
    """The sqlite function behind an aggregate over values of a type."""
    is_decimal = type_ is not None and type_.code in types.DECIMALS
    if name == "SUM" and is_decimal:
        return "hana_decimal_sum"
    if name == "AVG":
        return "avg" if type_ is not None and type_.code in types.FLOATS else "hana_average"
    return name.lower()


__all__ = ["AGGREGATES", "AGGREGATE_CLASSES", "TypeCode", "aggregate_sql"]
