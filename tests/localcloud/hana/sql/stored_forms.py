"""Values of a result as the wire sends them: each in the stored form of its column's declared type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from localcloud.hana.errors import HanaError
from localcloud.hana.model import ResultColumn, Type, Value
from localcloud.hana.sql.values import types
from localcloud.hana.sql.values.converters import assigner
from localcloud.hana.wire.data_formats import NEWEST
from localcloud.hana.wire.lobs import OutgoingLobs
from localcloud.hana.wire.rows import row_format


def has_form(value: Value, type_: Type) -> bool:
    """Whether a value is what the converter of its type would store; texts may be longer than declared."""
    if value is None:
        return True
    longer = replace(type_, length=types.NCLOB.length) if type_.code in types.FREE_TEXTS else type_
    try:
        stored = assigner(longer)(value)
    except HanaError:
        return False
    return type(stored) is type(value) and stored == value


def check_rows(columns: Sequence[ResultColumn], rows: Sequence[Sequence[Value]], said: str) -> None:
    """Assert that each value has its column's form, and encode the rows for the wire."""
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            assert has_form(value, column.type), f"{said}: {str(value)[:50]!r} is no {column.type}"
    lobs = OutgoingLobs()
    lobs.start_result()
    try:
        assert bool(row_format(tuple(columns), NEWEST).encode(rows, lobs)) == bool(rows)
    finally:
        lobs.clear()
