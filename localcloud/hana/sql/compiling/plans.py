"""What compiling yields: sqlite's SQL, and how to bring parameters to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from localcloud.hana.model import Column, FunctionCode, Parameter
from localcloud.hana.sql.catalogue import Table
from localcloud.hana.sql.reading import tree
from localcloud.hana.sql.values import Converter


@dataclass(frozen=True)
class Plan:
    """A statement ready to run; it is what the wire side sees as `model.Statement`."""

    function: FunctionCode
    parameters: tuple[Parameter, ...] = ()
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True)
class QueryPlan(Plan):
    """`lock` is "", "WAIT" or "NOWAIT"; `writes` says that it changes a sequence."""

    sql: str = ""
    converters: tuple[Converter, ...] = ()
    lock: str = ""


@dataclass(frozen=True)
class WritePlan(Plan):
    """Steps that run one after the other as one; their counts are added up where `counted`."""

    steps: tuple[str, ...] = ()
    counted: tuple[bool, ...] = (True,)
    converters: tuple[Converter, ...] = ()
    one_row_each: bool = False
    """Whether every execution changes exactly one row or fails: INSERT … VALUES."""
    table: Table | None = None
    targets: dict[int, str] = field(default_factory=dict)
    """The column that a parameter goes to, for errors."""


@dataclass(frozen=True)
class DefinitionPlan(Plan):
    definition: tree.Definition | None = None


@dataclass(frozen=True)
class SessionPlan(Plan):
    change: tree.SessionChange | None = None
