"""Views with parameters, views that rows change through, and blocks that only carry out statements."""

from __future__ import annotations

from decimal import Decimal

import pytest

from .conftest import Sql


@pytest.fixture
def books(sql: Sql) -> Sql:
    sql.run(
        "CREATE TABLE B (ID INT PRIMARY KEY, TITLE NVARCHAR(20) DEFAULT 'none' NOT NULL, PRICE DECIMAL(9, 2))"
    )
    sql.many("INSERT INTO B VALUES (?, ?, ?)", [(1, "one", "1"), (2, "two", "5"), (3, "three", "10")])
    return sql


# Parameters ---------------------------------------------------------------------------------------


def test_a_view_takes_parameters_by_name_or_by_place(books: Sql) -> None:
    books.run(
        'CREATE VIEW CHEAP (IN most DECIMAL(9, 2), IN "LEAST" DECIMAL(9, 2) DEFAULT 0) AS '
        "SELECT ID, PRICE FROM B WHERE PRICE <= :MOST AND PRICE > :LEAST"
    )
    assert books.column("SELECT ID FROM CHEAP(most => 5) ORDER BY ID") == [1, 2]
    assert books.column('SELECT ID FROM CHEAP("LEAST" => ?, most => ?)', "1", "5.00") == [2]
    assert books.column("SELECT C.ID FROM CHEAP(10, 5) AS C") == [3]
    assert books.column("SELECT HAS_PARAMETERS FROM VIEWS WHERE VIEW_NAME = 'CHEAP'") == ["TRUE"]
    for wrong in ("CHEAP", "CHEAP(price => 1)", "CHEAP(1, 2, 3)", "CHEAP(1, most => 2)"):
        assert books.error(f"SELECT * FROM {wrong}") == 2
    assert books.error("SELECT * FROM CHEAP('a lot')") == 339


def test_a_view_gives_a_view_its_parameters(books: Sql) -> None:
    books.run("CREATE VIEW BELOW (IN n INT) AS SELECT ID FROM B WHERE ID < :N")
    books.run("CREATE VIEW FIRST_ONES (IN n INT) AS SELECT ID FROM BELOW(n => :N + 1) WHERE ID <> :N")
    assert books.column("SELECT ID FROM FIRST_ONES(3) ORDER BY ID") == [1, 2]
    assert books.column("SELECT A.ID FROM BELOW(2) A, BELOW(4) C WHERE C.ID = 3") == [1]


@pytest.mark.local_only
def test_a_variable_is_a_parameter_of_its_own_view(books: Sql) -> None:
    assert books.error("SELECT :N FROM DUMMY") == 7
    assert books.error("CREATE VIEW V (IN n INT) AS SELECT ID FROM B WHERE ID < :M") == 7
    assert books.error("SELECT * FROM B(1)") == 328


# Writing through views ----------------------------------------------------------------------------


def test_rows_change_through_a_view_of_one_table(books: Sql) -> None:
    books.run("CREATE VIEW V AS SELECT PRICE AS COST, ID AS NUMBER FROM B AS X WHERE X.PRICE < 10")
    assert books.run("INSERT INTO V (NUMBER, COST) VALUES (?, ?)", 4, "2") == 1
    assert books.run("INSERT INTO V (NUMBER) SELECT 5 FROM DUMMY") == 1
    assert books.rows("SELECT * FROM B WHERE ID > 3 ORDER BY ID") == [(4, "none", 2), (5, "none", None)]
    assert books.run("UPDATE V SET COST = COST + 1 WHERE NUMBER > 1") == 2
    assert books.column("SELECT PRICE FROM B ORDER BY ID") == [1, 6, 10, 3, None]
    assert books.run("DELETE FROM V") == 3
    assert books.column("SELECT ID FROM B ORDER BY ID") == [3, 5]


def test_upsert_and_merge_go_through_a_view_without_a_condition(books: Sql) -> None:
    books.run("CREATE VIEW V AS SELECT ID, PRICE FROM B")
    assert books.run("UPSERT V (ID, PRICE) VALUES (3, 7) WITH PRIMARY KEY") == 1
    assert books.run("UPSERT V (ID, PRICE) SELECT 4, 8 FROM DUMMY") == 1
    books.run("MERGE INTO V USING DUMMY ON V.ID = 1 WHEN MATCHED THEN UPDATE SET PRICE = 9")
    assert books.column("SELECT PRICE FROM B ORDER BY ID") == [9, 5, 7, 8]


def test_what_a_view_does_not_show_cannot_be_written_through_it(books: Sql) -> None:
    books.run("CREATE VIEW V AS SELECT ID, PRICE FROM B")
    assert books.error("INSERT INTO V (ID, TITLE) VALUES (9, 'x')") == 260
    assert books.error("UPDATE V SET TITLE = 'x'") == 260
    assert books.error("INSERT INTO V (ID) VALUES (1)") == 301


