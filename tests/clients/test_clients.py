"""One table of cases for the drivers of all languages."""

from __future__ import annotations

import hashlib
import itertools
from decimal import Decimal
from pathlib import Path

import pytest

from localcloud.certificates import Authority, write_trust
from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana

from .steps import Answer, Client, Step, batch, execute

_numbers = itertools.count()


@pytest.fixture
def table(client: Client) -> str:
    """The name of a table that nobody has made yet."""
    return f"T{next(_numbers)}_{client.name.upper().replace('-', '_').replace('.', '_')}"


def code(answer: Answer) -> int:
    return int(answer["error"]["code"])


def test_it_logs_on_over_validated_tls(client: Client, server: LocalHana) -> None:
    [answer] = client(server, execute("SELECT CURRENT_SCHEMA AS S, CURRENT_USER AS U FROM DUMMY"))
    assert answer["rows"] == [["CLIENTS", "CLIENTS_DT"]]
    assert answer["names"] == ["S", "U"]


def test_a_stranger_s_certificate_is_not_trusted(client: Client, server: LocalHana, tmp_path: Path) -> None:
    write_trust(Authority("A stranger").certificate, tmp_path)
    [answer] = client(server, execute("SELECT * FROM DUMMY"), trust=tmp_path)
    assert "certif" in answer["error"]["text"].lower() or "pkix" in answer["error"]["text"].lower()


def test_a_wrong_password_is_error_10(client: Client, server: LocalHana) -> None:
    [answer] = client(server, execute("SELECT * FROM DUMMY"), password="Wrong1234")
    assert code(answer) == 10
    assert "authentication failed" in answer["error"]["text"]


INTEGERS = {
    "TINYINT": ("0", "255"),
    "SMALLINT": ("-32768", "32767"),
    "INTEGER": ("-2147483648", "2147483647"),
    "BIGINT": ("-9223372036854775808", "9223372036854775807"),
}
TEXTS = {
    "VARCHAR(9)": ("", "~ plain"),
    "NVARCHAR(9)": ("", "aé€😀"),
    "ALPHANUM(9)": ("a1",),
    "NCLOB": ("", "aé€😀"),
    "CLOB": ("", "plain"),
}
VALUES = {
    **{type_: [("int", value) for value in values] for type_, values in INTEGERS.items()},
    **{type_: [("text", value) for value in values] for type_, values in TEXTS.items()},
    "DECIMAL(12, 2)": [("decimal", "-1234567890.12"), ("decimal", "0.01")],
    "DECIMAL(34, 4)": [("decimal", "123456789012345678901234567890.1234")],
    "DECIMAL": [("decimal", "0.0000001"), ("decimal", "-12345678901234567890.5")],
    "DOUBLE": [("double", "-1.5e+300"), ("double", "0.1")],
    "REAL": [("double", "0.25")],
    "BOOLEAN": [("boolean", "true"), ("boolean", "false")],
    "VARBINARY(4)": [("bytes", "00ff"), ("bytes", "")],
    "BLOB": [("bytes", "00ff7f")],
    "DATE": [("date", "0001-01-03"), ("date", "2024-02-29"), ("date", "9999-12-31")],
    "TIME": [("time", "00:00:00"), ("time", "23:59:59")],
    "SECONDDATE": [("timestamp", "2024-02-29 23:59:59")],
    "TIMESTAMP": [("timestamp", "2024-02-29 23:59:59.123456"), ("timestamp", "9999-12-31 00:00:00.000001")],
}


def same(type_: str, given: str, found: str | None) -> bool:
    """Whether a value came back, however its client writes it."""
    if found is None:
        return False
    if type_.startswith("DECIMAL") or type_ in ("DOUBLE", "REAL"):
        return Decimal(found) == Decimal(given)
    if type_ in ("DATE", "TIME", "SECONDDATE", "TIMESTAMP"):
        return found.replace("T", " ").rstrip("Z0").rstrip(".:") == given.rstrip("0").rstrip(".:")
    return found.lower() == given.lower() if type_ == "BOOLEAN" else found == given


