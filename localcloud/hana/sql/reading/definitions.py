"""Reads CREATE TABLE and ALTER TABLE, and the text of an .hdbtable: columns, constraints, storage clauses."""

from __future__ import annotations

from dataclasses import replace

from localcloud.hana.errors import INVALID_DATATYPE, HanaError
from localcloud.hana.model import Type, TypeCode
from localcloud.hana.sql import types

from . import tree
from .expressions import expression, identifier, integer, name_list, path, read_type, string, value_expression
from .lexer import Reader, wordset
from .queries import query

_KINDS = (
    (("ROW",), "ROW"),
    (("COLUMN",), "COLUMN"),
    (("GLOBAL", "TEMPORARY", "COLUMN"), "GLOBAL TEMPORARY"),
    (("GLOBAL", "TEMPORARY", "ROW"), "GLOBAL TEMPORARY"),
    (("GLOBAL", "TEMPORARY"), "GLOBAL TEMPORARY"),
    (("LOCAL", "TEMPORARY", "COLUMN"), "LOCAL TEMPORARY"),
    (("LOCAL", "TEMPORARY", "ROW"), "LOCAL TEMPORARY"),
    (("LOCAL", "TEMPORARY"), "LOCAL TEMPORARY"),
)
_REFUSED_KINDS = ("HISTORY", "VIRTUAL", "FLEXIBLE")

# Column store types as HANA Studio writes them behind a type, with as many words or numbers as follow.
_STORAGE_TYPES = wordset(
    """CS_ALPHANUM CS_INT CS_FIXED CS_FLOAT CS_DOUBLE CS_DECIMAL_FLOAT CS_FIXED8 CS_FIXED12 CS_FIXED16
    CS_SDFLOAT CS_STRING CS_UNITEDECFLOAT CS_DATE CS_TIME CS_TEXT CS_DAYDATE CS_SECONDTIME CS_SECONDDATE
    CS_LONGDATE CS_RAW CS_GEOMETRY CS_POINT ST_MEMORY_LOB MEMORY HYBRID"""
)
_FLAGS = (
    ("NO", "LOGGING"),
    ("LOGGING",),
    ("AUTO", "MERGE"),
    ("NO", "AUTO", "MERGE"),
    ("NO", "AUTO"),
    ("LOAD", "UNIT", "TABLE"),
    ("COLUMN", "LOADABLE"),
    ("PAGE", "LOADABLE"),
    ("FULLTEXT", "INDEX", "OFF"),
    ("NOT", "MOVABLE"),
    ("MOVABLE",),
    ("NUMA", "NODE", "OFF"),
    ("ON", "COMMIT", "DELETE", "ROWS"),
    ("ON", "COMMIT", "PRESERVE", "ROWS"),
    ("PERSISTENT", "MEMORY", "ON"),
    ("PERSISTENT", "MEMORY", "OFF"),
    ("PERSISTENT", "MEMORY", "DEFAULT"),
    ("LOAD", "UNIT", "COLUMN"),
    ("LOAD", "UNIT", "PAGE"),
    ("LOAD", "UNIT", "DEFAULT"),
    ("COLUMN", "LOADABLE", "CASCADE"),
)
"""Storage clauses of fixed words: they say where the rows lie, not what they are."""
_PARENTHESIZED = (("PARTITION", "BY"), ("SUBPARTITION", "BY"), ("WITH", "PARAMETERS"), ("NUMA", "NODE"))
_PARTITION_WORDS = wordset(
    "HASH RANGE ROUNDROBIN PARTITIONS PARTITION GET_NUM_SERVERS VALUE VALUES OTHERS IS DYNAMIC THRESHOLD"
)
_RULES = {
    ("CASCADE",): "CASCADE",
    ("RESTRICT",): "RESTRICT",
    ("NO", "ACTION"): "RESTRICT",
    ("SET", "NULL"): "SET NULL",
    ("SET", "DEFAULT"): "SET DEFAULT",
}
_EMPTY_IDENTITY = tree.Identity()


