"""Result sets in bytes: the metadata of the columns, and a row encoder made once for a list of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain, repeat
from struct import Struct
from typing import Any, Protocol

from localcloud.hana.dates import DAY_NUMBERS, SECOND_NUMBERS, SECONDS_A_DAY, TICKS_A_SECOND
from localcloud.hana.model import ResultColumn, Type, TypeCode, Value

from . import cesu8, constants, decimals
from .constants import NO_NAME, ColumnOption
from .data_formats import BINARY_CODES, FIXED_SIZES, LOB_CODES, TEXT_CODES
from .driver import Driver
from .fields import length_indicator

_LONGEST_NAME = 255
_COLUMN = Struct("<bbhhhIIII")


class LobKeeper(Protocol):
    """Keeps what did not fit into the row, for READLOB."""

    def header(self, code: TypeCode, value: str | bytes) -> bytes:
        """The LOB's field in a row: lengths, locator and first chunk."""
        ...


Encoder = Callable[[Sequence[Any], LobKeeper], Iterable[bytes]]
"""Encodes one column of many rows: a value becomes its bytes."""


class RowFormat:
    """The metadata and the encoders of one list of columns."""

    def __init__(self, columns: Sequence[ResultColumn], driver: Driver) -> None:
        types = [driver.result_type(column.type) for column in columns]
        self.count = len(columns)
        self.metadata = _metadata(columns, types)
        self.has_lobs = any(type_.code in LOB_CODES for type_ in types)
        self._encoders = [_encoder(type_, driver.reads_utf8) for type_ in types]

    def encode(self, rows: Sequence[Sequence[Value]], lobs: LobKeeper) -> bytes:
        """Write rows back to back, column by column because that is several times faster than row by row."""
        if not rows:
            return b""
        columns = [
            encode(column, lobs)
            for encode, column in zip(self._encoders, zip(*rows, strict=True), strict=True)
        ]
        return b"".join(chain.from_iterable(zip(*columns, strict=True)))


@lru_cache(maxsize=512)
def row_format(columns: tuple[ResultColumn, ...], driver: Driver) -> RowFormat:
    """The format of these columns for this client."""
    return RowFormat(columns, driver)


class NameTable:
    """The names behind a metadata part: each is written once, and found by its offset."""

    def __init__(self) -> None:
        self._written = bytearray()
        self._offsets: dict[str, int] = {}

    def offset(self, name: str) -> int:
        """The place of the name among all names; that of "" means that there is none."""
        if not name:
            return NO_NAME
        if name not in self._offsets:
            text = cesu8.encode(name[:_LONGEST_NAME])
            while len(text) > _LONGEST_NAME:
                text = cesu8.encode(cesu8.decode(text)[:-1])
            self._offsets[name] = len(self._written)
            self._written += bytes((len(text),)) + text
        return self._offsets[name]

    def __bytes__(self) -> bytes:
        return bytes(self._written)


def _metadata(columns: Sequence[ResultColumn], types: Sequence[Type]) -> bytes:
    names = NameTable()
    written = []
    for column, type_ in zip(columns, types, strict=True):
        options = ColumnOption.NULLABLE if column.nullable else ColumnOption.NOT_NULL
        if column.auto_increment:
            options |= ColumnOption.AUTO_INCREMENT
        offsets = (column.table, column.schema, column.name or column.label, column.label)
        written.append(
            _COLUMN.pack(options, type_.code, type_.scale, type_.length, 0, *map(names.offset, offsets))
        )
    return b"".join(written) + bytes(names)


# Values that stand for NULL.
_NULL_LONGDATE = Struct("<q").pack(constants.NULL_LONGDATE)
_NULL_SECONDDATE = Struct("<q").pack(constants.NULL_SECONDDATE)
_NULL_DAYDATE = Struct("<i").pack(constants.NULL_DAYDATE)
_NULL_SECONDTIME = Struct("<i").pack(constants.NULL_SECONDTIME)
_NULL_TEXT = b"\xff"

_LENGTHS = tuple(bytes((length,)) for length in range(246))
_I32 = Struct("<i").pack
_I64 = Struct("<q").pack
_OLD_DATE = Struct("<HBB").pack
_OLD_TIME = Struct("<BBH").pack


_IN_UTF8 = frozenset((TypeCode.CHAR, TypeCode.VARCHAR, TypeCode.STRING, TypeCode.CLOB))
"""Types that clients read as UTF-8 if they read any so."""


def _encoder(type_: Type, utf8: bool) -> Encoder:
    code = type_.code
    utf8 = utf8 and code in _IN_UTF8
    if code in LOB_CODES:
        return _lob_encoder(code, utf8)
    if code in FIXED_SIZES:
        return _fixed_encoder(FIXED_SIZES[code], type_.scale)
    if code is TypeCode.ALPHANUM:
        return _alphanum_encoder(type_.length)
    return _utf8_texts if utf8 else _ENCODERS[code]


