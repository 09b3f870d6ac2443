"""What is asked of HANA for one page: statement, values, columns, and where the pages beside it are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from tokonoma.errors import QueryInvalid

from . import skiptoken
from .columns import Column
from .question import Access, Options, Statement
from .select import Select

__all__ = ["Access", "Options", "Page", "Plan", "Planner", "Statement"]

PAGE, LARGEST_PAGE = 100, 1000
"""Rows of a page, and what a caller may ask for."""
REMEMBERED = 128
"""Queries whose preparation is kept; each may take some 100 kB."""
_COUNT = re.compile(r"\d{1,18}", re.ASCII)


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
    """Pairs of the name used in queries and the column."""
    key: tuple[int, ...]
    """The places in a row of the key's cells; empty if the caller sees none."""
    _query: Select
    _place: skiptoken.Place
    _size: int | None
    _secret: bytes = field(repr=False)

    @classmethod
    def at(
        cls, query: Select, place: skiptoken.Place, size: int | None, count: Statement | None, secret: bytes
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

    def cells(self, row: Sequence[Any]) -> tuple[skiptoken.Cell, ...]:
        """What the order says of a row that the statement has read."""
        return self._query.cells(row)

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
            # There is the page that this one was reached from.
            has_previous, has_next = has_more, True
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
        self.select = lru_cache(maxsize=REMEMBERED)(Select.read)
        """The SELECT of a question, by what the caller may see and asks for. Raises QueryError."""

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
        query = self.select(access, options)
        if token:
            place = skiptoken.read(token, query.fingerprint, self._secret)
        else:
            place = skiptoken.Place(options.skip, moment(now) if query.asks_now else "")
        size = None if page_size is None else max(1, min(page_size, LARGEST_PAGE))
        counted = query.count(place.now, most) if options.count else None
        return Plan.at(query, place, size, counted, self._secret)


def read_count(text: str, option: str) -> int:
    """The number in a $top or $skip. Raises QueryInvalid."""
    if not _COUNT.fullmatch(text):
        raise QueryInvalid("a whole number, not below 0, is expected", option, 1)
    return int(text)


def moment(now: datetime | None = None) -> str:
    """What `now()` means in a statement: a moment, or this one, as HANA reads it."""
    found = (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
    return f"{found.isoformat(' ', 'microseconds')}0"
