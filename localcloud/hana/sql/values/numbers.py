"""Decimals, exact to 38 digits: stored as plain text, ordered by a collation, calculated with by `decimal`.

A number has one text, without trailing zeros, so that equal numbers have equal bytes: sqlite compares bytes
in the Bloom filters of its joins, whatever the collation says.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from math import isfinite

from localcloud.hana.errors import DIVISION_BY_ZERO, INVALID_NUMBER, NUMERIC_OVERFLOW, HanaError
from localcloud.hana.model import FLOATING_SCALE, ParameterValue, Type, TypeCode

from . import types

EXACT = Context(
    prec=80, rounding=ROUND_HALF_UP, Emin=-9999, Emax=9999, traps=[InvalidOperation, DivisionByZero, Overflow]
)
"""Wide enough for the product of two 38-digit numbers."""

_FLOATING = {
    TypeCode.DECIMAL: Context(34, ROUND_HALF_UP, -6143, 6144, traps=[InvalidOperation, Overflow]),
    TypeCode.SMALLDECIMAL: Context(16, ROUND_HALF_UP, -383, 384, traps=[InvalidOperation, Overflow]),
}
_HIGHEST_EXPONENT = 6144
"""Of a DECIMAL without precision, which is the widest of the types."""
_LOWEST_EXPONENT = -6176
_QUANTA = [Decimal(1).scaleb(-scale) for scale in range(39)]
_LIMITS = [Decimal(10) ** digits for digits in range(39)]
RANGES = {
    TypeCode.TINYINT: (0, 255),
    TypeCode.SMALLINT: (-(2**15), 2**15 - 1),
    TypeCode.INT: (-(2**31), 2**31 - 1),
    TypeCode.BIGINT: (-(2**63), 2**63 - 1),
}


def invalid_number(value: object) -> HanaError:
    shown = str(value)[:40]
    return HanaError(INVALID_NUMBER, f"invalid number: not a valid number string '{shown}'")


def overflow(value: object) -> HanaError:
    return HanaError(NUMERIC_OVERFLOW, f"numeric overflow: {str(value)[:60]}")


def exact(value: ParameterValue) -> Decimal:
    """Any stored or sent number as a Decimal; 339 if it is none, 314 if it is larger than any of HANA's.

    One that is smaller than any is zero. So the digits of what is returned can be written.
    """
    if isinstance(value, Decimal):
        found = value
    elif isinstance(value, int):
        return Decimal(value)
    elif isinstance(value, float):
        finite(value)
        found = Decimal(repr(value))
    elif isinstance(value, str):
        # Decimal takes the digits and blanks of all scripts
        if "_" in value or not value.isascii():
            raise invalid_number(value)
        try:
            found = Decimal(value.strip())
        except InvalidOperation:
            raise invalid_number(value) from None
    else:
        raise invalid_number("binary" if isinstance(value, bytes) else value)
    if not found.is_finite():
        raise invalid_number(value)
    return _within_reach(found)


def _within_reach(number: Decimal) -> Decimal:
    if _LOWEST_EXPONENT <= number.adjusted() <= _HIGHEST_EXPONENT:
        return number
    if number and number.adjusted() > 0:
        raise overflow(number)
    return Decimal(0)


def plain(number: Decimal) -> str:
    """The one text of a number: plain digits, no zeros at the end, no sign before a zero."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def padded(text: str, scale: int) -> str:
    """A stored number with as many digits behind the point as its type has."""
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction:0<{scale}}" if scale else whole


def fixed(number: Decimal, precision: int, scale: int) -> str:
    """The text of a DECIMAL(p, s); further digits are cut off, and 314 is raised beyond p - s whole digits.

    SAP's "Data Type Conversion" has the rule: only floating decimals round.
    """
    if number.adjusted() > types.LONGEST_DECIMAL and number:
        raise overflow(number)
    cut = number.quantize(_QUANTA[scale], ROUND_DOWN, EXACT)
    # not abs(): it would round to the 28 digits of the default context
    if cut.copy_abs() >= _LIMITS[precision - scale]:
        raise overflow(number)
    return plain(cut)


def floating(number: Decimal, code: TypeCode = TypeCode.DECIMAL) -> str:
    """The text of a DECIMAL without precision, which has 34 digits, or of a SMALLDECIMAL, which has 16."""
    try:
        return plain(_FLOATING[code].plus(number))
    except Overflow:
        raise overflow(number) from None


def formatter(type_: Type) -> Callable[[Decimal], str]:
    """From a Decimal to the stored text of that type."""
    if type_.scale == FLOATING_SCALE:
        code = type_.code
        return lambda number: floating(number, code)
    precision, scale = type_.length, type_.scale
    return lambda number: fixed(number, precision, scale)


def whole(value: ParameterValue, code: TypeCode) -> int:
    """An integer of that type, 314 beyond its range; a number loses its fraction, a text must have none."""
    number: int | Decimal = value if isinstance(value, int) else exact(value)
    if isinstance(value, str) and number != int(number):
        raise invalid_number(value)
    low, high = RANGES[code]
    if not low <= (found := int(number)) <= high:
        raise overflow(number)
    return found


def compare(left: str, right: str) -> int:
    """The collation of decimal texts; it raises nothing, for sqlite would go on with the exception set."""
    if left == right:
        return 0
    try:
        first, second = Decimal(left), Decimal(right)
    except InvalidOperation:
        return (left > right) - (left < right)
    return (first > second) - (first < second)


def calculate(operator: str, left: ParameterValue, right: ParameterValue, type_: Type) -> ParameterValue:
    """`left operator right` in exact arithmetic, as text of that type, or an integer."""
    first, second = exact(left), exact(right)
    if operator == "/":
        if not second:
            raise division_by_zero()
        result = EXACT.divide(first, second)
    else:
        result = _OPERATIONS[operator](first, second)
    return whole(result, type_.code) if type_.code in types.INTEGERS else formatter(type_)(result)


def chain(steps: str, value: ParameterValue, *operands: ParameterValue) -> ParameterValue:
    """`value` through a step for each operand: an operator, and the type that comes of it."""
    for step, operand in zip(steps.split(), operands, strict=True):
        code, length, scale = map(int, step[1:].split(","))
        value = _step(step[0], value, operand, Type(TypeCode(code), length, scale))
    return value


def _step(operator: str, left: ParameterValue, right: ParameterValue, type_: Type) -> ParameterValue:
    if type_.code not in types.FLOATS:
        wide = types.BIGINT if type_.code in types.INTEGERS else type_
        return calculate(operator, left, right, wide)
    first, second = float(left or 0), float(right or 0)
    if operator == "/":
        return divide_floats(first, second)
    return finite(
        first + second if operator == "+" else first - second if operator == "-" else first * second
    )


def divide_floats(left: float, right: float) -> float:
    if right == 0:
        raise division_by_zero()
    return finite(left / right)


def finite(value: float) -> float:
    """314 where a float has left its range."""
    if not isfinite(value):
        raise overflow("DOUBLE")
    return value


def integer(value: int | float) -> int:
    """314 where sqlite has made a float of an integer, for want of bits."""
    if isinstance(value, float):
        raise overflow("BIGINT")
    return value


def division_by_zero() -> HanaError:
    return HanaError(DIVISION_BY_ZERO, "division by zero undefined: at function /()")


_OPERATIONS = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}
