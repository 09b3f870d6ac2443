"""The SELECT of a question, read and checked once: its parts, and the statements that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import ordering, skiptoken
from .columns import Column
from .query import compiler, parser, tree
from .query.sql import TRUE, Sql, joined, junction, listed, quoted
from .query.tree import Expression, Reference
from .question import Access, Options, Statement, digest, stated

_LONGEST_PLACE = 16_384
"""Characters that the condition of a next page may take, roughly; beyond, pages are told apart by number."""
_ALL = 2**31 - 1
"""More rows than there are."""


@dataclass(frozen=True, slots=True)
class Select:
    """All that is the same on every page of a question."""

    fingerprint: str
    visible: Mapping[str, Column]
    """All columns that the caller may see, by the names used in queries."""
    columns: tuple[tuple[str, Column], ...]
    order: tuple[tree.Order, ...]
    items: tuple[Sql, ...]
    """The SQL of the order's expressions."""
    selected: Sql
    source: str
    where: Sql
    ordered: Sql
    positions: tuple[int, ...]
    """The places in a row of the cells by which rows are ordered."""
    identity: tuple[Reference, ...]
    """The key; nothing if the caller may not see all of it."""
    key: tuple[int, ...]
    """The places in a row of the key's cells."""
    by_value: bool
    """Whether a page begins after the last row of the one before; else by number, for want of a key."""
    asks_now: bool
    skip: int
    top: int | None

    @classmethod
    def read(cls, access: Access, options: Options) -> Select:
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
        items = tuple(ordering.item(each.expression) for each in order)
        ordered = ordering.clause(order, items)

        cells: list[Expression] = [Reference(*each) for each in columns]
        if access.key:
            cells += (each.expression for each in order)
        places = {node: place for place, node in enumerate(dict.fromkeys(cells))}
        used = (rule, filtered, *(each.expression for each in asked))
        return cls(
            fingerprint=digest(access.fingerprint, options),
            visible=visible,
            columns=columns,
            order=order,
            items=items,
            selected=listed(map(ordering.selected, places)) if places else Sql("1"),
            source=f"{quoted(access.table.schema)}.{quoted(access.table.name)}",
            where=where,
            ordered=ordered,
            positions=tuple(places[each.expression] for each in order) if access.key else (),
            identity=access.key,
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
        """The place where to read the page before `place`: by number if values do not say where it begins."""
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
        return stated(joined(Sql("SELECT "), self.selected, self.rows(where), sorting, bounds), place.now)

    def count(self, now: str, most: int | None = None) -> Statement:
        """How many rows there are; at most `most` if a number is given."""
        if most is None:
            return stated(joined(Sql("SELECT COUNT(*)"), self.rows()), now)
        some = joined(Sql('SELECT 1 AS "ROW"'), self.rows(), Sql(f" LIMIT {most}"))
        return stated(joined(Sql("SELECT COUNT(*) FROM ("), some, Sql(")")), now)

    def beside(self, cells: Sequence[skiptoken.Cell], now: str) -> Statement:
        """The keys of the rows before and behind one with these cells, each behind a 0 or a 1."""
        names = [f'"K{number}"' for number in range(len(self.identity))]
        keys = ", ".join(
            f"{ordering.selected(each).text} AS {name}"
            for each, name in zip(self.identity, names, strict=True)
        )
        ways = []
        for way, order in enumerate((ordering.mirrored(self.order), self.order)):
            where = junction("AND", [self.where, ordering.after(order, self.items, cells)])
            nearest = joined(
                Sql(f'SELECT {way} AS "WAY", {", ".join(names)} FROM (SELECT {keys}'),
                self.rows(where),
                Sql(" ORDER BY "),
                ordering.clause(order, self.items),
                Sql(" LIMIT 1)"),
            )
            ways.append(nearest)
        return stated(joined(ways[0], Sql(" UNION ALL "), ways[1]), now)

    def rows(self, where: Sql | None = None) -> Sql:
        """FROM and WHERE; without a condition of its own that of the question."""
        where = self.where if where is None else where
        if where is TRUE:
            return Sql(f" FROM {self.source}")
        return Sql(f" FROM {self.source} WHERE {where.text}", where.values)
