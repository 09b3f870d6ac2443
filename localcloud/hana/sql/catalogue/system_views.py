"""SYS: what exists, as tables one can query; their rows are worked out of the catalogue when asked for.

Only columns that can be answered truly are there; asking for another one is HANA's 260.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from re import fullmatch
from typing import TypeVar

from localcloud.hana.model import FLOATING_SCALE, Type, TypeCode
from localcloud.hana.sql.values import types

from .catalogue import (
    SYSTEM_SCHEMAS,
    Catalogue,
    CatalogueObject,
    Grants,
    KeyConstraint,
    Named,
    Sequence,
    Synonym,
    Table,
    View,
)

OID_BASE = 150_000
"""Object ids start here, as if HANA's own objects came before."""

Cell = int | str | None
Row = tuple[Cell, ...]

_Object = TypeVar("_Object", Table, View, Sequence, Synonym)


@dataclass(frozen=True, slots=True)
class Connected:
    """What is told about a session: `running` and `prepared` are texts of statements."""

    id: int
    user: str
    schema: str
    own: bool
    client: Mapping[str, str | None]
    running: str = ""
    prepared: tuple[str, ...] = ()
    writing: bool = False
    isolation_level: str = ""
    locked: tuple[int, ...] = ()
    """The ids of the tables that it has locked, or has changed."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, and about what.

    `is_valid` tells whether a view can still be compiled, `count` how many rows a table has.
    """

    catalogue: Catalogue
    user: str
    is_valid: Callable[[View], bool]
    sessions: tuple[Connected, ...] = ()
    count: Callable[[Table], int] = lambda table: 0

    def visible(self) -> Iterator[CatalogueObject]:
        """The objects that the user has any privilege on."""
        for each in self.catalogue.objects.values():
            if may_see(self.catalogue, self.user, each.schema, each.name):
                yield each

    def of(self, kind: type[_Object]) -> Iterator[_Object]:
        return (each for each in self.visible() if isinstance(each, kind))


def may_see(catalogue: Catalogue, user: str, schema: str, name: str) -> bool:
    known = catalogue.users.get(user)
    if schema in SYSTEM_SCHEMAS or (known is not None and known.administrator):
        return True
    if catalogue.schemas.get(schema) == user:
        return True
    grants = catalogue.granted(known) if known is not None else frozenset()
    return any(place == schema and each in ("", name) for place, each, _ in grants)


