"""A question: what a caller may see of a table, and asks for; and the statement that it becomes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from .columns import Column, Table
from .query import tree
from .query.sql import NOW, Sql
from .query.tree import Expression, Reference


@dataclass(frozen=True, eq=False)
class Access:
    """What one caller may see of one table. Two that show the same are equal."""

    table: Table
    columns: Mapping[str, Column]
    """The columns that the caller may see, by the names used in queries, in the order of the result."""
    rule: Expression | None = None
    """Which rows; from `parser.parse_rule`, over all columns of the table."""
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The caller's, for the rule."""
    grant: str = ""
    """The name of the policy's grant, to which next links are bound."""

    @cached_property
    def fingerprint(self) -> str:
        rule = [] if self.rule is None else tree.walk(self.rule)
        used = {each.attribute for each, _ in rule if isinstance(each, tree.InAttribute)}
        attributes = [(name, self.attributes.get(name)) for name in sorted(used)]
        named = self.table.schema, self.table.name, self.table.key
        return digest(named, tuple(self.columns.items()), self.rule, attributes, self.grant)

    @cached_property
    def key(self) -> tuple[Reference, ...]:
        """The key, or nothing if the caller may not see all of it."""
        visible = {column.name: Reference(name, column) for name, column in self.columns.items()}
        found = [visible[name] for name in self.table.key if name in visible]
        return tuple(found) if len(found) == len(self.table.key) else ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Access) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller asks for, in the texts of the query options; None for what is not asked."""

    filter: str | None = None
    orderby: str | None = None
    select: str | None = None
    top: int | None = None
    skip: int = 0
    count: bool = False
    aliases: tuple[tuple[str, str], ...] = ()
    """Names, without the @, and texts of parameter aliases."""


class Statement(NamedTuple):
    """A query for HANA; `values` are bound to its `?` in their order."""

    sql: str
    values: tuple[object, ...]


def stated(sql: Sql, now: str) -> Statement:
    """A query whose `now()` means a moment, a text as HANA reads it."""
    return Statement(sql.text, tuple(now if value is NOW else value for value in sql.values))


def digest(*parts: object) -> str:
    """A short text that is another one for other parts."""
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
