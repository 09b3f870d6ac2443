"""Pieces of SQL with the values that are bound in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from tokonoma.errors import QueryInvalid

MOST_SQL = 32_768
"""Characters of one condition."""
DEEPEST_SQL = 16
"""Parentheses and CASEs within each other; not every database reads more."""

NOW = object()
"""Stands among the values for the text of the moment that `now()` means."""


class Sql(NamedTuple):
    """A piece of SQL, with one value for each `?` in it, in their order."""

    text: str
    values: tuple[object, ...] = ()


TRUE, FALSE = Sql("1 = 1"), Sql("1 = 0")

_BRACKETS = re.compile(r'"(?:[^"]|"")*"|(\(|\bCASE\b)|(\)|\bEND\b)')


def quoted(name: str) -> str:
    """An identifier of the catalogue's."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def fill(template: str, *parts: Sql) -> Sql:
    """The template with the parts at its `{}`, in their order. Raises QueryInvalid beyond MOST_SQL."""
    text = template.format(*(part.text for part in parts))
    if len(text) > MOST_SQL:
        raise QueryInvalid("this is too complex", "query", 1)
    return Sql(text, tuple(value for part in parts for value in part.values))


def joined(*parts: Sql) -> Sql:
    """The pieces one behind the other, of any length."""
    values = tuple(value for part in parts for value in part.values)
    return Sql("".join(part.text for part in parts), values)


def listed(parts: Iterable[Sql]) -> Sql:
    """The pieces with commas between them (`a, b`), of any length."""
    found = list(parts)
    values = tuple(value for part in found for value in part.values)
    return Sql(", ".join(part.text for part in found), values)


def junction(word: str, parts: Iterable[Sql]) -> Sql:
    """The conditions joined by a word, `(a AND b)`, without those that are always true; one stands alone."""
    always, never = (TRUE, FALSE) if word == "AND" else (FALSE, TRUE)
    found = [part for part in parts if part is not always]
    if never in found:
        return never
    if len(found) < 2:
        return found[0] if found else always
    return fill(f"({f' {word} '.join(['{}'] * len(found))})", *found)


def refuse_deep(sql: Sql) -> Sql:
    """The same piece. Raises QueryInvalid if it is nested too deeply for a database to read."""
    depth = 0
    for opening, closing in _BRACKETS.findall(sql.text):
        depth += bool(opening) - bool(closing)
        if depth > DEEPEST_SQL:
            raise QueryInvalid("this is nested too deeply", "query", 1)
    return sql
