"""Functions over numbers: exact ones stay exact, the others go through floats as HANA's do."""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable, Sequence
from decimal import Decimal

from localcloud.hana.errors import COLUMN_STORE_ERROR, HanaError, not_supported
from localcloud.hana.model import ParameterValue, Type, Value
from localcloud.hana.sql.values import types
from localcloud.hana.sql.values.numbers import EXACT, division_by_zero, exact, floating, overflow, plain

from .function import Function, Kind, Result, always

Number = int | float | str
"""A stored number: decimals are text."""

_MODES = {
    "ROUND_HALF_UP": decimal.ROUND_HALF_UP,
    "ROUND_HALF_DOWN": decimal.ROUND_HALF_DOWN,
    "ROUND_HALF_EVEN": decimal.ROUND_HALF_EVEN,
    "ROUND_UP": decimal.ROUND_UP,
    "ROUND_DOWN": decimal.ROUND_DOWN,
    "ROUND_CEILING": decimal.ROUND_CEILING,
    "ROUND_FLOOR": decimal.ROUND_FLOOR,
}
ROUNDING_MODES = frozenset(_MODES)


def _same(given: Sequence[Type | None]) -> Type:
    return given[0] or types.DECIMAL


def _widened(given: Sequence[Type | None]) -> Type:
    """The lowest integer has no counterpart in its own type."""
    type_ = given[0] or types.DECIMAL
    return types.BIGINT if type_.code in types.INTEGERS else type_


def _whole(given: Sequence[Type | None]) -> Type:
    """CEIL and FLOOR: a decimal loses its fraction."""
    type_ = given[0] or types.DECIMAL
    if type_.code in types.DECIMALS and not types.is_floating(type_):
        return types.decimal(min(38, type_.length - type_.scale + 1), 0)
    return type_


def _common(given: Sequence[Type | None]) -> Type:
    return types.common(given[0] or types.DECIMAL, given[1] or types.DECIMAL)


def _like(sample: Number, value: Decimal) -> Value:
    """A result in the Python type of the argument."""
    if isinstance(sample, int):
        return int(value)
    return float(value) if isinstance(sample, float) else plain(value)


def _abs(value: Number) -> Value:
    return value.removeprefix("-") if isinstance(value, str) else abs(value)


def _sign(value: Number) -> Value:
    number = exact(value)
    return (number > 0) - (number < 0)


def _floor(value: Number) -> Value:
    return _like(value, exact(value).to_integral_value(decimal.ROUND_FLOOR))


def _ceil(value: Number) -> Value:
    return _like(value, exact(value).to_integral_value(decimal.ROUND_CEILING))


def _round(value: Number, places: int = 0, mode: str = "ROUND_HALF_UP") -> Value:
    number = exact(value)
    if places >= -number.as_tuple().exponent:  # type: ignore[operator]
        return value
    rounded = number.quantize(Decimal(1).scaleb(-places), _MODES[mode], EXACT) if places > -60 else Decimal(0)
    return _like(value, rounded)


def _mod(value: Number, divisor: Number) -> Value:
    """MOD keeps the sign of the number; by zero it is the number itself."""
    if isinstance(value, int) and isinstance(divisor, int):
        return int(math.copysign(abs(value) % abs(divisor), value)) if divisor else value
    if isinstance(value, float) or isinstance(divisor, float):
        first, second = float(value), float(divisor)
        return math.fmod(first, second) if second else first
    first_exact, second_exact = exact(value), exact(divisor)
    return plain(EXACT.remainder(first_exact, second_exact)) if second_exact else value


def _ndiv0(value: Number, divisor: Number) -> Value:
    number = exact(divisor)
    return floating(EXACT.divide(exact(value), number)) if number else "0"


def _power(base: Number, exponent: Number) -> Value:
    try:
        found: float | complex = float(base) ** float(exponent)
    except (OverflowError, ZeroDivisionError):
        raise overflow(f"POWER({base}, {exponent})") from None
    if isinstance(found, complex):
        raise _invalid("POWER")
    return found


def _log(base: float, value: float) -> float:
    return math.log(value) / math.log(base)


def _invalid(name: str) -> HanaError:
    return HanaError(COLUMN_STORE_ERROR, f"invalid argument: {name}")


