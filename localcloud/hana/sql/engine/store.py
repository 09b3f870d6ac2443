"""A sqlite connection with HANA's functions and collation, and the translation of its errors to HANA's."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from localcloud.hana.errors import (
    CANCELLED,
    CANNOT_BE_NULL,
    CHECK_VIOLATED,
    COLUMN_STORE_ERROR,
    FOREIGN_KEY_REFERENCED,
    FOREIGN_KEY_VIOLATED,
    INVALID_TABLE,
    LOCK_TIMEOUT,
    NUMERIC_OVERFLOW,
    SINGLE_ROW_EXPECTED,
    SYNTAX,
    UNIQUE_VIOLATED,
    HanaError,
    defect,
    not_supported,
)
from localcloud.hana.model import ParameterValue, Type, TypeCode, Value
from localcloud.hana.sql.catalogue.catalogue import Catalogue, Table
from localcloud.hana.sql.functions import FUNCTIONS, patterns, series
from localcloud.hana.sql.functions.aggregates import AGGREGATE_CLASSES, Joined
from localcloud.hana.sql.functions.dates import EXTRACT
from localcloud.hana.sql.functions.format_models import format_datetime, format_number, parse_datetime
from localcloud.hana.sql.functions.hierarchies import ranked
from localcloud.hana.sql.functions.json_columns import json_rows, json_value
from localcloud.hana.sql.functions.numeric import EXTREMES
from localcloud.hana.sql.functions.text_search import text_score
from localcloud.hana.sql.values import datetimes
from localcloud.hana.sql.values.collation import sort_key
from localcloud.hana.sql.values.converters import assigner, caster
from localcloud.hana.sql.values.numbers import (
    calculate,
    chain,
    compare,
    divide_floats,
    exact,
    finite,
    integer,
    overflow,
    padded,
    whole,
)

FAILURES = (sqlite3.Error, OverflowError, UnicodeEncodeError)
"""What sqlite raises; `translated` makes HANA's errors of it."""

SqlFunction = Callable[..., Value]

_LOCK_TIMEOUT = "transaction rolled back by lock wait timeout: lock wait timeout"
_MEANINGS = (
    ("is locked", LOCK_TIMEOUT, _LOCK_TIMEOUT),
    ("interrupted", CANCELLED, "current operation cancelled by request and transaction rolled back"),
    ("integer overflow", NUMERIC_OVERFLOW, "numeric overflow: sum"),
    ("no such table", INVALID_TABLE, "invalid table name: the table is no longer there"),
    ("positive integer", COLUMN_STORE_ERROR, "column store error: an argument must be a positive integer"),
    ("misuse of", SYNTAX, "sql syntax error: a window function is not allowed here"),
)
"""What sqlite says, and HANA's code and text for it."""
_LIMITS = ("at most", "too many", "too large", "stack overflow", "too complex", "too big")
"""What sqlite says of a statement that is too long or too deep for it."""
_OUTER = re.compile(r"no such column: q\d+\.")
"""sqlite finds no columns of the query around one in its GROUP BY, ORDER BY and LIMIT."""
_REFUSALS = ("non-deterministic", "prohibited")
_CACHED_STATEMENTS = 512


class PendingError(threading.local):
    """The HanaError of a function that sqlite called; sqlite itself only says that there was an exception."""

    error: HanaError | None = None


_pending = PendingError()


class SessionContext(Protocol):
    """The session that is using a store at the moment; sqlite's calls of session functions go to it."""

    def call_function(self, function: str, *arguments: Value) -> Value: ...
    def emptied_tables(self) -> list[str]: ...


