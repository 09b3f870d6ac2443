"""The reader: pages, rows and counts of what a caller may see. Every door asks here, and no other way."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from tokonoma.data import labels
from tokonoma.data.aggregates.filtered import Filtered
from tokonoma.data.columns import KEYS, Column, Kind
from tokonoma.data.failing import FailingObjects
from tokonoma.data.plan import Access, Options, Plan, Planner, Statement, moment
from tokonoma.data.policy.access import AccessControl, Shown
from tokonoma.data.query import checks
from tokonoma.data.query.tree import Expression, Literal, Reference, junction
from tokonoma.errors import (
    HanaError,
    HanaObjectChanged,
    KeyNotUnique,
    ObjectUnknown,
    QueryInvalid,
    QueryUnsupported,
)
from tokonoma.hana.large_value import LargeValue
from tokonoma.hana.schema import Schema
from tokonoma.hana.stream import RowStream

_log = logging.getLogger(__name__)

REMEMBERED = 256
"""Objects of which it is remembered what a grant and attribute values show."""


LIST_CHARACTERS = 256 * 1024
"""What the rows of one list of a stream may hold, so that wide rows take no more memory than narrow ones."""
_MOST_ROWS, _FEWEST_ROWS = 1000, 10
_UNKNOWN_LENGTH = 1000
_OTHER_LENGTH = 20


class Caller(Protocol):
    """What the reader needs to know of a caller; the `Caller` of the gate has it."""

    @property
    def name(self) -> str:
        """The name for HANA's session context and audit log."""

    @property
    def id(self) -> str:
        """What stands there in its place, by a setting."""

    @property
    def attributes(self) -> Mapping[str, tuple[str, ...]]:
        """Values by attribute, for the conditions of the policy."""

    def has(self, scope: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Result:
    """Rows, each with a cell for each of `columns`, and perhaps more cells behind them; see `Plan`."""

    columns: tuple[tuple[str, Column], ...]
    """Pairs of the name used in queries and the column."""
    rows: Sequence[Sequence[Any]]
    key: tuple[int, ...]
    """The places in a row of the key's cells; empty if the caller sees none."""
    skiptoken: str = ""
    """The token of the next page; "" if there is none."""
    count: int | None = None
    """Rows on all pages; None if nobody asked."""
    previous: str = ""
    """The token of the page before; "" if this is the first."""
    first: int | None = None
    """The number of the first row, counted from 1 with those that $skip passed over.

    None if there is no row, and if rows have come or gone since the first page so that it is not certain.
    """


class Neighbours(NamedTuple):
    """The keys of the rows before and behind one, cells as in `Result.rows`; None where there is none."""

    previous: tuple[Any, ...] | None
    next: tuple[Any, ...] | None


class Reader:
    """Reads for callers what the policy shows them. Safe for many threads."""

    def __init__(self, control: AccessControl, schema: Schema, secret: bytes) -> None:
        """`secret` signs the tokens of next pages: instances that shall take each other's need the same."""
        self.control = control
        self.failing = FailingObjects()
        self._schema = schema
        self._planner = Planner(secret)
        # Apart, because each row has a query of its own: they would push the queries of pages out.
        self._row_planner = Planner(secret)
        self._accesses: dict[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], Access] = {}

    def page(
        self,
        caller: Caller,
        shown: Shown,
        options: Options,
        *,
        page_size: int | None = None,
        token: str = "",
        timeout: int | None = None,
    ) -> Result:
        """One page; `page_size` is the caller's wish instead of the policy's size.

        `token` is that of a next page or of a page before. A page before that would not be full is the first.
        HANA has `timeout` seconds for each statement. Raises QueryError, DataError or HanaError.
        """
        size = page_size or shown.page_size
        plan = self._planner.plan(self._access(caller, shown), options, page_size=size, token=token)
        count = None if plan.count is None else self._number(caller, shown, plan.count, timeout)
        rows = self._select(caller, shown, plan.statement, timeout)
        first = plan.restarted(rows)
        if first is not None:
            plan, rows = first, self._select(caller, shown, first.statement, timeout)
        page = plan.page(rows)
        return Result(plan.columns, page.rows, plan.key, page.skiptoken, count, page.previous, page.first)

    def count(self, caller: Caller, shown: Shown, options: Options) -> int:
        """How many rows there are. Raises QueryError, DataError or HanaError."""
        plan = self._planner.plan(self._access(caller, shown), replace(options, count=True))
        assert plan.count is not None
        return self._number(caller, shown, plan.count)

    def count_up_to(
        self,
        caller: Caller,
        shown: Shown,
        options: Options,
        limit: int = 10_000,
        *,
        timeout: int | None = None,
    ) -> int:
        """How many rows the filter leaves, and `limit` + 1 if there are more; HANA reads no further.

        HANA has `timeout` seconds for it. Raises QueryError, DataError or HanaError.
        """
        if limit < 0:
            raise ValueError("The limit of a count is not below 0.")
        plan = self._planner.plan(self._access(caller, shown), replace(options, count=True), most=limit + 1)
        assert plan.count is not None
        return self._number(caller, shown, plan.count, timeout)

    def row(self, caller: Caller, shown: Shown, key: Mapping[str, Literal], select: str = "*") -> Result:
        """The row with a key, whose names are those used in queries.

        Raises ObjectUnknown if there is none that the caller may see, QueryError, DataError or HanaError.
        """
        plan = self._row_plan(caller, shown, key, Options(select=select, top=2))
        rows = self._select(caller, shown, plan.statement)
        if not rows:
            raise ObjectUnknown
        if len(rows) > 1:
            _log.error("the key of %s.%s is not unique", shown.table.schema, shown.table.name)
            raise KeyNotUnique
        return Result(plan.columns, rows, plan.key)

    def neighbours(
        self,
        caller: Caller,
        shown: Shown,
        options: Options,
        key: Mapping[str, Literal],
        *,
        timeout: int | None = None,
    ) -> Neighbours:
        """The keys of the rows before and behind the one with a key, in the order and filter of `options`.

        The row itself need not fit the filter. An object without a key, or an order that is too long to be
        compared, has no neighbours. `timeout` is for each of two statements. Raises as `row`.
        """
        access = self._access(caller, shown)
        if not access.key:
            return Neighbours(None, None)
        # Both statements mean the same by now().
        now = datetime.now(UTC)
        place = Options(orderby=options.orderby, select=",".join(key), top=1, aliases=options.aliases)
        plan = self._row_plan(caller, shown, key, place, now)
        rows = self._select(caller, shown, plan.statement, timeout)
        if not rows:
            raise ObjectUnknown
        asked = Options(filter=options.filter, orderby=options.orderby, aliases=options.aliases)
        select = self._planner.select(access, asked)
        if not select.by_value:
            return Neighbours(None, None)
        found: dict[int, tuple[Any, ...]] = {}
        for way, *cells in self._select(
            caller, shown, select.beside(plan.cells(rows[0]), moment(now)), timeout
        ):
            found[way] = tuple(cells)
        return Neighbours(found.get(0), found.get(1))

    def filtered(
        self, caller: Caller, shown: Shown, options: Options, *, timeout: int | None = None
    ) -> Filtered:
        """The rows that the filter keeps, for figures of them (see `aggregates`), whatever else is asked for.

        HANA has `timeout` seconds for each statement of a figure. Raises QueryError, and every figure of them
        QueryError, DataError or HanaError.
        """
        asked = Options(filter=options.filter, aliases=options.aliases)
        select = self._planner.select(self._access(caller, shown), asked)
        return Filtered(select, lambda statement: self._select(caller, shown, statement, timeout), moment())

    def labels(
        self,
        caller: Caller,
        shown: Shown,
        keys: Iterable[Sequence[Any]],
        *,
        by: Sequence[str] = (),
        timeout: int | None = None,
    ) -> dict[tuple[Any, ...], str]:
        """What people call rows: the texts in `Shown.title`, by the key of each row, as `Result.rows` has it.

        At most 250 rows; `by` are the names of other columns that tell them apart, as those that a foreign
        key refers to. Rows that the caller may not see, or without a text, are left out, and so are all of
        an object without a title. Raises QueryError, DataError or HanaError.
        """
        names = by or [each.name for each in self._access(caller, shown).key]
        if not names or not shown.title:
            return {}
        filtered = self.filtered(caller, shown, Options(), timeout=timeout)
        columns = [filtered.column(name, KEYS, "a key") for name in names]
        return labels.labels(filtered, columns, Reference(shown.title, shown.columns[shown.title]), keys)

    def large_value(
        self,
        caller: Caller,
        shown: Shown,
        key: Mapping[str, Literal],
        name: str,
        *,
        timeout: int | None = None,
    ) -> LargeValue | None:
        """A large value of the row with a key, to be closed; None for null.

        HANA has `timeout` seconds to find it. Raises as `row`.
        """
        self.row(caller, shown, key, next(iter(key)))
        plan = self._row_plan(caller, shown, key, Options(select=name, top=1))
        with self._watched(shown):
            return self._schema.large_value(*plan.statement, user=self._user(caller), timeout=timeout)

    def check(self, caller: Caller, shown: Shown, options: Options) -> Plan:
        """How all rows are read, without asking HANA. Raises QueryError."""
        return self._planner.plan(self._access(caller, shown), options, page_size=None)

    def stream(self, caller: Caller, shown: Shown, options: Options) -> tuple[Plan, RowStream]:
        """All rows, however many, to be closed; their cells are those of the plan's columns and more.

        A list of them holds about `LIST_CHARACTERS`. Raises QueryError, DataError or HanaError.
        """
        plan = self.check(caller, shown, options)
        size = _rows_of_a_list([column for _, column in plan.columns])
        with self._watched(shown):
            return plan, self._schema.stream(*plan.statement, user=self._user(caller), size=size)

    def _access(self, caller: Caller, shown: Shown) -> Access:
        attributes = {} if shown.rule is None else caller.attributes
        place = shown.fingerprint, tuple(sorted(attributes.items()))
        found = self._accesses.get(place)
        if found is None:
            if len(self._accesses) >= REMEMBERED:
                self._accesses.clear()
            found = self._accesses[place] = shown.access(attributes)
        return found

    def _row_plan(
        self,
        caller: Caller,
        shown: Shown,
        key: Mapping[str, Literal],
        options: Options,
        now: datetime | None = None,
    ) -> Plan:
        access = self._access(caller, shown)
        conditions: list[Expression] = [] if access.rule is None else [access.rule]
        conditions += [_equals(name, shown.columns[name], literal) for name, literal in key.items()]
        narrowed = Access(
            access.table, access.columns, junction("and", conditions), access.attributes, access.grant
        )
        return self._row_planner.plan(narrowed, options, page_size=None, now=now)

    def _number(self, caller: Caller, shown: Shown, statement: Statement, timeout: int | None = None) -> int:
        [[number]] = self._select(caller, shown, statement, timeout)
        return int(number)

    def _select(
        self, caller: Caller, shown: Shown, statement: Statement, timeout: int | None = None
    ) -> list[Any]:
        with self._watched(shown):
            return self._schema.select(*statement, user=self._user(caller), timeout=timeout)

    def _user(self, caller: Caller) -> str:
        return self._schema.user_of(caller.name, caller.id)

    @contextmanager
    def _watched(self, shown: Shown) -> Iterator[None]:
        """Note whether an object fails; have the catalogue read anew when HANA says that it has changed."""
        try:
            yield
        except HanaError as error:
            self.failing.failed(shown.table, error)
            if isinstance(error, HanaObjectChanged):
                self.control.suspect()
            raise
        self.failing.answered(shown.table)


def _rows_of_a_list(columns: Sequence[Column]) -> int:
    """How many rows a list may have, if all of their texts are as long as their columns allow."""
    texts = (Kind.TEXT, Kind.BINARY)
    width = sum(
        (column.length or _UNKNOWN_LENGTH) if column.kind in texts else _OTHER_LENGTH for column in columns
    )
    return max(_FEWEST_ROWS, min(_MOST_ROWS, LIST_CHARACTERS // max(1, width)))


def _equals(name: str, column: Column, literal: Literal) -> Expression:
    """The condition that a key's column has a value. Raises QueryInvalid or QueryUnsupported."""
    if literal.value is None:
        raise QueryInvalid(f"{name} is part of the key, which is never null", "key", 1)
    try:
        return checks.compare("eq", Reference(name, column), literal)
    except ValueError as error:
        raise QueryInvalid(str(error), "key", 1) from None
    except NotImplementedError as error:
        raise QueryUnsupported(str(error), "key", 1) from None
