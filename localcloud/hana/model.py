"""The interface between the wire side and the SQL side of the local HANA.

The wire side (framing, codecs, logon, requests) knows no SQL; the SQL side (parser, compiler, engine,
catalogue) knows no bytes. Between them pass the types below and plain Python values:

    HANA type                          out of the engine                      into the engine (parameters)
    TINYINT … BIGINT                   int                                    int
    DECIMAL, SMALLDECIMAL              str, plain digits: "-12.5", "0"        decimal.Decimal
    REAL, DOUBLE                       float                                  float
    BOOLEAN                            0 or 1                                 0 or 1
    (N)CHAR, (N)VARCHAR, ALPHANUM …    str                                    str
    BINARY, VARBINARY                  bytes                                  bytes
    DAYDATE                            str "YYYY-MM-DD"                       same
    SECONDTIME                         str "HH:MM:SS"                         same
    SECONDDATE                         str "YYYY-MM-DD HH:MM:SS"              same
    LONGDATE                           str "YYYY-MM-DD HH:MM:SS.fffffff"      same
    CLOB, NCLOB, TEXT / BLOB           str / bytes                            str / bytes
    NULL                               None                                   None

Years have four digits always; dates before 1582-10-15 are Julian on both sides. A parameter's Python type
follows what the client sent, not what was declared (a Decimal may arrive as str or float): converting it to
the column's type, or refusing it with 339, is the engine's work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Protocol

from .errors import HanaError

Value = int | float | str | bytes | None
"""What the engine hands out, as the table above has it."""

ParameterValue = Value | Decimal
"""What the engine takes."""


class TypeCode(IntEnum):
    """HANA's type codes (protocol reference, "Type codes")."""

    TINYINT = 1
    SMALLINT = 2
    INT = 3
    BIGINT = 4
    DECIMAL = 5
    REAL = 6
    DOUBLE = 7
    CHAR = 8
    VARCHAR = 9
    NCHAR = 10
    NVARCHAR = 11
    BINARY = 12
    VARBINARY = 13
    DATE = 14
    TIME = 15
    TIMESTAMP = 16
    CLOB = 25
    NCLOB = 26
    BLOB = 27
    BOOLEAN = 28
    STRING = 29
    NSTRING = 30
    BSTRING = 33
    SMALLDECIMAL = 47
    TEXT = 51
    SHORTTEXT = 52
    BINTEXT = 53
    ALPHANUM = 55
    LONGDATE = 61
    SECONDDATE = 62
    DAYDATE = 63
    SECONDTIME = 64
    FIXED16 = 76
    FIXED8 = 81
    FIXED12 = 82


class FunctionCode(IntEnum):
    """What a statement did; hdbcli decides from it whether there is a result set."""

    NIL = 0
    DDL = 1
    INSERT = 2
    UPDATE = 3
    DELETE = 4
    SELECT = 5
    SELECT_FOR_UPDATE = 6
    EXPLAIN = 7
    CALL = 8
    CALL_WITH_RESULTS = 9
    FETCH = 10
    COMMIT = 11
    ROLLBACK = 12
    SAVEPOINT = 13
    CONNECT = 14
    WRITE_LOB = 15
    READ_LOB = 16
    PING = 17
    DISCONNECT = 18
    CLOSE_CURSOR = 19


FLOATING_SCALE = 32767
"""The scale of a DECIMAL that was declared without one."""


@dataclass(frozen=True, slots=True)
class Type:
    """A HANA type; `length` counts characters, bytes or digits, whatever the type counts."""

    code: TypeCode
    length: int = 0
    scale: int = 0


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of a result set; `label` is the heading (the alias, if there is one)."""

    label: str
    type: Type
    name: str = ""
    table: str = ""
    schema: str = ""
    nullable: bool = True
    auto_increment: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """One `?` of a statement; NSTRING where nothing could be inferred.

    One of a procedure has a name, and may be `out`: then no value comes for it, but one goes back.
    """

    type: Type
    nullable: bool = True
    name: str = ""
    out: bool = False


class Statement(Protocol):
    """A prepared statement: what it will do, what it takes and what it gives."""

    @property
    def function(self) -> FunctionCode: ...
    @property
    def parameters(self) -> Sequence[Parameter]: ...
    @property
    def columns(self) -> Sequence[ResultColumn]:
        """The result set's columns, as far as known before execution; empty unless it is a query."""
        ...


class ResultSet(Protocol):
    """An open cursor; never holds the whole result in memory."""

    @property
    def columns(self) -> Sequence[ResultColumn]: ...
    def fetch(self, rows: int) -> list[tuple[Value, ...]]:
        """At most `rows` more rows; fewer than asked for means that these were the last."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Called:
    """What a procedure gives back: the values of its OUT parameters, and a result set for each OUT table."""

    parameters: tuple[Parameter, ...]
    values: tuple[Value, ...]
    tables: tuple[ResultSet, ...] = ()


@dataclass(slots=True)
class Outcome:
    """What an execution did: a result set, or one count a parameter row (one count for a plain statement).

    `errors` maps the index of a failed parameter row to its error; the counts of those rows are -3.
    """

    function: FunctionCode
    result: ResultSet | None = None
    affected: Sequence[int] = (0,)
    errors: Mapping[int, HanaError] | None = None
    called: Called | None = None
    isolation_level: str | None = None
    """The level that the statement has set: READ COMMITTED, REPEATABLE READ or SERIALIZABLE."""
    read_only: bool | None = None
    """The access mode that the statement has set."""


class Connection(Protocol):
    """One client's connection to the database: its schema, its transaction, its session variables.

    Used by one thread at a time. Every method may raise HanaError, and nothing else.
    """

    client_info: dict[str, str | None]
    """What SESSION_CONTEXT returns; the wire side keeps it up to date."""

    def prepare(self, sql: str) -> Statement: ...
    def execute(
        self, statement: Statement, rows: Sequence[Sequence[ParameterValue]], autocommit: bool
    ) -> Outcome:
        """Run with one parameter row (maybe empty), or with a batch of them.

        With `autocommit` it is a transaction of its own; without, the first write opens a transaction that
        lasts until `commit` or `rollback`. A row of a batch that fails changes nothing; the others stay.
        """
        ...

    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def interrupt(self) -> None:
        """Make a running statement fail soon; may be called from any thread."""
        ...

    def close(self) -> None: ...
