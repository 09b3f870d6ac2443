"""Numbers beyond all ranges are refused at once (314), and never become infinite."""

from __future__ import annotations

import pytest

from localcloud.hana.errors import HanaError
from localcloud.hana.sql.values import types
from localcloud.hana.sql.values.converters import assigner

from .conftest import Sql

HUGE = ["1e400", "1e99999", "1e999999999", "-1e999999999999999999"]
TINY = ["1e-999999999", "0e999999999", "0e-999999999"]


@pytest.mark.parametrize("number", HUGE[1:])
@pytest.mark.parametrize(
    "expression",
    [
        "TO_BIGINT({})",
        "TO_INT({})",
        "TO_DECIMAL({})",
        "TO_DECIMAL({}, 10, 2)",
        "TO_SMALLDECIMAL({})",
        "TO_DOUBLE({})",
        "TO_REAL({})",
        "CAST({} AS INT)",
        "CAST({} AS TINYINT)",
        "CAST({} AS DECIMAL)",
        "1 + {}",
        "ROUND({}, 2)",
        "ABS({})",
        "CEIL({})",
        "FLOOR({})",
        "ADD_SECONDS(CURRENT_TIMESTAMP, {})",
        "ADD_DAYS(CURRENT_DATE, {})",
        "CASE WHEN 1.5 = {} THEN 1 END",
        "CASE WHEN 1 < {} THEN 1 END",
    ],
)
def test_a_text_with_a_huge_number_is_refused(sql: Sql, expression: str, number: str) -> None:
    for text in (f"'{number}'", f"(SELECT '{number}' FROM DUMMY)"):
        assert sql.error(f"SELECT {expression.format(text)} FROM DUMMY") == 314


@pytest.mark.parametrize("number", TINY)
def test_a_text_with_a_tiny_number_is_zero(sql: Sql, number: str) -> None:
    for type_ in ("DECIMAL", "DECIMAL(10, 2)", "DOUBLE", "REAL"):
        assert sql.value(f"CAST('{number}' AS {type_})") == 0
    assert sql.value("TO_BIGINT('0e999999999')") == 0


@pytest.mark.parametrize("number", [*HUGE, "1" * 5000, "1" * 400 + ".5"])
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT {} FROM DUMMY",
        "SELECT -({}) FROM DUMMY",
        "SELECT 1 FROM DUMMY WHERE 1 < {}",
        "SELECT 1 FROM DUMMY WHERE 1 IN (2, {})",
        "SELECT 1 FROM DUMMY WHERE 1 BETWEEN 0 AND {}",
        "INSERT INTO T (D) VALUES ({})",
        "UPDATE T SET D = {}",
        "MERGE INTO T USING DUMMY ON N = {} WHEN MATCHED THEN UPDATE SET N = 1",
    ],
)
def test_a_huge_literal_is_refused(sql: Sql, statement: str, number: str) -> None:
    sql.run("CREATE TABLE T (N INT, D DOUBLE)")
    assert sql.error(statement.format(number)) == 314


@pytest.mark.parametrize(
    "column", ["INT", "BIGINT", "TINYINT", "DECIMAL", "DECIMAL(10, 2)", "DOUBLE", "REAL"]
)
def test_a_huge_number_as_a_parameter_is_refused(sql: Sql, column: str) -> None:
    sql.run(f"CREATE TABLE T (N {column})")
    for statement in (
        "INSERT INTO T VALUES (TO_NVARCHAR(?))",
        "SELECT 1 FROM T WHERE N < CAST(? AS NVARCHAR)",
    ):
        sql.run("INSERT INTO T VALUES (1)")
        assert sql.error(statement, "1e999999999") == 314


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan"), 1e308 * 10])
def test_an_infinite_parameter_is_refused(sql: Sql, number: float) -> None:
    sql.run("CREATE TABLE T (N DOUBLE)")
    sql.run("INSERT INTO T VALUES (1)")
    refused_by_hdbcli = -10427
    assert sql.error("INSERT INTO T VALUES (?)", number) in (314, refused_by_hdbcli)
    assert sql.error("SELECT N FROM T WHERE N < ?", number) in (314, refused_by_hdbcli)
    assert sql.column("SELECT COUNT(*) FROM T") == [1]
    for type_ in (types.DOUBLE, types.DECIMAL, types.INT):
        with pytest.raises(HanaError) as caught:
            assigner(type_)(number)
        assert caught.value.code == 314


@pytest.mark.parametrize("type_", ["TINYINT", "INT", "BIGINT", "DECIMAL(10, 2)", "DECIMAL", "DOUBLE"])
def test_a_huge_number_in_a_document_is_refused(sql: Sql, type_: str) -> None:
    for number in ("1e999999999", '"1e999999999"'):
        document = f'{{"n": {number}}}'
        value = f"JSON_VALUE(?, '$.n' RETURNING {type_} ERROR ON ERROR)"
        assert sql.error(f"SELECT {value} FROM DUMMY", document) == 314
        assert sql.value(value.replace("ERROR ON ERROR", "NULL ON ERROR"), document) is None
        columns = f"N {type_} PATH '$.n' ERROR ON ERROR"
        assert sql.error(f"SELECT * FROM JSON_TABLE(?, '$' COLUMNS ({columns})) AS J", document) == 314