class Store:
    """One sqlite connection; `session` is the session that it serves."""

    def __init__(self, path: str, durable: bool) -> None:
        self.session: SessionContext | None = None
        self.connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=_CACHED_STATEMENTS
        )
        self.execute = self.connection.execute
        self.execute("PRAGMA journal_mode = WAL")
        self.execute(f"PRAGMA synchronous = {'NORMAL' if durable else 'OFF'}")
        self.execute("PRAGMA foreign_keys = ON")
        self.execute("PRAGMA busy_timeout = 5000")
        self.connection.create_collation("hana_decimal", compare)
        self._register()

    def _register(self) -> None:
        create = self.connection.create_function
        for name, function in _SEEING_NULLS.items():
            create(name, -1, _guarded(function, nulls=True), deterministic=True)
        for name, function in _STRICT.items():
            create(name, -1, _guarded(function, nulls=False), deterministic=True)
        for each in FUNCTIONS.values():
            if each.implementation is not None:
                create(each.sql_name, -1, _guarded(each.implementation, each.nulls), deterministic=True)
            elif not each.deterministic:
                create(each.sql_name, -1, _guarded(self._session_function(each.sql_name[5:]), nulls=True))
        for name in ("next", "current", "next_identity", "system_view"):
            create(f"hana_{name}", 1, _guarded(self._session_function(name), nulls=True))
        self.connection.create_aggregate("hana_single", -1, _guarded_class(Single))
        self.connection.create_aggregate("hana_string_agg", -1, _guarded_class(Joined))
        for name, aggregate in AGGREGATE_CLASSES.items():
            self.connection.create_window_function(name, -1, _guarded_class(aggregate))

    def _session_function(self, name: str) -> SqlFunction:
        def answer(*arguments: Value) -> Value:
            assert self.session is not None
            return self.session.call_function(name, *arguments)

        return answer

    def close(self) -> None:
        self.connection.close()


class Single:
    """The value of a scalar subquery; 305 at the second row."""

    def __init__(self) -> None:
        self.value: Value = None
        self.rows = 0

    def step(self, value: Value) -> None:
        self.rows += 1
        if self.rows > 1:
            raise HanaError(SINGLE_ROW_EXPECTED, "single-row query returns more than one row")
        self.value = value

    def finalize(self) -> Value:
        return self.value


def _guarded(function: SqlFunction, nulls: bool) -> SqlFunction:
    """The function as sqlite calls it: NULL for a NULL unless `nulls`; its error is kept as pending."""

    def call(*arguments: Value) -> Value:
        if not nulls and None in arguments:
            return None
        try:
            return function(*arguments)
        except HanaError as error:
            _pending.error = error
            raise
        except Exception as error:
            _pending.error = defect(f"{type(error).__name__}: {error}")
            raise

    return call


def _guarded_class(aggregate: type) -> type:
    """The aggregate with each of its methods guarded as a function is."""
    methods = {
        name: _guarded(getattr(aggregate, name), nulls=True)
        for name in ("step", "inverse", "value", "finalize")
        if callable(getattr(aggregate, name, None))
    }
    return type(aggregate.__name__, (aggregate,), methods)


@lru_cache(maxsize=4096)
def _type(code: int, length: int, scale: int) -> Type:
    return Type(TypeCode(code), length, scale)


def _cast(value: ParameterValue, code: int, length: int, scale: int) -> Value:
    return caster(_type(code, length, scale))(value)


def _assign(value: ParameterValue, code: int, length: int, scale: int) -> Value:
    return assigner(_type(code, length, scale))(value)


def _calculate(
    operator: str, left: ParameterValue, right: ParameterValue, code: int, length: int, scale: int
) -> Value:
    return calculate(operator, left, right, _type(code, length, scale))  # type: ignore[return-value]


