"""Answers that programs of others rely on, with the smallest statements that show them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hdbcli import dbapi

from localcloud.hana.sql.catalogue.all_views import EMPTY_VIEWS, UNKNOWN_VIEWS, VIEWS

from .conftest import Sql


@pytest.fixture
def table(sql: Sql) -> Sql:
    sql.run("CREATE COLUMN TABLE T (ID INTEGER PRIMARY KEY, N NVARCHAR(5), C CHAR(4))")
    sql.run("INSERT INTO T VALUES (1, 'b', 'x')")
    sql.run("INSERT INTO T VALUES (2, 'a', 'xy')")
    return sql


@pytest.mark.parametrize(
    "query",
    [
        "SELECT DISTINCT A.ID FROM T A ORDER BY A.ID",
        "SELECT DISTINCT T.ID, N FROM T ORDER BY T.ID",
        "SELECT DISTINCT ID AS X, N FROM T ORDER BY ID",
        "SELECT DISTINCT UPPER(N), ID FROM T ORDER BY LOWER(N), ID",
    ],
)
def test_distinct_rows_are_ordered_by_what_is_selected(table: Sql, query: str) -> None:
    if "LOWER" in query:
        assert table.error(query) == 7
        query = query.replace("LOWER", "UPPER")
        assert table.rows(query) == [("A", 2), ("B", 1)]
    else:
        assert [row[0] for row in table.rows(query)] == [1, 2]


def test_long_chains_are_no_deep_ones(table: Sql) -> None:
    assert table.value(" + ".join(["1"] * 900)) == 900
    assert table.value(" - ".join(["0", *["1"] * 900])) == -900
    assert table.value(" || ".join(["'a'"] * 900)) == "a" * 900
    assert table.value(f"COALESCE({'NULL, ' * 300}7)") == 7
    union = " UNION ALL ".join(f"SELECT {number} AS A FROM DUMMY" for number in range(1200))
    assert table.rows(f"SELECT COUNT(*), SUM(A) FROM ({union})") == [(1200, 719400)]
    table.run(f"INSERT INTO T (ID) SELECT A + 10 FROM ({union})")
    assert table.rows("SELECT COUNT(*) FROM T") == [(1202,)]
    table.run("CREATE SEQUENCE LONG_SEQUENCE")
    numbered = " UNION ALL ".join(["SELECT LONG_SEQUENCE.NEXTVAL AS A FROM DUMMY"] * 30)
    assert table.rows(f"WITH Q AS ({numbered}) SELECT COUNT(*), MAX(A) FROM Q") == [(30, 30)]
    table.run(f"CREATE VIEW LONG_VIEW AS {union}")
    assert table.rows("SELECT MAX(A) FROM LONG_VIEW") == [(1199,)]
    table.run(f"INSERT INTO T (ID) {' UNION ALL '.join(f'SELECT {5000 + n} FROM DUMMY' for n in range(20))}")
    assert table.rows("SELECT COUNT(*) FROM T WHERE ID >= 5000") == [(20,)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT 1 FROM DUMMY HAVING 1 = 1", [(1,)]),
        ("SELECT 1, 'x' FROM T WHERE 1 = 0 HAVING COUNT(*) = 0", [(1, "x")]),
        ("SELECT 1 FROM T HAVING MAX(ID) > 2", []),
        ("SELECT COUNT(*) FROM T GROUP BY 2", [(2,)]),
        ("SELECT ID FROM T ORDER BY CAST(7 AS INT), ID", [(1,), (2,)]),
        ("SELECT ID FROM T WHERE ID = ANY (2, 3)", [(2,)]),
        ("SELECT ID FROM T WHERE ID <> ALL (2, 3)", [(1,)]),
        # a comparison of decimals inside decides about no texts outside
        ("SELECT 1 FROM DUMMY WHERE '1.0' IN (SELECT CASE WHEN 1.0 IN (1, 2.5) THEN '1' END FROM T)", []),
    ],
)
def test_what_sqlite_says_otherwise_is_said_as_hana_does(table: Sql, query: str, expected: object) -> None:
    assert table.rows(query) == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT (SELECT MAX(1) FROM T B GROUP BY A.ID) FROM T A", 7),
        ("SELECT (SELECT MAX(A.ID) FROM T B) FROM T A", 7),
        ("SELECT NTILE(-1) OVER (ORDER BY ID) FROM T", 2048),
        (f"SELECT 1 FROM {', '.join(f'DUMMY D{number}' for number in range(65))}", 7),
        ("CREATE TABLE LOOP_TABLE (A INT, B INT GENERATED ALWAYS AS (B + 1))", 260),
    ],
)
def test_what_sqlite_cannot_do_is_refused_in_words_of_hana(table: Sql, query: str, code: int) -> None:
    assert table.error(query) == code


@pytest.mark.parametrize(
    ("call", "count", "first", "last"),
    [
        ("INTEGER(2, 1, 23)", 11, (1, 3), (21, 23)),
        ("BIGINT(3, 0, 10)", 3, (0, 3), (6, 9)),
        ("DECIMAL(0.5, 0, 2)", 4, (Decimal(0), Decimal("0.5")), (Decimal("1.5"), Decimal(2))),
        (
            "DATE('INTERVAL 1 MONTH', '2020-01-31', '2020-06-01')",
            4,
            (date(2020, 1, 31), date(2020, 2, 29)),
            (date(2020, 4, 30), date(2020, 5, 31)),
        ),
        (
            "TIMESTAMP('INTERVAL 12 HOUR', '2020-01-01', '2020-01-02')",
            2,
            (datetime(2020, 1, 1), datetime(2020, 1, 1, 12)),
            (datetime(2020, 1, 1, 12), datetime(2020, 1, 2)),
        ),
        ("INTEGER(5, 1, 3)", 0, None, None),
        (f"DECIMAL(1, 1{'0' * 32}1, 1{'0' * 32}3)", 2, (10**33 + 1, 10**33 + 2), (10**33 + 2, 10**33 + 3)),
    ],
)
def test_a_series_has_all_whole_periods(
    table: Sql, call: str, count: int, first: object, last: object
) -> None:
    found = table.rows(f"SELECT * FROM SERIES_GENERATE_{call} ORDER BY ELEMENT_NUMBER")
    assert [row[2] for row in found] == list(range(1, count + 1))
    if found:
        assert (found[0][:2], found[-1][:2]) == (first, last)
    wrong = "SELECT * FROM SERIES_GENERATE_DATE('INTERVAL 0 DAY', '2020-01-01', '2020-02-01')"
    assert table.error(wrong) == 316
    assert table.error("SELECT COUNT(*) FROM SERIES_GENERATE_DECIMAL(1e-6000, 0, 1e6000)") == 314


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT MAX(L) FROM LOBS",
        "SELECT COUNT(DISTINCT L) FROM LOBS",
        "SELECT L FROM LOBS UNION SELECT L FROM LOBS",
        "SELECT L FROM LOBS EXCEPT SELECT L FROM LOBS",
        "SELECT DISTINCT L FROM LOBS",
        "SELECT ID FROM LOBS ORDER BY L",
        "SELECT ROW_NUMBER() OVER (ORDER BY L) FROM LOBS",
        "SELECT COUNT(*) OVER (PARTITION BY L) FROM LOBS",
        "SELECT ID FROM LOBS WHERE L > 'a'",
        "SELECT ID FROM LOBS WHERE L BETWEEN 'a' AND 'b'",
        "SELECT A.ID FROM LOBS A JOIN LOBS B ON A.L = B.L",
        "CREATE INDEX LOB_INDEX ON LOBS (L)",
        "CREATE TABLE LOB_KEY (L NCLOB PRIMARY KEY)",
        "CREATE TABLE LOB_KEY (L NCLOB, UNIQUE (L))",
        "ALTER TABLE LOBS ADD CONSTRAINT LOB_KEY UNIQUE (L)",
    ],
)
def test_a_lob_is_refused_where_hana_refuses_it(table: Sql, statement: str) -> None:
    table.run("CREATE TABLE LOBS (ID INT, L NCLOB)")
    assert table.error(statement) == 266


def test_a_lob_can_be_compared_and_put_together(table: Sql) -> None:
    table.run("CREATE TABLE LOBS (ID INT, L NCLOB)")
    table.run("INSERT INTO LOBS VALUES (1, 'abc')")
    assert table.column("SELECT ID FROM LOBS WHERE L = 'abc' AND L <> 'b' AND L LIKE 'a%'") == [1]
    assert len(table.rows("SELECT L FROM LOBS UNION ALL SELECT L FROM LOBS")) == 2
    assert table.column("SELECT COUNT(L) FROM LOBS") == [1]


def test_chains_of_any_length_and_type_are_calculated_from_left_to_right(table: Sql) -> None:
    assert table.value(" + ".join(["1+1"] * 500)) == 1000
    assert table.value(" + ".join(["1.5"] * 300)) == 450
    assert table.value(" * ".join(["1E0"] * 300)) == 1.0
    assert table.value(" - ".join(["1000", *["2.5", "1"] * 100])) == 650
    assert table.value(" / ".join(["64.0", *["2"] * 3, *["1"] * 200])) == 8
    assert table.error(f"SELECT {' + '.join(['9223372036854775807'] * 100)} FROM DUMMY") == 314
    assert table.value(" + ".join(["1", *["NULL"] * 60])) is None


def test_what_is_composed_of_itself_seven_times_is_answered(table: Sql) -> None:
    query, text = "SELECT ID, N FROM T", "ID"
    for _ in range(7):
        query = f"SELECT A.ID, B.N FROM ({query}) A JOIN ({query}) B ON A.ID = B.ID"
        text = f"COALESCE({text}, {text} + 1)"
    assert sorted(table.rows(query)) == [(1, "b"), (2, "a")]
    assert table.rows(f"SELECT {text} FROM T WHERE ID = 2") == [(2,)]
    source = "T"
    for level in range(7):
        table.run(f"CREATE VIEW C{level} AS SELECT A.ID, B.N FROM {source} A JOIN {source} B ON A.ID = B.ID")
        source = f"C{level}"
    assert table.rows("SELECT COUNT(*), MIN(N) FROM C6") == [(2, "a")]


def test_a_schema_that_is_not_there_is_named(table: Sql) -> None:
    for statement in (
        "SELECT * FROM NOSCHEMA.T",
        "INSERT INTO NOSCHEMA.T VALUES (1)",
        "DELETE FROM NOSCHEMA.T",
        "DROP TABLE NOSCHEMA.T",
        "COMMENT ON TABLE NOSCHEMA.T IS 'x'",
    ):
        assert table.error(statement) == 362
    assert table.error("SELECT * FROM NOTABLE") == 259


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("STRTOBIN('Ant', 'UTF-16BE')", b"\x00A\x00n\x00t"),
        ("STRTOBIN('Ant', 'UTF-16LE')", b"A\x00n\x00t\x00"),
        ("STRTOBIN('Ant')", b"Ant"),
        ("BINTOSTR('416E74')", "Ant"),
        ("BINTOSTR(x'0041006E0074', 'UTF-16BE')", "Ant"),
        ("TO_NVARCHAR(TO_TIMESTAMP('2019-10-28 13:45:59.'))", "2019-10-28 13:45:59.0000000"),
    ],
)
def test_values_are_what_the_reference_says(table: Sql, expression: str, expected: object) -> None:
    assert table.value(expression) == expected


def test_an_unknown_codepage_is_an_error(table: Sql) -> None:
    assert table.failure("SELECT STRTOBIN('Ant', 'EBCDIC') FROM DUMMY").errorcode == 336
    assert table.failure("SELECT BINTOSTR('4') FROM DUMMY").errorcode == 339


def test_a_char_comes_back_as_it_was_put_in(table: Sql) -> None:
    assert table.column("SELECT C FROM T ORDER BY ID") == ["x", "xy"]
    assert table.column("SELECT ID FROM T WHERE C = 'x   '") == [1]


def test_a_selected_parameter_may_be_long(table: Sql) -> None:
    assert table.rows("SELECT ? FROM DUMMY", "x" * 9000) == [("x" * 9000,)]


def test_a_subquery_has_no_list_of_columns(table: Sql) -> None:
    assert table.error('SELECT * FROM (SELECT ID, N FROM T) X ("ID", "NAME")') == 257


def test_a_long_heading_is_cut(table: Sql) -> None:
    """In less than the minute that a test may take: cutting it one by one took the square of its length."""
    assert table.rows(f"SELECT '{'x' * 400_000}' FROM DUMMY") == [("x" * 400_000,)]


def test_errors_name_the_column_and_the_value(table: Sql) -> None:
    text = table.failure("INSERT INTO T (ID, N) VALUES (?, ?)", 9, "too long").errortext
    assert "inserted value too large for column: Failed in \"N\" column with the value 'too long'" in text
    table.run("CREATE COLUMN TABLE U (A INTEGER, B INTEGER)")
    table.run("INSERT INTO U VALUES (1, NULL)")
    text = table.failure("ALTER TABLE U ALTER (B INTEGER NOT NULL)").errortext
    assert 'Not nullable "B" column' in text


@pytest.mark.local_only
def test_every_system_view_has_an_answer_or_is_refused_by_name(table: Sql) -> None:
    for name in VIEWS:
        table.rows(f"SELECT * FROM SYS.{name}")
        table.rows(f"SELECT COUNT(*) FROM {name}")
    for name in EMPTY_VIEWS:
        assert table.rows(f"SELECT * FROM SYS.{name}") == []
    assert not set(VIEWS) & UNKNOWN_VIEWS
    for name in UNKNOWN_VIEWS:
        failure = table.failure(f"SELECT * FROM SYS.{name}")
        assert (failure.errorcode, f"system view {name}" in failure.errortext) == (7, True)
    assert table.error("SELECT * FROM SYS.NO_SUCH_VIEW") == 259


@pytest.mark.local_only
@pytest.mark.parametrize(
    "columns",
    [
        "CREATE_TIME, UNLOAD_PRIORITY, IS_PRELOAD FROM TABLES",
        "IS_COLUMN_VIEW, HAS_STRUCTURED_PRIVILEGE_CHECK, HAS_PARAMETERS, HAS_CACHE, CREATE_TIME FROM VIEWS",
        "USERGROUP_NAME, CREATOR, CREATE_TIME FROM USERS",
        "CREATE_TIME FROM INDEXES",
        "CREATE_TIME FROM SYNONYMS",
        "OBJECT_CATEGORY FROM OBJECTS",
        "CS_DATA_TYPE_NAME FROM TABLE_COLUMNS",
        "VERSION, CLOUD_VERSION, START_TIME FROM M_DATABASE",
        "HOST, CONNECTION_STATUS FROM M_CONNECTIONS",
    ],
)
def test_the_columns_that_tools_ask_for_are_there(table: Sql, columns: str) -> None:
    table.rows(f"SELECT {columns}")


@pytest.mark.local_only
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM JSON_TABLE('{}', '$' PASSING 1 AS A COLUMNS (A INT PATH '$.a'))",
        "SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (A BOOLEAN PATH '$.a'))",
        "SELECT * FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS A INT PATH 'b')",
        "SELECT * FROM UNNEST(ARRAY(1, 2)) AS A (B)",
        "SELECT SCORE() FROM T WHERE CONTAINS(N, 'x') AND CONTAINS(N, 'y')",
        "SELECT * FROM T WHERE CONTAINS(N, 'x', LINGUISTIC)",
        "SELECT * FROM HIERARCHY_SIBLINGS(SOURCE T START WHERE ID = 1)",
        "SELECT * FROM HIERARCHY(SOURCE T MULTIPARENT)",
        "SELECT BINNING(VALUE => ID, BIN_COUNT => 3) OVER () FROM T",
        "SELECT RANDOM_PARTITION(0.5, 0.2, 0.3, 0) OVER (ORDER BY ID) FROM T",
        "SELECT NEW ST_POINT(1, 2) FROM DUMMY",
        "INSERT INTO T (ID) OVERRIDING SYSTEM VALUE VALUES (9)",
        "UPDATE TOP 1 T SET N = 'x'",
        "DELETE TOP 1 FROM T",
        "RENAME TABLE T TO S.U",
        "CREATE COLUMN TABLE F (A NVARCHAR(5) FUZZY SEARCH INDEX ON)",
        "CREATE FULLTEXT INDEX F ON T (N)",
        "CREATE PROCEDURE P (IN A INT) AS BEGIN SELECT :A FROM DUMMY; END",
        'SELECT * FROM T (PLACEHOLDER."$$a$$" => 1)',
        "CALL P(:1)",
        "{call P(?)}",
        "UNLOCK TABLE T",
    ],
)
def test_what_hana_knows_is_never_a_syntax_error(table: Sql, statement: str) -> None:
    with pytest.raises(dbapi.NotSupportedError):
        table.connection.cursor().prepare(statement)


@pytest.mark.parametrize(
    "kind", ["", "BTREE", "CPBTREE", "INVERTED VALUE", "INVERTED HASH", "INVERTED INDIVIDUAL", "UNIQUE BTREE"]
)
def test_an_index_of_any_kind_is_an_index(table: Sql, kind: str) -> None:
    table.run(f"CREATE {kind} INDEX BY_NAME ON T (N)")
    assert table.rows("SELECT COLUMN_NAME FROM INDEX_COLUMNS WHERE INDEX_NAME = 'BY_NAME'") == [("N",)]