def table_kind(reader: Reader) -> str | None:
    """The words between CREATE and TABLE, if it is a table that follows."""
    for word in _REFUSED_KINDS:
        if reader.is_word(word):
            raise reader.refuse(f"{word} tables")
    if reader.accept("TABLE"):
        return "COLUMN"
    for words, kind in _KINDS:
        if reader.accept(*words, "TABLE"):
            return kind
    return None


def create_table(reader: Reader, kind: str, at: int) -> tree.CreateTable:
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
        if reader.is_word("AS"):
            raise reader.refuse("CREATE TABLE with columns AS a query")
    return _storage(reader, table)


def _as_query(reader: Reader, table: tree.CreateTable) -> tree.CreateTable:
    reader.expect("AS")
    reader.expect_symbol("(")
    start = reader.token.at
    found = query(reader)
    text = reader.text_between(start, reader.token.at)
    reader.expect_symbol(")")
    return replace(table, query=found, query_text=text, with_data=_with_data(reader, without=False))


def _with_data(reader: Reader, without: bool) -> bool:
    if reader.accept("WITH", "NO", "DATA"):
        return False
    if reader.accept("WITH", "DATA"):
        return True
    return not without


def _elements(reader: Reader, table: tree.CreateTable) -> tree.CreateTable:
    reader.expect_symbol("(")
    columns: list[tree.ColumnDefinition] = []
    constraints: list[tree.ConstraintDefinition] = []
    while True:
        found = constraint(reader)
        if found is not None:
            constraints.append(found)
        else:
            column, own = column_definition(reader)
            columns.append(column)
            constraints += own
        if not reader.accept_symbol(","):
            break
    reader.expect_symbol(")")
    return replace(table, columns=tuple(columns), constraints=tuple(constraints))


def constraint(reader: Reader) -> tree.ConstraintDefinition | None:
    """A table constraint, or None if something else follows."""
    at = reader.token.at
    name = None
    if reader.accept("CONSTRAINT"):
        name = identifier(reader)
    if reader.accept("PRIMARY", "KEY"):
        _index_kind(reader)
        return tree.KeyDefinition(name, name_list(reader), True, at)
    if reader.is_word("UNIQUE") and (name or _opens_list(reader)):
        reader.take()
        _index_kind(reader)
        return tree.KeyDefinition(name, name_list(reader), False, at)
    if reader.accept("FOREIGN", "KEY"):
        columns = name_list(reader)
        return _references(reader, name, columns, at)
    if reader.is_word("CHECK") and reader.ahead().text == "(":
        return _check(reader, name, at)
    if name is not None:
        raise reader.error()
    return None


def _opens_list(reader: Reader) -> bool:
    return any(reader.ahead(distance).text == "(" for distance in (1, 2, 3, 4)) and reader.ahead().text in (
        "(",
        "BTREE",
        "CPBTREE",
        "INVERTED",
    )


def _index_kind(reader: Reader) -> None:
    for words in (
        ("INVERTED", "VALUE"),
        ("INVERTED", "HASH"),
        ("INVERTED", "INDIVIDUAL"),
        ("BTREE",),
        ("CPBTREE",),
    ):
        if reader.accept(*words):
            return


def _references(
    reader: Reader, name: str | None, columns: tuple[str, ...], at: int
) -> tree.ReferenceDefinition:
    reader.expect("REFERENCES")
    table = path(reader)
    referenced = name_list(reader) if reader.is_symbol("(") else ()
    rules = {"UPDATE": "RESTRICT", "DELETE": "RESTRICT"}
    while reader.accept("ON"):
        event = next((word for word in rules if reader.accept(word)), None)
        rule = next((rule for words, rule in _RULES.items() if reader.accept(*words)), None)
        if event is None or rule is None:
            raise reader.error()
        if rule == "SET DEFAULT":
            raise reader.refuse("ON … SET DEFAULT")
        rules[event] = rule
    for words in (("INITIALLY", "DEFERRED"), ("NOT", "ENFORCED"), ("DEFERRABLE",)):
        if reader.is_word(*words):
            raise reader.refuse(" ".join(words))
    reader.accept("INITIALLY", "IMMEDIATE")
    reader.accept("ENFORCED")
    reader.accept("VALIDATED")
    return tree.ReferenceDefinition(name, columns, table, referenced, rules["UPDATE"], rules["DELETE"], at)


