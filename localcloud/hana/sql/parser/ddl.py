"""Parses CREATE TABLE, ALTER TABLE and .hdbtable files: columns, constraints, storage clauses."""

from __future__ import annotations

from dataclasses import replace

from localcloud.hana.errors import INVALID_DATATYPE, SYNTAX, HanaError
from localcloud.hana.model import Type, TypeCode
from localcloud.hana.sql.values import types

from . import tree
from .expressions import expression, identifier, integer, name_list, path, read_type, value_expression
from .language import ALTERATIONS
from .lexer import Token, TokenReader, wordset
from .literals import string
from .queries import query

_TEMPORARY = ("GLOBAL TEMPORARY", "LOCAL TEMPORARY")
_KINDS = {f"{kind}TABLE": kind.strip() or "COLUMN" for kind in ("", "ROW ", "COLUMN ")} | {
    f"{kind} {store}TABLE": kind for kind in _TEMPORARY for store in ("", "ROW ", "COLUMN ")
}
"""The words between CREATE and a table's name, and the kind of table that they mean."""
INDEX_KINDS = ("BTREE", "CPBTREE", "INVERTED VALUE", "INVERTED HASH", "INVERTED INDIVIDUAL", "INVERTED")

# Column store types as HANA Studio writes them behind a type, with as many words or numbers as follow.
_STORAGE_TYPES = wordset(
    """CS_ALPHANUM CS_INT CS_FIXED CS_FLOAT CS_DOUBLE CS_DECIMAL_FLOAT CS_FIXED8 CS_FIXED12 CS_FIXED16
    CS_SDFLOAT CS_STRING CS_UNITEDECFLOAT CS_DATE CS_TIME CS_TEXT CS_DAYDATE CS_SECONDTIME CS_SECONDDATE
    CS_LONGDATE CS_RAW CS_GEOMETRY CS_POINT ST_MEMORY_LOB MEMORY HYBRID"""
)
_FLAGS = (
    *("NO LOGGING", "LOGGING", "AUTO MERGE", "NO AUTO MERGE", "NO AUTO", "MOVABLE", "NOT MOVABLE"),
    *("COLUMN LOADABLE CASCADE", "COLUMN LOADABLE", "PAGE LOADABLE", "FULLTEXT INDEX OFF", "NUMA NODE OFF"),
    *("FUZZY SEARCH INDEX OFF",),
    *("LOAD UNIT TABLE", "LOAD UNIT COLUMN", "LOAD UNIT PAGE", "LOAD UNIT DEFAULT"),
    *("PRELOAD ALL", "PRELOAD NONE", "LOB MEMORY THRESHOLD NULL", "MEMORY THRESHOLD NULL"),
    *("PERSISTENT MEMORY ON", "PERSISTENT MEMORY OFF", "PERSISTENT MEMORY DEFAULT"),
    *("ON COMMIT DELETE ROWS", "ON COMMIT PRESERVE ROWS"),
)
"""Storage clauses of fixed words: they say where the rows lie, not what they are."""
_EMPTIED = ("ON", "COMMIT", "DELETE", "ROWS")
_NUMBERED = ("UNLOAD PRIORITY", "SCHEMA FLEXIBILITY", "LOB MEMORY THRESHOLD", "MEMORY THRESHOLD")
_NAMED = ("GROUP TYPE", "GROUP SUBTYPE", "GROUP NAME")
_PARENTHESIZED = ("PARTITION BY", "SUBPARTITION BY", "WITH PARAMETERS", "NUMA NODE")
_PARTITION_WORDS = wordset(
    "HASH RANGE ROUNDROBIN PARTITIONS PARTITION GET_NUM_SERVERS VALUE VALUES OTHERS IS DYNAMIC THRESHOLD"
)
_RULES = ("CASCADE", "RESTRICT", "NO ACTION", "SET NULL")
_EMPTY_IDENTITY = tree.Identity()


def table_kind(reader: TokenReader) -> str | None:
    """The words between CREATE and TABLE, if it is a table that follows."""
    return _KINDS.get(reader.accept_any(_KINDS))


def create_table(reader: TokenReader, kind: str, at: int) -> tree.CreateTable:
    """What follows CREATE … TABLE."""
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    name = path(reader)
    if name.name.startswith("#"):
        kind = "LOCAL TEMPORARY"
    table = tree.CreateTable(name, kind, (), (), at, if_not_exists=if_not_exists)
    if reader.accept("LIKE"):
        table = replace(table, like=path(reader), with_data=_with_data(reader, without=True))
    elif reader.is_word("AS"):
        table = _as_query(reader, table)
    else:
        table = _elements(reader, table)
    return _storage(reader, table)


