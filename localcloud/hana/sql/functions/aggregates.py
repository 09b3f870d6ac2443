"""Aggregates and window functions: sqlite's own where they are exact, ours where they would be floats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from math import ceil
from statistics import correlation
from typing import Any

from localcloud.hana.errors import COLUMN_STORE_ERROR, HanaError
from localcloud.hana.model import Type, Value
from localcloud.hana.sql.values import types
from localcloud.hana.sql.values.numbers import EXACT, exact, floating, plain

from .function import Kind, Result, always


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`windowed` may stand before OVER; `only_windowed` must."""

    name: str
    kinds: tuple[Kind, ...]
    result: Result
    optional: int = 0
    windowed: bool = True
    only_windowed: bool = False
    ordered: bool = False
    """Whether ORDER BY may stand inside of its parentheses, or must behind them."""


_AVERAGES = {types.TINYINT.code: 9, types.SMALLINT.code: 11, types.INT.code: 16, types.BIGINT.code: 25}


def _sum_type(given: Sequence[Type | None]) -> Type:
    """SAP's table: integers become INTEGER, but BIGINT stays; decimals and floats stay what they are."""
    type_ = given[0] or types.DECIMAL
    if type_.code in types.INTEGERS:
        return types.BIGINT if type_ == types.BIGINT else types.INT
    if type_.code in types.DECIMALS and not types.is_floating(type_):
        return types.decimal(types.LONGEST_DECIMAL, type_.scale)
    return type_


def _average_type(given: Sequence[Type | None]) -> Type:
    """SAP's table: integers become decimals with six digits behind the point."""
    type_ = given[0] or types.DECIMAL
    return types.decimal(_AVERAGES[type_.code], 6) if type_.code in types.INTEGERS else type_


def _spread_type(given: Sequence[Type | None]) -> Type:
    type_ = given[0] or types.DECIMAL
    return types.DOUBLE if type_.code in types.FLOATS else types.DECIMAL


def _same(given: Sequence[Type | None]) -> Type:
    return given[0] or types.UNTYPED_TEXT


class DecimalSum:
    """SUM over decimal texts; also over a sliding window."""

    def __init__(self) -> None:
        self.total = Decimal(0)
        self.count = 0

    def step(self, value: Value) -> None:
        if value is not None:
            self.total = EXACT.add(self.total, exact(value))
            self.count += 1

    def inverse(self, value: Value) -> None:
        if value is not None:
            self.total = EXACT.subtract(self.total, exact(value))
            self.count -= 1

    def value(self) -> Value:
        return plain(self.total) if self.count else None

    def finalize(self) -> Value:
        return self.value()


class Average(DecimalSum):
    """AVG over exact numbers."""

    def value(self) -> Value:
        return plain(EXACT.divide(self.total, Decimal(self.count))) if self.count else None


class Collected:
    """Keeps all values for an answer that needs them together."""

    def __init__(self) -> None:
        self.values: list[Decimal] = []

    def step(self, value: Value) -> None:
        if value is not None:
            self.values.append(exact(value))

    def inverse(self, value: Value) -> None:
        if value is not None:
            self.values.remove(exact(value))

    def finalize(self) -> Value:
        return self.value()

    def value(self) -> Value:
        raise NotImplementedError

    def variance(self, ddof: int) -> Decimal | None:
        size = len(self.values)
        if size <= ddof:
            return None
        mean = EXACT.divide(reduce(EXACT.add, self.values), Decimal(size))
        distances = (EXACT.subtract(each, mean) for each in self.values)
        squares = reduce(EXACT.add, (EXACT.multiply(each, each) for each in distances))
        return EXACT.divide(squares, Decimal(size - ddof))


class Variance(Collected):
    def value(self) -> Value:
        found = self.variance(1)
        return None if found is None else floating(found)


class PopulationVariance(Collected):
    def value(self) -> Value:
        found = self.variance(0)
        return None if found is None else floating(found)


