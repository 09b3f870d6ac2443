"""The words of a query: OData's lexical rules (OData ABNF 4.01, "literal data values" and "names")."""

from __future__ import annotations

import re
from typing import NamedTuple

from tokonoma.errors import QueryInvalid

LONGEST = 8192
"""Bytes of one text at most."""
MOST = 1600
"""Words of one text, those of lists included."""

_NAME = r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*"
_DAY = r"-?\d{4,}-\d\d-\d\d"
_CLOCK = r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?"
_TOKEN = re.compile(
    rf"""[ \t\r\n]*(?:
      (?P<string>'(?:[^']|'')*')
    | (?P<prefixed>{_NAME}(?:\.{_NAME})*'(?:[^']|'')*')
    | (?P<guid>[0-9A-Fa-f]{{8}}(?:-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}}(?![A-Za-z0-9_]))
    | (?P<moment>{_DAY}[Tt]{_CLOCK}(?:[Zz]|[+-]\d\d:\d\d)?(?![A-Za-z0-9_.:]))
    | (?P<date>{_DAY}(?![A-Za-z0-9_.:-]))
    | (?P<time>{_CLOCK}(?![A-Za-z0-9_.:]))
    | (?P<number>\d+(?:\.\d+)?(?:[Ee][+-]?\d+)?[MmLlFfDd]?(?![A-Za-z0-9_.]))
    | (?P<qualified>{_NAME}(?:\.{_NAME})*\.(?:{_NAME}|\*))
    | (?P<name>{_NAME})
    | (?P<alias>@{_NAME}(?:\.{_NAME})*)
    | (?P<dollar>\${_NAME})
    | (?P<symbol>[-(),/:;=*"\[\]{{}}])
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.ASCII,
)


class Token(NamedTuple):
    """A word; `kind` is the name of its rule, `at` its place, counted from 1."""

    kind: str
    text: str
    at: int


def tokens_of(text: str, option: str) -> list[Token]:
    """The words of a text, the last of kind "end". Raises QueryInvalid, which names `option`."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise QueryInvalid("this is not Unicode", option, error.start + 1) from None
    if size > LONGEST:
        raise QueryInvalid(f"longer than {LONGEST} bytes", option, LONGEST + 1)
    tokens = []
    place = 0
    while True:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise _unreadable(text, option, place)
        kind = match.lastgroup
        tokens.append(Token(kind, match[kind], match.start(kind) + 1))
        if kind == "end":
            return tokens
        if len(tokens) > MOST:
            raise QueryInvalid(f"more than {MOST} words", option, match.start(kind) + 1)
        place = match.end()


def _unreadable(text: str, option: str, place: int) -> QueryInvalid:
    place += len(text[place:]) - len(text[place:].lstrip(" \t\r\n"))
    what = "a text without its closing quote" if text[place] == "'" else "this cannot be read"
    return QueryInvalid(what, option, place + 1)
