"""The catalogue: which tables and views the bound schema has, with their columns, keys and references.

The only room that reads HANA's SYS views.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Protocol

from tokonoma.data.columns import KEYS, KINDS, Column, ForeignKey, Table

Rows = Iterable[Sequence[Any]]


class Ask(Protocol):
    """What a catalogue needs of the schema: rows for a statement. Raises HanaError."""

    def __call__(self, sql: str, parameters: Sequence[Any] = (), /) -> Rows: ...


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The objects of one schema at one moment; never changed afterwards."""

    schema: str
    tables: Mapping[str, Table]
    """Tables, views and synonyms by their names; a synonym has its target's columns."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Why an object is not among `tables`, by its name."""


def read(ask: Ask, schema: str, synonyms: Callable[[str], bool] = lambda name: False) -> Catalogue:
    """Read the catalogue of a schema, the current one if none is named; of synonyms only those asked for.

    Raises HanaError.
    """
    if not schema:
        [[schema]] = ask("SELECT CURRENT_SCHEMA FROM DUMMY")
    reader = _Reader(ask, schema)
    reader.read()
    for name, target_schema, target, kind in ask(
        "SELECT SYNONYM_NAME, OBJECT_SCHEMA, OBJECT_NAME, OBJECT_TYPE FROM SYS.SYNONYMS"
        " WHERE SCHEMA_NAME = ? ORDER BY SYNONYM_NAME",
        (schema,),
    ):
        if synonyms(name):
            reader.follow(name, target_schema, target, kind)
    return Catalogue(schema, reader.tables, reader.left_out)


SLICE = 2500
"""Objects whose columns are read by one statement: all at once would take a worker's memory for a moment."""

_COLUMNS = "COLUMN_NAME, DATA_TYPE_NAME, LENGTH, SCALE, IS_NULLABLE, DEFAULT_VALUE, COMMENTS"