def _as_query(reader: TokenReader, table: tree.CreateTable) -> tree.CreateTable:
    reader.expect("AS")
    return replace(table, query=reader.enclosed(query), with_data=_with_data(reader, without=False))


def _with_data(reader: TokenReader, without: bool) -> bool:
    if reader.accept("WITH", "NO", "DATA"):
        return False
    if reader.accept("WITH", "DATA"):
        return True
    return not without


def _elements(reader: TokenReader, table: tree.CreateTable) -> tree.CreateTable:
    columns: list[tree.ColumnDefinition] = []
    constraints: list[tree.ConstraintDefinition] = []

    without_type: Token | None = None

    def element(reader: TokenReader) -> None:
        nonlocal without_type
        reader.refuse_any("PERIOD FOR")
        if reader.ahead().text in (",", ")"):
            identifier(reader)
            without_type = without_type or reader.token
            return
        found = constraint(reader)
        if found is not None:
            constraints.append(found)
        else:
            column, own = column_definition(reader)
            columns.append(column)
            constraints.extend(own)

    reader.enclosed(lambda _: reader.listed(element))
    if reader.is_word("AS"):
        raise reader.refuse("CREATE TABLE with columns AS a query")
    if without_type is not None:
        raise reader.error(without_type)
    return replace(table, columns=tuple(columns), constraints=tuple(constraints))


def constraint(reader: TokenReader) -> tree.ConstraintDefinition | None:
    """A table constraint, or None if something else follows."""
    at = reader.token.at
    name = identifier(reader) if reader.accept("CONSTRAINT") else None
    if reader.accept("PRIMARY", "KEY"):
        reader.accept_any(INDEX_KINDS)
        return tree.KeyDefinition(name, name_list(reader), True, at)
    if reader.is_word("UNIQUE") and (name or _opens_list(reader)):
        reader.take()
        reader.accept_any(INDEX_KINDS)
        return tree.KeyDefinition(name, name_list(reader), False, at)
    if reader.accept("FOREIGN", "KEY"):
        columns = name_list(reader)
        return _references(reader, name, columns, at)
    if reader.is_word("CHECK") and reader.ahead().text == "(":
        return _check(reader, name, at)
    if name is not None:
        raise reader.error()
    return None


def _opens_list(reader: TokenReader) -> bool:
    is_near = any(reader.ahead(distance).text == "(" for distance in (1, 2, 3, 4))
    return is_near and reader.ahead().text in ("(", "BTREE", "CPBTREE", "INVERTED")


def _references(
    reader: TokenReader, name: str | None, columns: tuple[str, ...], at: int
) -> tree.ReferenceDefinition:
    reader.expect("REFERENCES")
    table = path(reader)
    referenced = name_list(reader) if reader.is_symbol("(") else ()
    rules = {"UPDATE": "RESTRICT", "DELETE": "RESTRICT"}
    while reader.accept("ON"):
        event = reader.accept_any(rules)
        reader.refuse_any("SET DEFAULT", after="ON … ")
        rule = reader.accept_any(_RULES)
        if not event or not rule:
            raise reader.error()
        rules[event] = "RESTRICT" if rule == "NO ACTION" else rule
    reader.refuse_any("INITIALLY DEFERRED", "NOT ENFORCED", "DEFERRABLE")
    reader.accept("INITIALLY", "IMMEDIATE")
    reader.accept("ENFORCED")
    reader.accept("VALIDATED")
    return tree.ReferenceDefinition(name, columns, table, referenced, rules["UPDATE"], rules["DELETE"], at)


def _check(reader: TokenReader, name: str | None, at: int) -> tree.CheckDefinition:
    reader.expect("CHECK")
    condition, text = _parenthesized(reader)
    return tree.CheckDefinition(name, condition, text, at)


def _parenthesized(reader: TokenReader) -> tuple[tree.Expression, str]:
    return reader.enclosed(lambda _: reader.with_text(expression))


def column_definition(reader: TokenReader) -> tuple[tree.ColumnDefinition, list[tree.ConstraintDefinition]]:
    """One column, and the constraints that were written behind it."""
    at = reader.token.at
    name = identifier(reader)
    column = tree.ColumnDefinition(name, column_type(reader), at)
    constraints: list[tree.ConstraintDefinition] = []
    while True:
        changed = _column_clause(reader, column)
        if changed is not None:
            column = changed
            continue
        own = _column_constraint(reader, column)
        if own is None:
            return column, constraints
        constraints.append(own)