def _checked(name: str, function: Callable[..., float]) -> Callable[..., Value]:
    """A function of `math` that raises HANA's errors."""

    def call(*values: float) -> Value:
        try:
            return function(*values)
        except OverflowError:
            raise overflow(name) from None
        except ZeroDivisionError:
            raise division_by_zero() from None
        except ValueError:
            raise _invalid(name) from None

    return call


def _bits(value: int) -> int:
    return value & 0xFFFFFFFFFFFFFFFF


def _extreme(largest: bool) -> Callable[..., Value]:
    """GREATEST and LEAST: NULL if any argument is; decimals compare as numbers."""

    def choose(is_decimal: int, *values: Value) -> Value:
        if None in values:
            return None
        key: Callable[[ParameterValue], object] = exact if is_decimal else _itself
        chooser = max if largest else min
        return chooser(values, key=key)  # type: ignore[arg-type]

    return choose


def _itself(value: object) -> object:
    return value


def _number(
    name: str, *kinds: Kind, result: Result = _same, by: Callable[..., Value] | None = None, optional: int = 0
) -> Function:
    return Function(name, kinds, result, by, None, optional)


def _float(name: str, function: Callable[..., float], arguments: int = 1) -> Function:
    return Function(name, (Kind.FLOAT,) * arguments, always(types.DOUBLE), _checked(name, function))


_N, _I = Kind.NUMBER, Kind.INTEGER
_BIG = always(types.BIGINT)

NUMERIC_FUNCTIONS = (
    _number("ABS", _N, result=_widened, by=_abs),
    _number("SIGN", _N, result=always(types.INT), by=_sign),
    _number("CEIL", _N, result=_whole, by=_ceil),
    _number("FLOOR", _N, result=_whole, by=_floor),
    _number("ROUND", _N, _I, Kind.ANY, by=_round, optional=2),
    _number("MOD", _N, _N, result=_common, by=_mod),
    _number("NDIV0", _N, _N, result=always(types.DECIMAL), by=_ndiv0),
    _number("POWER", _N, _N, result=always(types.DOUBLE), by=_power),
    _number("UMINUS", _N, result=_widened, by=lambda value: _like(value, exact(value).copy_negate())),
    _float("SQRT", math.sqrt),
    _float("EXP", math.exp),
    _float("LN", math.log),
    _float("LOG", _log, 2),
    _float("SIN", math.sin),
    _float("COS", math.cos),
    _float("TAN", math.tan),
    _float("COT", lambda value: 1 / math.tan(value)),
    _float("ASIN", math.asin),
    _float("ACOS", math.acos),
    _float("ATAN", math.atan),
    _float("ATAN2", math.atan2, 2),
    _float("SINH", math.sinh),
    _float("COSH", math.cosh),
    _float("TANH", math.tanh),
    _number("BITAND", _I, _I, result=_BIG, by=lambda left, right: left & right),
    _number("BITOR", _I, _I, result=_BIG, by=lambda left, right: left | right),
    _number("BITXOR", _I, _I, result=_BIG, by=lambda left, right: left ^ right),
    _number("BITNOT", _I, result=_BIG, by=lambda value: ~value),
    _number("BITCOUNT", _I, result=always(types.INT), by=lambda value: _bits(value).bit_count()),
)


def _bitwise(name: str, combined: Callable[[int, int], int]) -> Callable[..., Value]:
    def call(left: bytes, right: bytes) -> Value:
        if len(left) != len(right):
            raise not_supported(f"{name} of binary values of different lengths")
        found = combined(int.from_bytes(left, "big"), int.from_bytes(right, "big"))
        return found.to_bytes(len(left), "big")

    return call


BINARY_BITS: dict[str, Callable[..., Value]] = {
    "hana_binary_bitand": _bitwise("BITAND", int.__and__),
    "hana_binary_bitor": _bitwise("BITOR", int.__or__),
    "hana_binary_bitxor": _bitwise("BITXOR", int.__xor__),
    "hana_binary_bitcount": lambda value: int.from_bytes(value, "big").bit_count(),
}
"""What BITAND and its relatives are over binary values."""

EXTREMES = {"hana_greatest": _extreme(True), "hana_least": _extreme(False)}
"""Called with a flag in front that says whether the values are decimals."""