def _integer_encoder(layout: str) -> Encoder:
    pack = Struct("<B" + layout).pack

    def encode(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
        if None in column:
            return [b"\x00" if value is None else pack(1, value) for value in column]
        return map(pack, repeat(1), column)

    return encode


def _float_encoder(layout: str) -> Encoder:
    format_ = Struct("<" + layout)
    pack, null = format_.pack, b"\xff" * format_.size

    def encode(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
        return [null if value is None else pack(value) for value in column]

    return encode


def _lob_encoder(code: TypeCode, utf8: bool) -> Encoder:
    null = bytes((0, 1))

    def encode(column: Sequence[Any], lobs: LobKeeper) -> Iterable[bytes]:
        return [null if value is None else lobs.header(code, value) for value in column]

    def encode_clobs(column: Sequence[Any], lobs: LobKeeper) -> Iterable[bytes]:
        # Clients count a CLOB in bytes, as if all of it were ASCII.
        write = _in_utf8 if utf8 else cesu8.encode
        return encode([None if value is None else write(value) for value in column], lobs)

    return encode_clobs if code is TypeCode.CLOB else encode


def _fixed_encoder(size: int, scale: int) -> Encoder:
    write = decimals.fixed_writer(size, scale)

    def encode(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
        return [b"\x00" if value is None else write(value) for value in column]

    return encode


def _alphanum_encoder(length: int) -> Encoder:
    """An encoder of ALPHANUM.

    A byte stands before the text: the declared length, and whether the value is all digits (0x80).

    Clients pad digits with zeros up to that length.
    """
    text, digits = bytes((length & 0x7F,)), bytes((0x80 | length & 0x7F,))

    def encode(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
        return _with_lengths(
            [
                None
                if value is None
                else (digits if value.isascii() and value.isdigit() else text) + cesu8.encode(value)
                for value in column
            ]
        )

    return encode


def _booleans(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
    return [b"\x01" if value is None else b"\x02" if value else b"\x00" for value in column]


def _decimals(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
    encode, null = decimals.encode, decimals.NULL
    return [null if value is None else encode(value) for value in column]


def _texts(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
    encode = cesu8.encode
    return _with_lengths(
        [None if value is None else value.encode() if value.isascii() else encode(value) for value in column]
    )


def _utf8_texts(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
    return _with_lengths([None if value is None else _in_utf8(value) for value in column])


def _in_utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _binaries(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
    return _with_lengths(column)


def _with_lengths(column: Sequence[bytes | None]) -> Iterable[bytes]:
    lengths = _LENGTHS
    return [
        _NULL_TEXT
        if value is None
        else lengths[length] + value
        if (length := len(value)) <= 245
        else length_indicator(length) + value
        for value in column
    ]


def _longdates(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
    days, seconds = DAY_NUMBERS, SECOND_NUMBERS
    return [
        _NULL_LONGDATE
        if value is None
        else _I64(
            ((days[value[:10]] - 1) * SECONDS_A_DAY + seconds[value[11:19]]) * TICKS_A_SECOND
            + int(value[20:27])
            + 1
        )
        for value in column
    ]


def _seconddates(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
    return [
        _NULL_SECONDDATE
        if value is None
        else _I64((DAY_NUMBERS[value[:10]] - 1) * SECONDS_A_DAY + SECOND_NUMBERS[value[11:19]] + 1)
        for value in column
    ]


def _daydates(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
    return [_NULL_DAYDATE if value is None else _I32(DAY_NUMBERS[value]) for value in column]


def _secondtimes(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
    return [_NULL_SECONDTIME if value is None else _I32(SECOND_NUMBERS[value] + 1) for value in column]


def _old_dates(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
    return [bytes(4) if value is None else _old_date(value) for value in column]


def _old_times(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
    return [bytes(4) if value is None else _old_time(value) for value in column]


def _old_timestamps(column: Sequence[Any], _: LobKeeper) -> Iterable[bytes]:
    return [bytes(8) if value is None else _old_date(value) + _old_time(value[11:]) for value in column]


def _old_date(text: str) -> bytes:
    return _OLD_DATE(0x8000 | int(text[:4]), int(text[5:7]) - 1, int(text[8:10]))


def _old_time(text: str) -> bytes:
    milliseconds = int(text[6:8]) * 1000 + int(text[9:12] or 0)
    return _OLD_TIME(0x80 | int(text[:2]), int(text[3:5]), milliseconds)


_ENCODERS: dict[TypeCode, Encoder] = {
    TypeCode.TINYINT: _integer_encoder("B"),
    TypeCode.SMALLINT: _integer_encoder("h"),
    TypeCode.INT: _integer_encoder("i"),
    TypeCode.BIGINT: _integer_encoder("q"),
    TypeCode.DECIMAL: _decimals,
    TypeCode.REAL: _float_encoder("f"),
    TypeCode.DOUBLE: _float_encoder("d"),
    **dict.fromkeys(TEXT_CODES, _texts),
    **dict.fromkeys(BINARY_CODES, _binaries),
    TypeCode.DATE: _old_dates,
    TypeCode.TIME: _old_times,
    TypeCode.TIMESTAMP: _old_timestamps,
    TypeCode.BOOLEAN: _booleans,
    TypeCode.LONGDATE: _longdates,
    TypeCode.SECONDDATE: _seconddates,
    TypeCode.DAYDATE: _daydates,
    TypeCode.SECONDTIME: _secondtimes,
}
