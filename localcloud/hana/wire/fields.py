"""The two list forms of the protocol: typed options, and strings behind a length indicator."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from struct import Struct
from typing import NamedTuple

from localcloud.hana.errors import PARSE_ERROR, HanaError
from localcloud.hana.model import TypeCode

from . import cesu8
from .constants import MAX_I16

OptionValue = bool | int | str | bytes
ReadValue = OptionValue | float


class Bigint(NamedTuple):
    """An option value that has to travel as BIGINT."""

    value: int


_I16 = Struct("<h")
_U16 = Struct("<H")
_I32 = Struct("<i")
_U32 = Struct("<I")
_I64 = Struct("<q")
_F64 = Struct("<d")

_MALFORMED = (IndexError, struct.error)


def write_options(options: Mapping[int, OptionValue | Bigint]) -> bytes:
    """Write an option part's data; the Python type decides the option's type."""
    written = bytearray()
    for key, value in options.items():
        match value:
            case bool():
                written += bytes((key, TypeCode.BOOLEAN, value))
            case int():
                written += bytes((key, TypeCode.INT)) + _I32.pack(value)
            case Bigint():
                written += bytes((key, TypeCode.BIGINT)) + _I64.pack(value.value)
            case str():
                text = cesu8.encode(value)
                written += bytes((key, TypeCode.STRING)) + _I16.pack(len(text)) + text
            case bytes():
                written += bytes((key, TypeCode.BSTRING)) + _I16.pack(len(value)) + value
    return bytes(written)


def read_options(data: bytes) -> dict[int, ReadValue]:
    """Read an option part to the end of its data (its argument count cannot be trusted)."""
    options: dict[int, ReadValue] = {}
    position = 0
    try:
        while position < len(data):
            key, code = data[position], data[position + 1]
            position += 2
            match code:
                case TypeCode.BOOLEAN:
                    options[key] = data[position] != 0
                    position += 1
                case TypeCode.TINYINT:
                    options[key] = data[position]
                    position += 1
                case TypeCode.INT:
                    (options[key],) = _I32.unpack_from(data, position)
                    position += 4
                case TypeCode.BIGINT:
                    (options[key],) = _I64.unpack_from(data, position)
                    position += 8
                case TypeCode.DOUBLE:
                    (options[key],) = _F64.unpack_from(data, position)
                    position += 8
                case TypeCode.STRING | TypeCode.NSTRING | TypeCode.BSTRING:
                    (length,) = _U16.unpack_from(data, position)
                    position += 2
                    value = piece(data, position, length)
                    options[key] = value if code == TypeCode.BSTRING else cesu8.decode(value)
                    position += length
                case _:
                    raise HanaError(PARSE_ERROR, f"protocol error: option {key} has the unknown type {code}")
    except _MALFORMED:
        raise HanaError(PARSE_ERROR, "protocol error: an option part ends too early") from None
    return options


def read_texts(data: bytes) -> list[str | None]:
    """Read strings with length indicators (client info) to the end of the data."""
    texts: list[str | None] = []
    position = 0
    try:
        while position < len(data):
            text, position = read_text(data, position)
            texts.append(text)
    except _MALFORMED:
        raise HanaError(PARSE_ERROR, "protocol error: a list of texts ends too early") from None
    return texts


def write_authentication(fields: Iterable[bytes]) -> bytes:
    """Write a field list of part AUTHENTICATION; a list inside a list is a field that holds one."""
    written = list(fields)
    return _I16.pack(len(written)) + b"".join(length_indicator(len(item)) + item for item in written)


def read_authentication(data: bytes) -> list[bytes]:
    """Read a field list of part AUTHENTICATION; the count is taken in either byte order."""
    fields = []
    try:
        count = data[0] or data[1]
        position = 2
        for _ in range(count):
            length = data[position]
            position += 1
            if length == 246:
                (length,) = _U16.unpack_from(data, position)
                position += 2
            elif length == 247:
                (length,) = _U32.unpack_from(data, position)
                position += 4
            elif length == 255:
                length = int.from_bytes(data[position : position + 2], "big")
                position += 2
            fields.append(piece(data, position, length))
            position += length
    except _MALFORMED:
        raise HanaError(PARSE_ERROR, "protocol error: the authentication part ends too early") from None
    return fields


def length_indicator(length: int) -> bytes:
    """What stands before a text or a binary."""
    if length <= 245:
        return bytes((length,))
    return b"\xf6" + _I16.pack(length) if length <= MAX_I16 else b"\xf7" + _I32.pack(length)


def read_bytes(data: bytes, position: int) -> tuple[bytes | None, int]:
    """The value behind the length indicator at a place, and the place behind it; IndexError where it ends."""
    length = data[position]
    position += 1
    if length == 255:
        return None, position
    if length == 246:
        (length,) = _U16.unpack_from(data, position)
        position += 2
    elif length == 247:
        (length,) = _I32.unpack_from(data, position)
        position += 4
    return piece(data, position, length), position + length


def read_text(data: bytes, position: int) -> tuple[str | None, int]:
    """`read_bytes` for text."""
    value, position = read_bytes(data, position)
    return (None if value is None else cesu8.decode(value)), position


def piece(data: bytes, position: int, length: int) -> bytes:
    """So many bytes from a place on; IndexError where there are not that many."""
    if not 0 <= length <= len(data) - position:
        raise IndexError
    return data[position : position + length]
