"""What is asked of HANA for one page: statement, values, columns, and where the pages beside it are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from tokonoma.errors import QueryInvalid

from . import ordering, skiptoken
from .columns import Column, Table
from .query import compiler, parser, tree
from .query.sql import NOW, TRUE, Sql, junction, listed, quoted
from .query.tree import Expression, Reference

PAGE, LARGEST_PAGE = 100, 1000
"""Rows of a page, and what a caller may ask for."""
REMEMBERED = 128
"""Queries whose preparation is kept; each may take some 100 kB."""
_LONGEST_PLACE = 16_384
"""Characters that the condition of a next page may take, roughly; beyond, pages are told apart by number."""
_ALL = 2**31 - 1
"""More rows than there are."""
_COUNT = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True, eq=False)
class Access:
    """What one caller may see of one table. Two that show the same are equal."""

    table: Table
    columns: Mapping[str, Column]
    """Those that the caller may see, by the names used in queries, in the order of the result."""
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
        return _digest(named, tuple(self.columns.items()), self.rule, attributes, self.grant)

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


class Page(NamedTuple):
    """The rows of a page, and the tokens of the next one and the one before; "" where there is none."""

    rows: Sequence[Sequence[Any]]
    skiptoken: str
    previous: str
    first: int | None
    """The number of the first row, counted from 1; None if there is none, or if rows have come or gone."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one page is read.

    Rows have a cell for each of `columns`, and behind them cells that only `page` needs. A TIMESTAMP comes
    as text with all its digits, `YYYY-MM-DD HH:MM:SS.fffffff`; the rest as hdbcli has it.
    """

    statement: Statement
    """It may read one row more than the page has; going back, from the last row to the first."""
    count: Statement | None
    """How many rows there are on all pages; None if nobody asked."""
    columns: tuple[tuple[str, Column], ...]
    """By the names used in queries."""
    key: tuple[int, ...]
    """Where in a row the cells of the key are; empty if the caller sees none."""
    _query: _Query
    _place: skiptoken.Place
    _size: int | None
    _secret: bytes = field(repr=False)

    @classmethod
    def at(
        cls, query: _Query, place: skiptoken.Place, size: int | None, count: Statement | None, secret: bytes
    ) -> Plan:
        """The plan of the page at a place; of all rows from there if `size` is None."""
        if place.back:
            assert size is not None
            place = query.nearest(place, size)
        left = None if query.top is None else max(0, query.top + query.skip - place.seen)
        if place.back or (size is not None and (left is None or left > size)):
            assert size is not None
            limit: int | None = size + 1
        else:
            limit = left
            size = left if size is not None else None
        statement = query.statement(place, limit)
        return cls(statement, count, query.columns, query.key, query, place, size, secret)

    def restarted(self, rows: Sequence[Sequence[Any]]) -> Plan | None:
        """The plan of the first page, to be read instead if these rows of a page before do not fill it."""
        query = self._query
        # With $skip only the number says where the first page begins.
        if not self._place.back or self._size is None or len(rows) >= self._size + bool(query.skip):
            return None
        first = skiptoken.Place(query.skip, self._place.now)
        return Plan.at(query, first, self._size, self.count, self._secret)

    def page(self, rows: Sequence[Sequence[Any]]) -> Page:
        """The page of the rows that the statement has read, and its links."""
        place, query = self._place, self._query
        size = len(rows) if self._size is None else self._size
        has_more, rows = len(rows) > size, rows[:size]
        if place.back:
            rows = rows[::-1]
            begin = max(0, place.seen - len(rows)) if has_more else 0
            is_exact = not has_more or (place.is_exact and begin > 0)
            has_previous = has_more
            has_next = query.top is None or begin + len(rows) < query.top + query.skip
        else:
            begin, is_exact = place.seen, place.is_exact
            has_previous = place.last is not None or begin > query.skip
            has_next = has_more
        following = preceding = ""
        if has_next:
            following = self._token(begin + len(rows), rows[-1:], is_exact)
        if has_previous:
            preceding = self._token(begin, rows[:1], is_exact, back=True)
        return Page(rows, following, preceding, begin + 1 if rows and is_exact else None)

    def _token(self, seen: int, row: Sequence[Sequence[Any]], is_exact: bool, *, back: bool = False) -> str:
        """The token of a place beside a row; by number if no row is given."""
        query = self._query
        last = query.cells(row[0]) if row and query.by_value else None
        place = skiptoken.Place(seen, self._place.now, last, back, is_exact)
        token = skiptoken.write(place, query.fingerprint, self._secret)
        if len(token) > skiptoken.LONGEST:
            token = skiptoken.write(replace(place, last=None), query.fingerprint, self._secret)
        return token


class Planner:
    """Makes plans, and remembers what it has read of a query. Safe for many threads.

    `secret` signs the next links; instances that shall understand each other's need the same.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 16:
            raise ValueError("the secret of next links is too short")
        self._secret = secret
        self._query = lru_cache(maxsize=REMEMBERED)(_Query.read)

    def plan(
        self,
        access: Access,
        options: Options,
        *,
        page_size: int | None = PAGE,
        token: str = "",
        now: datetime | None = None,
        most: int | None = None,
    ) -> Plan:
        """The plan of one page, or of all rows if `page_size` is None; its count ends at `most` rows.

        Raises QueryInvalid, QueryUnsupported, and LinkExpired for a token that was made for another query,
        or for somebody who may see something else.
        """
        query = self._query(access, options)
        if token:
            place = skiptoken.read(token, query.fingerprint, self._secret)
        else:
            place = skiptoken.Place(options.skip, _moment(now) if query.asks_now else "")
        size = None if page_size is None else max(1, min(page_size, LARGEST_PAGE))
        counted = query.count(place.now, most) if options.count else None
        return Plan.at(query, place, size, counted, self._secret)