_SEEING_NULLS: dict[str, SqlFunction] = {
    "hana_like": patterns.like,
    "hana_like_regexpr": patterns.like_regexpr,
    "hana_text_score": text_score,
    **EXTREMES,
}
# Data files hold these names, in CHECK constraints and generated columns: they must not change.
_STRICT: dict[str, SqlFunction] = {
    "hana_cast": _cast,
    "hana_assign": _assign,
    "hana_calculate": _calculate,
    "hana_truncate": lambda value, code: whole(exact(value), TypeCode(code)),
    "hana_chain": chain,  # type: ignore[dict-item]
    "hana_divide": divide_floats,
    "hana_finite": finite,
    "hana_padded": padded,
    "hana_integer": integer,
    "hana_series_bound": series.bound,
    "hana_series_periods": series.periods,
    "hana_series_fraction": series.fraction,
    "hana_clock": datetimes.to_time,
    "hana_json_rows": json_rows,
    "hana_json_value": json_value,
    "hana_written_float": repr,
    "hana_sort_key": sort_key,
    "hana_hierarchy": ranked,
    "hana_read_moment": parse_datetime,
    "hana_write_moment": format_datetime,
    "hana_write_number": format_number,
    "hana_replace_regexpr": patterns.replace_regexpr,
    "hana_substring_regexpr": patterns.substring_regexpr,
    "hana_locate_regexpr": patterns.locate_regexpr,
    "hana_occurrences_regexpr": patterns.occurrences_regexpr,
    **EXTRACT,
}


# From sqlite's errors to HANA's -------------------------------------------------------------------

_COLUMN = re.compile(r"t\d+(?:_new)?\.c(\d+)")


def translated(error: Exception, table: Table | None = None, function: str = "") -> HanaError:
    """What HANA would say; `table` is the one that was written to, `function` what was done to it."""
    if isinstance(error, HanaError):
        return error
    pending, _pending.error = _pending.error, None
    text = str(error)
    if pending is not None and "user-defined" in text:
        return pending
    if isinstance(error, sqlite3.IntegrityError):
        return _integrity(text, table, function)
    if isinstance(error, OverflowError):
        return overflow(text)
    for words, code, meaning in _MEANINGS:
        if words in text:
            return HanaError(code, meaning)
    if _OUTER.match(text):
        return not_supported("GROUP BY or ORDER BY of a column of the query around it")
    if any(words in text for words in _LIMITS):
        return not_supported("a statement of this size, or with values of this size")
    if any(words in text for words in _REFUSALS):
        return not_supported("a function here whose value changes from call to call")
    return defect(text)


_FAILED_TABLE = re.compile(r"constraint failed: (t\d+)(?:_new)?\.")


def table_in(text: str, catalogue: Catalogue) -> Table | None:
    """The table whose constraint sqlite says has failed."""
    found = _FAILED_TABLE.search(text)
    tables = (each for each in catalogue.objects.values() if isinstance(each, Table))
    return next((each for each in tables if found is not None and each.sql == found[1]), None)


def lock_timeout() -> HanaError:
    return HanaError(LOCK_TIMEOUT, _LOCK_TIMEOUT)


def _integrity(text: str, table: Table | None, function: str) -> HanaError:
    names = _named_columns(text, table)
    where = f"{table.schema}:{table.name}" if table is not None else ""
    if text.startswith("NOT NULL"):
        return HanaError(
            CANNOT_BE_NULL, f'cannot insert NULL or update to NULL: Not nullable "{names}" column'
        )
    if text.startswith("UNIQUE"):
        return HanaError(UNIQUE_VIOLATED, f"unique constraint violated: Table({where}), Columns({names})")
    if text.startswith("CHECK"):
        return HanaError(CHECK_VIOLATED, f"check constraint violation: Table({where})")
    if function == "DELETE" or (function == "UPDATE" and table is not None and not table.references):
        return HanaError(
            FOREIGN_KEY_REFERENCED,
            f"failed on update or delete by foreign key constraint violation: Table({where})",
        )
    return HanaError(FOREIGN_KEY_VIOLATED, f"foreign key constraint violation: Table({where})")


def _named_columns(text: str, table: Table | None) -> str:
    if table is None:
        return ""
    ids = {int(number) for number in _COLUMN.findall(text)}
    return ",".join(column.name for column in table.columns if column.id in ids)
