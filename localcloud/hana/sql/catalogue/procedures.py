"""Procedures of the local HANA, which are written in Python: their parameters, and what runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from localcloud.hana.model import ResultColumn, Type, Value

Row = tuple[Value, ...]
Given = Value | Sequence[Mapping[str, Value]]
"""A value, or the rows of a table by the names of its columns."""
Returned = Value | Sequence[Row]
"""A value, or rows in the order of the columns that the parameter has."""


class CallingSession(Protocol):
    """What a procedure may know of the session that calls it."""

    id: int
    user: str
    client_info: dict[str, str | None]


Run = Callable[[CallingSession, Mapping[str, Given]], Mapping[str, Returned]]
"""Takes the IN parameters by name, and gives the OUT parameters by name."""


@dataclass(frozen=True, slots=True)
class ProcedureParameter:
    """One parameter: of a type, or a table with these columns."""

    name: str
    type: Type | None = None
    columns: tuple[ResultColumn, ...] = ()
    out: bool = False


@dataclass(frozen=True)
class Procedure:
    """A procedure of a schema."""

    schema: str
    name: str
    parameters: tuple[ProcedureParameter, ...]
    run: Run
