"""Every function, aggregate and window function gives values in the stored form of its declared type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from localcloud.hana.model import ResultColumn, Value
from localcloud.hana.sql.compiler.special_functions import SPECIAL
from localcloud.hana.sql.engine.database import Database
from localcloud.hana.sql.engine.session import DatabaseSession
from localcloud.hana.sql.functions import FUNCTIONS, Kind
from localcloud.hana.sql.functions.aggregates import AGGREGATES, Aggregate

from . import examples
from .stored_forms import check_rows
from .test_engine import rows, run
from .test_mutations import answer

COLUMNS = {
    "I": "INTEGER",
    "T": "TINYINT",
    "B": "BIGINT",
    "D": "DECIMAL(10, 2)",
    "X": "DECIMAL",
    "M": "SMALLDECIMAL",
    "F": "DOUBLE",
    "R": "REAL",
    "O": "BOOLEAN",
    "S": "NVARCHAR(20)",
    "V": "VARCHAR(20)",
    "C": "CHAR(12)",
    "A": "ALPHANUM(10)",
    "L": "NCLOB",
    "N": "VARBINARY(10)",
    "E": "BLOB",
    "DA": "DATE",
    "SD": "SECONDDATE",
    "TS": "TIMESTAMP",
    "TI": "TIME",
}
ROWS = (
    "1, 2, 3, 4.5, 5.25, 6.5, 0.1, 0.3, TRUE, '7', '8', '9', '10', '11', x'00FF', x'41', '2020-02-29', "
    "'2020-02-29 10:11:12', '2020-02-29 10:11:12.1234567', '10:11:12'",
    "-5, 9, -7, -0.01, 1E-3, 1E2, 1E3, -2.5, FALSE, '2', '3.5', '4', '5', '6', x'', x'00', '1999-12-31', "
    "'1999-12-31 23:59:59', '1999-12-31 23:59:59', '23:59:59'",
    ", ".join(["NULL"] * len(COLUMNS)),
)
USUAL = {
    Kind.TEXT: "S",
    Kind.STRING: "S",
    Kind.INTEGER: "2",
    Kind.NUMBER: "2",
    Kind.DECIMAL: "2",
    Kind.FLOAT: "0.5",
    Kind.BINARY: "N",
    Kind.DATETIME: "TS",
    Kind.TIMESTAMP: "TS",
    Kind.TIME: "TI",
    Kind.SAME: "NULL",
    Kind.ANY: "NULL",
}
"""What the other arguments of a function are."""
GIVEN = (*COLUMNS, "NULL", "2.50")
OVER = ("", " OVER (ORDER BY I ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)")


@pytest.fixture(scope="module")
def session() -> Iterator[DatabaseSession]:
    database = Database()
    made = database.connect("ALICE")
    run(made, f"CREATE TABLE A ({', '.join(f'{name} {type_}' for name, type_ in COLUMNS.items())})")
    for row in ROWS:
        run(made, f"INSERT INTO A VALUES ({row})")
    yield made
    database.close()


def calls(kinds: Sequence[Kind], fewest: int) -> Iterator[str]:
    """Lists of arguments: each argument of each type in turn, and all of them of the same type."""
    for count in range(fewest, len(kinds) + 1):
        usual = [USUAL[kind] for kind in kinds[:count]]
        for index in range(count):
            for each in GIVEN:
                yield ", ".join([*usual[:index], each, *usual[index + 1 :]])
        if count > 1:
            yield from (", ".join([each] * count) for each in COLUMNS)


def answered(session: DatabaseSession, expressions: Iterator[str]) -> int:
    """Check what each of them gives over all rows; how many were not refused."""
    done = 0
    for expression in dict.fromkeys(expressions):
        text = f"SELECT {expression} FROM A"
        refusal = answer(session, text)  # which checks the rows, if there are any
        assert refusal is None or "defect here" not in refusal.text, f"{text}: {refusal}"
        done += refusal is None
    return done


def scalar_calls() -> Iterator[str]:
    for function in FUNCTIONS.values():
        kinds = function.kinds
        for arguments in calls(kinds, len(kinds) - function.optional):
            yield f"{function.name}({arguments})"
    for name in SPECIAL:
        for count in (1, 2):
            for arguments in calls((Kind.SAME,) * count, count):
                yield f"{name}({arguments})"
    for group in examples.SCALAR.values():
        for shown in group:
            yield from (expression for expression, _ in shown.examples)


def over(aggregate: Aggregate) -> Sequence[str]:
    """What may stand behind a call of an aggregate."""
    if aggregate.name.startswith("PERCENTILE_"):
        return [f" WITHIN GROUP (ORDER BY {each}){window}" for each in GIVEN for window in ("", " OVER ()")]
    if aggregate.only_windowed:
        return (" OVER (ORDER BY I)", *OVER[1:])
    return OVER if aggregate.windowed else OVER[:1]


def aggregate_calls() -> Iterator[str]:
    for aggregate in AGGREGATES.values():
        for arguments in calls(aggregate.kinds, len(aggregate.kinds) - aggregate.optional):
            yield from (f"{aggregate.name}({arguments}){window}" for window in over(aggregate))


def operations() -> Iterator[str]:
    for left in GIVEN:
        yield f"-{left}"
        for right in GIVEN:
            yield from (f"{left} {operator} {right}" for operator in ("+", "-", "*", "/", "||"))
            yield f"CASE WHEN I = 1 THEN {left} ELSE {right} END"


def test_functions(session: DatabaseSession) -> None:
    assert answered(session, scalar_calls()) > 1000


def test_aggregates_and_window_functions(session: DatabaseSession) -> None:
    assert answered(session, aggregate_calls()) > 500


def test_operators(session: DatabaseSession) -> None:
    assert answered(session, operations()) > 1000


@pytest.mark.parametrize("type_", ["DOUBLE", "REAL"])
def test_what_is_aggregated_of_floats_is_compared_as_a_number(session: DatabaseSession, type_: str) -> None:
    run(session, f"CREATE TABLE Z (G INT, F {type_})")
    run(session, "INSERT INTO Z VALUES (?, ?)", (1, 1.0), (1, 101.0), (2, 5.0), (2, 5.5), (3, 1.0), (3, 31.0))
    for name in ("STDDEV", "STDDEV_SAMP", "STDDEV_POP", "VAR", "VAR_SAMP", "VAR_POP", "MEDIAN"):
        having = f"SELECT G FROM Z GROUP BY G HAVING {name}(F) > 10 ORDER BY {name}(F) DESC"
        assert rows(session, having) == [(1,), (3,)], name
        run(session, f"CREATE TABLE Y AS (SELECT {name}(F) AS F FROM Z)")
        check_rows(*_read(session, "SELECT F FROM Y"), name)
        run(session, "DROP TABLE Y")
    assert rows(session, "SELECT SQRT(VAR_POP(F)) FROM Z WHERE G = 1") == [(50.0,)]
    run(session, "DROP TABLE Z")


def _read(session: DatabaseSession, text: str) -> tuple[Sequence[ResultColumn], list[tuple[Value, ...]]]:
    result = run(session, text).result
    assert result is not None
    return result.columns, result.fetch(10)