def test_values_without_names_are_those_of_the_views_columns(books: Sql) -> None:
    books.run("CREATE VIEW V AS SELECT PRICE, ID FROM B")
    assert books.run("INSERT INTO V VALUES (2.5, 9)") == 1
    assert books.run("UPSERT V VALUES (3.5, 9) WITH PRIMARY KEY") == 1
    assert books.error("INSERT INTO V VALUES (2.5)") == 270
    assert books.error("INSERT INTO V VALUES (2.5, 10, 'x')") == 269
    assert books.rows("SELECT ID, TITLE, PRICE FROM B WHERE ID > 3") == [(9, "none", Decimal("3.5"))]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ID, PRICE * 2 AS TWICE FROM B",
        "SELECT DISTINCT ID FROM B",
        "SELECT ID FROM B GROUP BY ID",
        "SELECT COUNT(*) AS N FROM B",
        "SELECT A.ID FROM B A, B C",
        "SELECT ID FROM B UNION SELECT 1 FROM DUMMY",
        "SELECT ID FROM B LIMIT 1",
    ],
)
def test_a_view_whose_rows_are_no_rows_of_one_table_is_not_written_through(books: Sql, query: str) -> None:
    books.run(f"CREATE VIEW OTHER AS {query}")
    for statement in ("DELETE FROM OTHER", "INSERT INTO OTHER VALUES (1)", "UPDATE OTHER SET ID = 1"):
        failure = books.failure(statement)
        assert failure.errorcode == 361
        assert "OTHER" in failure.errortext
    assert books.column("SELECT COUNT(*) FROM B") == [3]


@pytest.mark.local_only
@pytest.mark.parametrize("query", ["SELECT ID FROM (SELECT * FROM B)", "SELECT ID, ID AS AGAIN FROM B"])
def test_other_views_are_refused_by_name(books: Sql, query: str) -> None:
    books.run(f"CREATE VIEW OTHER AS {query}")
    failure = books.failure("DELETE FROM OTHER")
    assert failure.errorcode == 7
    assert "OTHER" in failure.errortext
    assert books.column("SELECT COUNT(*) FROM B") == [3]


# Blocks -------------------------------------------------------------------------------------------


def test_a_block_carries_its_statements_out_up_to_the_first_that_fails(sql: Sql) -> None:
    sql.run(
        "DO BEGIN EXEC 'CREATE TABLE A (N INT) PAGE LOADABLE';\nEXEC 'CREATE VIEW V AS SELECT N FROM A'; "
        "EXECUTE IMMEDIATE 'INSERT INTO A VALUES (1)'; EXEC 'SELECT ''x'' FROM DUMMY'; END;"
    )
    assert sql.column("SELECT N FROM V") == [Decimal(1)]
    assert sql.error("DO BEGIN EXEC 'DROP VIEW NOBODY'; EXEC 'DROP TABLE A CASCADE'; END") == 321


def test_a_block_that_fails_does_nothing(sql: Sql) -> None:
    sql.run("CREATE TABLE A (N INT PRIMARY KEY)")
    insert = "EXEC 'INSERT INTO A VALUES ({})';"
    for last in (
        "EXEC 'SELEC'",
        insert.format(1),
        f"EXEC 'DO BEGIN {insert.format(3).replace(chr(39), chr(39) * 2)} EXEC ''SELEC''; END'",
    ):
        body = insert.format(1) + insert.format(2) + last.rstrip(";")
        assert sql.error(f"DO BEGIN {body}; END") in (257, 301)
        assert sql.column("SELECT N FROM A") == []
    sql.connection.setautocommit(False)
    sql.run("INSERT INTO A VALUES (7)")
    assert sql.error(f"DO BEGIN {insert.format(8)} EXEC 'SELEC'; END") == 257
    sql.run(f"DO BEGIN {insert.format(9)} END")
    sql.connection.commit()
    assert sql.column("SELECT N FROM A ORDER BY N") == [7, 9]
    sql.connection.setautocommit(True)
    sql.run(f"DO BEGIN {insert.format(10)} END")
    sql.connection.rollback()
    assert sql.column("SELECT COUNT(*) FROM A") == [3]


def test_a_definition_in_a_block_commits_what_came_before(sql: Sql) -> None:
    sql.run("CREATE TABLE A (N INT)")
    body = "EXEC 'INSERT INTO A VALUES (1)'; EXEC 'CREATE TABLE B (N INT)'; EXEC 'INSERT INTO A VALUES (2)';"
    assert sql.error(f"DO BEGIN {body} EXEC 'SELEC'; END") == 257
    assert sql.column("SELECT N FROM A") == [1]
    assert sql.column("SELECT N FROM B") == []


@pytest.mark.local_only
@pytest.mark.parametrize(
    "body",
    [
        "DECLARE A INT;",
        "EXEC A;",
        "SELECT 1 FROM DUMMY;",
        "EXEC 'SELECT 1 FROM DUMMY' INTO A;",
        "IF 1 = 1 THEN",
    ],
)
def test_sqlscript_in_a_block_is_refused_by_name(sql: Sql, body: str) -> None:
    assert sql.error(f"DO BEGIN {body} END") == 7


def test_a_view_of_all_columns_writes_those_that_there_were(sql: Sql) -> None:
    sql.run("CREATE TABLE W (A INT, B INT)")
    sql.run("CREATE VIEW ALL_W AS SELECT * FROM W")
    sql.run("ALTER TABLE W ADD (C INT)")
    sql.run("INSERT INTO ALL_W VALUES (1, 2)")
    assert sql.rows("SELECT * FROM W") == [(1, 2, None)]
    assert sql.error("UPDATE ALL_W SET C = 3") == 260
    sql.run("ALTER TABLE W DROP (A)")
    assert sql.error("UPDATE ALL_W SET B = 3") == 391
