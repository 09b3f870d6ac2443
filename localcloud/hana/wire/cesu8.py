"""CESU-8: UTF-8, but a character above U+FFFF is written as its two UTF-16 surrogates, 3 bytes each."""

from __future__ import annotations

import re

from localcloud.hana.errors import PARSE_ERROR, HanaError

_SUPPLEMENTARY = re.compile("[\U00010000-\U0010ffff]")


def encode(text: str) -> bytes:
    """Write text as the wire has it."""
    if text.isascii() or not _SUPPLEMENTARY.search(text):
        return text.encode("utf-8", "surrogatepass")
    return _SUPPLEMENTARY.sub(_surrogates, text).encode("utf-8", "surrogatepass")


def decode(data: bytes) -> str:
    """Read text off the wire; plain UTF-8 is taken as well.

    Raises HanaError for bytes that are no text and for half a surrogate pair.
    """
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    try:
        units = data.decode("utf-8", "surrogatepass")
        return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise HanaError(PARSE_ERROR, "fatal error: invalid CESU-8 encoding for Unicode string") from None


def _surrogates(match: re.Match[str]) -> str:
    above = ord(match[0]) - 0x10000
    return chr(0xD800 | above >> 10) + chr(0xDC00 | above & 0x3FF)
