"""JSON_TABLE, JSON_VALUE, JSON_QUERY and FOR JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from .conftest import Sql

ORDERS = json.dumps(
    [
        {"id": 1, "name": "Iris", "items": [{"n": 1, "price": 1.5}, {"n": 2, "price": "2.25"}], "due": None},
        {"id": 2, "name": "Ünal 😀", "items": [], "due": "2024-02-29"},
    ]
)


def table(columns: str, document: str = "?", path: str = "$", more: str = "") -> str:
    return f"SELECT * FROM JSON_TABLE({document}, '{path}' COLUMNS ({columns}) {more}) AS J"


def test_a_path_to_an_array_gives_a_row_for_each_element(sql: Sql) -> None:
    columns = (
        "N FOR ORDINALITY, ID INT PATH '$.id', NAME NVARCHAR(20) PATH '$[\"name\"]', DUE DATE PATH '$.due'"
    )
    for path in ("$", "$[*]", "lax $", "strict $[*]"):
        rows = sql.rows(table(columns, path=path), ORDERS)
        assert [row[:3] for row in rows] == [(1, 1, "Iris"), (2, 2, "Ünal 😀")]
        assert [str(row[3]) for row in rows] == ["None", "2024-02-29"]


def test_nested_paths_give_rows_of_their_own(sql: Sql) -> None:
    inner = "M FOR ORDINALITY, P DECIMAL(9, 2) PATH '$.price'"
    columns = f"ID INT PATH '$.id', NESTED PATH '$.items[*]' COLUMNS ({inner})"
    assert sql.rows(table(columns), ORDERS) == [
        (1, 1, Decimal("1.5")),
        (1, 2, Decimal("2.25")),
        (2, None, None),
    ]


def test_columns_may_be_documents_and_missing_ones_differ_from_null(sql: Sql) -> None:
    columns = (
        "A NVARCHAR(100) FORMAT JSON PATH '$.items', B NVARCHAR(9) FORMAT JSON PATH '$.due', "
        "C NVARCHAR(9) FORMAT JSON PATH '$.nothing', D NVARCHAR(9) PATH '$.due'"
    )
    first, _ = sql.rows(table(columns), ORDERS)
    assert first == ('[{"n":1,"price":1.5},{"n":2,"price":"2.25"}]', "null", None, None)


@pytest.mark.parametrize(
    ("clause", "value"),
    [
        ("", None),
        ("NULL ON ERROR", None),
        ("DEFAULT '7' ON ERROR", 7),
        ("DEFAULT '8' ON EMPTY DEFAULT '9' ON ERROR", 9),
    ],
)
def test_a_value_that_does_not_fit_is_what_on_error_says(sql: Sql, clause: str, value: Any) -> None:
    columns = f"A INT PATH '$.a' {clause}"
    assert sql.column(table(columns), '{"a": "many"}') == [value]
    assert sql.column(table(columns), '{"a": [1]}') == [value]


def test_a_value_that_is_missing_is_what_on_empty_says(sql: Sql) -> None:
    assert sql.column(table("A INT PATH '$.b' DEFAULT 5 ON EMPTY"), "{}") == [5]
    assert sql.error(table("A INT PATH '$.b' ERROR ON EMPTY ERROR ON ERROR"), "{}") == 2


def test_error_on_error_refuses_what_does_not_fit(sql: Sql) -> None:
    assert sql.error(table("A INT PATH '$.a' ERROR ON ERROR"), '{"a": "many"}') == 339
    assert sql.error(table("A NVARCHAR(2) PATH '$.a' ERROR ON ERROR"), '{"a": "many"}') == 274
    assert sql.error(table("A INT PATH '$.a'", more="ERROR ON ERROR"), "no document") == 2
    assert sql.rows(table("A INT PATH '$.a'"), "no document") == []
    assert sql.rows(table("A INT PATH '$.a'"), None) == []


def test_numbers_keep_their_digits(sql: Sql) -> None:
    document = '{"a": 9007199254740993, "b": 12345678901234567890.1234567890, "c": 0.1, "d": 1e2}'
    columns = (
        "A BIGINT PATH '$.a', B DECIMAL(38, 10) PATH '$.b', C DOUBLE PATH '$.c', D INT PATH '$.d', "
        "T NVARCHAR(40) PATH '$.b'"
    )
    digits = "12345678901234567890.1234567890"
    [row] = sql.rows(table(columns), document)
    assert row == (9007199254740993, Decimal(digits), 0.1, 100, digits)


def test_a_long_text_comes_out_whole(sql: Sql) -> None:
    text = "ä" * 20_000
    columns = "A NVARCHAR(2147483647) PATH '$.a'"
    [found] = sql.column(table(columns), json.dumps({"a": text}))
    assert (found.read() if hasattr(found, "read") else found) == text
    assert sql.column(f"SELECT LENGTH(A) FROM ({table(columns)})", json.dumps({"a": text})) == [20_000]


def test_a_document_may_be_a_column_of_what_stands_before_it(sql: Sql) -> None:
    sql.script("CREATE TABLE T (ID INT, DOC NCLOB)", "INSERT INTO T VALUES (1, '[1,2]')")
    sql.script("INSERT INTO T VALUES (2, '[3]')", "INSERT INTO T VALUES (3, NULL)")
    text = "SELECT T.ID, J.V FROM T, JSON_TABLE(T.DOC, '$' COLUMNS (V INT PATH '$')) AS J ORDER BY V"
    assert sql.rows(text) == [(1, 1), (1, 2), (2, 3)]
    text = "SELECT T.ID, J.V FROM T LEFT JOIN JSON_TABLE(T.DOC, '$' COLUMNS (V INT PATH '$')) AS J ON J.V > 1"
    assert sorted(sql.rows(text), key=str) == [(1, 2), (2, 3), (3, None)]


def test_rows_are_inserted_from_a_common_table_that_stands_nowhere_in_from(sql: Sql) -> None:
    """The way in which CAP writes."""
    sql.run("CREATE TABLE T (ID INT PRIMARY KEY, NAME NVARCHAR(20) DEFAULT 'nobody', N INT)")
    source = "WITH SRC AS (SELECT ? AS JSON FROM DUMMY UNION ALL SELECT TO_NCLOB(NULL) AS JSON FROM DUMMY)"
    columns = (
        "ID INT PATH '$.ID', NAME NVARCHAR(80) PATH '$.NAME', "
        "\"$.NAME\" NVARCHAR(2147483647) FORMAT JSON PATH '$.NAME', N INT PATH '$.N'"
    )
    new = f"FROM JSON_TABLE(SRC.JSON, '$' COLUMNS ({columns}) ERROR ON ERROR) AS NEW"
    name = "CASE WHEN \"$.NAME\" IS NULL THEN 'default' ELSE NEW.NAME END"
    insert = f"INSERT INTO T (ID, NAME, N) {source} SELECT NEW.ID, {name}, NEW.N {new}"
    rows: list[dict[str, Any]] = [{"ID": 1, "N": 5}, {"ID": 2, "NAME": None}, {"ID": 3, "NAME": "x" * 20}]
    assert sql.run(insert, json.dumps(rows)) == 3
    assert sql.rows("SELECT * FROM T ORDER BY ID") == [
        (1, "default", 5),
        (2, None, None),
        (3, "x" * 20, None),
    ]
    upsert = (
        f"UPSERT T (ID, NAME, N) {source} SELECT NEW.ID, NEW.NAME, IFNULL(NEW.N, OLD.N) {new} "
        "LEFT JOIN T AS OLD ON NEW.ID = OLD.ID"
    )
    assert sql.run(upsert, '[{"ID": 1, "NAME": "Iris"}, {"ID": 4}]') == 2
    assert sql.rows("SELECT * FROM T WHERE ID IN (1, 4) ORDER BY ID") == [(1, "Iris", 5), (4, None, None)]
    assert sql.error(insert, '[{"ID": 9, "NAME": "ok"}, {"ID": "nine"}]') == 339
    assert sql.column("SELECT ID FROM T WHERE ID = 9") == []


def test_a_list_is_a_document(sql: Sql) -> None:
    sql.script(
        "CREATE TABLE T (NAME NVARCHAR(20))", "INSERT INTO T VALUES ('a')", "INSERT INTO T VALUES ('b')"
    )
    values = "SELECT * FROM JSON_TABLE(?, '$' COLUMNS (\"val\" NVARCHAR(2147483647) PATH '$.val'))"
    assert sql.column(f"SELECT NAME FROM T WHERE NAME IN ({values})", '[{"val": "b"}, {"val": "c"}]') == ["b"]


@pytest.mark.parametrize("path", ["a", "$.", "$[x]", "$.a[", "", "$ $"])
def test_what_is_no_path_is_a_syntax_error(sql: Sql, path: str) -> None:
    assert sql.error(table("A INT PATH '$'", "'{}'", path)) == 257
    assert sql.error(f"SELECT JSON_VALUE('1', '{path}') FROM DUMMY") == 257


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", '{"a":[{"b":1},{"b":[2,3]}],"x y":true}'),
        ("$.a[1].b", "[2,3]"),
        ("$.a[*].b[0]", None),
        ("$.a.b[0]", None),
        ("$['x y']", "true"),
        ('$."x y"', "true"),
        ("$.*", None),
        ("$.a[9]", None),
        ("$[0].a[0]", '{"b":1}'),
    ],
)
def test_a_path_leads_into_a_document(sql: Sql, path: str, found: str | None) -> None:
    document = '{"a": [{"b": 1}, {"b": [2, 3]}], "x y": true}'
    assert sql.value("JSON_QUERY(?, '{}')".format(path.replace("'", "''")), document) == found


def test_a_wrapper_makes_an_array_of_what_is_found(sql: Sql) -> None:
    document = '{"a": [1, "two", null]}'
    assert sql.value("JSON_QUERY(?, '$.a[*]' WITH WRAPPER)", document) == '[1,"two",null]'
    assert sql.value("JSON_QUERY(?, '$.a' WITH CONDITIONAL ARRAY WRAPPER)", document) == '[1,"two",null]'
    assert sql.value("JSON_QUERY(?, '$.a[0]' WITH CONDITIONAL WRAPPER)", document) == "[1]"
    assert sql.value("JSON_QUERY(?, '$.a[*]' EMPTY ARRAY ON ERROR)", document) == "[]"
    assert sql.value("JSON_QUERY(?, '$.b' EMPTY OBJECT ON EMPTY)", document) == "{}"


def test_json_value_takes_one_value(sql: Sql) -> None:
    document = '{"a": {"b": "text"}, "t": true, "n": null, "d": "2024-02-29"}'
    assert sql.value("JSON_VALUE(?, '$.a.b')", document) == "text"
    assert sql.value("JSON_VALUE(?, '$.t')", document) == "true"
    assert sql.value("JSON_VALUE(?, '$.n')", document) is None
    assert sql.value("JSON_VALUE(?, '$.a')", document) is None
    assert sql.value("JSON_VALUE(?, '$.a.b' RETURNING INT DEFAULT -1 ON ERROR)", document) == -1
    assert str(sql.value("ADD_DAYS(JSON_VALUE(?, '$.d' RETURNING DATE), 1)", document)) == "2024-03-01"
    assert sql.error("SELECT JSON_VALUE(?, '$.a' ERROR ON ERROR) FROM DUMMY", document) == 2
    assert sql.error("SELECT JSON_VALUE(x'00', '$') FROM DUMMY") == 266


# FOR JSON -----------------------------------------------------------------------------------------


def document(sql: Sql, text: str) -> Any:
    [found] = sql.column(text)
    return None if found is None else json.loads(found.read() if hasattr(found, "read") else found)


def test_for_json_writes_each_type_as_json_has_it(sql: Sql) -> None:
    columns = (
        '1 AS "a", 12.50 AS "b", 0.1e0 AS "c", TRUE AS "d", \'x"y\n\' AS "e", NULL AS "f", '
        'TO_DATE(\'2024-02-29\') AS "g", TO_NCLOB(\'long\') AS "h", 9007199254740993 AS "i"'
    )
    assert document(sql, f"SELECT {columns} FROM DUMMY FOR JSON ('omitnull'='no', 'arraywrap'='no')") == {
        "a": 1,
        "b": 12.5,
        "c": 0.1,
        "d": True,
        "e": 'x"y\n',
        "f": None,
        "g": "2024-02-29",
        "h": "long",
        "i": 9007199254740993,
    }


def test_for_json_leaves_nulls_out_and_wraps_rows_unless_told_otherwise(sql: Sql) -> None:
    sql.script(
        "CREATE TABLE T (A INT, B INT)", "INSERT INTO T VALUES (2, NULL)", "INSERT INTO T VALUES (1, 3)"
    )
    assert document(sql, "SELECT A, B FROM T ORDER BY A FOR JSON") == [{"A": 1, "B": 3}, {"A": 2}]
    assert document(sql, "SELECT A, B FROM T WHERE A = 2 FOR JSON ('arraywrap'='no')") == {"A": 2}
    assert document(sql, "SELECT A FROM T WHERE A = 9 FOR JSON") is None


def test_for_json_stands_in_a_row_for_its_columns(sql: Sql) -> None:
    sql.script(
        "CREATE TABLE T (A INT, B NVARCHAR(5))",
        "INSERT INTO T VALUES (1, 'x')",
        "INSERT INTO T VALUES (2, 'y')",
    )
    inner = (
        'SELECT A AS "a", B AS "b" FROM JSON_TABLE(\'{}\', \'$\' COLUMNS ("one" FOR ORDINALITY)) '
        "FOR JSON ('format'='no', 'omitnull'='no', 'arraywrap'='no') RETURNS NVARCHAR(2147483647)"
    )
    rows = sql.rows(f"SELECT A, ({inner}) AS J FROM T ORDER BY A")
    found = [(number, json.loads(text.read() if hasattr(text, "read") else text)) for number, text in rows]
    assert found == [(1, {"a": 1, "b": "x"}), (2, {"a": 2, "b": "y"})]


@pytest.mark.local_only
def test_for_json_refuses_what_json_has_no_form_for(sql: Sql) -> None:
    assert sql.error("SELECT x'00' AS A FROM DUMMY FOR JSON") == 7
    assert sql.error("SELECT 1 AS A FROM DUMMY FOR JSON ('format'='yes')") == 7
    assert sql.error("SELECT 1 AS A FROM DUMMY FOR JSON ('colour'='red')") == 7
    assert sql.error("SELECT 1 AS A FROM DUMMY FOR JSON ('omitnull'='perhaps')") == 257


@pytest.mark.parametrize("on_error", ["", " NULL ON ERROR", " DEFAULT '7' ON ERROR", " ERROR ON ERROR"])
def test_an_error_on_empty_is_one_whatever_errors_give(sql: Sql, on_error: str) -> None:
    clauses = "ERROR ON EMPTY" + on_error
    assert sql.error(table(f"A NVARCHAR(9) PATH '$.nothing' {clauses}"), '{"a": 1}') == 2
    if "DEFAULT" not in on_error:
        for function in ("VALUE", "QUERY"):
            assert sql.error(f"SELECT JSON_{function}(?, '$.nothing' {clauses}) FROM DUMMY", '{"a": 1}') == 2


@pytest.mark.local_only
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("$.a[last]", "[last]"),
        ("$[ last - 1 ].a", "[last]"),
        ("strict $[1 to 2]", "[… to …]"),
        ("$.a[0,1]", "[…, …]"),
        ("$..a", ".."),
        ("$.a?(@.b > 1)", "a filter"),
        ("$.a.size()", "a method"),
    ],
)
def test_steps_that_are_not_read_are_refused_by_name(sql: Sql, path: str, name: str) -> None:
    for statement in (
        f"SELECT JSON_VALUE('[]', '{path}') FROM DUMMY",
        f"SELECT JSON_QUERY('[]', '{path}') FROM DUMMY",
        table(f"A INT PATH '{path}'", "'[]'"),
        table("A INT PATH '$.a'", "'[]'", path),
    ):
        failure = sql.failure(statement)
        assert failure.errorcode == 7
        assert f"{name} in a JSON path" in failure.errortext


def test_a_document_is_written_with_its_own_letters(sql: Sql) -> None:
    given = """'{"a": {"\\u00f6": "\\u00f6"}}'"""
    assert sql.rows(f"SELECT JSON_QUERY({given}, '$.a') FROM DUMMY") == [('{"ö":"ö"}',)]


@pytest.mark.local_only
def test_a_document_that_is_nested_too_deep_is_refused_by_name(sql: Sql) -> None:
    """How deep that is depends on Python's version."""
    document = "[" * 100_000 + "]" * 100_000
    assert sql.error("SELECT JSON_QUERY(?, '$') FROM DUMMY", document) == 7


