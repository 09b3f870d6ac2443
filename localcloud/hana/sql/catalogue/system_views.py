"""SYS: the schemas, tables, views, sequences and synonyms, with their columns, keys and indexes."""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.hana.model import FLOATING_SCALE, Type, TypeCode
from localcloud.hana.sql.values import types

from .catalogue import KeyConstraint, Sequence, Synonym, Table, View
from .system_view import VIEWS, Cell, Question, Row, flag, may_see, oid, place, shown

_TABLE = "SCHEMA_NAME TABLE_NAME TABLE_OID"
_VIEW = "SCHEMA_NAME VIEW_NAME VIEW_OID"
_INDEX = f"{_TABLE} INDEX_NAME INDEX_OID"
_COLUMN = (
    "COLUMN_NAME POSITION DATA_TYPE_ID DATA_TYPE_NAME LENGTH SCALE IS_NULLABLE DEFAULT_VALUE COMMENTS "
    "COLUMN_ID GENERATED_ALWAYS_AS GENERATION_TYPE"
)


@shown("SCHEMAS", "SCHEMA_NAME SCHEMA_OWNER HAS_PRIVILEGES", "CREATE_TIME")
def _schemas(question: Question) -> Iterator[Row]:
    catalogue = question.catalogue
    for name, owner in catalogue.schemas.items():
        yield name, owner, flag(may_see(catalogue, question.user, name, ""))


@shown(
    "TABLES",
    f"{_TABLE} COMMENTS IS_COLUMN_TABLE TABLE_TYPE IS_TEMPORARY TEMPORARY_TABLE_TYPE HAS_PRIMARY_KEY "
    "IS_SYSTEM_TABLE COMMIT_ACTION",
    "CREATE_TIME FIXED_PART_SIZE SESSION_TYPE ROW_ORDER_TYPE TEMPORAL_TYPE MASK_MODE PERSISTENT_MEMORY "
    "NUMA_NODE_INDEXES PARTITION_SPEC",
    IS_USER_DEFINED_TYPE="FALSE",
    IS_PRELOAD="FALSE",
    IS_PARTIAL_PRELOAD="FALSE",
    UNLOAD_PRIORITY=5,
    HAS_SCHEMA_FLEXIBILITY="FALSE",
    IS_LOGGED="TRUE",
    IS_INSERT_ONLY="FALSE",
    IS_TENANT_SHARED_DATA="FALSE",
    IS_TENANT_SHARED_METADATA="FALSE",
    IS_PUBLIC="FALSE",
    IS_REPLICA="FALSE",
    IS_SERIES_TABLE="FALSE",
    IS_MOVABLE="TRUE",
    HAS_TEXT_FIELDS="FALSE",
    HAS_STRUCTURED_PRIVILEGE_CHECK="FALSE",
    HAS_MASKED_COLUMNS="FALSE",
    HAS_RECORD_COMMIT_TIMESTAMP="FALSE",
    AUTO_MERGE_ON="TRUE",
    LOAD_UNIT="DEFAULT",
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
            ("DELETE" if table.emptied else "PRESERVE") if table.kind == "GLOBAL TEMPORARY" else None,
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


_UNKNOWN_OF_COLUMN = (
    "CS_DATA_TYPE_ID CS_DATA_TYPE_NAME DDIC_DATA_TYPE_ID DDIC_DATA_TYPE_NAME OFFSET COLLATION MAX_VALUE "
    "MIN_VALUE FUZZY_SEARCH_MODE MEMORY_THRESHOLD ROW_ORDER_POSITION MASK_EXPRESSION PERSISTENT_MEMORY "
    "CLIENTSIDE_ENCRYPTION_STATUS CLIENTSIDE_ENCRYPTION_COLUMN_KEY_ID CLIENTSIDE_ENCRYPTION_MODE "
    "NUMA_NODE_INDEXES"
)
_SAME_OF_COLUMN: dict[str, Cell] = {
    **dict.fromkeys(("IS_HIDDEN", "IS_MASKED", "IS_CACHABLE", "IS_CACHE_KEY"), "FALSE"),
    **dict.fromkeys(("FUZZY_SEARCH_INDEX", "HAS_SCHEMA_FLEXIBILITY", "PRELOAD"), "FALSE"),
    "LOAD_UNIT": "DEFAULT",
}


def _has_own_index(table: Table, column: int) -> bool:
    """Whether a column is that of a key or an index, alone."""
    keys = (key.columns for key in table.keys)
    indexed = (tuple(id_ for id_, _ in index.columns) for index in table.indexes)
    return (column,) in (*keys, *indexed)


@shown(
    "TABLE_COLUMNS",
    f"{_TABLE} {_COLUMN} INDEX_TYPE COMPRESSION_TYPE",
    _UNKNOWN_OF_COLUMN,
    **_SAME_OF_COLUMN,
)
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
                "FULL" if _has_own_index(table, column.id) else "NONE",
                "NONE" if table.kind == "ROW" else "DEFAULT",
            )


