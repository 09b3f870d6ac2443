"""Statements, batches and their errors, through the drivers of all languages."""

from __future__ import annotations

import pytest

from localcloud.hana.local import LocalHana

from .steps import Client, batch, code, execute

ENDLESS = (
    "SELECT COUNT(*) FROM M_MONITOR_COLUMNS A, M_MONITOR_COLUMNS B, M_MONITOR_COLUMNS C, M_MONITOR_COLUMNS D"
)


def test_an_sql_error_has_code_text_and_position(client: Client, server: LocalHana) -> None:
    wrong, missing, after = client(
        server,
        execute("SELEC 1 FROM DUMMY"),
        execute("SELECT * FROM NOWHERE"),
        execute("SELECT 1 AS A FROM DUMMY"),
    )
    assert (code(wrong), code(missing)) == (257, 259)
    assert 'incorrect syntax near "SELEC"' in wrong["error"]["text"]
    assert "Could not find table/view NOWHERE in schema CLIENTS" in missing["error"]["text"]
    if "position" in missing["error"]:
        assert missing["error"]["position"] == len("SELECT * FROM N")
    assert after["rows"] == [["1"]]


@pytest.mark.parametrize("length", range(8))
def test_an_error_of_any_length_is_read(client: Client, server: LocalHana, length: int) -> None:
    name = "X" * (length + 1)
    [answer] = client(server, execute(f"SELECT {name} FROM DUMMY"))
    assert code(answer) == 260
    assert f"invalid column name: {name}" in answer["error"]["text"]


def test_a_prepared_statement_finds_rows(client: Client, server: LocalHana, table: str) -> None:
    *_, one, none, many = client(
        server,
        execute(f"CREATE COLUMN TABLE {table} (ID INTEGER PRIMARY KEY, T NVARCHAR(20))"),
        batch(f"INSERT INTO {table} VALUES (?, ?)", [[("int", str(n)), ("text", f"t{n}")] for n in range(9)]),
        execute(f"SELECT T FROM {table} WHERE ID = ? AND T = ?", ("int", "3"), ("text", "t3")),
        execute(f"SELECT T FROM {table} WHERE ID = ?", ("int", "99")),
        execute(f"SELECT T FROM {table} WHERE ID > ? ORDER BY ID", ("int", "6")),
    )
    assert (one["rows"], none["rows"], many["rows"]) == ([["t3"]], [], [["t7"], ["t8"]])


def test_a_batch_of_ten_thousand_rows(client: Client, server: LocalHana, table: str) -> None:
    rows = [[("int", str(number)), ("text", f"row {number}")] for number in range(10_000)]
    _, inserted, counted, read = client(
        server,
        execute(f"CREATE COLUMN TABLE {table} (ID INTEGER PRIMARY KEY, T NVARCHAR(20))"),
        batch(f"INSERT INTO {table} VALUES (?, ?)", rows),
        execute(f"SELECT COUNT(*), SUM(ID) FROM {table}"),
        execute(f"SELECT T FROM {table} ORDER BY ID"),
    )
    assert sum(inserted["counts"]) == 10_000
    assert counted["rows"] == [["10000", "49995000"]]
    assert [row[0] for row in read["rows"]] == [f"row {number}" for number in range(10_000)]


@pytest.mark.parametrize("letters", range(8))
def test_a_batch_with_bad_rows_tells_of_them(
    client: Client, server: LocalHana, table: str, letters: int
) -> None:
    """The errors are as long as the name of the table makes them."""
    name = f"{table}{'Z' * letters}"
    rows = [[("int", each)] for each in ("1", "2", "1", "1", "3")]
    _, _, refused, after = client(
        server,
        execute(f"CREATE COLUMN TABLE {name} (ID INTEGER PRIMARY KEY)"),
        {"do": "begin"},
        batch(f"INSERT INTO {name} VALUES (?)", rows),
        execute("SELECT 1 AS A FROM DUMMY"),
    )
    assert code(refused) == 301
    assert "unique constraint violated" in refused["error"]["text"]
    if "counts" in refused:
        assert [count == -3 for count in refused["counts"]] == [False, False, True, True, False]
    assert after["rows"] == [["1"]]


def test_results_tell_names_and_types(client: Client, server: LocalHana) -> None:
    [answer] = client(server, execute("SELECT 1 AS I, TO_NVARCHAR('x') AS \"low\", CURRENT_DATE FROM DUMMY"))
    assert answer["names"] == ["I", "low", "CURRENT_DATE"]
    if answer["types"]:
        assert [type_.upper() for type_ in answer["types"][:2]] in (
            ["INTEGER", "NVARCHAR"],
            ["INT", "NVARCHAR"],
        )


def test_a_statement_that_takes_too_long_ends(client: Client, server: LocalHana) -> None:
    [answer] = client(server, execute(ENDLESS, timeout=1))
    assert "error" in answer