def test_an_index_or_a_number_may_have_any_number_of_digits(sql: Sql) -> None:
    assert sql.rows(f"SELECT JSON_VALUE('[1]', '$[{'9' * 5000}]') FROM DUMMY") == [(None,)]
    assert sql.rows(f"SELECT JSON_VALUE('[1]', '$[{'0' * 5000}]') FROM DUMMY") == [("1",)]
    digits = "9" * 4999
    assert sql.rows("SELECT JSON_VALUE(?, '$.a') FROM DUMMY", f'{{"a": {digits}}}') == [(digits,)]


def test_a_strict_path_may_lead_into_an_empty_array(sql: Sql) -> None:
    document = """'{"a": [], "b": {}, "c": [{"d": 1}]}'"""
    for path, found in (("strict $.a[*]", "[]"), ("strict $.b.*", "[]"), ("strict $.c[*].d", "[1]")):
        rest = "WITH WRAPPER EMPTY ARRAY ON EMPTY ERROR ON ERROR"
        assert sql.rows(f"SELECT JSON_QUERY({document}, '{path}' {rest}) FROM DUMMY") == [(found,)]
    for path in ("strict $.x", "strict $.c[*].x", "strict $.a[0]"):
        assert sql.error(f"SELECT JSON_QUERY({document}, '{path}' ERROR ON ERROR) FROM DUMMY") == 2, path
