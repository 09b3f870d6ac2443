"""Parameters in bytes: their metadata, and the rows of values that a client sends for them.

The type byte of each value, not the declared type, says how to read it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct

from localcloud.hana.dates import DAY_TEXTS, SECOND_TEXTS, SECONDS_A_DAY, TICKS_A_SECOND
from localcloud.hana.errors import INVALID_DATE, NUMERIC_OVERFLOW, PARSE_ERROR, HanaError, not_supported
from localcloud.hana.model import Parameter, ParameterValue, Type, TypeCode

from . import cesu8, decimals, old_dates
from .constants import (
    NULL_DAYDATE,
    NULL_LONGDATE,
    NULL_SECONDDATE,
    NULL_SECONDTIME,
    LobOption,
    ParameterOption,
)
from .data_formats import BINARY_CODES, FIXED_SIZES, LOB_CODES, TEXT_CODES, WITHOUT_FIXED
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
    data: bytes, count: int, parameters: Sequence[Parameter], driver: Driver
) -> tuple[list[ParameterRow], list[IncomingLob]]:
    """Read `count` rows, and the LOBs that belong into them (None stands in their places).

    HanaError 1033 for bytes that do not add up, 303 for impossible dates, 314 for a DECIMAL with too many
    digits from a client that has no other type for it.
    """
    types = [parameter.type for parameter in parameters if not parameter.out]
    if not types:
        return [[]], []
    if not 0 <= count <= len(data):
        raise _malformed()
    try:
        return _decode(data, count, types, check=driver.version <= WITHOUT_FIXED)
    except (IndexError, struct.error):
        raise _malformed() from None


def _decode(
    data: bytes, count: int, types: Sequence[Type], *, check: bool
) -> tuple[list[ParameterRow], list[IncomingLob]]:
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
            elif (reader := readers.get(code) or _decimal_reader(code, type_, check)) is not None:
                try:
                    read, position = reader(data, position)
                except HanaError as error:
                    raise _placed(error, code, len(row)) from None
                row.append(read)
            elif code in LOB_CODES:
                lobs += _lob(row, code, data, position)
                position += _LOB_HEADER.size
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


def _placed(error: HanaError, code: int, column: int) -> HanaError:
    """An error in a value, with the type and the place of its parameter, as HANA tells them."""
    if error.code not in (INVALID_DATE, NUMERIC_OVERFLOW):
        return error
    return HanaError(error.code, f"{error.text}: type_code={code}, index={column + 1}")


def _malformed() -> HanaError:
    return HanaError(PARSE_ERROR, "protocol error: the parameters do not add up")


_LOB_HEADER = Struct("<bii")


def _lob(row: ParameterRow, code: int, data: bytes, position: int) -> list[tuple[IncomingLob, int]]:
    """The LOB whose header stands there, with the bytes of it that have come; none for NULL."""
    options, length, _ = _LOB_HEADER.unpack_from(data, position)
    if options & LobOption.NULL:
        return []
    return [(IncomingLob(row, len(row), code, bool(options & LobOption.LAST), bytearray()), length)]


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
def _decimal_reader(code: int, type_: Type, check: bool) -> ValueReader | None:
    """The reader of a decimal, which depends on its parameter's type; None for other codes."""
    if code == TypeCode.DECIMAL:
        return _checked(type_) if check else _decimal
    size = FIXED_SIZES.get(code)
    if size is None:
        return None

    def read(data: bytes, position: int) -> tuple[ParameterValue, int]:
        return decimals.decode_fixed(piece(data, position, size), type_.scale), position + size

    return read


def _checked(type_: Type) -> ValueReader:
    def read(data: bytes, position: int) -> tuple[ParameterValue, int]:
        value = decimals.decode(piece(data, position, 16))
        decimals.check(value, type_)
        return value, position + 16

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


_READERS: dict[int, ValueReader] = {
    TypeCode.TINYINT: _number("B"),
    TypeCode.SMALLINT: _number("h"),
    TypeCode.INT: _number("i"),
    TypeCode.BIGINT: _number("q"),
    TypeCode.REAL: _number("f"),
    TypeCode.DOUBLE: _number("d"),
    **dict.fromkeys((*TEXT_CODES, TypeCode.ALPHANUM), read_text),
    **dict.fromkeys(BINARY_CODES, read_bytes),
    TypeCode.DATE: old_dates.read_date,
    TypeCode.TIME: old_dates.read_time,
    TypeCode.TIMESTAMP: old_dates.read_timestamp,
    TypeCode.BOOLEAN: _boolean,
    TypeCode.LONGDATE: _longdate,
    TypeCode.SECONDDATE: _seconddate,
    TypeCode.DAYDATE: _daydate,
    TypeCode.SECONDTIME: _secondtime,
}
