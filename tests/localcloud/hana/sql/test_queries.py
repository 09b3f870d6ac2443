"""What queries mean: names, types, NULLs, groups, joins, sets and order."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from .conftest import Sql

D = Decimal


@pytest.fixture
def shop(sql: Sql) -> Sql:
    """Two tables with a few rows, among them a NULL and an empty text."""
    sql.script(
        "CREATE TABLE FLOWER (ID INT PRIMARY KEY, NAME NVARCHAR(20), PRICE DECIMAL(10, 2), SINCE DATE)",
        "CREATE COLUMN TABLE SALE (ID INT PRIMARY KEY, FLOWER INT, AMOUNT INT, AT TIMESTAMP)",
    )
    sql.many(
        "INSERT INTO FLOWER VALUES (?, ?, ?, ?)",
        [
            (1, "rose", D("2.50"), date(2024, 1, 1)),
            (2, "tulip", D("10.00"), date(2023, 5, 5)),
            (3, "", D("100.00"), date(2022, 12, 31)),
            (4, None, None, None),
        ],
    )
    sql.many(
        "INSERT INTO SALE VALUES (?, ?, ?, ?)",
        [
            (1, 1, 3, datetime(2024, 1, 1, 0, 0, 0, 1)),
            (2, 1, 4, datetime(2024, 1, 2)),
            (3, 2, 1, datetime(2024, 1, 3)),
            (4, None, 9, None),
        ],
    )
    return sql


# Order and NULL -----------------------------------------------------------------------------------


def test_nulls_sort_first_ascending_and_last_descending(shop: Sql) -> None:
    assert shop.column("SELECT NAME FROM FLOWER ORDER BY NAME") == [None, "", "rose", "tulip"]
    assert shop.column("SELECT NAME FROM FLOWER ORDER BY NAME DESC") == ["tulip", "rose", "", None]
    assert shop.column("SELECT NAME FROM FLOWER ORDER BY NAME NULLS LAST")[-1] is None


def test_decimals_sort_as_numbers(shop: Sql) -> None:
    assert shop.column("SELECT ID FROM FLOWER ORDER BY PRICE DESC") == [3, 2, 1, 4]
    assert shop.column("SELECT MAX(PRICE) FROM FLOWER") == [100]


def test_a_text_that_decimals_decide_about_is_compared_as_a_text(shop: Sql) -> None:
    text = "CASE WHEN PRICE > 5 THEN 'x' WHEN PRICE > 0 THEN NAME END"
    assert shop.column(f"SELECT ID FROM FLOWER WHERE {text} = 'x' ORDER BY {text}, ID") == [2, 3]
    assert shop.column(f"SELECT ID FROM FLOWER WHERE 'rose' = {text}") == [1]
    assert shop.column(f"SELECT ID FROM FLOWER WHERE {text} IN ('x', '') ORDER BY ID") == [2, 3]
    assert shop.column(
        f"SELECT ID FROM FLOWER WHERE {text} BETWEEN 'a' AND 'z' ORDER BY {text} DESC, ID"
    ) == [
        *(2, 3, 1),
    ]


def test_an_empty_text_is_not_null(shop: Sql) -> None:
    assert shop.column("SELECT ID FROM FLOWER WHERE NAME = ''") == [3]
    assert shop.column("SELECT ID FROM FLOWER WHERE NAME IS NULL") == [4]
    assert shop.value("'a' || '' || 'b'") == "ab"


def test_order_by_a_number_an_alias_and_an_expression(shop: Sql) -> None:
    assert shop.column("SELECT ID, AMOUNT * 2 AS TWICE FROM SALE ORDER BY 2") == [3, 1, 2, 4]
    assert shop.column("SELECT ID, 0 - AMOUNT AS AMOUNT FROM SALE ORDER BY AMOUNT") == [4, 2, 1, 3]
    assert shop.column("SELECT ID FROM SALE ORDER BY MOD(AMOUNT, 3), ID DESC") == [4, 1, 3, 2]
    assert shop.error("SELECT ID FROM SALE ORDER BY 2") == 280


def test_limit_takes_parameters(shop: Sql) -> None:
    assert shop.column("SELECT ID FROM SALE ORDER BY ID LIMIT ? OFFSET ?", 2, 1) == [2, 3]
    assert shop.column("SELECT TOP 2 ID FROM SALE ORDER BY ID") == [1, 2]
    assert shop.column("SELECT ID FROM SALE LIMIT 0") == []


# Comparisons follow types ---------------------------------------------------------------------------


@pytest.mark.parametrize("parameter", [D("9.99"), "9.99", 9.99])
def test_a_parameter_beside_an_expression_is_compared_as_a_number(shop: Sql, parameter: object) -> None:
    assert shop.column("SELECT ID FROM FLOWER WHERE PRICE * 1 > ? ORDER BY ID", parameter) == [2, 3]
    assert shop.column("SELECT COUNT(*) FROM FLOWER WHERE PRICE + 0.00 > ?", parameter) == [2]


def test_a_text_beside_a_date_is_a_date(shop: Sql) -> None:
    assert shop.column("SELECT ID FROM FLOWER WHERE SINCE = '2024/1/1'") == [1]
    assert shop.column("SELECT ID FROM FLOWER WHERE SINCE >= ? ORDER BY ID", "20230101") == [1, 2]
    assert shop.column("SELECT ID FROM SALE WHERE AT < '2024-01-02'") == [1]
    assert shop.error("SELECT ID FROM FLOWER WHERE SINCE = 'soon'") == 303


def test_a_date_beside_a_timestamp_is_its_midnight(shop: Sql) -> None:
    query = "SELECT S.ID FROM SALE S JOIN FLOWER F ON S.AT > F.SINCE AND F.ID = 1 ORDER BY S.ID"
    assert shop.column(query) == [1, 2, 3]


def test_a_text_beside_a_number_is_a_number(shop: Sql) -> None:
    assert shop.column("SELECT ID FROM SALE WHERE AMOUNT = '4'") == [2]
    assert shop.column("SELECT ID FROM FLOWER WHERE PRICE = '2.5'") == [1]
    assert shop.error("SELECT ID FROM SALE WHERE AMOUNT = 'four'") == 339


def test_numbers_of_different_types_compare_by_value(shop: Sql) -> None:
    assert shop.column("SELECT ID FROM FLOWER WHERE PRICE = 10") == [2]
    assert shop.column("SELECT ID FROM FLOWER WHERE PRICE IN (2.5, 10)  ORDER BY ID") == [1, 2]
    assert shop.column("SELECT ID FROM FLOWER WHERE PRICE BETWEEN 9 AND 1E2 ORDER BY ID") == [2, 3]
    assert shop.column("SELECT F.ID FROM FLOWER F, SALE S WHERE F.PRICE = S.ID + 9 - S.ID + 1") == [2] * 4


def test_alphanum_compares_with_leading_zeros(sql: Sql) -> None:
    sql.script(
        "CREATE COLUMN TABLE A (A ALPHANUM(10))",
        "INSERT INTO A VALUES ('123')",
        "INSERT INTO A VALUES ('x1')",
    )
    assert sql.column("SELECT A FROM A ORDER BY A") == ["0000000123", "x1"]
    assert sql.column("SELECT COUNT(*) FROM A WHERE A = '123'") == [1]
    assert sql.column("SELECT COUNT(*) FROM A WHERE A <> '12345678901234567890' AND A <> ?", "y" * 20) == [2]


def test_char_comes_back_as_it_went_and_binary_in_its_full_length(sql: Sql) -> None:
    sql.script(
        "CREATE TABLE C (ID INT, C CHAR(4) UNIQUE, N NCHAR(4), B BINARY(3), V NVARCHAR(4))",
        "INSERT INTO C VALUES (1, 'ab', 'ä', x'01', 'ab')",
        "INSERT INTO C SELECT 2, V || 'c', '', NULL, 'ab  ' FROM C",
    )
    assert sql.rows("SELECT C, N, B FROM C ORDER BY ID") == [
        ("ab", "ä", b"\x01\0\0"),
        ("abc", "", None),
    ]
    assert sql.error("INSERT INTO C (C) VALUES ('ab')") == 301
    assert sql.error("INSERT INTO C (C) VALUES ('abcde')") == 274


def test_blanks_at_the_end_do_not_count_beside_a_char(sql: Sql) -> None:
    sql.script("CREATE TABLE C (C CHAR(4), V NVARCHAR(9))", "INSERT INTO C VALUES ('ab', 'ab  ')")
    for condition in ("C = 'ab'", "'ab      ' = C", "C IN ('x', 'ab')", "C = V", "C BETWEEN 'ab' AND 'ab'"):
        assert sql.column(f"SELECT COUNT(*) FROM C WHERE {condition}") == [1], condition
    assert sql.column("SELECT COUNT(*) FROM C WHERE C = ?", "ab") == [1]
    assert sql.column("SELECT COUNT(*) FROM C WHERE C IN (SELECT V FROM C)") == [1]
    assert sql.column("SELECT COUNT(*) FROM C WHERE C = 'ab longer'") == [0]
    assert sql.column("SELECT COUNT(*) FROM C WHERE V = 'ab'") == [0]


def test_boolean_does_not_compare_with_a_number(sql: Sql) -> None:
    sql.script("CREATE TABLE B (B BOOLEAN)", "INSERT INTO B VALUES (TRUE)", "INSERT INTO B VALUES (FALSE)")
    assert sql.column("SELECT B FROM B WHERE B = TRUE") == [True]
    assert sql.error("SELECT B FROM B WHERE B = 1") == 266
    assert sql.error("SELECT B FROM B WHERE B") == 257
    assert sql.error("SELECT 1 FROM B WHERE (B = TRUE) = FALSE") == 257


def test_functions_take_parameters_as_well_as_literals(shop: Sql) -> None:
    assert shop.column("SELECT ID FROM SALE WHERE MOD(AMOUNT, ?) = 1 ORDER BY ID", 3) == [2, 3]
    assert shop.column("SELECT SUBSTRING(NAME, ?, ?) FROM FLOWER WHERE ID = 1", 2, 2) == ["os"]
    assert shop.value("ADD_DAYS(TO_DATE(?, 'YYYYMMDD'), ?)", "20240228", 2) == date(2024, 3, 1)
    assert shop.value("ROUND(TO_DECIMAL(?, 10, 3), ?)", "1.2345", 1) == D("1.2")
    assert shop.column("SELECT COALESCE(NAME, ?) FROM FLOWER WHERE ID = 4", "none") == ["none"]
    assert shop.column("SELECT ID FROM FLOWER WHERE NAME LIKE ? AND SINCE < ?", "r%", date(2030, 1, 1)) == [1]


def test_a_parameter_alone_is_text(sql: Sql) -> None:
    assert sql.rows("SELECT ? FROM DUMMY", 1) == [("1",)]


# Arithmetic ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 / 2", D("0.5")),
        ("7 / 2 * 2", D(7)),
        ("0.1 + 0.2", D("0.3")),
        ("2147483647 + 1", 2147483648),
        ("1.5 * 1.25", D("1.875")),
        ("12345678901234567890123456789012345678 + 0", D("12345678901234567890123456789012345678")),
        ("99999999999999999999.99 - 0.01", D("99999999999999999999.98")),
        ("1E0 / 4", 0.25),
        ("-(3 - 5)", 2),
        ("'2' + 1", D(3)),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("10 - 4 - 3", 3),
        ("'a' || 1 || 'b'", "a1b"),
    ],
)
def test_arithmetic_is_exact(sql: Sql, expression: str, expected: object) -> None:
    found = sql.value(expression)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("1 / 0", 304),
        ("1E0 / 0", 304),
        ("9223372036854775807 + 1", 314),
        ("1E308 * 10", 314),
        ("TO_TINYINT(256)", 314),
        ("TO_INT('x')", 339),
        ("TO_DATE('2023-02-29')", 303),
        ("TO_TIME('25:00:00')", 303),
        ("CURRENT_DATE || CURRENT_TIME + 1", 339),
        ("(SELECT N FROM (SELECT 1 AS N FROM DUMMY UNION ALL SELECT 2 FROM DUMMY))", 305),
        ("LENGTH('a', 'b')", 316),
        ("TO_DECIMAL('1', 39, 2)", 318),
        ("CAST('1' AS NOSUCHTYPE)", 264),
        ("NOSUCH", 260),
        ("NOSUCH.NEXTVAL", 313),
        ("CURRENT_DATE + CURRENT_DATE", 266),
    ],
)
def test_what_cannot_be_computed_has_its_own_code(sql: Sql, expression: str, code: int) -> None:
    assert sql.error(f"SELECT {expression} FROM DUMMY") == code


# Groups -------------------------------------------------------------------------------------------


def test_groups_and_having(shop: Sql) -> None:
    query = "SELECT FLOWER, SUM(AMOUNT) AS A FROM SALE GROUP BY FLOWER HAVING COUNT(*) < 3 ORDER BY A DESC"
    assert shop.rows(query) == [(None, 9), (1, 7), (2, 1)]
    assert shop.rows("SELECT COUNT(*), SUM(AMOUNT), MAX(AT) FROM SALE WHERE ID > 99") == [(0, None, None)]
    assert shop.rows("SELECT YEAR(AT), COUNT(*) FROM SALE GROUP BY YEAR(AT) ORDER BY 1") == [
        (None, 1),
        (2024, 3),
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT FLOWER, COUNT(*) FROM SALE", 276),
        ("SELECT ID, SUM(AMOUNT) FROM SALE GROUP BY FLOWER", 276),
        ("SELECT * FROM SALE GROUP BY FLOWER", 276),
        ("SELECT FLOWER FROM SALE GROUP BY FLOWER ORDER BY ID", 276),
        ("SELECT ID FROM SALE WHERE COUNT(*) > 1", 275),
        ("SELECT MAX(SUM(AMOUNT)) FROM SALE GROUP BY FLOWER", 279),
    ],
)
def test_what_is_not_grouped_is_refused(shop: Sql, query: str, code: int) -> None:
    assert shop.error(query) == code


def test_sum_and_average_have_the_types_of_the_reference(shop: Sql) -> None:
    assert shop.column("SELECT AVG(AMOUNT) FROM SALE") == [D("4.25")]
    assert shop.column("SELECT AVG(PRICE) FROM FLOWER") == [D("37.5")]
    assert isinstance(shop.column("SELECT SUM(AMOUNT) FROM SALE")[0], int)


# Joins, subqueries, sets ----------------------------------------------------------------------------


def test_joins(shop: Sql) -> None:
    left = "SELECT F.ID, S.ID FROM FLOWER F LEFT JOIN SALE S ON S.FLOWER = F.ID ORDER BY 1, 2"
    assert shop.rows(left) == [(1, 1), (1, 2), (2, 3), (3, None), (4, None)]
    right = "SELECT F.ID, S.ID FROM FLOWER F RIGHT OUTER JOIN SALE S ON S.FLOWER = F.ID ORDER BY 2"
    assert shop.rows(right) == [(1, 1), (1, 2), (2, 3), (None, 4)]
    assert len(shop.rows("SELECT * FROM FLOWER F FULL JOIN SALE S ON S.FLOWER = F.ID")) == 6
    assert len(shop.rows("SELECT * FROM FLOWER, SALE")) == 16
    inner = "SALE S JOIN FLOWER G ON S.FLOWER = G.ID"
    nested = f"SELECT F.ID FROM FLOWER F LEFT JOIN ({inner}) ON F.ID = G.ID AND S.ID = 3"
    assert sorted(shop.column(nested)) == [1, 2, 3, 4]


def test_an_ambiguous_column_is_268_and_a_doubled_alias_271(shop: Sql) -> None:
    assert shop.error("SELECT ID FROM FLOWER, SALE") == 268
    assert shop.error("SELECT 1 FROM FLOWER A, SALE A") == 271
    assert shop.rows("SELECT FLOWER.ID FROM FLOWER WHERE FLOWER.ID = 1") == [(1,)]
    assert shop.error("SELECT FLOWER.ID FROM FLOWER F") == 260


def test_subqueries(shop: Sql) -> None:
    assert shop.column("SELECT ID FROM FLOWER WHERE ID IN (SELECT FLOWER FROM SALE) ORDER BY ID") == [1, 2]
    # one NULL in the list makes NOT IN unknown
    assert shop.column("SELECT ID FROM FLOWER WHERE ID NOT IN (SELECT FLOWER FROM SALE)") == []
    exists = "SELECT ID FROM FLOWER F WHERE NOT EXISTS (SELECT 1 FROM SALE WHERE FLOWER = F.ID) ORDER BY ID"
    assert shop.column(exists) == [3, 4]
    sold = "SELECT SUM(AMOUNT) FROM SALE WHERE FLOWER = F.ID"
    scalar = f"SELECT NAME, ({sold}) FROM FLOWER F WHERE ID < 3 ORDER BY ID"
    assert shop.rows(scalar) == [("rose", 7), ("tulip", 1)]
    assert shop.column("SELECT ID FROM SALE WHERE AMOUNT >= ALL (SELECT AMOUNT FROM SALE)") == [4]
    assert shop.column("SELECT ID FROM SALE WHERE AMOUNT < ANY (SELECT 4 FROM DUMMY) ORDER BY ID") == [1, 3]
    pairs = "SELECT ID FROM SALE WHERE (FLOWER, AMOUNT) IN (SELECT 1, 3 FROM DUMMY)"
    assert shop.column(pairs) == [1]
    derived = (
        "SELECT Q.N FROM (SELECT FLOWER, COUNT(*) AS N FROM SALE GROUP BY FLOWER) AS Q WHERE Q.FLOWER = 1"
    )
    assert shop.column(derived) == [2]


def test_common_tables(shop: Sql) -> None:
    query = (
        "WITH SOLD (F, N) AS (SELECT FLOWER, SUM(AMOUNT) FROM SALE GROUP BY FLOWER), "
        "BEST AS (SELECT MAX(N) AS N FROM SOLD WHERE F IS NOT NULL) "
        "SELECT F.NAME FROM FLOWER F JOIN SOLD S ON S.F = F.ID JOIN BEST B ON B.N = S.N"
    )
    assert shop.column(query) == ["rose"]


def test_set_operations_merge_types(shop: Sql) -> None:
    assert shop.column("SELECT ID FROM FLOWER UNION SELECT 2.5 FROM DUMMY ORDER BY 1") == [
        1,
        2,
        D("2.5"),
        3,
        4,
    ]
    assert shop.column("SELECT FLOWER FROM SALE UNION ALL SELECT 1 FROM DUMMY") == [1, 1, 2, None, 1]
    assert shop.column("SELECT ID FROM FLOWER INTERSECT SELECT FLOWER FROM SALE ORDER BY 1") == [1, 2]
    assert shop.column("SELECT ID FROM FLOWER MINUS SELECT FLOWER FROM SALE ORDER BY 1") == [3, 4]
    assert shop.error("SELECT 1 FROM DUMMY UNION SELECT 1, 2 FROM DUMMY") in (269, 270)
    assert shop.error("SELECT SINCE FROM FLOWER UNION SELECT ID FROM SALE") == 266


def test_like(shop: Sql) -> None:
    assert shop.column("SELECT NAME FROM FLOWER WHERE NAME LIKE '_o%'") == ["rose"]
    assert shop.column("SELECT NAME FROM FLOWER WHERE NAME LIKE 'R%'") == []
    assert shop.column("SELECT ID FROM FLOWER WHERE NAME NOT LIKE '%e' ORDER BY ID") == [2, 3]
    assert shop.value("CASE WHEN '50%' LIKE '50!%' ESCAPE '!' THEN 'yes' ELSE 'no' END") == "yes"
    assert shop.column("SELECT NAME FROM FLOWER WHERE NAME LIKE_REGEXPR '^T' FLAG 'i'") == ["tulip"]


def test_case(shop: Sql) -> None:
    query = "SELECT CASE WHEN AMOUNT > 3 THEN 'many' WHEN AMOUNT > 1 THEN 'some' END FROM SALE ORDER BY ID"
    assert shop.column(query) == ["some", "many", None, "many"]
    assert shop.value("CASE 2 WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'more' END") == "two"
    assert shop.value("CASE WHEN 1 = 2 THEN 1 ELSE 1.5 END") == D("1.5")


# Names and headings ---------------------------------------------------------------------------------


def test_unquoted_names_are_upper_case_and_quoted_ones_are_not(sql: Sql) -> None:
    sql.script(
        'CREATE TABLE "Mixed" ("a" INT, "A" INT, "select" INT)', 'INSERT INTO "Mixed" VALUES (1, 2, 3)'
    )
    assert sql.rows('SELECT "a", a, "A", "select" FROM "Mixed"') == [(1, 2, 2, 3)]
    assert sql.error("SELECT A FROM MIXED") == 259
    assert sql.error('SELECT "b" FROM "Mixed"') == 260


def test_headings(sql: Sql) -> None:
    query = "SELECT d.DUMMY, COUNT(*), MAX(1) AS m, 'x' \"Quoted\" FROM DUMMY D GROUP BY D.DUMMY"
    assert [column[0] for column in sql.described(query)] == ["DUMMY", "COUNT(*)", "M", "Quoted"]
    assert sql.described("SELECT CURRENT_UTCTIMESTAMP FROM DUMMY")[0][0] == "CURRENT_UTCTIMESTAMP"


def test_descriptions_tell_types(shop: Sql) -> None:
    described = shop.described("SELECT ID, NAME, PRICE, SINCE FROM FLOWER")
    assert [(column[0], column[1], column[6]) for column in described] == [
        ("ID", 3, 0),
        ("NAME", 11, 1),
        ("PRICE", 5, 1),
        ("SINCE", 14, 1),
    ]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1, FROM DUMMY",
        "SELECT FROM DUMMY",
        "SELECT 1",
        "SELEC 1 FROM DUMMY",
        "SELECT 1 FROM DUMMY WHERE",
        "SELECT 1 FROM DUMMY WHERE 1 IN ()",
        "SELECT LENGTH('a',) FROM DUMMY",
        "SELECT 1 FROM DUMMY GROUP BY",
        "SELECT 1 FROM DUMMY ORDER BY",
        "SELECT 1 FROM DUMMY LIMIT 1, 2",
        "SELECT 1 FROM DUMMY LIMIT -1",
        "SELECT 1 FROM DUMMY; SELECT 2 FROM DUMMY",
        "SELECT 'a' 'b' 'c' FROM DUMMY",
        "SELECT 1::INT FROM DUMMY",
        "SELECT 1 FROM DUMMY WHERE 1",
        "SELECT 1 = 1 FROM DUMMY",
        "SELECT 1 AS SELECT FROM DUMMY",
        "SELECT 1 FROM DUMMY QUALIFY 1 = 1",
        "SELECT (1 FROM DUMMY",
        "SELECT 'open FROM DUMMY",
        "SELECT `a` FROM DUMMY",
        "SELECT 5 % 2 FROM DUMMY",
        "SELECT CASE END FROM DUMMY",
        "SELECT 1 FROM DUMMY WHERE 1 BETWEEN 2",
        "INSERT INTO DUMMY VALUES (1), (2)",
        "INSERT INTO DUMMY VALUES (1,)",
        "UPDATE DUMMY SET DUMMY",
        "DELETE DUMMY",
        "FROM DUMMY SELECT 1",
        "VALUES (1)",
    ],
)
def test_what_is_no_hana_sql_is_257(sql: Sql, query: str) -> None:
    assert sql.error(query) == 257


@pytest.mark.parametrize(
    "words", ["CREATE", "CREATE OR REPLACE", "ALTER", "DROP", "RENAME", "COMMENT ON", "SET TRANSACTION"]
)
@pytest.mark.parametrize("rest", ["", " 5", " 'x'", " ,"])
def test_what_breaks_off_before_it_names_anything_is_257_where_it_breaks_off(
    sql: Sql, words: str, rest: str
) -> None:
    wrong = sql.failure(words + rest)
    assert wrong.errorcode == 257
    assert f"(at pos {len(words) + 1 + bool(rest)})" in wrong.errortext


@pytest.mark.parametrize(
    ("query", "position"),
    [
        ("SELECT 1 FROM NOSUCH", 15),
        ("SELECT\n  NOSUCH FROM DUMMY", 10),
        ("SELECT 1 FORM DUMMY", 15),
        ("SELECT * FROM DUMMY WHERE DUMMY = 1 AND NOSUCH = 2", 41),
        ("SELECT 'ä' || NOSUCH FROM DUMMY", 15),
    ],
)
def test_errors_point_at_the_word_that_is_wrong(sql: Sql, query: str, position: int) -> None:
    assert f"(at pos {position})" in sql.failure(query).errortext


def test_comments_are_no_words(sql: Sql) -> None:
    assert sql.rows("SELECT /* one */ 1 -- the end\n FROM DUMMY /* * / */") == [(1,)]


def test_a_large_query_is_no_trouble(sql: Sql) -> None:
    terms = " OR ".join(f"DUMMY = '{n}'" for n in range(2000))
    assert sql.rows(f"SELECT 1 FROM DUMMY WHERE {terms}") == []
    values = ", ".join(str(n) for n in range(5000))
    assert sql.rows(f"SELECT 1 FROM DUMMY WHERE 4999 IN ({values})") == [(1,)]
    assert sql.rows(f"SELECT {' + '.join(['1'] * 300)} FROM DUMMY") == [(300,)]
    assert len(sql.rows(f"SELECT {' || '.join(['DUMMY'] * 500)} FROM DUMMY")[0][0]) == 500


@pytest.mark.local_only
def test_nesting_without_end_is_refused_not_suffered(sql: Sql) -> None:
    assert sql.error(f"SELECT {'(' * 5000}1{')' * 5000} FROM DUMMY") == 7
    assert sql.error(f"SELECT {'-' * 1}{'(-' * 3000}1{')' * 3000} FROM DUMMY") == 7
    assert sql.error(f"SELECT 1 FROM DUMMY WHERE {'NOT ' * 3000} 1 = 1") == 7


def test_a_parameter_beside_the_places_of_round_keeps_its_fraction(sql: Sql) -> None:
    assert sql.value("ROUND(?, 1)", D("1.25")) == D("1.3")


def test_binaries_become_text_only_when_asked(sql: Sql) -> None:
    sql.script("CREATE TABLE B (B VARBINARY(5), C BLOB)", "INSERT INTO B VALUES (x'0102', x'0102')")
    assert sql.column("SELECT TO_VARCHAR(B) FROM B") == ["0102"]
    assert sql.error("SELECT UPPER(B) FROM B") == 266
    assert sql.error("SELECT TO_VARCHAR(C) FROM B") == 266
    assert sql.column("SELECT COUNT(*) FROM B WHERE B = x'0102'") == [1]


def test_decimals_of_different_scales_join_and_group(sql: Sql) -> None:
    sql.script("CREATE TABLE A (N DECIMAL(10, 2))", "CREATE TABLE B (N DECIMAL(12, 4), I INT, F DECIMAL)")
    sql.many("INSERT INTO A VALUES (?)", [(D(n) / 4,) for n in range(400)])
    sql.many("INSERT INTO B VALUES (?, ?, ?)", [(D(n) / 4, n, D(n) / 4) for n in range(400)])
    assert sql.column("SELECT COUNT(*) FROM A JOIN B ON A.N = B.N") == [400]
    assert sql.column("SELECT COUNT(*) FROM A JOIN B ON B.F = A.N") == [400]
    assert sql.column("SELECT COUNT(*) FROM A, B WHERE A.N = B.I / 4") == [400]
    assert sql.column("SELECT COUNT(*) FROM A WHERE N IN (SELECT I FROM B)") == [100]
    assert sql.column(
        "SELECT COUNT(*) FROM (SELECT N FROM A UNION SELECT N FROM B UNION SELECT I FROM B)"
    ) == [700]
    assert sql.column("SELECT COUNT(*) FROM (SELECT N FROM A INTERSECT SELECT I FROM B)") == [100]
    assert sql.column("SELECT COUNT(*) FROM (SELECT DISTINCT FLOOR(N) FROM A)") == [100]
    assert sql.column("SELECT TO_VARCHAR(N) FROM A WHERE N = 2.5") == ["2.50"]
    assert sql.column("SELECT N || '' FROM B WHERE N = 2.5") == ["2.5000"]


def test_what_a_subquery_draws_it_draws_once(sql: Sql) -> None:
    sql.run("CREATE SEQUENCE S")
    assert sql.rows("SELECT X, X FROM (SELECT S.NEXTVAL AS X FROM DUMMY)") == [(1, 1)]
    assert sql.rows(
        "SELECT CASE WHEN X = Y THEN 1 END FROM (SELECT X, X AS Y FROM (SELECT RAND() X FROM DUMMY))"
    ) == [(1,)]
    sql.run("CREATE VIEW V AS SELECT SYSUUID AS U FROM DUMMY")
    assert sql.rows("SELECT COUNT(*) FROM (SELECT U AS A, U AS B FROM V) WHERE A = B") == [(1,)]
    assert sql.rows("WITH C AS (SELECT S.NEXTVAL AS X FROM DUMMY) SELECT A.X, B.X FROM C A, C B") == [(2, 2)]


def test_functions_take_parameters_of_any_length(sql: Sql) -> None:
    text = "x" * 1_000_000
    assert sql.rows("SELECT LENGTH(?), LENGTH(UPPER(?)), LEFT(?, 2) FROM DUMMY", text, text, text) == [
        (1_000_000, 1_000_000, "xx")
    ]