@shown(
    "VIEWS",
    f"{_VIEW} COMMENTS DEFINITION IS_VALID IS_READ_ONLY VIEW_TYPE IS_COLUMN_VIEW HAS_PARAMETERS "
    "HAS_STRUCTURED_PRIVILEGE_CHECK HAS_CACHE CREATE_TIME",
    "HAS_COLUMN_ALIASES MASK_MODE",
    IS_UNICODE="TRUE",
    IS_DDL_ONLY="FALSE",
    IS_TENANT_SHARED_DATA="FALSE",
    IS_TENANT_SHARED_METADATA="FALSE",
    HAS_CHECK_OPTION="FALSE",
    HAS_MASKED_COLUMNS="FALSE",
    HAS_ANONYMIZATION="FALSE",
)
def _views(question: Question) -> Iterator[Row]:
    for view in question.of(View):
        valid = flag(question.is_valid(view))
        has_parameters = flag(bool(view.parameters))
        yield *place(view), view.comment, view.text, valid, "FALSE", "ROW", "FALSE", has_parameters, *_NEVER
    for name in VIEWS:
        yield "SYS", name, oid(0), None, None, "TRUE", "TRUE", "ROW", "FALSE", "FALSE", *_NEVER


_NEVER = ("FALSE", "NONE", None)
"""Without structured privileges and a cache: those are refused."""


@shown(
    "VIEW_COLUMNS",
    f"{_VIEW} {_COLUMN}",
    _UNKNOWN_OF_COLUMN,
    INDEX_TYPE="NONE",
    COMPRESSION_TYPE="NONE",
    **_SAME_OF_COLUMN,
)
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
    for name, described in VIEWS.items():
        for position, (column_name, type_) in enumerate(described.columns, 1):
            cells = (*_type_cells(type_), "TRUE", None, None, position, None, None)
            yield "SYS", name, oid(0), column_name, position, *cells


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
    CHECK_TIME="INITIALLY_IMMEDIATE",
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


@shown("INDEXES", f"{_INDEX} INDEX_TYPE CONSTRAINT", "CREATE_TIME BTREE_FILL_FACTOR LOAD_UNIT")
def _indexes(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        for name, id_, _, constraint in _indexes_of(table):
            kind = "INVERTED VALUE" if table.kind == "COLUMN" else "CPBTREE"
            unique = f"{kind} UNIQUE" if constraint else kind
            yield *place(table), name, oid(id_), unique, constraint


@shown("INDEX_COLUMNS", f"{_INDEX} COLUMN_NAME POSITION ASCENDING_ORDER CONSTRAINT")
def _index_columns(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        for name, id_, columns, constraint in _indexes_of(table):
            for position, (column, descending) in enumerate(columns, 1):
                yield (
                    *place(table),
                    name,
                    oid(id_),
                    table.by_id(column).name,
                    position,
                    flag(not descending),
                    constraint,
                )


@shown(
    "SEQUENCES",
    "SCHEMA_NAME SEQUENCE_NAME SEQUENCE_OID START_NUMBER MIN_VALUE MAX_VALUE INCREMENT_BY IS_CYCLED",
    "RESET_BY_QUERY CACHE_SIZE CREATE_TIME",
)
def _sequences(question: Question) -> Iterator[Row]:
    for each in question.of(Sequence):
        options = each.options
        rising = options.increment > 0
        low = options.minimum if options.minimum is not None else (1 if rising else -(2**63))
        high = options.maximum if options.maximum is not None else (2**63 - 1 if rising else -1)
        numbers = (options.start, low, high, options.increment)
        yield *place(each), *numbers, flag(options.cycle)


@shown(
    "SYNONYMS",
    "SCHEMA_NAME SYNONYM_NAME SYNONYM_OID OBJECT_SCHEMA OBJECT_NAME OBJECT_TYPE IS_VALID",
    "CREATE_TIME OBJECT_DATABASE IS_COLUMN_OBJECT",
)
def _synonyms(question: Question) -> Iterator[Row]:
    for each in question.of(Synonym):
        target = question.catalogue.follow(each)
        kind = type(target).__name__.upper() if target is not None else None
        schema, name = question.catalogue.end_of(each)
        if target is None and schema in ("SYS", "PUBLIC") and name in VIEWS:
            kind = "VIEW"
        yield *place(each), *each.target, kind, flag(kind is not None)


@shown("OBJECTS", "SCHEMA_NAME OBJECT_NAME OBJECT_TYPE OBJECT_OID OWNER_NAME OBJECT_CATEGORY")
def _objects(question: Question) -> Iterator[Row]:
    for each in question.visible():
        owner = question.catalogue.schemas.get(each.schema)
        kind = type(each).__name__.upper()
        yield each.schema, each.name, kind, oid(each.id), owner, "CATALOG"
