"""The syntax of regular expressions: HANA's is PCRE's, taken as far as the package regex means the same."""

from __future__ import annotations

import re
from typing import Any

from localcloud.hana.errors import COLUMN_STORE_ERROR, HanaError, not_supported

_DEEPEST = 250
"""PCRE takes no more parentheses within each other."""
_PART = re.compile(
    r"""
      \\ (?P<escape> [pPx]\{[^{}]*\} | . )
    | \[ \^? \]? (?: \\. | \[:\^?\w+:\] | [^]\\] )*+ (?: \] | \\?\Z )
    | \( \? (?P<group> P[<=>] | <[=!]? | [a-zA-Z]+ | . )
    | \( (?P<verb> \* )
    | (?P<open> \( )
    | (?P<close> \) )
    | (?P<quantifier> \{ (?: ,\d* | (?= [^{}<=eids]*[<=eids] ) [^{}]*+ ) \} )
    | .
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
"""One step through a pattern: an escape, a class, a parenthesis, or any character; no step tries twice."""
_FOREIGN_ESCAPES = frozenset("uULmM")
"""Escapes that PCRE does not have, or not for the same."""
_PCRE_ESCAPES = frozenset("CEHNQVgkz")
"""Escapes that PCRE alone has, or for something else."""
_BOTH_MEAN = frozenset({":", "=", "!", "<=", "<!", "<", ">", "#", "(", "-", "|", "R", "&", "P<", "P=", "P>"})
"""What may stand behind `(?`."""
_BOTH_FLAGS = frozenset("imsx")
_REFERENCE = re.compile(r"\\(.)", re.DOTALL)


def check_pattern(pattern: str) -> None:
    """2048 for what is no pattern of PCRE's, 7 for what is PCRE's alone."""
    depth = 0
    for part in _PART.finditer(pattern):
        escape, group = part["escape"] or "", part["group"]
        if escape in _FOREIGN_ESCAPES:
            raise invalid_pattern()
        if escape in _PCRE_ESCAPES or escape.startswith("x{"):
            raise not_supported(f"\\{escape} in a regular expression")
        if group is not None and not (group in _BOTH_MEAN or _BOTH_FLAGS.issuperset(group)):
            if group.isalpha() and not set(group) & set("JUXC"):
                raise invalid_pattern()
            if not group.isdigit():
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


def expanded(pieces: tuple[str | int, ...], match: Any) -> str:
    """The replacement of a match."""
    return "".join(piece if isinstance(piece, str) else match[piece] or "" for piece in pieces)