def column_type(reader: TokenReader) -> Type:
    """A type and the storage type that may follow; HANA shows CHAR lengths in characters."""
    type_ = read_type(reader)
    while reader.is_one_of(_STORAGE_TYPES):
        reader.take()
        if reader.is_symbol("("):
            reader.skip_parentheses()
        if reader.accept("THRESHOLD") and not reader.accept("NULL"):
            integer(reader)
    reader.refuse_any("ARRAY")
    return type_


def _column_clause(reader: TokenReader, column: tree.ColumnDefinition) -> tree.ColumnDefinition | None:
    if reader.accept("NOT", "NULL"):
        return replace(column, nullable=False, says_null=True)
    if reader.accept("NULL"):
        return replace(column, nullable=True, says_null=True)
    if reader.accept("DEFAULT"):
        return _default(reader, column)
    if reader.accept("COMMENT"):
        return replace(column, comment=string(reader))
    if reader.accept("GENERATED"):
        return _generated(reader, column)
    if reader.accept("AS"):
        _, text = _parenthesized(reader)
        return replace(column, generated_text=text, calculated=True)
    reader.refuse_any(
        "FUZZY SEARCH INDEX ON",
        "FULLTEXT INDEX ON",
        "HIDDEN",
        "CLIENTSIDE",
        "COLLATE",
        after="column clause ",
    )
    return column if _storage_clause(reader) else None


def _default(reader: TokenReader, column: tree.ColumnDefinition) -> tree.ColumnDefinition:
    value, sql = reader.with_text(value_expression)
    shown: str | None = sql
    if isinstance(value, tree.Literal):
        shown = None if value.value is None else _literal_text(value)
    return replace(column, default_sql=sql, default_text=shown)


def _literal_text(literal: tree.Literal) -> str:
    if isinstance(literal.value, bytes):
        return literal.value.hex().upper()
    if literal.type is not None and literal.type.code is TypeCode.BOOLEAN:
        return "TRUE" if literal.value else "FALSE"
    return str(literal.value)


def _generated(reader: TokenReader, column: tree.ColumnDefinition) -> tree.ColumnDefinition:
    always = reader.accept("ALWAYS")
    if not always:
        reader.expect("BY", "DEFAULT")
    reader.expect("AS")
    if reader.accept("IDENTITY"):
        if column.type.code not in types.INTEGERS | types.DECIMALS:
            raise HanaError(
                INVALID_DATATYPE, f"invalid datatype: {column.name} cannot be an identity column", column.at
            )
        options = _EMPTY_IDENTITY
        if reader.accept_symbol("("):
            options = sequence_options(reader)
            reader.expect_symbol(")")
        return replace(column, identity=replace(options, always=always), nullable=False)
    if reader.is_word("ROW"):
        raise reader.refuse("system-versioned tables")
    _, text = _parenthesized(reader)
    return replace(column, generated_text=text)


def sequence_options(reader: TokenReader) -> tree.Identity:
    """START WITH, INCREMENT BY and so on, in any order."""
    return replace(_EMPTY_IDENTITY, **sequence_changes(reader))  # type: ignore[arg-type]


def sequence_changes(reader: TokenReader) -> dict[str, int | bool | None]:
    """The options that are named, as fields of `tree.Identity`."""
    found: dict[str, int | bool | None] = {}
    while True:
        reader.refuse_any("RESET BY")
        if words := reader.accept_any(_OPTION_NUMBERS):
            found[_OPTION_NUMBERS[words]] = integer(reader)
        elif words := reader.accept_any(_OPTION_FLAGS):
            found.update(_OPTION_FLAGS[words])
        elif reader.accept("CACHE"):
            integer(reader)
        elif not reader.accept("NO", "CACHE"):
            return found


_OPTION_NUMBERS = {
    "START WITH": "start",
    "RESTART WITH": "start",
    "INCREMENT BY": "increment",
    "MINVALUE": "minimum",
    "MAXVALUE": "maximum",
}
_OPTION_FLAGS: dict[str, dict[str, bool | None]] = {
    "NO MINVALUE": {"minimum": None},
    "NO MAXVALUE": {"maximum": None},
    "NO CYCLE": {"cycle": False},
    "CYCLE": {"cycle": True},
}