def flag(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _oid(id_: int) -> int:
    return OID_BASE + id_


def place(each: Named) -> tuple[Cell, ...]:
    """Schema, name and object id."""
    return each.schema, each.name, _oid(each.id)


Rows = Callable[[Question], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class SystemView:
    """A view of SYS: its columns, and what yields its rows."""

    columns: tuple[tuple[str, Type], ...]
    rows: Rows


VIEWS: dict[str, SystemView] = {}

_HOLDS = (
    (r"(IS|HAS)_\w+|ASCENDING_ORDER|OWN", Type(TypeCode.VARCHAR, 5)),
    (r"\w+_OID|COLUMN_ID|RECORD_COUNT|START_NUMBER|(MIN|MAX)_VALUE|INCREMENT_BY", types.BIGINT),
    (r"POSITION|LENGTH|SCALE|(\w+_)?(CONNECTION|TRANSACTION)_ID|(SQL_)?PORT", types.INT),
    (r"DATA_TYPE_ID", types.SMALLINT),
    (r"\w+_TIME|TIMESTAMP", types.LONGDATE),
    (
        r"\w+_(SIZE|COUNT|DURATION)|(PART|PLAN|BACKUP|ENTRY|CERTIFICATE|PROCESS|\w*OPERATOR|TYPE)_ID|"
        r"UNLOAD_PRIORITY|PORT",
        types.BIGINT,
    ),
    (r"COMMENTS|CHECK_CONDITION|DEFAULT_VALUE|GENERATED_ALWAYS_AS", types.text(5000)),
    (r"STATEMENT_STRING|DESCRIPTION", types.text(5000)),
    (r"DEFINITION", types.NCLOB),
    (r"KEY", types.text(32)),
    (r"VALUE", types.text(512)),
    (
        r"\w*DATA_TYPE_NAME|\w+_TYPE|\w+_RULE|CONSTRAINT|HOST|PRIVILEGE|SYSTEM_ID|USAGE|(CLOUD_)?VERSION|\w+_STATUS",
        Type(TypeCode.VARCHAR, 64),
    ),
    (r"\w+", types.text(256)),
)
"""What a column is called, and the type that it therefore has; the first that fits counts."""

_TABLE = "SCHEMA_NAME TABLE_NAME TABLE_OID"
_VIEW = "SCHEMA_NAME VIEW_NAME VIEW_OID"
_INDEX = f"{_TABLE} INDEX_NAME INDEX_OID"
_COLUMN = (
    "COLUMN_NAME POSITION DATA_TYPE_ID DATA_TYPE_NAME LENGTH SCALE IS_NULLABLE DEFAULT_VALUE COMMENTS "
    "COLUMN_ID GENERATED_ALWAYS_AS GENERATION_TYPE"
)


def shown(name: str, columns: str) -> Callable[[Rows], Rows]:
    """Makes a view of what follows, which yields its rows."""

    def add(rows: Rows) -> Rows:
        typed = (
            (each, next(type_ for form, type_ in _HOLDS if fullmatch(form, each))) for each in columns.split()
        )
        VIEWS[name] = SystemView(tuple(typed), rows)
        return rows

    return add


@shown("SCHEMAS", "SCHEMA_NAME SCHEMA_OWNER HAS_PRIVILEGES")
def _schemas(question: Question) -> Iterator[Row]:
    catalogue = question.catalogue
    for name, owner in catalogue.schemas.items():
        yield name, owner, flag(may_see(catalogue, question.user, name, ""))


@shown(
    "TABLES",
    f"{_TABLE} COMMENTS IS_COLUMN_TABLE TABLE_TYPE IS_TEMPORARY TEMPORARY_TABLE_TYPE HAS_PRIMARY_KEY "
    "IS_SYSTEM_TABLE IS_USER_DEFINED_TYPE IS_PRELOAD UNLOAD_PRIORITY HAS_SCHEMA_FLEXIBILITY CREATE_TIME",
)
def _tables(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        kind = "ROW" if table.kind == "ROW" else "COLUMN"
        yield (
            *place(table),
            table.comment,
            flag(kind == "COLUMN"),
            kind,
            flag(table.kind.endswith("TEMPORARY")),
            table.kind.partition(" ")[0] if table.kind.endswith("TEMPORARY") else "NONE",
            flag(table.primary_key is not None),
            flag(table.schema == "SYS"),
            *("FALSE", "FALSE", 5, "FALSE", None),
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


@shown("TABLE_COLUMNS", f"{_TABLE} {_COLUMN} IS_HIDDEN IS_MASKED CS_DATA_TYPE_NAME")
def _table_columns(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        for position, column in enumerate(table.columns, 1):
            generation = None
            if column.generated is not None:
                generation = "ALWAYS CALCULATED AS" if column.calculated else "ALWAYS AS"
            if column.identity is not None:
                generation = f"{'ALWAYS' if column.identity_always else 'BY DEFAULT'} AS IDENTITY"
            yield (
                *place(table),
                column.name,
                position,
                *_type_cells(column.type),
                flag(column.nullable),
                column.default_text,
                column.comment,
                column.id,
                column.generated,
                generation,
                *("FALSE", "FALSE", None),
            )


@shown(
    "VIEWS",
    f"{_VIEW} COMMENTS DEFINITION IS_VALID IS_READ_ONLY VIEW_TYPE IS_COLUMN_VIEW HAS_PARAMETERS "
    "HAS_STRUCTURED_PRIVILEGE_CHECK HAS_CACHE CREATE_TIME",
)
def _views(question: Question) -> Iterator[Row]:
    for view in question.of(View):
        valid = flag(question.is_valid(view))
        has_parameters = flag(bool(view.parameters))
        yield *place(view), view.comment, view.text, valid, "FALSE", "ROW", "FALSE", has_parameters, *_NEVER
    for name in VIEWS:
        yield "SYS", name, _oid(0), None, None, "TRUE", "TRUE", "ROW", "FALSE", "FALSE", *_NEVER


_NEVER = ("FALSE", "NONE", None)
"""Without structured privileges and a cache: those are refused."""


@shown("VIEW_COLUMNS", f"{_VIEW} {_COLUMN}")
def _view_columns(question: Question) -> Iterator[Row]:
    for view in question.of(View):
        for position, column in enumerate(view.columns, 1):
            cells = (
                *_type_cells(column.type),
                flag(column.nullable),
                None,
                column.comment,
                position,
                None,
                None,
            )
            yield *place(view), column.name, position, *cells
    for name, shown in VIEWS.items():
        for position, (column_name, type_) in enumerate(shown.columns, 1):
            cells = (*_type_cells(type_), "TRUE", None, None, position, None, None)
            yield "SYS", name, _oid(0), column_name, position, *cells


def _unique_keys(table: Table) -> Iterator[KeyConstraint]:
    """The primary key, the unique constraints and the unique indexes: HANA makes no difference."""
    yield from table.keys
    for index in table.indexes:
        if index.unique:
            yield KeyConstraint(index.name, tuple(id_ for id_, _ in index.columns))


@shown(
    "CONSTRAINTS",
    f"{_TABLE} COLUMN_NAME POSITION CONSTRAINT_NAME IS_PRIMARY_KEY IS_UNIQUE_KEY CHECK_CONDITION",
)
def _constraints(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        where = place(table)
        for key in _unique_keys(table):
            for position, id_ in enumerate(key.columns, 1):
                name = table.by_id(id_).name
                yield *where, name, position, key.name, flag(key.primary), "TRUE", None
        for check in table.checks:
            yield *where, None, None, check.name, "FALSE", "FALSE", check.condition


@shown(
    "REFERENTIAL_CONSTRAINTS",
    "SCHEMA_NAME TABLE_NAME COLUMN_NAME POSITION CONSTRAINT_NAME REFERENCED_SCHEMA_NAME "
    "REFERENCED_TABLE_NAME REFERENCED_COLUMN_NAME REFERENCED_CONSTRAINT_NAME UPDATE_RULE DELETE_RULE "
    "IS_ENFORCED IS_VALIDATED",
)
def _references(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        for reference in table.references:
            parent = question.catalogue.objects[reference.table]
            assert isinstance(parent, Table)
            wanted = set(reference.referenced)
            matching = next((key.name for key in _unique_keys(parent) if set(key.columns) == wanted), None)
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


@shown("INDEXES", f"{_INDEX} INDEX_TYPE CONSTRAINT CREATE_TIME")
def _indexes(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        for name, id_, _, constraint in _indexes_of(table):
            kind = "INVERTED VALUE" if table.kind == "COLUMN" else "CPBTREE"
            unique = f"{kind} UNIQUE" if constraint else kind
            yield *place(table), name, _oid(id_), unique, constraint, None


@shown("INDEX_COLUMNS", f"{_INDEX} COLUMN_NAME POSITION ASCENDING_ORDER CONSTRAINT")
def _index_columns(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        for name, id_, columns, constraint in _indexes_of(table):
            for position, (column, descending) in enumerate(columns, 1):
                yield (
                    *place(table),
                    name,
                    _oid(id_),
                    table.by_id(column).name,
                    position,
                    flag(not descending),
                    constraint,
                )


@shown(
    "SEQUENCES",
    "SCHEMA_NAME SEQUENCE_NAME SEQUENCE_OID START_NUMBER MIN_VALUE MAX_VALUE INCREMENT_BY IS_CYCLED",
)
def _sequences(question: Question) -> Iterator[Row]:
    for each in question.of(Sequence):
        options = each.options
        rising = options.increment > 0
        low = options.minimum if options.minimum is not None else (1 if rising else -(2**63))
        high = options.maximum if options.maximum is not None else (2**63 - 1 if rising else -1)
        numbers = (options.start, low, high, options.increment)
        yield *place(each), *numbers, flag(options.cycle)


@shown("SYNONYMS", "SCHEMA_NAME SYNONYM_NAME OBJECT_SCHEMA OBJECT_NAME OBJECT_TYPE IS_VALID CREATE_TIME")
def _synonyms(question: Question) -> Iterator[Row]:
    for each in question.of(Synonym):
        target = question.catalogue.follow(each)
        kind = type(target).__name__.upper() if target is not None else None
        schema, name = question.catalogue.end_of(each)
        if target is None and schema in ("SYS", "PUBLIC") and name in VIEWS:
            kind = "VIEW"
        yield each.schema, each.name, *each.target, kind, flag(kind is not None), None


@shown("OBJECTS", "SCHEMA_NAME OBJECT_NAME OBJECT_TYPE OBJECT_OID OWNER_NAME OBJECT_CATEGORY")
def _objects(question: Question) -> Iterator[Row]:
    for each in question.visible():
        owner = question.catalogue.schemas.get(each.schema)
        kind = type(each).__name__.upper()
        yield each.schema, each.name, kind, _oid(each.id), owner, "CATALOG"


@shown("USERS", "USER_NAME USERGROUP_NAME CREATOR CREATE_TIME")
def _users(question: Question) -> Iterator[Row]:
    for name in question.catalogue.users:
        yield name, None, "SYSTEM", None


@shown("GRANTED_PRIVILEGES", "GRANTEE GRANTEE_TYPE OBJECT_TYPE SCHEMA_NAME OBJECT_NAME PRIVILEGE")
def _privileges(question: Question) -> Iterator[Row]:
    catalogue = question.catalogue
    for user in catalogue.users.values():
        yield from ((user.name, "USER", *cells) for cells in _grant_cells(user.grants))
    for role in catalogue.roles.values():
        yield from ((role.name, "ROLE", *cells) for cells in _grant_cells(role.grants))


def _grant_cells(grants: Grants) -> Iterator[Row]:
    """OBJECT_TYPE, SCHEMA_NAME, OBJECT_NAME and PRIVILEGE of each."""
    for schema, name, privilege in sorted(grants):
        yield "TABLE" if name else "SCHEMA", schema, name or None, privilege


@shown("ROLES", "ROLE_NAME")
def _roles(question: Question) -> Iterator[Row]:
    for name in question.catalogue.roles:
        yield (name,)


@shown("GRANTED_ROLES", "GRANTEE GRANTEE_TYPE ROLE_NAME")
def _granted_roles(question: Question) -> Iterator[Row]:
    for user in question.catalogue.users.values():
        for role in sorted(user.roles):
            yield user.name, "USER", role


@shown("M_DATABASE", "SYSTEM_ID DATABASE_NAME HOST VERSION USAGE START_TIME CLOUD_VERSION")
def _database(question: Question) -> Iterable[Row]:
    release = question.catalogue.release
    return (("HXE", "HXE", "localhost", release.version, "DEVELOPMENT", None, release.cloud),)


@shown("M_TABLES", "SCHEMA_NAME TABLE_NAME TABLE_TYPE RECORD_COUNT")
def _m_tables(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        kind = "ROW" if table.kind == "ROW" else "COLUMN"
        yield table.schema, table.name, kind, question.count(table)


@shown(
    "M_CONNECTIONS",
    "CONNECTION_ID USER_NAME CURRENT_SCHEMA_NAME OWN CONNECTION_TYPE CLIENT_APPLICATION_PROGRAM HOST PORT "
    "CONNECTION_STATUS",
)
def _connections(question: Question) -> Iterator[Row]:
    for each in question.sessions:
        program = each.client.get("APPLICATION")
        kind, status = "Local" if each.own else "Remote", "RUNNING" if each.own or each.running else "IDLE"
        yield each.id, each.user, each.schema, flag(each.own), kind, program, "localhost", None, status


@shown("M_SESSION_CONTEXT", "HOST PORT CONNECTION_ID KEY VALUE SECTION")
def _session_context(question: Question) -> Iterator[Row]:
    for each in question.sessions:
        for key, value in each.client.items():
            yield "localhost", None, each.id, key, value, "USER"


UNCACHED = frozenset(
    {
        *("M_TABLES", "M_CS_TABLES", "M_RS_TABLES", "M_CONNECTIONS", "M_SESSION_CONTEXT", "M_LOCKS"),
        *("M_OBJECT_LOCKS", "M_TRANSACTIONS", "M_ACTIVE_STATEMENTS", "M_PREPARED_STATEMENTS"),
    }
)
"""Views whose rows change without a new catalogue."""
