"""The syntax of regular expressions: HANA's is PCRE's, taken as far as Python's `re` means the same."""

from __future__ import annotations

import re

from localcloud.hana.errors import COLUMN_STORE_ERROR, HanaError, not_supported

_DEEPEST = 250
"""PCRE takes no more parentheses within each other."""
_PART = re.compile(
    r"""
      \\ (?P<escape> . )
    | \[ \^? \]? (?: \\. | \[:\^?\w+:\] | [^]\\] )* \]
    | \( \? (?P<group> P[<=>] | <[=!]? | [a-zA-Z]+ | . )
    | \( (?P<verb> \* )
    | (?P<open> \( )
    | (?P<close> \) )
    | (?P<quantifier> \{,\d*\} )
    | .
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
"""One step through a pattern: an escape, a class, a parenthesis, or any character."""
_PYTHON_ESCAPES = frozenset("uUN")
"""Escapes of Python's that PCRE does not have, or has for something else."""
_PCRE_ESCAPES = frozenset("CEGHhKLlNpPQRVXzgk")
"""Escapes of PCRE's that Python does not have."""
_BOTH_MEAN = frozenset({":", "=", "!", "<=", "<!", ">", "#", "(", "-", "P<", "P="})
"""What may stand behind `(?`."""
_BOTH_FLAGS = frozenset("imsx")
_REFERENCE = re.compile(r"\\(.)", re.DOTALL)


def check_pattern(pattern: str) -> None:
    """2048 for what is Python's alone or no pattern, 7 for what is PCRE's alone."""
    depth = 0
    for part in _PART.finditer(pattern):
        escape, group = part["escape"], part["group"]
        if escape is not None and escape in _PYTHON_ESCAPES - _PCRE_ESCAPES:
            raise invalid_pattern()
        if escape is not None and escape in _PCRE_ESCAPES:
            raise not_supported(f"\\{escape} in a regular expression")
        if group is not None and group not in _BOTH_MEAN and not _BOTH_FLAGS.issuperset(group):
            if group.isalpha() and not set(group) & set("JRUXC"):
                raise invalid_pattern()
            raise not_supported(f"(?{group} in a regular expression")
        if part["verb"] or part["quantifier"]:
            raise not_supported(f"{part[0]} in a regular expression")
        depth += (group is not None or part["open"] is not None) - (part["close"] is not None)
        if depth > _DEEPEST:
            raise invalid_pattern()


def invalid_pattern() -> HanaError:
    """HANA's answer to a pattern that is none."""
    return HanaError(COLUMN_STORE_ERROR, "column store error: invalid regular expression")


def replacement_pieces(replacement: str, groups: int) -> tuple[str | int, ...]:
    """A replacement as texts and numbers of groups: `\\1` is a group; other backslashes are left out.

    2048 for a group that the pattern does not have.
    """
    pieces: list[str | int] = []
    at = 0
    for found in _REFERENCE.finditer(replacement):
        pieces.append(replacement[at : found.start()])
        is_group = found[1].isascii() and found[1].isdigit()
        if is_group and int(found[1]) > groups:
            raise invalid_pattern()
        pieces.append(int(found[1]) if is_group else found[1])
        at = found.end()
    return (*pieces, replacement[at:])


def expanded(pieces: tuple[str | int, ...], match: re.Match[str]) -> str:
    """The replacement of a match."""
    return "".join(piece if isinstance(piece, str) else match[piece] or "" for piece in pieces)
