"""Functions over text. Positions count from 1, and as HANA counts: a character beyond U+FFFF is two."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from localcloud.hana.errors import INVALID_ENCODING, VALUE_TOO_LARGE, HanaError
from localcloud.hana.model import Type, TypeCode, Value
from localcloud.hana.sql.values import types
from localcloud.hana.sql.values.converters import units

from .function import Function, Kind, Result, always

_SOUNDEX = {
    letter: digit
    for digit, letters in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1)
    for letter in letters
}


_LONGEST_PADDING = 1_000_000


def _same(given: Sequence[Type | None]) -> Type:
    """The type of the text; a part of an ALPHANUM is none."""
    first = given[0] or types.UNTYPED_TEXT
    return types.text(first.length) if first.code is TypeCode.ALPHANUM else first


def _long(given: Sequence[Type | None]) -> Type:
    """Text that may be longer than the argument was."""
    first = given[0]
    if first is not None and first.code in types.TEXT_LOBS | types.BINARIES | {TypeCode.BLOB}:
        return first
    return types.text(types.LONGEST_TEXT, first is None or types.is_wide(first))


def _joined(given: Sequence[Type | None]) -> Type:
    return types.text(sum(type_.length for type_ in given if type_ is not None))


def _is_plain(text: str) -> bool:
    return text.isascii() or max(text) <= "\uffff"


def piece(text: str | bytes, start: int, length: int | None = None) -> str | bytes:
    """SUBSTRING: from a position that is at least 1; a binary is cut by its bytes."""
    first = max(start, 1) - 1
    after = None if length is None else first + max(length, 0)
    if isinstance(text, bytes) or _is_plain(text):
        return text[first:after]
    encoded = text.encode("utf-16-le", "surrogatepass")
    after = None if after is None else after * 2
    return encoded[first * 2 : after].decode("utf-16-le", "replace")


def _left(text: str, count: int) -> Value:
    return piece(text, 1, count)


def _right(text: str, count: int) -> Value:
    return piece(text, units(text) - max(count, 0) + 1) if count > 0 else ""


def _length(value: str | bytes) -> Value:
    return len(value) if isinstance(value, bytes) else units(value)


def _found(text: str, needle: str, start: int = 1, occurrence: int = 1) -> int:
    """LOCATE, in characters; SAP's reference has the rules for negative positions."""
    if occurrence < 1:
        return 0
    if start >= 0:
        at = max(start, 1) - 1
        for _ in range(occurrence):
            at = text.find(needle, at) + 1
            if at == 0:
                return 0
        return at
    end = len(text) + start + len(needle)
    for _ in range(occurrence):
        at = text.rfind(needle, 0, max(end, 0))
        if at < 0 or end < len(needle):
            return 0
        end = at + len(needle) - 1
    return at + 1


def _locate(text: str, needle: str, start: int = 1, occurrence: int = 1) -> Value:
    if _is_plain(text):
        return _found(text, needle, start, occurrence)
    found = _found(text, needle, start, occurrence)
    return units(text[: found - 1]) + 1 if found else 0