def _column_constraint(
    reader: TokenReader, column: tree.ColumnDefinition
) -> tree.ConstraintDefinition | None:
    at = reader.token.at
    name = identifier(reader) if reader.accept("CONSTRAINT") else None
    if reader.accept("PRIMARY", "KEY"):
        reader.accept_any(INDEX_KINDS)
        return tree.KeyDefinition(name, (column.name,), True, at)
    if reader.accept("UNIQUE"):
        reader.accept_any(INDEX_KINDS)
        return tree.KeyDefinition(name, (column.name,), False, at)
    if reader.is_word("REFERENCES"):
        return _references(reader, name, (column.name,), at)
    if reader.is_word("CHECK"):
        return _check(reader, name, at)
    if name is not None:
        raise reader.error()
    return None


def _storage(reader: TokenReader, table: tree.CreateTable) -> tree.CreateTable:
    """What may follow the columns; only COMMENT matters here."""
    while True:
        if table.kind == "GLOBAL TEMPORARY" and reader.accept(*_EMPTIED):
            table = replace(table, emptied=True)
            continue
        if reader.accept("COMMENT"):
            table = replace(table, comment=string(reader))
        elif reader.is_word("WITH", "SYSTEM", "VERSIONING"):
            raise reader.refuse("system-versioned tables")
        elif reader.is_word("WITH", "ASSOCIATIONS") or reader.is_word("WITH", "CACHE"):
            raise reader.refuse(f"WITH {reader.ahead().text}")
        elif not _storage_clause(reader):
            return table


def _storage_clause(reader: TokenReader) -> bool:
    if reader.accept_any(_FLAGS):
        return True
    for phrases, skip in ((_NUMBERED, integer), (_NAMED, identifier), (_PARENTHESIZED, _skip_partition)):
        if reader.accept_any(phrases):
            skip(reader)
            return True
    return False


def _skip_partition(reader: TokenReader) -> None:
    """`HASH (a) PARTITIONS 4, RANGE (b) (PARTITION …)`: one logical table either way."""
    first = reader.index
    while True:
        inside = reader.index > first
        if reader.is_symbol("("):
            reader.skip_parentheses()
        elif reader.is_one_of(_PARTITION_WORDS) or (
            inside and (reader.token.kind == "number" or reader.is_symbol(","))
        ):
            reader.take()
        else:
            break
    if reader.index == first:
        raise reader.error()


# ALTER TABLE ------------------------------------------------------------------------------------


def alter_table(reader: TokenReader, at: int) -> tree.AlterTable:
    """What follows ALTER TABLE."""
    change = tree.AlterTable(path(reader), "", at)
    start = reader.index
    try:
        return _alteration(reader, change)
    except HanaError as error:
        known = reader.phrase(ALTERATIONS, start) if error.code == SYNTAX else ""
        if not known:
            raise
        raise reader.refuse(f"ALTER TABLE … {known}", reader.tokens[start]) from None


def _alteration(reader: TokenReader, change: tree.AlterTable) -> tree.AlterTable:
    if reader.accept("ADD"):
        return _add(reader, change)
    if reader.accept("DROP"):
        return _drop(reader, change)
    if reader.accept("ALTER"):
        columns, constraints = _column_list(reader)
        if constraints:
            raise reader.refuse("constraints in ALTER TABLE … ALTER")
        return replace(change, action="ALTER COLUMNS", columns=columns)
    raise reader.error()


def _column_list(
    reader: TokenReader,
) -> tuple[tuple[tree.ColumnDefinition, ...], list[tree.ConstraintDefinition]]:
    found = reader.enclosed(lambda _: reader.listed(column_definition))
    return tuple(column for column, _ in found), [each for _, own in found for each in own]


def _add(reader: TokenReader, change: tree.AlterTable) -> tree.AlterTable:
    if reader.is_symbol("("):
        columns, constraints = _column_list(reader)
        if len(constraints) > 1:
            raise reader.refuse("several constraints in one ALTER TABLE … ADD")
        return replace(
            change, action="ADD COLUMNS", columns=columns, constraint=constraints[0] if constraints else None
        )
    found = constraint(reader)
    if found is None:
        raise reader.error()
    return replace(change, action="ADD CONSTRAINT", constraint=found)


def _drop(reader: TokenReader, change: tree.AlterTable) -> tree.AlterTable:
    if reader.is_symbol("("):
        return replace(change, action="DROP COLUMNS", names=name_list(reader))
    if reader.accept("PRIMARY", "KEY"):
        return replace(change, action="DROP PRIMARY KEY")
    reader.expect("CONSTRAINT")
    return replace(change, action="DROP CONSTRAINT", names=(identifier(reader),))
