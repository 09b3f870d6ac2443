"""Functions that choose a value, hash it, or convert a binary."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from string import hexdigits

from localcloud.hana.errors import INVALID_ENCODING, INVALID_NUMBER, HanaError
from localcloud.hana.model import Type, TypeCode, Value
from localcloud.hana.sql.values import types

from .function import Function, Kind, Result, always

_HASH = Type(TypeCode.VARBINARY, 32)
_MD5 = Type(TypeCode.VARBINARY, 16)


def _common(given: Sequence[Type | None]) -> Type:
    return next((type_ for type_ in given if type_ is not None), types.UNTYPED_TEXT)


def _long_text(given: Sequence[Type | None]) -> Type:
    return types.text(types.LONGEST_TEXT)


def _sha256(*values: bytes) -> Value:
    return hashlib.sha256(b"".join(values)).digest()


def _md5(*values: bytes) -> Value:
    return hashlib.md5(b"".join(values), usedforsecurity=False).digest()


def _is_injection_safe(text: str, most: int = 1) -> Value:
    """Whether a text is at most so many plain words, which cannot change what a statement means."""
    words = text.split()
    return int(len(words) <= most and all(_PLAIN_WORD.fullmatch(word) for word in words))


def _from_hex(text: str) -> Value:
    return bytes.fromhex(_hexadecimal(text))


_PLAIN_WORD = re.compile(r"[\w#$]+")
_CODEPAGES = {"UTF-8": "utf-8", "UTF-16BE": "utf-16-be", "UTF-16LE": "utf-16-le", "UTF-16": "utf-16-be"}


def _codepage(name: str) -> str:
    found = _CODEPAGES.get(name.upper())
    if found is None:
        raise HanaError(INVALID_ENCODING, f"invalid character encoding: {name[:40]}")
    return found


def _decoded(value: str | bytes, codepage: str = "UTF-8") -> Value:
    """BINTOSTR: a text is hexadecimal digits."""
    data = bytes.fromhex(_hexadecimal(value)) if isinstance(value, str) else value
    try:
        return data.decode(_codepage(codepage))
    except UnicodeDecodeError:
        raise HanaError(INVALID_ENCODING, f"invalid character encoding: not {codepage.upper()}") from None


def _hexadecimal(text: str) -> str:
    if len(text) % 2 or not all(digit in hexdigits for digit in text):
        raise HanaError(INVALID_NUMBER, "invalid hexadecimal text")
    return text


def _encoded(text: str, codepage: str = "UTF-8") -> Value:
    return text.encode(_codepage(codepage))


def _other(
    name: str,
    *kinds: Kind,
    result: Result,
    by: Callable[..., Value] | None = None,
    template: str | None = None,
    variadic: bool = False,
    optional: int = 0,
) -> Function:
    return Function(
        name,
        kinds,
        result,
        by,
        template,
        optional,
        variadic=variadic,
        associative=name == "COALESCE",
        nulls=by is None,
    )


_B, _T = Kind.BINARY, Kind.TEXT
_INT = always(types.INT)
_BINARY = always(Type(TypeCode.VARBINARY, 5000))

OTHER_FUNCTIONS = (
    _other("COALESCE", Kind.SAME, Kind.SAME, result=_common, template="coalesce({all})", variadic=True),
    _other("IFNULL", Kind.SAME, Kind.SAME, result=_common, template="ifnull({all})"),
    _other("HASH_SHA256", _B, result=always(_HASH), by=_sha256, variadic=True),
    _other("HASH_MD5", _B, result=always(_MD5), by=_md5, variadic=True),
    _other("BINTOHEX", _B, result=_long_text, by=lambda value: value.hex().upper()),
    _other("BINTONHEX", _B, result=_long_text, by=lambda value: value.hex().upper()),
    _other("IS_SQL_INJECTION_SAFE", _T, Kind.INTEGER, result=_INT, by=_is_injection_safe, optional=1),
    _other("HEXTOBIN", _T, result=_BINARY, by=_from_hex),
    _other("BINTOSTR", Kind.STRING, _T, result=_long_text, by=_decoded, optional=1),
    _other("STRTOBIN", _T, _T, result=_BINARY, by=_encoded, optional=1),
)