def _padding(pattern: str, size: int) -> str:
    if size > _LONGEST_PADDING:
        raise HanaError(VALUE_TOO_LARGE, f"value too large: a text padded to {size} characters")
    return (pattern * (size // len(pattern) + 1))[:size] if pattern and size > 0 else ""


def _lpad(text: str, size: int, pattern: str = " ") -> Value:
    return _padding(pattern, size - len(text)) + text[: max(size, 0)]


def _rpad(text: str, size: int, pattern: str = " ") -> Value:
    return text[: max(size, 0)] + _padding(pattern, size - len(text))


def _ltrim(text: str, characters: str = " ") -> Value:
    return text.lstrip(characters)


def _rtrim(text: str, characters: str = " ") -> Value:
    return text.rstrip(characters)


def _trim(text: str, characters: str = " ") -> Value:
    return text.strip(characters)


def _before(text: str, pattern: str) -> Value:
    return text.partition(pattern)[0] if pattern and pattern in text else ""


def _after(text: str, pattern: str) -> Value:
    if not pattern:
        return text
    return text.partition(pattern)[2]


def _initcap(text: str) -> Value:
    words = [" ", *text]
    return "".join(b.lower() if a.isalnum() else b.upper() for a, b in pairwise(words))


def _soundex(text: str) -> Value:
    letters = [letter for letter in text.upper() if "A" <= letter <= "Z"]
    if not letters:
        return "0000"
    code, previous = letters[0], _SOUNDEX.get(letters[0], 0)
    for letter in letters[1:]:
        digit = _SOUNDEX.get(letter, 0)
        if digit and digit != previous:
            code += str(digit)
        if letter not in "HW":
            previous = digit
    return code[:4].ljust(4, "0")


def _replace(text: str, old: str, new: str) -> Value:
    return text.replace(old, new) if old else text


def _concat_naz(left: Value, right: Value) -> Value:
    """CONCAT_NAZ: one NULL counts as empty, two are NULL."""
    if left is None and right is None:
        return None
    return f"{left or ''!s}{right or ''!s}"


def _char(code: int) -> Value:
    if not 0 <= code < 0x110000 or 0xD800 <= code < 0xE000:
        raise HanaError(INVALID_ENCODING, f"invalid character encoding: no character has the number {code}")
    return chr(code)


def _text(
    name: str, *kinds: Kind, result: Result = _same, by: object = None, optional: int = 0, nulls: bool = False
) -> Function:
    return Function(name, kinds, result, by, None, optional, nulls=nulls)  # type: ignore[arg-type]


_T, _I = Kind.TEXT, Kind.INTEGER
_INT = always(types.INT)

TEXT_FUNCTIONS = (
    _text("UPPER", _T, by=str.upper),
    _text("UCASE", _T, by=str.upper),
    _text("LOWER", _T, by=str.lower),
    _text("LCASE", _T, by=str.lower),
    _text("INITCAP", _T, by=_initcap),
    _text("LENGTH", Kind.STRING, result=_INT, by=_length),
    _text("SUBSTRING", Kind.STRING, _I, _I, by=piece, optional=1),
    _text("SUBSTR", Kind.STRING, _I, _I, by=piece, optional=1),
    _text("LEFT", _T, _I, by=_left),
    _text("RIGHT", _T, _I, by=_right),
    _text("LOCATE", _T, _T, _I, _I, result=_INT, by=_locate, optional=2),
    _text("LPAD", _T, _I, _T, result=_long, by=_lpad, optional=1),
    _text("RPAD", _T, _I, _T, result=_long, by=_rpad, optional=1),
    _text("LTRIM", _T, _T, by=_ltrim, optional=1),
    _text("RTRIM", _T, _T, by=_rtrim, optional=1),
    _text("TRIM_BOTH", _T, _T, by=_trim, optional=1),
    _text("REPLACE", _T, _T, _T, result=_long, by=_replace),
    _text("SUBSTR_BEFORE", _T, _T, by=_before),
    _text("SUBSTR_AFTER", _T, _T, by=_after),
    _text("CONCAT", _T, _T, result=_joined, by=str.__add__),
    _text("CONCAT_NAZ", _T, _T, result=_joined, by=_concat_naz, nulls=True),
    _text("ASCII", _T, result=_INT, by=lambda text: ord(text[0]) if text else None),
    _text("UNICODE", _T, result=_INT, by=lambda text: ord(text[0]) if text else None),
    _text("CHAR", _I, result=always(types.text(1)), by=_char),
    _text("NCHAR", _I, result=always(types.text(2)), by=_char),
    _text("SOUNDEX", _T, result=always(types.text(4)), by=_soundex),
    _text("ESCAPE_SINGLE_QUOTES", _T, result=_long, by=lambda text: text.replace("'", "''")),
    _text("ESCAPE_DOUBLE_QUOTES", _T, result=_long, by=lambda text: text.replace('"', '""')),
)
