"""Converters from a sent or computed value to its stored form, one for each type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from string import hexdigits
from struct import pack, unpack

from localcloud.hana.errors import INVALID_ENCODING, INVALID_NUMBER, VALUE_TOO_LARGE, HanaError
from localcloud.hana.model import ParameterValue, Type, TypeCode, Value

from . import datetimes, numbers, types

Converter = Callable[[ParameterValue], Value]

_TRUTH = {"true": 1, "false": 0, "1": 1, "0": 0, "t": 1, "f": 0, "yes": 1, "no": 0}


@lru_cache(maxsize=4096)
def assigner(type_: Type) -> Converter:
    """What an INSERT or a comparison does: nothing is cut off silently (274), nothing guessed (339, 303)."""
    return _converter(type_, cut=False)


@lru_cache(maxsize=4096)
def caster(type_: Type) -> Converter:
    """What CAST does: a text that is too long is cut off."""
    return _converter(type_, cut=True)


def comparer(type_: Type) -> Converter:
    """The converter of a parameter beside a DECIMAL or ALPHANUM: all its digits or characters count."""
    if type_.code is TypeCode.ALPHANUM:
        return lambda value: None if value is None else _zeros_before(written(value), type_.length)
    return lambda value: None if value is None else numbers.plain(numbers.exact(value))


ColumnConverter = Callable[[Sequence[ParameterValue]], Sequence[Value]]


@lru_cache(maxsize=4096)
def column_assigner(type_: Type) -> ColumnConverter:
    """`assigner` for many values at once; values that need no conversion cost no call."""
    convert = assigner(type_)
    if type_.code in types.INTEGERS:
        low, high = numbers.RANGES[type_.code]
        return lambda values: [
            value if type(value) is int and low <= value <= high else convert(value) for value in values
        ]
    if type_.code in types.FREE_TEXTS:
        longest = type_.length
        return lambda values: [
            value if type(value) is str and len(value) <= longest and value.isascii() else convert(value)
            for value in values
        ]
    return lambda values: [convert(value) for value in values]


def _converter(type_: Type, cut: bool) -> Converter:
    code = type_.code
    if code in types.INTEGERS:
        return _integer(code)
    if code in types.DECIMALS:
        return _decimal(type_)
    if code in types.FLOATS:
        return _real if code is TypeCode.REAL else _double
    if code is TypeCode.ALPHANUM:
        return _alphanum(type_.length, cut)
    if code in types.TEXTS:
        return _text(type_.length, cut)
    if code is TypeCode.BINTEXT:
        return _bintext
    if code in types.TEXT_LOBS:
        return long_text
    if code in types.TIMES:
        return _datetime(code)
    if code is TypeCode.BINARY:
        return _zero_padded(type_.length, cut)
    return {TypeCode.BOOLEAN: _boolean, TypeCode.BLOB: long_binary}.get(code) or _binary(type_.length, cut)


def _integer(code: TypeCode) -> Converter:
    def convert(value: ParameterValue) -> Value:
        return None if value is None else numbers.whole(value, code)

    return convert


def _decimal(type_: Type) -> Converter:
    shape = numbers.formatter(type_)

    def convert(value: ParameterValue) -> Value:
        return None if value is None else shape(numbers.exact(value))

    return convert


def _double(value: ParameterValue) -> Value:
    if value is None:
        return None
    return numbers.finite(value if isinstance(value, float) else float(numbers.exact(value)))


def _real(value: ParameterValue) -> Value:
    number = _double(value)
    return None if number is None else _single(number)


def _single(number: Value) -> float:
    try:
        (rounded,) = unpack("<f", pack("<f", number))
    except OverflowError:
        raise numbers.overflow(number) from None
    return float(rounded)


def units(text: str) -> int:
    """A text's length as HANA counts: a character beyond U+FFFF is two."""
    if text.isascii():
        return len(text)
    return len(text) + sum(1 for character in text if character > "\uffff")


