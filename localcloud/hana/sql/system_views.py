"""SYS: what exists, as tables one can query; their rows are worked out of the catalogue when asked for.

Only columns that can be answered truly are there; asking for another one is HANA's 260.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from localcloud.hana.errors import HanaError
from localcloud.hana.model import FLOATING_SCALE, Type, TypeCode

from . import types
from .catalogue import (
    SYSTEM_SCHEMAS,
    Catalogue,
    CatalogueObject,
    Sequence,
    Synonym,
    Table,
    View,
)

VERSION = "2.00.076.00.1705400033"
"""The release whose SQL this one follows; clients ask for it."""

OID_BASE = 150_000
"""Object ids start here, as if HANA's own objects came before."""

Cell = int | str | None
Row = tuple[Cell, ...]

_NAME = types.text(256)
_FLAG = Type(TypeCode.VARCHAR, 5)
_KIND = Type(TypeCode.VARCHAR, 64)
_LONG = types.NCLOB
_TEXT = types.text(5000)


@dataclass(frozen=True, slots=True)
class Connected:
    """What M_CONNECTIONS and M_SESSION_CONTEXT tell about a session."""

    id: int
    user: str
    schema: str
    own: bool
    client: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, and about what; `count` tells how many rows a table has."""

    catalogue: Catalogue
    user: str
    sessions: tuple[Connected, ...] = ()
    count: Callable[[Table], int] = lambda table: 0

    def visible(self) -> Iterator[CatalogueObject]:
        """The objects that the user has any privilege on."""
        for each in self.catalogue.objects.values():
            if _may_see(self.catalogue, self.user, each.schema, each.name):
                yield each

    def of(self, kind: type[CatalogueObject]) -> Iterator[CatalogueObject]:
        return (each for each in self.visible() if isinstance(each, kind))


def _may_see(catalogue: Catalogue, user: str, schema: str, name: str) -> bool:
    known = catalogue.users.get(user)
    if schema in SYSTEM_SCHEMAS or (known is not None and known.administrator):
        return True
    if catalogue.schemas.get(schema) == user:
        return True
    grants = known.grants if known is not None else frozenset()
    return any(place == schema and each in ("", name) for place, each, _ in grants)


def _flag(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _oid(id_: int) -> int:
    return OID_BASE + id_


def _schemas(question: Question) -> Iterator[Row]:
    catalogue = question.catalogue
    for name, owner in catalogue.schemas.items():
        yield name, owner, _flag(_may_see(catalogue, question.user, name, ""))


def _tables(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        assert isinstance(table, Table)
        kind = "ROW" if table.kind == "ROW" else "COLUMN"
        yield (
            table.schema,
            table.name,
            _oid(table.id),
            table.comment,
            _flag(kind == "COLUMN"),
            kind,
            _flag(table.temporary),
            "LOCAL" if table.temporary else "NONE",
            _flag(table.primary_key is not None),
            _flag(table.schema == "SYS"),
            "FALSE",
        )


def _type_cells(type_: Type) -> tuple[Cell, ...]:
    """DATA_TYPE_ID, DATA_TYPE_NAME, LENGTH and SCALE."""
    scale: int | None = None
    if type_.code in types.DECIMALS and type_.scale != FLOATING_SCALE:
        scale = type_.scale
    elif type_.code in types.INTEGERS:
        scale = 0
    elif type_.code is TypeCode.LONGDATE:
        scale = 7
    length = {TypeCode.DOUBLE: 15, TypeCode.REAL: 7}.get(type_.code, type_.length)
    return int(type_.code), types.sys_name(type_), length, scale


def _table_columns(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        assert isinstance(table, Table)
        for position, column in enumerate(table.columns, 1):
            generation = "ALWAYS AS" if column.generated is not None else None
            if column.identity is not None:
                generation = f"{'ALWAYS' if column.identity_always else 'BY DEFAULT'} AS IDENTITY"
            yield (
                table.schema,
                table.name,
                _oid(table.id),
                column.name,
                position,
                *_type_cells(column.type),
                _flag(column.nullable),
                column.default_text,
                column.comment,
                column.id,
                column.generated,
                generation,
            )


def _views(question: Question) -> Iterator[Row]:
    for view in question.of(View):
        assert isinstance(view, View)
        valid = _flag(_is_valid(question.catalogue, view))
        yield view.schema, view.name, _oid(view.id), view.comment, view.text, valid, "FALSE", "ROW"
    for name in VIEWS:
        yield "SYS", name, _oid(0), None, None, "TRUE", "TRUE", "ROW"


def _is_valid(catalogue: Catalogue, view: View) -> bool:
    from .compiling.sources import check_view  # which reads SYS views

    try:
        check_view(catalogue, view)
    except HanaError:
        return False
    return True


def _view_columns(question: Question) -> Iterator[Row]:
    for view in question.of(View):
        assert isinstance(view, View)
        for position, column in enumerate(view.columns, 1):
            cells = (
                *_type_cells(column.type),
                _flag(column.nullable),
                None,
                column.comment,
                position,
                None,
                None,
            )
            yield view.schema, view.name, _oid(view.id), column.name, position, *cells
    for name, shown in VIEWS.items():
        for position, (column_name, type_) in enumerate(shown.columns, 1):
            cells = (*_type_cells(type_), "TRUE", None, None, position, None, None)
            yield "SYS", name, _oid(0), column_name, position, *cells


def _constraints(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        assert isinstance(table, Table)
        where = (table.schema, table.name, _oid(table.id))
        for key in table.keys:
            for position, id_ in enumerate(key.columns, 1):
                name = table.by_id(id_).name
                yield *where, name, position, key.name, _flag(key.primary), "TRUE", None
        for check in table.checks:
            yield *where, None, None, check.name, "FALSE", "FALSE", check.condition


def _references(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        assert isinstance(table, Table)
        for reference in table.references:
            parent = question.catalogue.objects[reference.table]
            assert isinstance(parent, Table)
            wanted = set(reference.referenced)
            matching = next((key.name for key in parent.keys if set(key.columns) == wanted), None)
            pairs = zip(reference.columns, reference.referenced, strict=True)
            for position, (id_, referenced) in enumerate(pairs, 1):
                yield (
                    table.schema,
                    table.name,
                    table.by_id(id_).name,
                    position,
                    reference.name,
                    *reference.table,
                    parent.by_id(referenced).name,
                    matching,
                    reference.on_update,
                    reference.on_delete,
                    "TRUE",
                    "TRUE",
                )


def _indexes_of(table: Table) -> Iterator[tuple[str, int, tuple[tuple[int, bool], ...], str | None]]:
    for key in table.keys:
        nullable = any(table.by_id(id_).nullable for id_ in key.columns)
        constraint = "UNIQUE" if nullable else "NOT NULL UNIQUE"
        columns = tuple((id_, False) for id_ in key.columns)
        yield key.name, 0, columns, "PRIMARY KEY" if key.primary else constraint
    for index in table.indexes:
        yield index.name, index.id, index.columns, "UNIQUE" if index.unique else None


def _indexes(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        assert isinstance(table, Table)
        for name, id_, _, constraint in _indexes_of(table):
            kind = "INVERTED VALUE" if table.kind == "COLUMN" else "CPBTREE"
            unique = f"{kind} UNIQUE" if constraint else kind
            yield table.schema, table.name, _oid(table.id), name, _oid(id_), unique, constraint


def _index_columns(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        assert isinstance(table, Table)
        for name, id_, columns, constraint in _indexes_of(table):
            for position, (column, descending) in enumerate(columns, 1):
                yield (
                    table.schema,
                    table.name,
                    _oid(table.id),
                    name,
                    _oid(id_),
                    table.by_id(column).name,
                    position,
                    _flag(not descending),
                    constraint,
                )


def _sequences(question: Question) -> Iterator[Row]:
    for each in question.of(Sequence):
        assert isinstance(each, Sequence)
        options = each.options
        rising = options.increment > 0
        low = options.minimum if options.minimum is not None else (1 if rising else -(2**63))
        high = options.maximum if options.maximum is not None else (2**63 - 1 if rising else -1)
        numbers = (options.start, low, high, options.increment)
        yield each.schema, each.name, _oid(each.id), *numbers, _flag(options.cycle)


def _synonyms(question: Question) -> Iterator[Row]:
    for each in question.of(Synonym):
        assert isinstance(each, Synonym)
        target = question.catalogue.follow(each)
        kind = type(target).__name__.upper() if target is not None else None
        yield each.schema, each.name, *each.target, kind


def _objects(question: Question) -> Iterator[Row]:
    for each in question.visible():
        owner = question.catalogue.schemas.get(each.schema)
        yield each.schema, each.name, type(each).__name__.upper(), _oid(each.id), owner


def _users(question: Question) -> Iterator[Row]:
    for name in question.catalogue.users:
        yield (name,)


def _privileges(question: Question) -> Iterator[Row]:
    for user in question.catalogue.users.values():
        for schema, name, privilege in sorted(user.grants):
            kind = "TABLE" if name else "SCHEMA"
            yield user.name, "USER", kind, schema, name or None, privilege


def _database(question: Question) -> Iterable[Row]:
    return (("HXE", "HXE", "localhost", VERSION, "DEVELOPMENT"),)


def _m_tables(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        assert isinstance(table, Table)
        kind = "ROW" if table.kind == "ROW" else "COLUMN"
        yield table.schema, table.name, kind, question.count(table)


def _connections(question: Question) -> Iterator[Row]:
    for each in question.sessions:
        program = each.client.get("APPLICATION")
        yield each.id, each.user, each.schema, _flag(each.own), "Local" if each.own else "Remote", program


def _session_context(question: Question) -> Iterator[Row]:
    for each in question.sessions:
        for key, value in each.client.items():
            yield each.id, key, value


@dataclass(frozen=True, slots=True)
class SystemView:
    """A view of SYS: its columns, and what yields its rows."""

    columns: tuple[tuple[str, Type], ...]
    rows: Callable[[Question], Iterable[Row]]


def _shown(rows: Callable[[Question], Iterable[Row]], **columns: Type) -> SystemView:
    return SystemView(tuple(columns.items()), rows)


_COLUMN_OF = {
    "COLUMN_NAME": _NAME,
    "POSITION": types.INT,
    "DATA_TYPE_ID": types.SMALLINT,
    "DATA_TYPE_NAME": _KIND,
    "LENGTH": types.INT,
    "SCALE": types.INT,
    "IS_NULLABLE": _FLAG,
    "DEFAULT_VALUE": _TEXT,
    "COMMENTS": _TEXT,
    "COLUMN_ID": types.BIGINT,
    "GENERATED_ALWAYS_AS": _TEXT,
    "GENERATION_TYPE": _KIND,
}
_OF_TABLE = {"SCHEMA_NAME": _NAME, "TABLE_NAME": _NAME}
_OF_TABLE_OID = {**_OF_TABLE, "TABLE_OID": types.BIGINT}
_OF_VIEW_OID = {"SCHEMA_NAME": _NAME, "VIEW_NAME": _NAME, "VIEW_OID": types.BIGINT}
_OF_INDEX = {**_OF_TABLE_OID, "INDEX_NAME": _NAME, "INDEX_OID": types.BIGINT}

VIEWS: dict[str, SystemView] = {
    "SCHEMAS": _shown(_schemas, SCHEMA_NAME=_NAME, SCHEMA_OWNER=_NAME, HAS_PRIVILEGES=_FLAG),
    "TABLES": _shown(
        _tables,
        **_OF_TABLE_OID,
        COMMENTS=_TEXT,
        IS_COLUMN_TABLE=_FLAG,
        TABLE_TYPE=_KIND,
        IS_TEMPORARY=_FLAG,
        TEMPORARY_TABLE_TYPE=_KIND,
        HAS_PRIMARY_KEY=_FLAG,
        IS_SYSTEM_TABLE=_FLAG,
        IS_USER_DEFINED_TYPE=_FLAG,
    ),
    "TABLE_COLUMNS": _shown(_table_columns, **_OF_TABLE_OID, **_COLUMN_OF),
    "VIEWS": _shown(
        _views,
        **_OF_VIEW_OID,
        COMMENTS=_TEXT,
        DEFINITION=_LONG,
        IS_VALID=_FLAG,
        IS_READ_ONLY=_FLAG,
        VIEW_TYPE=_KIND,
    ),
    "VIEW_COLUMNS": _shown(_view_columns, **_OF_VIEW_OID, **_COLUMN_OF),
    "CONSTRAINTS": _shown(
        _constraints,
        **_OF_TABLE_OID,
        COLUMN_NAME=_NAME,
        POSITION=types.INT,
        CONSTRAINT_NAME=_NAME,
        IS_PRIMARY_KEY=_FLAG,
        IS_UNIQUE_KEY=_FLAG,
        CHECK_CONDITION=_TEXT,
    ),
    "REFERENTIAL_CONSTRAINTS": _shown(
        _references,
        **_OF_TABLE,
        COLUMN_NAME=_NAME,
        POSITION=types.INT,
        CONSTRAINT_NAME=_NAME,
        REFERENCED_SCHEMA_NAME=_NAME,
        REFERENCED_TABLE_NAME=_NAME,
        REFERENCED_COLUMN_NAME=_NAME,
        REFERENCED_CONSTRAINT_NAME=_NAME,
        UPDATE_RULE=_KIND,
        DELETE_RULE=_KIND,
        IS_ENFORCED=_FLAG,
        IS_VALIDATED=_FLAG,
    ),
    "INDEXES": _shown(_indexes, **_OF_INDEX, INDEX_TYPE=_KIND, CONSTRAINT=_KIND),
    "INDEX_COLUMNS": _shown(
        _index_columns,
        **_OF_INDEX,
        COLUMN_NAME=_NAME,
        POSITION=types.INT,
        ASCENDING_ORDER=_FLAG,
        CONSTRAINT=_KIND,
    ),
    "SEQUENCES": _shown(
        _sequences,
        SCHEMA_NAME=_NAME,
        SEQUENCE_NAME=_NAME,
        SEQUENCE_OID=types.BIGINT,
        START_NUMBER=types.BIGINT,
        MIN_VALUE=types.BIGINT,
        MAX_VALUE=types.BIGINT,
        INCREMENT_BY=types.BIGINT,
        IS_CYCLED=_FLAG,
    ),
    "SYNONYMS": _shown(
        _synonyms,
        SCHEMA_NAME=_NAME,
        SYNONYM_NAME=_NAME,
        OBJECT_SCHEMA=_NAME,
        OBJECT_NAME=_NAME,
        OBJECT_TYPE=_KIND,
    ),
    "OBJECTS": _shown(
        _objects,
        SCHEMA_NAME=_NAME,
        OBJECT_NAME=_NAME,
        OBJECT_TYPE=_KIND,
        OBJECT_OID=types.BIGINT,
        OWNER_NAME=_NAME,
    ),
    "USERS": _shown(_users, USER_NAME=_NAME),
    "GRANTED_PRIVILEGES": _shown(
        _privileges,
        GRANTEE=_NAME,
        GRANTEE_TYPE=_KIND,
        OBJECT_TYPE=_KIND,
        SCHEMA_NAME=_NAME,
        OBJECT_NAME=_NAME,
        PRIVILEGE=_KIND,
    ),
    "M_DATABASE": _shown(
        _database, SYSTEM_ID=_KIND, DATABASE_NAME=_NAME, HOST=_KIND, VERSION=_KIND, USAGE=_KIND
    ),
    "M_TABLES": _shown(_m_tables, **_OF_TABLE, TABLE_TYPE=_KIND, RECORD_COUNT=types.BIGINT),
    "M_CONNECTIONS": _shown(
        _connections,
        CONNECTION_ID=types.INT,
        USER_NAME=_NAME,
        CURRENT_SCHEMA_NAME=_NAME,
        OWN=_FLAG,
        CONNECTION_TYPE=_KIND,
        CLIENT_APPLICATION_PROGRAM=_NAME,
    ),
    "M_SESSION_CONTEXT": _shown(
        _session_context, CONNECTION_ID=types.INT, KEY=types.text(32), VALUE=types.text(512)
    ),
}

UNCACHED = frozenset({"M_TABLES", "M_CONNECTIONS", "M_SESSION_CONTEXT"})
"""Views whose rows change without a new catalogue."""
