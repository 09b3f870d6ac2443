"""Parameters in bytes: their metadata, and the rows of values that a client sends for them.

The type byte of each value, not the declared type, says how to read it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct

from localcloud.hana.dates import DAY_TEXTS, SECOND_TEXTS, SECONDS_A_DAY, TICKS_A_SECOND, invalid
from localcloud.hana.errors import PARSE_ERROR, HanaError, not_supported
from localcloud.hana.model import Parameter, ParameterValue, Type, TypeCode

from . import cesu8, decimals
from .constants import (
    NULL_DAYDATE,
    NULL_LONGDATE,
    NULL_SECONDDATE,
    NULL_SECONDTIME,
    LobOption,
    ParameterOption,
)
from .data_formats import BINARY_CODES, FIXED_SIZES, LOB_CODES, TEXT_CODES
from .driver import Driver
from .fields import piece, read_bytes, read_text
from .rows import NameTable

_PARAMETER = Struct("<bbbxIhh4x")


def metadata(parameters: Sequence[Parameter], driver: Driver) -> bytes:
    """The data of part PARAMETERMETADATA."""
    names = NameTable()
    written = []
    for parameter in parameters:
        type_ = driver.parameter_type(parameter.type)
        options = ParameterOption.NULLABLE if parameter.nullable else ParameterOption.MANDATORY
        mode = ParameterOption.MODE_OUT if parameter.out else ParameterOption.MODE_IN
        name = names.offset(parameter.name)
        written.append(_PARAMETER.pack(options, type_.code, mode, name, type_.length, type_.scale))
    return b"".join(written) + bytes(names)


ParameterRow = list[ParameterValue]


@dataclass(slots=True)
class IncomingLob:
    """A LOB among a row's values, whose bytes may still be on their way."""

    row: ParameterRow
    column: int
    code: int
    complete: bool
    data: bytearray

    def settle(self) -> None:
        """Put the whole value into its row."""
        data = bytes(self.data)
        self.row[self.column] = data if self.code == TypeCode.BLOB else cesu8.decode(data)


def decode(
    data: bytes, count: int, parameters: Sequence[Parameter]
) -> tuple[list[ParameterRow], list[IncomingLob]]:
    """Read `count` rows, and the LOBs that belong into them (None stands in their places).

    HanaError 1033 for bytes that do not add up, 303 for impossible dates.
    """
    types = [parameter.type for parameter in parameters if not parameter.out]
    if not types:
        return [[]], []
    if not 0 <= count <= len(data):
        raise _malformed()
    try:
        return _decode(data, count, types)
    except (IndexError, struct.error):
        raise _malformed() from None


def _decode(data: bytes, count: int, types: Sequence[Type]) -> tuple[list[ParameterRow], list[IncomingLob]]:
    readers, texts, text_code = _READERS, cesu8.decode, int(TypeCode.STRING)
    rows: list[ParameterRow] = []
    all_lobs: list[IncomingLob] = []
    position = 0
    for _ in range(count):
        row: ParameterRow = []
        lobs: list[tuple[IncomingLob, int]] = []
        for type_ in types:
            code = data[position]
            position += 1
            # Text is what most values arrive as, so it does without a call.
            if code == text_code and (length := data[position]) <= 245:
                start, position = position + 1, position + 1 + length
                value = data[start:position]
                row.append(value.decode() if value.isascii() else texts(value))
            elif code & 0x80:
                row.append(None)
            elif (reader := readers.get(code) or _fixed(code, type_.scale)) is not None:
                read, position = reader(data, position)
                row.append(read)
            elif code in LOB_CODES:
                options, length, _ = _LOB_HEADER.unpack_from(data, position)
                position += _LOB_HEADER.size
                if not options & LobOption.NULL:
                    lob = IncomingLob(row, len(row), code, bool(options & LobOption.LAST), bytearray())
                    lobs.append((lob, length))
                row.append(None)
            else:
                raise not_supported(f"parameters of type {code}")
        # The bytes of LOBs lie behind the row, in column order; the position field of their headers is
        # ignored, because drivers disagree on its base.
        for lob, length in lobs:
            lob.data += piece(data, position, length)
            position += length
            all_lobs.append(lob)
        rows.append(row)
    if position > len(data):
        raise IndexError
    return rows, all_lobs


def _malformed() -> HanaError:
    return HanaError(PARSE_ERROR, "protocol error: the parameters do not add up")


_LOB_HEADER = Struct("<bii")


ValueReader = Callable[[bytes, int], tuple[ParameterValue, int]]
"""Reads a value: given the data and the place behind the type byte, returns it and the next field's place."""