def read_count(text: str, option: str) -> int:
    """The number in a $top or $skip. Raises QueryInvalid."""
    if not _COUNT.fullmatch(text):
        raise QueryInvalid("a whole number, not below 0, is expected", option, 1)
    return int(text)


@dataclass(frozen=True, slots=True)
class _Query:
    """All that is the same on every page of a query."""

    fingerprint: str
    columns: tuple[tuple[str, Column], ...]
    order: tuple[tree.Order, ...]
    items: tuple[Sql, ...]
    """The SQL of the order's expressions."""
    selected: Sql
    source: str
    where: Sql
    ordered: Sql
    positions: tuple[int, ...]
    """Where in a row the cells of the order are."""
    key: tuple[int, ...]
    by_value: bool
    """Whether a page begins after the last row of the one before; else by number, for want of a key."""
    asks_now: bool
    skip: int
    top: int | None

    @classmethod
    def read(cls, access: Access, options: Options) -> _Query:
        aliases, visible = dict(options.aliases), access.columns
        rule = tree.TRUE if access.rule is None else access.rule
        filtered: Expression = tree.TRUE
        asked: tuple[tree.Order, ...] = ()
        if options.filter is not None:
            filtered = parser.parse_filter(options.filter, visible, aliases)
        if options.orderby is not None:
            asked = parser.parse_order(options.orderby, visible, aliases)
        names = parser.parse_select("*" if options.select is None else options.select, visible)
        columns = tuple((name, visible[name]) for name in names)
        where = junction("AND", [compiler.condition(rule, access.attributes), compiler.condition(filtered)])
        order = ordering.total(asked, access.key, [Reference(*each) for each in visible.items()])
        items = tuple(compiler.value(each.expression) for each in order)
        ordered = ordering.clause(order, items)

        cells: list[Expression] = [Reference(*each) for each in columns]
        if access.key:
            cells += (each.expression for each in order)
        places = {node: place for place, node in enumerate(dict.fromkeys(cells))}
        used = (rule, filtered, *(each.expression for each in asked))
        return cls(
            fingerprint=_digest(access.fingerprint, options),
            columns=columns,
            order=order,
            items=items,
            selected=listed(map(ordering.selected, places)) if places else Sql("1"),
            source=f"{quoted(access.table.schema)}.{quoted(access.table.name)}",
            where=where,
            ordered=ordered,
            positions=tuple(places[each.expression] for each in order) if access.key else (),
            key=tuple(places[column] for column in access.key),
            by_value=bool(access.key) and len(ordered.text) * len(order) < _LONGEST_PLACE,
            asks_now=any(isinstance(node, tree.Now) for each in used for node, _ in tree.walk(each)),
            skip=options.skip,
            top=options.top,
        )

    def cells(self, row: Sequence[Any]) -> tuple[skiptoken.Cell, ...]:
        """What the order says of a row."""
        return tuple(
            ordering.cell(row[place], each.expression.kind)
            for each, place in zip(self.order, self.positions, strict=True)
        )

    def nearest(self, place: skiptoken.Place, size: int) -> skiptoken.Place:
        """Where to read for the page before a place: by number where values do not say where it begins."""
        is_bounded = self.skip > 0 or self.top is not None
        if place.last is not None and not (is_bounded and place.seen - self.skip <= size):
            return place
        return skiptoken.Place(max(self.skip, place.seen - size), place.now)

    def statement(self, place: skiptoken.Place, limit: int | None) -> Statement:
        where, order, ordered = self.where, self.order, self.ordered
        if place.back:
            order = ordering.mirrored(order)
            ordered = ordering.clause(order, self.items)
        if place.last is not None:
            where = junction("AND", [where, ordering.after(order, self.items, place.last)])
        # The limit is not bound: a statement without values takes hdbcli one round trip and not three.
        bounds = Sql("") if limit is None else Sql(f" LIMIT {limit}")
        if place.last is None and place.seen:
            # HANA has no OFFSET without LIMIT.
            bounds = Sql(f" LIMIT {_ALL if limit is None else limit} OFFSET ?", (min(place.seen, _ALL),))
        sorting = Sql(f" ORDER BY {ordered.text}", ordered.values) if order else Sql("")
        parts = (self.selected, self._from(where), sorting, bounds)
        text = "SELECT " + "".join(part.text for part in parts)
        return _statement(text, [value for part in parts for value in part.values], place.now)

    def count(self, now: str, most: int | None = None) -> Statement:
        source = self._from(self.where)
        if most is None:
            return _statement(f"SELECT COUNT(*){source.text}", source.values, now)
        some = f'SELECT 1 AS "ROW"{source.text} LIMIT {most}'
        return _statement(f"SELECT COUNT(*) FROM ({some})", source.values, now)

    def _from(self, where: Sql) -> Sql:
        if where is TRUE:
            return Sql(f" FROM {self.source}")
        return Sql(f" FROM {self.source} WHERE {where.text}", where.values)


def _statement(sql: str, values: Iterable[object], now: str) -> Statement:
    return Statement(sql, tuple(now if value is NOW else value for value in values))


def _moment(now: datetime | None) -> str:
    moment = (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
    return f"{moment.isoformat(' ', 'microseconds')}0"


def _digest(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