class Deviation(Collected):
    def value(self) -> Value:
        found = self.variance(1)
        return None if found is None else floating(found.sqrt(EXACT))


class PopulationDeviation(Collected):
    def value(self) -> Value:
        found = self.variance(0)
        return None if found is None else floating(found.sqrt(EXACT))


class Median(Collected):
    def value(self) -> Value:
        ranked = sorted(self.values)
        if not ranked:
            return None
        both = EXACT.add(ranked[(len(ranked) - 1) // 2], ranked[len(ranked) // 2])
        return floating(EXACT.divide(both, Decimal(2)))


class Percentile:
    """PERCENTILE_CONT and PERCENTILE_DISC: the value below which a share of the others lie, NULLs apart."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self.share = 0.0
        self.order = "va"

    def step(self, share: float | None, value: Value, order: str) -> None:
        """`order` is v or n (a plain value, or a decimal's text) and a or d (ascending or descending)."""
        if share is None or not 0 <= share <= 1:
            raise HanaError(COLUMN_STORE_ERROR, "column store error: a percentile lies between 0 and 1")
        self.share, self.order = share, order
        if value is not None:
            self.values.append(value)

    def inverse(self, share: float | None, value: Value, order: str) -> None:
        if value is not None:
            self.values.remove(value)

    def ranked(self) -> list[Any]:
        key = exact if self.order[0] == "n" else None
        return sorted(self.values, key=key, reverse=self.order[1] == "d")

    def value(self) -> Value:
        raise NotImplementedError

    def finalize(self) -> Value:
        return self.value()


class Interpolated(Percentile):
    def value(self) -> Value:
        if not self.values:
            return None
        ranked, place = self.ranked(), self.share * (len(self.values) - 1)
        low = ranked[int(place)]
        high = ranked[min(int(place) + 1, len(ranked) - 1)]
        return float(low + (high - low) * (place - int(place)))


class Chosen(Percentile):
    def value(self) -> Value:
        if not self.values:
            return None
        found: Value = self.ranked()[max(0, ceil(self.share * len(self.values)) - 1)]
        return found


class Correlation:
    """CORR: Pearson's coefficient of the pairs without NULL; also over a sliding window."""

    def __init__(self) -> None:
        self.pairs: list[tuple[float, float]] = []

    def step(self, left: Value, right: Value) -> None:
        if left is not None and right is not None:
            self.pairs.append((float(left), float(right)))

    def inverse(self, left: Value, right: Value) -> None:
        if left is not None and right is not None:
            self.pairs.remove((float(left), float(right)))

    def value(self) -> Value:
        """NULL where one side does not vary."""
        lefts, rights = zip(*self.pairs, strict=True) if self.pairs else ((), ())
        if len(set(lefts)) < 2 or len(set(rights)) < 2:
            return None
        return correlation(lefts, rights)

    def finalize(self) -> Value:
        return self.value()


class Joined:
    """STRING_AGG: NULLs count as empty; `order` has three letters a sort key.

    They are v or n (a plain value, or a decimal's text), a or d (ascending or descending), and f or l (NULLs
    first or last).
    """

    def __init__(self) -> None:
        self.rows: list[tuple[str, tuple[Value, ...]]] = []
        self.delimiter = ""
        self.order = ""

    def step(self, value: Value, delimiter: Value, order: str, *keys: Value) -> None:
        self.rows.append(("" if value is None else str(value), keys))
        self.delimiter = "" if delimiter is None else str(delimiter)
        self.order = order

    def finalize(self) -> Value:
        for index in reversed(range(len(self.order) // 3)):
            kind, direction, nulls = tuple(self.order[index * 3 : index * 3 + 3])
            known = [row for row in self.rows if row[1][index] is not None]
            missing = [row for row in self.rows if row[1][index] is None]
            known.sort(key=_key_of(kind, index), reverse=direction == "d")
            self.rows = missing + known if nulls == "f" else known + missing
        return self.delimiter.join(text for text, _ in self.rows) if self.rows else None


def _key_of(kind: str, index: int) -> Callable[[tuple[str, tuple[Value, ...]]], Any]:
    return lambda row: exact(row[1][index]) if kind == "n" else row[1][index]


AGGREGATE_CLASSES: dict[str, type] = {
    "hana_sum": DecimalSum,
    "hana_avg": Average,
    "hana_var": Variance,
    "hana_var_pop": PopulationVariance,
    "hana_stddev": Deviation,
    "hana_stddev_pop": PopulationDeviation,
    "hana_median": Median,
    "hana_corr": Correlation,
    "hana_percentile_cont": Interpolated,
    "hana_percentile_disc": Chosen,
}

EXACT_AGGREGATES = frozenset({"STDDEV", "STDDEV_SAMP", "STDDEV_POP", "VAR", "VAR_SAMP", "VAR_POP", "MEDIAN"})
"""Those that are computed as decimals, of floats too."""

_ALIASES = {"VAR_SAMP": "VAR", "STDDEV_SAMP": "STDDEV"}
_N, _A, _I = Kind.NUMBER, Kind.ANY, Kind.INTEGER
_BIG = always(types.BIGINT)

AGGREGATES: dict[str, Aggregate] = {
    each.name: each
    for each in (
        Aggregate("COUNT", (_A,), _BIG),
        Aggregate("SUM", (_N,), _sum_type),
        Aggregate("AVG", (_N,), _average_type),
        Aggregate("MIN", (_A,), _same),
        Aggregate("MAX", (_A,), _same),
        Aggregate("STDDEV", (_N,), _spread_type),
        Aggregate("STDDEV_SAMP", (_N,), _spread_type),
        Aggregate("STDDEV_POP", (_N,), _spread_type),
        Aggregate("VAR", (_N,), _spread_type),
        Aggregate("VAR_SAMP", (_N,), _spread_type),
        Aggregate("VAR_POP", (_N,), _spread_type),
        Aggregate("MEDIAN", (_N,), _spread_type),
        Aggregate("CORR", (Kind.FLOAT, Kind.FLOAT), always(types.DOUBLE)),
        Aggregate("PERCENTILE_CONT", (Kind.FLOAT,), always(types.DOUBLE), ordered=True),
        Aggregate("PERCENTILE_DISC", (Kind.FLOAT,), _same, ordered=True),
        Aggregate("STRING_AGG", (Kind.TEXT, Kind.TEXT), lambda _: types.UNTYPED_TEXT, 1, False, ordered=True),
        Aggregate("ROW_NUMBER", (), _BIG, only_windowed=True),
        Aggregate("RANK", (), _BIG, only_windowed=True),
        Aggregate("DENSE_RANK", (), _BIG, only_windowed=True),
        Aggregate("PERCENT_RANK", (), always(types.DOUBLE), only_windowed=True),
        Aggregate("CUME_DIST", (), always(types.DOUBLE), only_windowed=True),
        Aggregate("NTILE", (_I,), _BIG, only_windowed=True),
        Aggregate("LAG", (_A, _I, _A), _same, 2, only_windowed=True),
        Aggregate("LEAD", (_A, _I, _A), _same, 2, only_windowed=True),
        Aggregate("FIRST_VALUE", (_A,), _same, only_windowed=True),
        Aggregate("LAST_VALUE", (_A,), _same, only_windowed=True),
        Aggregate("NTH_VALUE", (_A, _I), _same, only_windowed=True),
    )
}


def aggregate_sql(name: str, type_: Type | None) -> str:
    """The sqlite function behind an aggregate over values of a type."""
    name = _ALIASES.get(name, name)
    is_float = type_ is not None and type_.code in types.FLOATS
    if name == "SUM" and (type_ is None or type_.code in types.DECIMALS):
        return "hana_sum"
    if name == "AVG" and not is_float:
        return "hana_avg"
    own = f"hana_{name.lower()}"
    if name not in ("SUM", "AVG") and own in AGGREGATE_CLASSES:
        return own
    return name.lower()
