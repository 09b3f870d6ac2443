"""Everything that `examples` promises: functions, types and statements, as the fidelity table shows them."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.hana.sql.functions import FUNCTIONS as KNOWN
from localcloud.hana.sql.functions.aggregates import AGGREGATES as KNOWN_AGGREGATES

from . import examples
from .conftest import Sql, plain

SCALAR = [
    pytest.param(expression, value, id=f"{function.name}-{number}")
    for functions in examples.SCALAR.values()
    for function in functions
    for number, (expression, value) in enumerate(function.examples, 1)
]


def _each(functions: tuple[examples.Function, ...]) -> list[Any]:
    return [
        pytest.param(expression, value, id=f"{function.name}-{number}")
        for function in functions
        for number, (expression, value) in enumerate(function.examples, 1)
    ]


@pytest.fixture
def sample(sql: Sql) -> Sql:
    sql.script(*examples.SAMPLE, "CREATE VIEW V AS SELECT N FROM T")
    return sql


@pytest.mark.parametrize(("expression", "expected"), SCALAR)
def test_a_function_gives_what_the_reference_says(
    administration: Sql, schema_once: str, expression: str, expected: Any
) -> None:
    found = administration.value(expression)
    assert found == plain(expected)
    assert isinstance(found, type(expected)) or expected is None or isinstance(expected, bool)


@pytest.fixture(scope="session")
def schema_once(administration: Sql) -> str:
    """CURRENT_SCHEMA wants one of ours."""
    name = "TOKONOMA_TEST_FUNCTIONS"
    administration.run(f"CREATE SCHEMA {name}")
    administration.run(f"SET SCHEMA {name}")
    return name


@pytest.mark.parametrize(("expression", "expected"), _each(examples.AGGREGATES))
def test_an_aggregate_gives_one_value_over_all_rows(sample: Sql, expression: str, expected: Any) -> None:
    assert sample.column(f"SELECT {expression} FROM T") == [plain(expected)]


@pytest.mark.parametrize(("expression", "expected"), _each(examples.WINDOWS))
def test_a_window_function_gives_a_value_for_every_row(
    sample: Sql, expression: str, expected: list[Any]
) -> None:
    assert sample.column(f"SELECT {expression} FROM T ORDER BY N") == [plain(value) for value in expected]


def test_every_function_has_an_example() -> None:
    shown = {function.name for functions in examples.SCALAR.values() for function in functions}
    assert KNOWN.keys() - shown - {"TRIM_BOTH"} == set()
    shown = {function.name for function in (*examples.AGGREGATES, *examples.WINDOWS)}
    assert KNOWN_AGGREGATES.keys() == shown


@pytest.mark.local_only
@pytest.mark.parametrize("call", examples.REFUSED_FUNCTIONS)
def test_an_unknown_function_is_refused_by_name(sample: Sql, call: str) -> None:
    failure = sample.failure(f"SELECT {call} FROM T")
    assert failure.errorcode == 7
    assert call.partition("(")[0] in failure.errortext


@pytest.mark.parametrize("type_", examples.TYPES, ids=lambda type_: type_.name)
def test_values_of_a_type_come_back_as_they_were(sql: Sql, type_: examples.ColumnType) -> None:
    sql.run(f"CREATE COLUMN TABLE V (ID INT, V {type_.declaration})")
    values = [*type_.values, None]
    for number, value in enumerate(values):
        sql.run("INSERT INTO V VALUES (?, ?)", number, value)
    found = [
        value.read() if hasattr(value, "read") else value
        for value in sql.column("SELECT V FROM V ORDER BY ID")
    ]
    assert found == [plain(value) for value in values]
    named = "SELECT DATA_TYPE_NAME FROM SYS.TABLE_COLUMNS WHERE SCHEMA_NAME = ? AND COLUMN_NAME = 'V'"
    assert sql.column(named, sql.schema) == [type_.catalogue]


@pytest.mark.local_only
@pytest.mark.parametrize("declaration", examples.REFUSED_TYPES)
def test_a_type_that_is_not_there_is_refused_by_name(sql: Sql, declaration: str) -> None:
    failure = sql.failure(f"CREATE COLUMN TABLE V (V {declaration})")
    assert failure.errorcode == 7


@pytest.mark.parametrize("statement", examples.STATEMENTS, ids=lambda statement: statement.name)
def test_a_statement_works(sample: Sql, statement: examples.Statement) -> None:
    if statement.name == "SAVEPOINT":
        sample.connection.setautocommit(False)
    for text in statement.script:
        if text.startswith(("SELECT", "WITH")):
            assert sample.rows(text) is not None
        else:
            sample.run(text)


@pytest.mark.local_only
@pytest.mark.parametrize("text", [text for each in examples.STATEMENTS for text in each.refused])
def test_a_form_of_a_statement_is_refused_by_name(sample: Sql, text: str) -> None:
    assert sample.error(text) == 7


@pytest.mark.local_only
@pytest.mark.parametrize("text", examples.REFUSED_STATEMENTS)
def test_a_statement_that_is_not_there_is_refused_by_name(sample: Sql, text: str) -> None:
    failure = sample.failure(text)
    assert failure.errorcode == 7
    assert text.split()[0] in failure.errortext
