"""Runs plans: binds parameters, runs steps as one, and tells which rows of a batch failed."""

from __future__ import annotations

from collections.abc import Sequence

from localcloud.hana.errors import NOT_ALL_BOUND, VALUE_TOO_LARGE, HanaError
from localcloud.hana.model import Outcome, ParameterValue, Value
from localcloud.hana.sql.compiler.plans import QueryPlan, Step, WritePlan
from localcloud.hana.sql.values.converters import Converter

from .store import FAILURES, translated
from .transaction import Transaction, is_unique_failure

FAILED_ROW = -3
_LONGEST_SHOWN = 100

Parameters = Sequence[ParameterValue]


def run_query(work: Transaction, plan: QueryPlan, values: Parameters, autocommit: bool) -> Outcome:
    """A query; FOR UPDATE locks for the rest of the transaction, which under autocommit is the statement."""
    bound = _bound(plan.converters, values)
    sql = plan.sql
    if plan.lock is None:
        return Outcome(plan.function, work.query(sql, bound[: plan.bound], plan.columns, autocommit))
    if not work.lock(plan.lock, plan.locked):
        sql = f"SELECT * FROM ({sql}) LIMIT 0"  # noqa: S608
    try:
        rows = work.query(sql, bound[: plan.bound], plan.columns, autocommit)
        if autocommit:
            rows.spool()
            work.commit()
    except HanaError:
        if autocommit:
            work.rollback()
        raise
    return Outcome(plan.function, rows)


def run_change(work: Transaction, plan: WritePlan, rows: Sequence[Parameters], autocommit: bool) -> Outcome:
    """A change with one row of parameters or many; under autocommit a failed row undoes them all."""
    work.leave_cursors()
    work.set_cursors_aside()
    errors: dict[int, HanaError] = {}
    work.begin_on(plan.table.id if plan.table is not None else None)
    try:
        if len(rows) == 1:
            affected = [_run(work, plan, _bound_for(plan, rows[0]))]
        else:
            affected = _all_at_once(work, plan, rows) or _one_by_one(work, plan, rows, errors)
    except HanaError:
        work.settle()
        if autocommit:
            work.rollback()
        raise
    if autocommit and errors:
        work.rollback()
    elif autocommit:
        work.commit()
    return Outcome(plan.function, None, affected, errors or None)


def _all_at_once(work: Transaction, plan: WritePlan, rows: Sequence[Parameters]) -> list[int]:
    """One executemany, for changes of one row each; an empty list if it failed and nothing was changed."""
    if not plan.one_row_each or len(plan.steps) != 1 or plan.steps[0].bound != len(plan.converters) > 0:
        return []
    store, step = work.store, plan.steps[0]
    store.execute("SAVEPOINT batch")
    try:
        given = zip(*rows, strict=True)
        columns = [convert(values) for convert, values in zip(plan.columnwise, given, strict=True)]
        store.connection.executemany(step.sql, zip(*columns, strict=True))
    except (*FAILURES, HanaError, ValueError):
        store.execute("ROLLBACK TO batch")
        return []
    finally:
        store.execute("RELEASE batch")
    return [1] * len(rows)


def _one_by_one(
    work: Transaction, plan: WritePlan, rows: Sequence[Parameters], errors: dict[int, HanaError]
) -> list[int]:
    affected: list[int] = []
    for index, row in enumerate(rows):
        try:
            affected.append(_run(work, plan, _bound_for(plan, row)))
        except HanaError as error:
            affected.append(FAILED_ROW)
            errors[index] = error
    return affected


def _run(work: Transaction, plan: WritePlan, bound: tuple[Value, ...]) -> int:
    """One row of parameters through all steps, or through none."""
    try:
        if len(plan.steps) == 1:
            step = plan.steps[0]
            try:
                return work.store.execute(step.sql, bound[: step.bound]).rowcount
            except FAILURES as error:
                if not plan.fallback or not is_unique_failure(error):
                    raise
            return _run_steps(work, plan.fallback, bound, False)
        return _run_steps(work, plan.steps, bound, plan.either)
    except FAILURES as error:
        raise translated(error, plan.table, plan.function.name) from None


def _run_steps(work: Transaction, steps: tuple[Step, ...], bound: tuple[Value, ...], either: bool) -> int:
    execute = work.store.execute
    execute("SAVEPOINT steps")
    try:
        counts = [execute(step.sql, bound[: step.bound]).rowcount for step in steps]
    except FAILURES:
        execute("ROLLBACK TO steps")
        raise
    finally:
        execute("RELEASE steps")
    found = [count for count, step in zip(counts, steps, strict=True) if step.counted]
    return max(found) if either else sum(found)


def _bound(converters: tuple[Converter, ...], values: Parameters) -> tuple[Value, ...]:
    """The parameters in their stored form."""
    if len(values) != len(converters):
        raise HanaError(NOT_ALL_BOUND, "not all variables bound: the number of parameters does not match")
    return tuple([convert(value) for convert, value in zip(converters, values, strict=True)])


def _bound_for(plan: WritePlan, values: Parameters) -> tuple[Value, ...]:
    """`_bound`, with the column named that a value does not fit into."""
    try:
        return _bound(plan.converters, values)
    except HanaError:
        for index, (convert, value) in enumerate(zip(plan.converters, values, strict=False)):
            try:
                convert(value)
            except HanaError as error:
                column = plan.targets.get(index)
                if column is None:
                    raise
                text = f'{error.text}: column "{column}"'
                if error.code == VALUE_TOO_LARGE:
                    shown = str(value)[:_LONGEST_SHOWN]
                    failed = f"Failed in \"{column}\" column with the value '{shown}'"
                    text = f"inserted value too large for column: {failed}"
                raise HanaError(error.code, text) from None
        raise