@pytest.mark.parametrize("type_", VALUES)
def test_values_come_back_as_they_went(client: Client, server: LocalHana, table: str, type_: str) -> None:
    given = VALUES[type_]
    inserts = [
        execute(f"INSERT INTO {table} VALUES (?, ?)", ("int", str(number)), each)
        for number, each in enumerate([*given, (given[0][0], None)])
    ]
    created, *inserted, read = client(
        server,
        execute(f"CREATE COLUMN TABLE {table} (ID INTEGER, V {type_})"),
        *inserts,
        execute(f"SELECT V FROM {table} ORDER BY ID"),
    )
    assert "error" not in created
    assert [answer.get("count", answer) for answer in inserted] == [1] * len(inserts)
    *values, null = [row[0] for row in read["rows"]]
    assert null is None
    for (_, text), found in zip(given, values, strict=True):
        assert same(type_, text, found), (text, found)


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


@pytest.mark.parametrize("kind", ["BLOB", "NCLOB"])
def test_lobs_of_ten_megabytes_go_both_ways(client: Client, server: LocalHana, table: str, kind: str) -> None:
    if kind == "BLOB":
        value, text = ("long bytes", "00ff7f80", 2_500_000), "00ff7f80" * 2_500_000
    else:
        value, text = ("long text", "aé€bc", 2_000_000), "aé€bc" * 2_000_000
    _, inserted, read = client(
        server,
        execute(f"CREATE COLUMN TABLE {table} (ID INTEGER, L {kind})"),
        execute(f"INSERT INTO {table} VALUES (?, ?)", ("int", "1"), value),
        execute(f"SELECT L FROM {table}"),
    )
    assert inserted.get("count", inserted) == 1
    assert read["rows"] == [[f"{len(text)} {hashlib.sha256(text.encode()).hexdigest()}"]]


def test_what_is_rolled_back_is_gone_and_what_is_committed_stays(
    client: Client, server: LocalHana, table: str
) -> None:
    insert = f"INSERT INTO {table} VALUES (?)"
    *_, rolled_back, _, _, committed = client(
        server,
        execute(f"CREATE COLUMN TABLE {table} (ID INTEGER)"),
        {"do": "begin"},
        execute(insert, ("int", "1")),
        {"do": "rollback"},
        execute(f"SELECT COUNT(*) FROM {table}"),
        execute(insert, ("int", "2")),
        {"do": "commit"},
        execute(f"SELECT COUNT(*) FROM {table}"),
    )
    assert (rolled_back["rows"], committed["rows"]) == ([["0"]], [["1"]])


def test_a_session_does_not_see_what_another_has_not_committed(
    client: Client, server: LocalHana, table: str
) -> None:
    count: Step = execute(f"SELECT COUNT(*) FROM {table}", session=1)
    _, _, _, before, _, after = client(
        server,
        execute(f"CREATE COLUMN TABLE {table} (ID INTEGER)"),
        {"do": "begin"},
        execute(f"INSERT INTO {table} VALUES (1)"),
        count,
        {"do": "commit"},
        count,
        sessions=2,
    )
    assert (before["rows"], after["rows"]) == ([["0"]], [["1"]])


def test_results_tell_names_and_types(client: Client, server: LocalHana) -> None:
    [answer] = client(server, execute("SELECT 1 AS I, TO_NVARCHAR('x') AS \"low\", CURRENT_DATE FROM DUMMY"))
    assert answer["names"] == ["I", "low", "CURRENT_DATE"]
    if answer["types"]:
        assert [type_.upper() for type_ in answer["types"][:2]] in (
            ["INTEGER", "NVARCHAR"],
            ["INT", "NVARCHAR"],
        )


def test_a_statement_that_takes_too_long_ends(client: Client, authority: Authority) -> None:
    with LocalHana(authority=authority) as hana, hana.failing(Fault.SLOW, seconds=8):
        [answer] = client(hana, execute("SELECT * FROM DUMMY", timeout=1))
    assert "error" in answer
