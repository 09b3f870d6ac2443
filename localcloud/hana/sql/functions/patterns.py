"""LIKE, and HANA's functions over regular expressions (PCRE), on Python's `re`."""

from __future__ import annotations

import re
from functools import lru_cache

from localcloud.hana.errors import not_supported
from localcloud.hana.model import Value

from .regular_syntax import check_pattern, expanded, invalid_pattern, replacement_pieces

_POSIX = {
    "[:digit:]": r"\d",
    "[:alpha:]": "A-Za-z",
    "[:alnum:]": "A-Za-z0-9",
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
    "[:space:]": r"\s",
    "[:blank:]": r" \t",
    "[:punct:]": r"!-/:-@\[-`{-~",
    "[:xdigit:]": "0-9A-Fa-f",
    "[:word:]": r"\w",
}
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


class LikePattern:
    """A LIKE pattern as the pieces between its `%`, searched from left to right without backtracking."""

    def __init__(self, pattern: str, escape: str) -> None:
        pieces: list[list[str]] = [[]]
        characters = iter(pattern)
        for character in characters:
            if escape and character == escape:
                character = next(characters, escape)  # noqa: PLW2901 - what is escaped
                pieces[-1].append(re.escape(character))
            elif character == "%":
                pieces.append([])
            else:
                pieces[-1].append("." if character == "_" else re.escape(character))
        self._pieces = [re.compile("".join(piece), re.DOTALL) for piece in pieces]
        self._last = len(pieces[-1])

    def matches(self, text: str) -> bool:
        first, *rest = self._pieces
        if not rest:
            return first.fullmatch(text) is not None
        found = first.match(text)
        for piece in rest[:-1]:
            found = piece.search(text, found.end()) if found is not None else None
        start = len(text) - self._last
        return found is not None and start >= found.end() and rest[-1].match(text, start) is not None


_like_pattern = lru_cache(maxsize=1024)(LikePattern)


def like(text: Value, pattern: Value, escape: Value = "") -> Value:
    """LIKE with HANA's case sensitivity; NULL if any part is."""
    if text is None or pattern is None or escape is None:
        return None
    return int(_like_pattern(str(pattern), str(escape)).matches(str(text)))


@lru_cache(maxsize=1024)
def _compiled(pattern: str, flags: str) -> re.Pattern[str]:
    for name, characters in _POSIX.items():
        pattern = pattern.replace(name, characters)
    bits = 0
    for flag in flags:
        if flag not in _FLAGS:
            raise not_supported(f"regular expression flag {flag}")
        bits |= _FLAGS[flag]
    check_pattern(pattern)
    try:
        return re.compile(pattern, bits)
    except (re.error, OverflowError, RecursionError):
        raise invalid_pattern() from None


def like_regexpr(text: Value, pattern: Value, flags: Value = "") -> Value:
    """LIKE_REGEXPR: whether the pattern occurs anywhere."""
    if text is None or pattern is None or flags is None:
        return None
    return int(_compiled(str(pattern), str(flags)).search(str(text)) is not None)


def replace_regexpr(
    pattern: str, flags: str, text: str, replacement: str, start: int, occurrence: int
) -> Value:
    """REPLACE_REGEXPR; occurrence 0 is ALL."""
    if start < 1:
        return None
    if occurrence < 0:
        return text
    return _replaced(_compiled(pattern, flags), text, replacement, start, occurrence)


def _replaced(found: re.Pattern[str], text: str, replacement: str, start: int, occurrence: int) -> str:
    pieces = replacement_pieces(replacement, found.groups)
    if occurrence == 0:
        return text[: start - 1] + found.sub(lambda match: expanded(pieces, match), text[start - 1 :])
    for number, match in enumerate(found.finditer(text, start - 1), 1):
        if number == occurrence:
            return text[: match.start()] + expanded(pieces, match) + text[match.end() :]
    return text


def substring_regexpr(pattern: str, flags: str, text: str, start: int, occurrence: int, group: int) -> Value:
    """SUBSTRING_REGEXPR: NULL where nothing matches."""
    match = _nth(pattern, flags, text, start, occurrence)
    if match is None or not 0 <= group <= match.re.groups:
        return None
    return match.group(group)


def locate_regexpr(
    after: int, pattern: str, flags: str, text: str, start: int, occurrence: int, group: int
) -> Value:
    """LOCATE_REGEXPR: 0 where nothing matches; with AFTER, the position behind the match."""
    match = _nth(pattern, flags, text, start, occurrence)
    if match is None or not 0 <= group <= match.re.groups or match.start(group) < 0:
        return 0
    return (match.end(group) if after else match.start(group)) + 1


def occurrences_regexpr(pattern: str, flags: str, text: str, start: int) -> Value:
    """OCCURRENCES_REGEXPR: how often the pattern matches."""
    if start < 1:
        return None
    return sum(1 for _ in _compiled(pattern, flags).finditer(text, start - 1))


def _nth(pattern: str, flags: str, text: str, start: int, occurrence: int) -> re.Match[str] | None:
    if start < 1 or occurrence < 1:
        return None
    for number, match in enumerate(_compiled(pattern, flags).finditer(text, start - 1), 1):
        if number == occurrence:
            return match
    return None