def written(value: ParameterValue) -> str:
    """A value as text, the way TO_NVARCHAR has it by default."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return numbers.plain(value)
    if isinstance(value, float):
        return _written_float(value)
    return value.hex().upper() if isinstance(value, bytes) else str(value)


def _written_float(value: float) -> str:
    text = repr(value)
    return text.removesuffix(".0")


def _text(length: int, cut: bool) -> Converter:
    def convert(value: ParameterValue) -> Value:
        if value is None:
            return None
        text = value if type(value) is str else written(value)
        if len(text) > length or not text.isascii():
            if units(text) > length:
                return _shortened(text, length, cut)
            _check_encodable(text)
        return text

    return convert


def _alphanum(length: int, cut: bool) -> Converter:
    """A purely numeric ALPHANUM has leading zeros up to its length (SAP, "Character String Data Types")."""
    text = _text(length, cut)

    def convert(value: ParameterValue) -> Value:
        found = text(value)
        return _zeros_before(found, length) if isinstance(found, str) else found

    return convert


def _zeros_before(text: str, length: int) -> str:
    return text.rjust(length, "0") if text.isascii() and text.isdigit() else text


def _zero_padded(length: int, cut: bool) -> Converter:
    """BINARY comes back with zero bytes up to its length."""
    binary = _binary(length, cut)

    def convert(value: ParameterValue) -> Value:
        found = binary(value)
        return found.ljust(length, b"\0") if isinstance(found, bytes) else found

    return convert


def _shortened(text: str, length: int, cut: bool) -> str:
    if not cut:
        raise too_large(text)
    while units(text) > length:
        text = text[: min(length, len(text) - 1)]
    return text


def _check_encodable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise HanaError(INVALID_ENCODING, "invalid character encoding: lone surrogate") from None


def too_large(value: object) -> HanaError:
    return HanaError(VALUE_TOO_LARGE, f"inserted value too large for column: '{str(value)[:40]}'")


def long_text(value: ParameterValue) -> Value:
    if value is None:
        return None
    text = written(value)
    _check_encodable(text)
    return text


def _bintext(value: ParameterValue) -> Value:
    """BINTEXT takes bytes as the text that they are in UTF-8."""
    if not isinstance(value, bytes):
        return long_text(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise HanaError(INVALID_ENCODING, "invalid character encoding: bytes that are not UTF-8") from None


def long_binary(value: ParameterValue) -> Value:
    if value is None or isinstance(value, bytes):
        return value
    return written(value).encode()


def _binary(length: int, cut: bool) -> Converter:
    def convert(value: ParameterValue) -> Value:
        if value is None:
            return None
        found = value if isinstance(value, bytes) else _from_hex(value)
        if len(found) > length:
            if not cut:
                raise too_large(found.hex())
            found = found[:length]
        return found

    return convert


def _from_hex(value: ParameterValue) -> bytes:
    text = written(value)
    if len(text) % 2 or not all(digit in hexdigits for digit in text):
        raise HanaError(INVALID_NUMBER, f"invalid hexadecimal text: '{text[:40]}'")
    return bytes.fromhex(text)


def _boolean(value: ParameterValue) -> Value:
    if value is None:
        return None
    if isinstance(value, str):
        found = _TRUTH.get(value.strip(" \t\r\n").lower())
        if found is None:
            raise HanaError(INVALID_NUMBER, f"invalid boolean: '{value[:40]}'")
        return found
    return int(bool(value))


_FORMS: dict[TypeCode, Callable[[str], str]] = {
    TypeCode.DAYDATE: datetimes.to_day,
    TypeCode.SECONDTIME: datetimes.to_time,
    TypeCode.SECONDDATE: datetimes.to_seconddate,
    TypeCode.LONGDATE: datetimes.to_stamp,
}


def _datetime(code: TypeCode) -> Converter:
    form = _FORMS[code]

    def convert(value: ParameterValue) -> Value:
        if value is None:
            return None
        if not isinstance(value, str):
            raise datetimes.invalid(value)
        return form(value)

    return convert
