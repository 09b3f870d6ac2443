"""HANA's 128-bit decimal: 113 bits of digits, 14 bits of exponent (biased), one sign bit, little-endian."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from struct import Struct

NULL = bytes(15) + b"\x70"
DIGITS = 34
"""What 113 bits can hold."""

_BIAS = 6176
_MANTISSA_BITS = 113
_MANTISSA = (1 << _MANTISSA_BITS) - 1
_EXPONENT = (1 << 14) - 1
_SIGN = 1 << 127
_WORDS = Struct("<QQ")
_WORD = 1 << 64
_ROUNDED = Context(prec=DIGITS, rounding=ROUND_HALF_UP)


def encode(text: str) -> bytes:
    """Write plain digits ("-12.5"); more than 34 of them are rounded."""
    whole, _, fraction = text.partition(".")
    number = int(whole + fraction)
    places = len(fraction)
    if -_WORD < number < _WORD and places < _BIAS:
        high = (_BIAS - places) << (_MANTISSA_BITS - 64)
        return _WORDS.pack(number, high) if number >= 0 else _WORDS.pack(-number, high | 1 << 63)
    sign, digits, exponent = _ROUNDED.create_decimal(text).as_tuple()
    mantissa = int("".join(map(str, digits)))
    bits = mantissa | (_BIAS + int(exponent)) << _MANTISSA_BITS | (_SIGN if sign else 0)
    return bits.to_bytes(16, "little")


def decode(data: bytes) -> Decimal | None:
    """Read 16 bytes; what no column holds is for the engine to refuse."""
    if data[15] & 0x70 == 0x70:
        return None
    bits = int.from_bytes(data, "little")
    mantissa = bits & _MANTISSA
    exponent = (bits >> _MANTISSA_BITS & _EXPONENT) - _BIAS
    return Decimal(f"{-mantissa if bits & _SIGN else mantissa}E{exponent}")
