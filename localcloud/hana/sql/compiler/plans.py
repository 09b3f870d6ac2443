"""Plans, the result of compiling: sqlite's SQL, and the converters of its parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from localcloud.hana.model import FunctionCode, Parameter, ResultColumn, Value
from localcloud.hana.sql.catalogue.catalogue import Table
from localcloud.hana.sql.catalogue.procedures import Procedure, ProcedureParameter
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.values.converters import ColumnConverter, Converter

_TEXT = re.compile(r"'(?:[^']|'')*'")
_MARKER = re.compile(r"\?(\d+)")


def markers_in(sql: str) -> int:
    """How many parameters sqlite wants for a statement: the highest number of a `?n`."""
    if "?" not in sql:
        return 0
    return max((int(number) for number in _MARKER.findall(_TEXT.sub("", sql))), default=0)


@dataclass(frozen=True)
class Plan:
    """A statement ready to run; it is what the wire side sees as `model.Statement`."""

    function: FunctionCode
    parameters: tuple[Parameter, ...] = ()
    columns: tuple[ResultColumn, ...] = ()


@dataclass(frozen=True)
class QueryPlan(Plan):
    """`lock` says how to lock, where the query locks at all, and `locked` which tables, by their ids."""

    sql: str = ""
    bound: int = 0
    """How many parameters the SQL takes; one that is last in the text may not be needed."""
    converters: tuple[Converter, ...] = ()
    lock: tree.Lock | None = None
    locked: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One sqlite statement, how many parameters it takes, and whether its rows count."""

    sql: str
    counted: bool = True
    bound: int = 0


@dataclass(frozen=True)
class WritePlan(Plan):
    """Steps that run one after the other as one; with `either` the larger count is the count."""

    steps: tuple[Step, ...] = ()
    either: bool = False
    fallback: tuple[Step, ...] = ()
    """The steps to take instead if a key occurs twice on the way, though not at the end."""
    converters: tuple[Converter, ...] = ()
    columnwise: tuple[ColumnConverter, ...] = ()
    one_row_each: bool = False
    """Whether every execution changes exactly one row or fails: INSERT … VALUES."""
    table: Table | None = None
    targets: dict[int, str] = field(default_factory=dict)
    """The column that a parameter goes to, for errors."""


@dataclass(frozen=True)
class DefinitionPlan(Plan):
    definition: tree.Definition | None = None


@dataclass(frozen=True)
class BlockPlan(Plan):
    """The texts of the statements that a block carries out; they are prepared one after the other."""

    statements: tuple[str, ...] = ()


@dataclass(frozen=True)
class SessionPlan(Plan):
    change: tree.SessionChange | None = None


@dataclass(frozen=True)
class ProcedurePlan(Plan):
    """A call; each IN parameter takes a constant, one of the plan's parameters, or the rows of a table."""

    procedure: Procedure | None = None
    given: tuple[tuple[ProcedureParameter, ArgumentSource], ...] = ()


@dataclass(frozen=True)
class ArgumentSource:
    """Where the value of an IN parameter comes from: the first of these that is not None, else `constant`."""

    marker: int | None = None
    table: tree.Path | None = None
    constant: Value = None
