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
from tokonoma.errors import HanaObjectChanged

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
    found = ask(
        "SELECT SYNONYM_NAME, OBJECT_SCHEMA, OBJECT_NAME, OBJECT_TYPE FROM SYS.SYNONYMS"
        " WHERE SCHEMA_NAME = ? ORDER BY SYNONYM_NAME",
        (schema,),
    )
    # Whole before more is asked: rows may come as they are read.
    for name, target_schema, target, kind in list(found):
        if synonyms(name):
            reader.follow(name, target_schema, target, kind)
    return Catalogue(schema, reader.tables, reader.left_out)


_COLUMNS = "COLUMN_NAME, DATA_TYPE_NAME, LENGTH, SCALE, IS_NULLABLE, DEFAULT_VALUE, COMMENTS"
_OF_HANA = ("$", "_SYS_")
"""How the names of HANA's own tables and columns begin."""


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
        for name in [each for each in comments if each.startswith(_OF_HANA)]:
            del comments[name]
            self.left_out[name] = "its name begins like those of HANA's own objects"
        self._add(comments, self._schema, "")

    def follow(self, name: str, schema: str, target: str, kind: str | None) -> None:
        """Add a synonym with the columns of the table or view that it points to."""
        if kind not in ("TABLE", "VIEW"):
            self.left_out[name] = "the synonym points to nothing that can be shown"
            return
        self._add({name: (kind, "")}, schema, target)

    def _add(self, objects: Mapping[str, tuple[str, str]], schema: str, only: str) -> None:
        """Add objects of `schema`; with `only`, the one of that name, under the name in `objects`."""
        where = "WHERE SCHEMA_NAME = ?" + (" AND {0}_NAME = ?" if only else "")
        values = (schema, only) if only else (schema,)
        alias = {only: next(iter(objects))} if only else {}

        def called(name: str) -> str:
            return alias.get(name, name)

        columns: defaultdict[str, list[Column]] = defaultdict(list)
        left_out: defaultdict[str, dict[str, str]] = defaultdict(dict)
        hidden = self._hidden(where.format("TABLE"), values)
        for kind in ("TABLE", "VIEW"):
            # What a view computes is its purpose, and its name stands in the policy.
            generated = "GENERATED_ALWAYS_AS" if kind == "TABLE" else "NULL"
            sql = (
                f"SELECT {kind}_NAME, {_COLUMNS}, {generated} FROM SYS.{kind}_COLUMNS {where.format(kind)}"
                f" ORDER BY {kind}_NAME, POSITION"
            )
            for table, *cells, formula in self._ask(sql, values):
                if called(table) not in objects:
                    continue
                if (table, cells[0]) in hidden:
                    left_out[called(table)][cells[0]] = "it is hidden in HANA"
                elif formula is not None:
                    left_out[called(table)][cells[0]] = "HANA computes it from other columns"
                else:
                    self._column(called(table), cells, columns, left_out)
        keys = self._keys(where.format("TABLE"), values, called)
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
                left_out=left_out.get(name, {}),
            )

    @staticmethod
    def _column(
        table: str,
        cells: Sequence[Any],
        columns: Mapping[str, list[Column]],
        left_out: Mapping[str, dict[str, str]],
    ) -> None:
        name, type_, length, scale, nullable, default, comment = cells
        if name.startswith(_OF_HANA):
            return
        if type_ not in KINDS:
            left_out[table][name] = f"the type {type_} cannot be shown"
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

    def _hidden(self, where: str, values: Sequence[str]) -> set[tuple[str, str]]:
        """The tables and names of the columns that HANA hides."""
        try:
            found = self._ask(
                f"SELECT TABLE_NAME, COLUMN_NAME FROM SYS.TABLE_COLUMNS {where} AND IS_HIDDEN = 'TRUE'",
                values,
            )
            return {(table, column) for table, column in found}
        except HanaObjectChanged:
            return set()  # a HANA that cannot hide columns has no such column

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