def _number(layout: str) -> ValueReader:
    format_ = Struct("<" + layout)
    unpack, size = format_.unpack_from, format_.size

    def read(data: bytes, position: int) -> tuple[ParameterValue, int]:
        return unpack(data, position)[0], position + size

    return read


def _decimal(data: bytes, position: int) -> tuple[ParameterValue, int]:
    return decimals.decode(piece(data, position, 16)), position + 16


@lru_cache(maxsize=256)
def _fixed(code: int, scale: int) -> ValueReader | None:
    """The reader of a fixed decimal, whose scale is that of the parameter; None for other codes."""
    size = FIXED_SIZES.get(code)
    if size is None:
        return None

    def read(data: bytes, position: int) -> tuple[ParameterValue, int]:
        return decimals.decode_fixed(piece(data, position, size), scale), position + size

    return read


def _boolean(data: bytes, position: int) -> tuple[ParameterValue, int]:
    byte = data[position]
    return (None if byte == 1 else int(byte == 2)), position + 1


_I32 = Struct("<i").unpack_from
_I64 = Struct("<q").unpack_from


def _daydate(data: bytes, position: int) -> tuple[ParameterValue, int]:
    (day,) = _I32(data, position)
    return (None if day in (0, NULL_DAYDATE) else DAY_TEXTS[day]), position + 4


def _secondtime(data: bytes, position: int) -> tuple[ParameterValue, int]:
    (second,) = _I32(data, position)
    return (None if second in (0, NULL_SECONDTIME) else SECOND_TEXTS[second - 1]), position + 4


def _seconddate(data: bytes, position: int) -> tuple[ParameterValue, int]:
    (number,) = _I64(data, position)
    if number in (0, NULL_SECONDDATE):
        return None, position + 8
    day, second = divmod(number - 1, SECONDS_A_DAY)
    return f"{DAY_TEXTS[day + 1]} {SECOND_TEXTS[second]}", position + 8


def _longdate(data: bytes, position: int) -> tuple[ParameterValue, int]:
    (number,) = _I64(data, position)
    if number in (0, NULL_LONGDATE):
        return None, position + 8
    number, tick = divmod(number - 1, TICKS_A_SECOND)
    day, second = divmod(number, SECONDS_A_DAY)
    return f"{DAY_TEXTS[day + 1]} {SECOND_TEXTS[second]}.{tick:07}", position + 8


_OLD_DATE = Struct("<HBB").unpack_from
_OLD_TIME = Struct("<BBH").unpack_from


def _old_date(data: bytes, position: int) -> tuple[str | None, int]:
    year, month, day = _OLD_DATE(data, position)
    if not year & 0x8000:
        return None, position + 4
    return f"{year & 0x7FFF:04}-{month + 1:02}-{day:02}", position + 4


def _old_time(data: bytes, position: int) -> tuple[ParameterValue, int]:
    seconds, _ = _old_time_of_day(data, position)
    return seconds, position + 4


def _old_timestamp(data: bytes, position: int) -> tuple[ParameterValue, int]:
    day, _ = _old_date(data, position)
    seconds, milliseconds = _old_time_of_day(data, position + 4)
    if day is None or seconds is None:
        return None, position + 8
    return f"{day} {seconds}.{milliseconds:03}0000", position + 8


def _old_time_of_day(data: bytes, position: int) -> tuple[str | None, int]:
    hour, minute, milliseconds = _OLD_TIME(data, position)
    if not hour & 0x80:
        return None, 0
    seconds, milliseconds = divmod(milliseconds, 1000)
    if minute > 59 or seconds > 59:
        raise invalid(f"minute {minute}, second {seconds}")
    return SECOND_TEXTS[(hour & 0x7F) * 3600 + minute * 60 + seconds], milliseconds


_READERS: dict[int, ValueReader] = {
    TypeCode.TINYINT: _number("B"),
    TypeCode.SMALLINT: _number("h"),
    TypeCode.INT: _number("i"),
    TypeCode.BIGINT: _number("q"),
    TypeCode.DECIMAL: _decimal,
    TypeCode.REAL: _number("f"),
    TypeCode.DOUBLE: _number("d"),
    **dict.fromkeys((*TEXT_CODES, TypeCode.ALPHANUM), read_text),
    **dict.fromkeys(BINARY_CODES, read_bytes),
    TypeCode.DATE: _old_date,
    TypeCode.TIME: _old_time,
    TypeCode.TIMESTAMP: _old_timestamp,
    TypeCode.BOOLEAN: _boolean,
    TypeCode.LONGDATE: _longdate,
    TypeCode.SECONDDATE: _seconddate,
    TypeCode.DAYDATE: _daydate,
    TypeCode.SECONDTIME: _secondtime,
}