def _check(reader: Reader, name: str | None, at: int) -> tree.CheckDefinition:
    reader.expect("CHECK")
    condition, text = _parenthesized(reader)
    return tree.CheckDefinition(name, condition, text, at)


def _parenthesized(reader: Reader) -> tuple[tree.Expression, str]:
    reader.expect_symbol("(")
    start = reader.token.at
    found = expression(reader)
    text = reader.text_between(start, reader.token.at).strip()
    reader.expect_symbol(")")
    return found, text


def column_definition(reader: Reader) -> tuple[tree.ColumnDefinition, list[tree.ConstraintDefinition]]:
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


def column_type(reader: Reader) -> Type:
    """A type and the storage type that may follow; HANA shows CHAR lengths in characters."""
    type_ = read_type(reader)
    while reader.is_one_of(_STORAGE_TYPES):
        reader.take()
        if reader.is_symbol("("):
            reader.skip_parentheses()
        if reader.accept("THRESHOLD") and not reader.accept("NULL"):
            integer(reader)
    if reader.is_word("ARRAY"):
        raise reader.refuse("ARRAY")
    return type_


def _column_clause(reader: Reader, column: tree.ColumnDefinition) -> tree.ColumnDefinition | None:
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
        return replace(column, generated_text=text)
    for words in (("HIDDEN",), ("CLIENTSIDE",), ("COLLATE",)):
        if reader.is_word(*words):
            raise reader.refuse(f"column clause {words[0]}")
    return column if _storage_clause(reader) else None


def _default(reader: Reader, column: tree.ColumnDefinition) -> tree.ColumnDefinition:
    start = reader.token
    value = value_expression(reader)
    sql = reader.text_between(start.at, reader.tokens[reader.index - 1].end)
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


def _generated(reader: Reader, column: tree.ColumnDefinition) -> tree.ColumnDefinition:
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


def sequence_options(reader: Reader) -> tree.Identity:
    """START WITH, INCREMENT BY and so on, in any order."""
    return replace(_EMPTY_IDENTITY, **sequence_changes(reader))  # type: ignore[arg-type]


def sequence_changes(reader: Reader) -> dict[str, int | bool | None]:
    """The options that are named, as fields of `tree.Identity`."""
    found: dict[str, int | bool | None] = {}
    numbered = {
        ("START", "WITH"): "start",
        ("RESTART", "WITH"): "start",
        ("INCREMENT", "BY"): "increment",
        ("MINVALUE",): "minimum",
        ("MAXVALUE",): "maximum",
    }
    plain: dict[tuple[str, ...], tuple[str, bool | None]] = {
        ("NO", "MINVALUE"): ("minimum", None),
        ("NO", "MAXVALUE"): ("maximum", None),
        ("NO", "CYCLE"): ("cycle", False),
        ("CYCLE",): ("cycle", True),
    }
    while True:
        number = next((key for words, key in numbered.items() if reader.accept(*words)), None)
        setting = next((value for words, value in plain.items() if reader.accept(*words)), None)
        if number is not None:
            found[number] = integer(reader)
        elif setting is not None:
            found[setting[0]] = setting[1]
        elif reader.accept("CACHE"):
            integer(reader)
        elif reader.accept("RESET", "BY"):
            raise reader.refuse("RESET BY")
        elif not reader.accept("NO", "CACHE"):
            return found


