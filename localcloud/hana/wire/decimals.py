"""The two forms of decimals, both little-endian.

DECIMAL has 113 bits of digits, 14 bits of exponent (biased) and a sign bit; FIXED8, FIXED12 and FIXED16 are
integers of so many bytes, whose scale is that of their type.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from struct import Struct

from localcloud.hana.errors import NUMERIC_OVERFLOW, HanaError

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
_WIDE = Context(prec=80, rounding=ROUND_HALF_UP)


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


_FIXED8 = Struct("<Bq")


def fixed_writer(size: int, scale: int) -> Callable[[str], bytes]:
    """Writes plain digits as FIXED8, FIXED12 or FIXED16: a number 10 to the `scale` times as large.

    HanaError 314 for a number that does not fit into `size` bytes.
    """
    pack8 = _FIXED8.pack

    def number(text: str) -> int:
        whole, _, fraction = text.partition(".")
        if len(fraction) <= scale:
            return int(whole + fraction.ljust(scale, "0"))
        return int(_WIDE.quantize(Decimal(text), Decimal(1).scaleb(-scale)).scaleb(scale, _WIDE))

    def write(text: str) -> bytes:
        try:
            if size == 8:
                return pack8(1, number(text))
            return b"\x01" + number(text).to_bytes(size, "little", signed=True)
        except (OverflowError, struct.error):
            raise HanaError(NUMERIC_OVERFLOW, f"numeric overflow: {text}") from None

    return write


def decode_fixed(data: bytes, scale: int) -> Decimal:
    """Read a FIXED8, FIXED12 or FIXED16 without its indicator."""
    return Decimal(f"{int.from_bytes(data, 'little', signed=True)}E{-scale}")
