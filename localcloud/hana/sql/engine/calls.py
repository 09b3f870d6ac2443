"""Calls procedures: reads the tables that they take, and hands out what they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from localcloud.hana.model import Called, Connection, FunctionCode, Outcome, Parameter, ParameterValue, Value
from localcloud.hana.sql.catalogue.procedures import CallingSession, Given, Returned
from localcloud.hana.sql.compiler.plans import ArgumentSource, ProcedurePlan
from localcloud.hana.sql.parser.tree import Path
from localcloud.hana.sql.values.converters import assigner

from .results import ListResultSet


class ProcedureSession(CallingSession, Connection, Protocol):
    """The session that calls, and runs the queries for its arguments."""


def run_call(session: ProcedureSession, plan: ProcedurePlan, values: Sequence[ParameterValue]) -> Outcome:
    """Run a procedure. It ends the transaction that is open, as definitions do."""
    assert plan.procedure is not None
    session.commit()
    given: dict[str, Given] = {}
    inputs = iter(values)
    sent = [None if each.out else next(inputs, None) for each in plan.parameters]
    for parameter, source in plan.given:
        if source.table is not None:
            given[parameter.name] = rows_of(session, source.table)
        else:
            assert parameter.type is not None
            given[parameter.name] = assigner(parameter.type)(_value(source, sent))
    returned = plan.procedure.run(session, given)
    outs = tuple(each for each in plan.parameters if each.out)
    tables = tuple(
        ListResultSet(each.columns, _rows(returned[each.name]))
        for each in plan.procedure.parameters
        if each.out and each.type is None
    )
    called = Called(outs, tuple(_scalar(each, returned) for each in outs), tables)
    # Clients look for result sets, and some even for OUT parameters, by the function code.
    function = FunctionCode.CALL_WITH_RESULTS if tables else FunctionCode.CALL
    return Outcome(function, called=called)


def rows_of(session: Connection, table: Path) -> list[dict[str, Value]]:
    """All rows of a table, by the names of its columns."""
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in table.parts)
    return rows_by_name(session, f"SELECT * FROM {quoted}")  # noqa: S608


def rows_by_name(
    session: Connection, sql: str, values: Sequence[ParameterValue] = ()
) -> list[dict[str, Value]]:
    """All rows of a query, by the names of its columns."""
    result = session.execute(session.prepare(sql), (values,), autocommit=True).result
    assert result is not None
    names = [column.label for column in result.columns]
    found = []
    while rows := result.fetch(_BATCH):
        found += [dict(zip(names, row, strict=True)) for row in rows]
    result.close()
    return found


_BATCH = 1000


def _value(source: ArgumentSource, sent: Sequence[ParameterValue]) -> ParameterValue:
    return source.constant if source.marker is None else sent[source.marker]


def _scalar(parameter: Parameter, returned: Mapping[str, Returned]) -> Value:
    value = returned[parameter.name]
    assert value is None or isinstance(value, int | float | str | bytes)
    return value


def _rows(returned: Returned) -> Sequence[tuple[Value, ...]]:
    assert isinstance(returned, list)
    return returned