def _column_constraint(reader: Reader, column: tree.ColumnDefinition) -> tree.ConstraintDefinition | None:
    at = reader.token.at
    name = identifier(reader) if reader.accept("CONSTRAINT") else None
    if reader.accept("PRIMARY", "KEY"):
        _index_kind(reader)
        return tree.KeyDefinition(name, (column.name,), True, at)
    if reader.accept("UNIQUE"):
        _index_kind(reader)
        return tree.KeyDefinition(name, (column.name,), False, at)
    if reader.is_word("REFERENCES"):
        return _references(reader, name, (column.name,), at)
    if reader.is_word("CHECK"):
        return _check(reader, name, at)
    if name is not None:
        raise reader.error()
    return None


def _storage(reader: Reader, table: tree.CreateTable) -> tree.CreateTable:
    """What may follow the columns; only COMMENT matters here."""
    while True:
        if reader.accept("COMMENT"):
            table = replace(table, comment=string(reader))
        elif reader.is_word("WITH", "SYSTEM", "VERSIONING"):
            raise reader.refuse("system-versioned tables")
        elif reader.is_word("WITH", "ASSOCIATIONS") or reader.is_word("WITH", "CACHE"):
            raise reader.refuse(f"WITH {reader.ahead().text}")
        elif not _storage_clause(reader):
            return table


def _storage_clause(reader: Reader) -> bool:
    if reader.accept("UNLOAD", "PRIORITY") or reader.accept("SCHEMA", "FLEXIBILITY"):
        integer(reader)
        return True
    if reader.accept("GROUP", "TYPE") or reader.accept("GROUP", "SUBTYPE") or reader.accept("GROUP", "NAME"):
        identifier(reader)
        return True
    for words in _PARENTHESIZED:
        if reader.accept(*words):
            _skip_partition(reader)
            return True
    return any(reader.accept(*words) for words in _FLAGS)


def _skip_partition(reader: Reader) -> None:
    """`HASH (a) PARTITIONS 4, RANGE (b) (PARTITION …)`: one logical table either way."""
    first = reader.index
    while True:
        if reader.is_symbol("("):
            reader.skip_parentheses()
        elif reader.is_one_of(_PARTITION_WORDS) or (reader.token.kind == "number" and reader.index > first):
            reader.take()
        elif not (reader.is_symbol(",") and reader.index > first):
            break
        else:
            reader.take()
    if reader.index == first:
        raise reader.error()


# ALTER TABLE ------------------------------------------------------------------------------------

_STORAGE_CHANGES = ("UNLOAD", "PARTITION", "AUTO", "DISABLE", "ENABLE", "LOAD", "PERSISTENT", "PAGE", "MERGE")


def alter_table(reader: Reader, at: int) -> tree.AlterTable:
    """What follows ALTER TABLE."""
    change = tree.AlterTable(path(reader), "", at)
    if reader.accept("ADD"):
        return _add(reader, change)
    if reader.accept("DROP"):
        return _drop(reader, change)
    if reader.accept("ALTER"):
        columns, constraints = _column_list(reader)
        if constraints:
            raise reader.refuse("constraints in ALTER TABLE … ALTER")
        return replace(change, action="ALTER COLUMNS", columns=columns)
    for word in _STORAGE_CHANGES:
        if reader.is_word(word):
            raise reader.refuse(f"ALTER TABLE … {word}")
    raise reader.error()


def _column_list(
    reader: Reader,
) -> tuple[tuple[tree.ColumnDefinition, ...], list[tree.ConstraintDefinition]]:
    reader.expect_symbol("(")
    columns, constraints = [], []
    while True:
        column, own = column_definition(reader)
        columns.append(column)
        constraints += own
        if not reader.accept_symbol(","):
            break
    reader.expect_symbol(")")
    return tuple(columns), constraints


def _add(reader: Reader, change: tree.AlterTable) -> tree.AlterTable:
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


def _drop(reader: Reader, change: tree.AlterTable) -> tree.AlterTable:
    if reader.is_symbol("("):
        return replace(change, action="DROP COLUMNS", names=name_list(reader))
    if reader.accept("PRIMARY", "KEY"):
        return replace(change, action="DROP PRIMARY KEY")
    reader.expect("CONSTRAINT")
    return replace(change, action="DROP CONSTRAINT", names=(identifier(reader),))
