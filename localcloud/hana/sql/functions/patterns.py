"""LIKE, on Python's `re`, and HANA's functions over regular expressions (PCRE), on `regex`.

`regex` bounds the time of a search and lets other threads run meanwhile: `(a+)+$` may try for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import regex

from localcloud.hana.errors import COLUMN_STORE_ERROR, HanaError, not_supported
from localcloud.hana.model import Value

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
_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL, "x": regex.VERBOSE}
_SECONDS = 1.0
"""That a pattern may try on one text; PCRE gives up after ten million steps."""


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
def _compiled(pattern: str, flags: str) -> regex.Pattern[str]:
    for name, characters in _POSIX.items():
        pattern = pattern.replace(name, characters)
    bits = 0
    for flag in flags:
        if flag not in _FLAGS:
            raise not_supported(f"regular expression flag {flag}")
        bits |= _FLAGS[flag]
    try:
        return regex.compile(pattern, bits)
    except regex.error as error:
        raise _invalid(error) from None


def _invalid(error: Exception) -> HanaError:
    return HanaError(COLUMN_STORE_ERROR, f"column store error: invalid regular expression: {error}")


def _matches(pattern: str, flags: str, text: str, start: int = 0) -> Iterator[regex.Match[str]]:
    try:
        yield from _compiled(pattern, flags).finditer(text, start, timeout=_SECONDS, concurrent=True)
    except TimeoutError:
        raise _too_long() from None


def _too_long() -> HanaError:
    return HanaError(COLUMN_STORE_ERROR, "column store error: regular expression: it tries too many ways")


def like_regexpr(text: Value, pattern: Value, flags: Value = "") -> Value:
    """LIKE_REGEXPR: whether the pattern occurs anywhere."""
    if text is None or pattern is None or flags is None:
        return None
    return int(any(True for _ in _matches(str(pattern), str(flags), str(text))))


def replace_regexpr(
    pattern: str, flags: str, text: str, replacement: str, start: int, occurrence: int
) -> Value:
    """REPLACE_REGEXPR; occurrence 0 is ALL."""
    if start < 1:
        return None
    if occurrence < 0:
        return text
    try:
        return _replaced(pattern, flags, text, replacement, start, occurrence)
    except (regex.error, IndexError) as error:
        raise _invalid(error) from None


def _replaced(pattern: str, flags: str, text: str, replacement: str, start: int, occurrence: int) -> str:
    template = re.sub(r"\\0", r"\\g<0>", replacement)
    pieces: list[str] = []
    end = 0
    for number, match in enumerate(_matches(pattern, flags, text, start - 1), 1):
        if occurrence in (0, number):
            pieces += text[end : match.start()], match.expand(template)
            end = match.end()
        if occurrence == number:
            break
    return "".join((*pieces, text[end:]))


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
    return sum(1 for _ in _matches(pattern, flags, text, start - 1))


def _nth(pattern: str, flags: str, text: str, start: int, occurrence: int) -> regex.Match[str] | None:
    if start < 1 or occurrence < 1:
        return None
    for number, match in enumerate(_matches(pattern, flags, text, start - 1), 1):
        if number == occurrence:
            return match
    return None
