"""INSERT, UPDATE, DELETE, UPSERT and MERGE: what they change, and what they refuse to."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from .conftest import Sql


@pytest.fixture
def table(sql: Sql) -> Sql:
    sql.script(
        "CREATE COLUMN TABLE T (ID INT PRIMARY KEY, NAME NVARCHAR(5) UNIQUE, "
        "PRICE DECIMAL(5, 2) DEFAULT 1.5, BORN DATE, CHECK (ID > 0))",
    )
    return sql


def test_insert_counts_rows_and_fills_defaults(table: Sql) -> None:
    assert table.run("INSERT INTO T (ID, NAME) VALUES (1, 'a')") == 1
    assert table.run("INSERT INTO T VALUES (2, 'b', DEFAULT, '2024-01-01')") == 1
    assert table.run("INSERT INTO T (ID, PRICE) SELECT ID + 2, PRICE * 2 FROM T") == 2
    assert table.rows("SELECT ID, PRICE FROM T ORDER BY ID") == [
        (1, Decimal("1.5")),
        (2, Decimal("1.5")),
        (3, 3),
        (4, 3),
    ]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("INSERT INTO T (ID) VALUES (NULL)", 287),
        ("INSERT INTO T (NAME) VALUES ('x')", 287),
        ("INSERT INTO T (ID) VALUES (1)", 301),
        ("INSERT INTO T (ID, NAME) VALUES (2, 'a')", 301),
        ("INSERT INTO T (ID) VALUES (0)", 677),
        ("INSERT INTO T (ID, NAME) VALUES (2, 'too long')", 274),
        ("INSERT INTO T (ID, PRICE) VALUES (2, 1000)", 314),
        ("INSERT INTO T (ID, PRICE) VALUES (2, 'cheap')", 339),
        ("INSERT INTO T (ID, BORN) VALUES (2, '2023-02-29')", 303),
        ("INSERT INTO T (ID) VALUES (2, 3)", 269),
        ("INSERT INTO T (ID, NAME) VALUES (2)", 270),
        ("INSERT INTO T (ID, ID) VALUES (2, 3)", 272),
        ("INSERT INTO T (NOSUCH) VALUES (2)", 260),
        ("INSERT INTO NOSUCH VALUES (2)", 259),
        ("UPDATE T SET ID = NULL", 287),
        ("UPDATE T SET NOSUCH = 1", 260),
        ("DELETE FROM NOSUCH", 259),
    ],
)
def test_what_does_not_fit_is_refused_with_its_code(table: Sql, statement: str, code: int) -> None:
    table.run("INSERT INTO T (ID, NAME) VALUES (1, 'a')")
    assert table.error(statement) == code
    assert table.rows("SELECT ID, NAME FROM T") == [(1, "a")]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("ID", None, 287),
        ("NAME", "too long", 274),
        ("PRICE", Decimal(1000), 314),
        ("PRICE", "cheap", 339),
    ],
)
def test_parameters_are_refused_as_literals_are(table: Sql, column: str, value: Any, code: int) -> None:
    given = {"ID": 1, column: value}
    marks = ", ".join("?" * len(given))
    assert table.error(f"INSERT INTO T ({', '.join(given)}) VALUES ({marks})", *given.values()) == code


def test_numbers_lose_the_digits_that_a_decimal_has_no_room_for(table: Sql) -> None:
    table.run("INSERT INTO T (ID, PRICE) VALUES (1, 1.999)")
    table.run("INSERT INTO T (ID, PRICE) VALUES (?, ?)", 2, Decimal("1.999"))
    assert table.column("SELECT PRICE FROM T ORDER BY ID") == [Decimal("1.99")] * 2


def test_update_sets_what_its_where_finds(table: Sql) -> None:
    table.many("INSERT INTO T (ID, NAME) VALUES (?, ?)", [(n, f"n{n}") for n in range(1, 5)])
    assert (
        table.run(
            "UPDATE T SET NAME = NAME || 'x', PRICE = ID / 4, BORN = ? WHERE ID > ?", date(2020, 1, 1), 2
        )
        == 2
    )
    assert table.rows("SELECT NAME, PRICE, BORN FROM T WHERE ID = 3") == [
        ("n3x", Decimal("0.75"), date(2020, 1, 1))
    ]
    assert table.run("UPDATE T SET PRICE = DEFAULT WHERE ID = 3") == 1
    assert table.column("SELECT PRICE FROM T WHERE ID = 3") == [Decimal("1.5")]
    assert table.run("UPDATE T SET NAME = 'y' WHERE ID = 99") == 0


def test_keys_may_be_moved_over_each_other(table: Sql) -> None:
    """A unique key is looked at when the statement is done, not row by row."""
    table.many("INSERT INTO T (ID, NAME) VALUES (?, ?)", [(n, f"n{n}") for n in range(1, 5)])
    assert table.run("UPDATE T SET ID = ID + 1") == 4
    assert table.run("UPDATE T SET ID = CASE ID WHEN 2 THEN 3 ELSE 2 END WHERE ID < 4") == 2
    assert table.rows("SELECT ID, NAME FROM T ORDER BY ID") == [(2, "n2"), (3, "n1"), (4, "n3"), (5, "n4")]
    assert table.error("UPDATE T SET ID = 9") == 301


def test_delete(table: Sql) -> None:
    table.many("INSERT INTO T (ID) VALUES (?)", [(n,) for n in range(1, 6)])
    assert table.run("DELETE FROM T WHERE ID IN (SELECT MAX(ID) FROM T) OR ID = ?", 1) == 2
    assert table.run("DELETE FROM T X WHERE X.ID = 2") == 1
    assert table.run("DELETE FROM T") == 2


def test_upsert_by_primary_key(table: Sql) -> None:
    table.run("UPSERT T (ID, NAME, PRICE) VALUES (1, 'a', 2) WITH PRIMARY KEY")
    table.run("UPSERT T (ID, NAME) VALUES (?, ?) WITH PRIMARY KEY", 1, "b")
    table.run("REPLACE T (ID, NAME) SELECT ID + 1, 'c' FROM T UNION ALL SELECT ID, 'd' FROM T")
    assert table.rows("SELECT ID, NAME, PRICE FROM T ORDER BY ID") == [(1, "d", 2), (2, "c", Decimal("1.5"))]


def test_upsert_where(table: Sql) -> None:
    table.run("UPSERT T (ID, NAME) VALUES (2, 'a') WHERE ID = 2")
    table.run("UPSERT T (ID, NAME) VALUES (2, 'b') WHERE ID = 2")
    table.run("UPSERT T (ID, NAME) VALUES (3, 'c') WHERE ID = ?", 3)
    assert table.rows("SELECT ID, NAME FROM T ORDER BY ID") == [(2, "b"), (3, "c")]


def test_merge(sql: Sql) -> None:
    sql.script("CREATE COLUMN TABLE T1 (A INT, B INT)", "CREATE COLUMN TABLE T2 (A INT, B INT)")
    sql.many("INSERT INTO T1 VALUES (?, ?)", [(1, 0), (2, 0)])
    sql.many("INSERT INTO T2 VALUES (?, ?)", [(1, 1), (2, 2), (3, 3), (4, 4)])
    changed = sql.run(
        "MERGE INTO T1 USING T2 ON T1.A = T2.A "
        "WHEN MATCHED AND T1.A > 1 THEN UPDATE SET B = T2.B "
        "WHEN NOT MATCHED AND T2.A > ? THEN INSERT VALUES (T2.A, T2.B)",
        3,
    )
    assert changed == 2
    assert sql.rows("SELECT * FROM T1 ORDER BY A") == [(1, 0), (2, 2), (4, 4)]
    assert sql.run("MERGE INTO T1 X USING (SELECT * FROM T2) AS S ON X.A = S.A WHEN MATCHED THEN DELETE") == 3
    assert sql.rows("SELECT * FROM T1") == []


def test_a_change_sees_the_table_as_it_was(table: Sql) -> None:
    table.many("INSERT INTO T (ID, PRICE) VALUES (?, ?)", [(1, 1), (2, 2)])
    table.run("UPDATE T SET PRICE = (SELECT MAX(PRICE) FROM T) + 1")
    assert table.column("SELECT PRICE FROM T") == [3, 3]


def test_foreign_keys(sql: Sql) -> None:
    sql.script(
        "CREATE COLUMN TABLE P (ID INT PRIMARY KEY)",
        "CREATE COLUMN TABLE C (ID INT, P INT REFERENCES P (ID))",
        "CREATE COLUMN TABLE D (P INT REFERENCES P (ID) ON DELETE CASCADE ON UPDATE CASCADE)",
        "INSERT INTO P VALUES (1)",
        "INSERT INTO P VALUES (2)",
        "INSERT INTO C VALUES (1, 1)",
        "INSERT INTO C VALUES (2, NULL)",
        "INSERT INTO D VALUES (2)",
    )
    assert sql.error("INSERT INTO C VALUES (3, 9)") == 461
    assert sql.error("UPDATE C SET P = 9") == 461
    assert sql.error("DELETE FROM P WHERE ID = 1") == 462
    assert sql.error("UPDATE P SET ID = 3 WHERE ID = 1") == 462
    sql.run("UPDATE P SET ID = 3 WHERE ID = 2")
    assert sql.column("SELECT P FROM D") == [3]
    sql.run("DELETE FROM P WHERE ID = 3")
    assert sql.column("SELECT P FROM D") == []


def test_identity_columns_and_their_last_value(sql: Sql) -> None:
    sql.run("CREATE TABLE I (ID BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 5), V NVARCHAR(3))")
    sql.run("INSERT INTO I (V) VALUES ('a')")
    assert sql.value("CURRENT_IDENTITY_VALUE()") == 5
    sql.run("INSERT INTO I (ID, V) VALUES (100, 'b')")
    sql.run("INSERT INTO I (V) SELECT V || V FROM I WHERE ID = 5")
    assert sql.rows("SELECT ID, V FROM I ORDER BY ID") == [(5, "a"), (6, "aa"), (100, "b")]


def test_generated_columns(sql: Sql) -> None:
    sql.run("CREATE TABLE G (A INT, B INT GENERATED ALWAYS AS (A * 2))")
    sql.run("INSERT INTO G (A) VALUES (2)")
    assert sql.column("SELECT B FROM G") == [4]
    sql.run("UPDATE G SET A = 5")
    assert sql.column("SELECT B FROM G") == [10]


def test_sequences_count_on_through_rollbacks(transaction: Sql) -> None:
    transaction.run("CREATE SEQUENCE S START WITH 10 INCREMENT BY 5")
    assert transaction.rows("SELECT S.NEXTVAL, S.CURRVAL FROM DUMMY") == [(10, 10)]
    transaction.connection.rollback()
    assert transaction.value("S.NEXTVAL") == 15
    transaction.run("CREATE SEQUENCE SHORT START WITH 1 MAXVALUE 2 NO CYCLE")
    assert [transaction.value("SHORT.NEXTVAL") for _ in range(2)] == [1, 2]
    assert transaction.error("SELECT SHORT.NEXTVAL FROM DUMMY") == 312
    transaction.run("CREATE SEQUENCE FRESH")
    assert transaction.error("SELECT FRESH.CURRVAL FROM DUMMY") == 326


def test_a_failed_row_of_a_batch_is_named(table: Sql) -> None:
    from hdbcli import dbapi

    cursor = table.connection.cursor()
    with pytest.raises(dbapi.Error) as caught:
        cursor.executemany("INSERT INTO T (ID, NAME) VALUES (?, ?)", [(1, "a"), (2, "a"), (3, "c")])
    assert caught.value.errorcode == 301
    assert table.column("SELECT ID FROM T ORDER BY ID") == [1, 3]


def test_timestamps_keep_seven_digits(sql: Sql) -> None:
    sql.script("CREATE TABLE T7 (A TIMESTAMP)", "INSERT INTO T7 VALUES ('2024-02-29 01:02:03.1234567')")
    assert sql.column("SELECT TO_VARCHAR(A) FROM T7") == ["2024-02-29 01:02:03.1234567"]
    assert sql.column("SELECT A FROM T7 WHERE A = '2024-02-29 01:02:03.1234567'") == [
        datetime(2024, 2, 29, 1, 2, 3, 123456)
    ]
    assert sql.column("SELECT COUNT(*) FROM T7 WHERE A > '2024-02-29 01:02:03.1234566'") == [1]


def test_decimals_are_exact_to_38_digits(sql: Sql) -> None:
    number = Decimal("12345678901234567890123456789.123456789")
    sql.run("CREATE TABLE N (N DECIMAL(38, 9) PRIMARY KEY)")
    sql.run("INSERT INTO N VALUES (?)", number)
    sql.run("INSERT INTO N SELECT N + 0.000000001 FROM N")
    assert sql.column("SELECT COUNT(*) FROM N WHERE N = ?", number) == [1]
    assert sql.column("SELECT TO_VARCHAR(MAX(N) - MIN(N)) FROM N") == ["0.000000001"]
    assert sql.column("SELECT TO_VARCHAR(SUM(N)) FROM N") == ["24691357802469135780246913578.246913579"]
    assert sql.error("INSERT INTO N VALUES (?)", number) == 301