class _Reader:
    """Reads one catalogue."""

    def __init__(self, ask: Ask, schema: str) -> None:
        self._ask = ask
        self._schema = schema
        self.tables: dict[str, Table] = {}
        self.left_out: dict[str, str] = {}

    def read(self) -> None:
        tables = self._ask(
            "SELECT TABLE_NAME, COMMENTS FROM SYS.TABLES WHERE SCHEMA_NAME = ? AND IS_TEMPORARY = 'FALSE'"
            " AND IS_SYSTEM_TABLE = 'FALSE' AND IS_USER_DEFINED_TYPE = 'FALSE' ORDER BY TABLE_NAME",
            (self._schema,),
        )
        views = self._ask(
            "SELECT VIEW_NAME, COMMENTS, IS_VALID, HAS_PARAMETERS FROM SYS.VIEWS WHERE SCHEMA_NAME = ?"
            " ORDER BY VIEW_NAME",
            (self._schema,),
        )
        comments: dict[str, tuple[str, str]] = {name: ("TABLE", comment or "") for name, comment in tables}
        for name, comment, valid, has_parameters in views:
            if valid == "FALSE":
                self.left_out[name] = "the view is invalid: something that it reads is gone"
            elif has_parameters == "TRUE":
                self.left_out[name] = "a view with parameters cannot be shown"
            else:
                comments[name] = ("VIEW", comment or "")
        self._add(comments, self._schema, "")

    def follow(self, name: str, schema: str, target: str, kind: str | None) -> None:
        """Add a synonym with the columns of the table or view that it points to."""
        if kind not in ("TABLE", "VIEW"):
            self.left_out[name] = "the synonym points to nothing that can be shown"
            return
        self._add({name: (kind, "")}, schema, target)

    def _add(self, objects: Mapping[str, tuple[str, str]], schema: str, only: str) -> None:
        """Add objects of `schema`; with `only`, the one of that name, under the name in `objects`."""
        where = "WHERE SCHEMA_NAME = ?" + (" AND TABLE_NAME = ?" if only else "")
        values = (schema, only) if only else (schema,)
        alias = {only: next(iter(objects))} if only else {}

        def called(name: str) -> str:
            return alias.get(name, name)

        columns: defaultdict[str, list[Column]] = defaultdict(list)
        hidden: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for kind in ("TABLE", "VIEW"):
            # In HANA's own order, by which they are sliced.
            names = [only or name for name, (kind_of_it, _) in objects.items() if kind_of_it == kind]
            sql = (
                f"SELECT {kind}_NAME, {_COLUMNS} FROM SYS.{kind}_COLUMNS WHERE SCHEMA_NAME = ?"
                f" AND {kind}_NAME BETWEEN ? AND ? ORDER BY {kind}_NAME, POSITION"
            )
            for begin in range(0, len(names), SLICE):
                some = names[begin : begin + SLICE]
                for table, *cells in self._ask(sql, (schema, some[0], some[-1])):
                    self._column(called(table), cells, columns, hidden)
        keys = self._keys(where, values, called)
        references = self._references(schema, only, called)
        for name, (kind, comment) in objects.items():
            shown = tuple(columns.get(name, ()))
            if not shown:
                self.left_out[name] = "none of its columns has a type that can be shown"
                continue
            key, unique = keys.get(name, ((), ()))
            self.tables[name] = Table(
                schema=intern(schema),
                name=only or name,
                kind=kind,
                columns=shown,
                key=key or _key_of(shown, unique),
                foreign_keys=references.get(name, ()),
                comment=comment,
                left_out=hidden.get(name, {}),
            )

    @staticmethod
    def _column(
        table: str,
        cells: Sequence[Any],
        columns: Mapping[str, list[Column]],
        hidden: Mapping[str, dict[str, str]],
    ) -> None:
        name, type_, length, scale, nullable, default, comment = cells
        if name.startswith(("$", "_SYS_")):
            return  # HANA's own
        if type_ not in KINDS:
            hidden[table][name] = f"the type {type_} cannot be shown"
            return
        column = Column(
            name=intern(name),
            type=intern(type_),
            length=length or None,
            scale=scale,
            nullable=nullable == "TRUE",
            default=default,
            comment=intern(comment or ""),
        )
        columns[table].append(column)

    def _keys(
        self, where: str, values: Sequence[str], called: Callable[[str], str]
    ) -> dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]]:
        """The keys of each table: the columns of its primary key, and those of each other unique index."""
        found: defaultdict[str, dict[tuple[bool, str], list[str]]] = defaultdict(dict)
        for table, index, column, constraint in self._ask(
            "SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, CONSTRAINT FROM SYS.INDEX_COLUMNS"
            f" {where} AND CONSTRAINT IS NOT NULL ORDER BY TABLE_NAME, INDEX_NAME, POSITION",
            values,
        ):
            found[called(table)].setdefault((constraint == "PRIMARY KEY", index), []).append(column)
        keys: dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]] = {}
        for table, indexes in found.items():
            primary = next((tuple(each) for (is_primary, _), each in indexes.items() if is_primary), ())
            keys[table] = (
                primary,
                [tuple(each) for (is_primary, _), each in indexes.items() if not is_primary],
            )
        return keys

    def _references(
        self, schema: str, only: str, called: Callable[[str], str]
    ) -> dict[str, tuple[ForeignKey, ...]]:
        """The foreign keys of each table to tables of the same schema."""
        where = " AND TABLE_NAME = ?" if only else ""
        pairs: defaultdict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
        for table, name, column, target, referenced in self._ask(
            "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME"
            " FROM SYS.REFERENTIAL_CONSTRAINTS WHERE SCHEMA_NAME = ? AND REFERENCED_SCHEMA_NAME = ?"
            f"{where} ORDER BY TABLE_NAME, CONSTRAINT_NAME, POSITION",
            (schema, schema, only) if only else (schema, schema),
        ):
            pairs[called(table), name, target].append((column, referenced))
        found: defaultdict[str, list[ForeignKey]] = defaultdict(list)
        for (table, _, target), columns in pairs.items():
            own, theirs = zip(*columns, strict=True)
            found[table].append(ForeignKey(columns=own, schema=schema, table=target, referenced=theirs))
        return {table: tuple(references) for table, references in found.items()}


def _key_of(columns: Sequence[Column], unique: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The first unique index all of whose columns are there, never null, and fit into a key."""
    fit = {column.name for column in columns if not column.nullable and column.kind in KEYS}
    return next((each for each in unique if fit.issuperset(each)), ())
