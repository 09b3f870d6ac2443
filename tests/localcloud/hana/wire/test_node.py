"""The Node clients, unmodified: npm `hdb`, which checks the server's proof, and npm `@sap/hana-client`."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana

NODE = Path(__file__).parents[3] / "node"
DRIVERS = {
    "hdb": NODE / "node_modules" / "hdb",
    "hana-client": NODE / "node_modules" / "@sap" / "hana-client",
}

_numbers = itertools.count()


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest) -> str:
    """The name of a Node client that is installed."""
    missing = (
        "Node is not on the PATH (make test installs one)"
        if shutil.which("node") is None
        else f"npm {request.param} is not installed (npm ci in tests/node, or make test)"
        if not DRIVERS[request.param].exists()
        else ""
    )
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    return str(request.param)


class Node:
    """Runs steps, each a statement with or without parameters, through one connection of a client."""

    def __init__(self, hana: LocalHana, driver: str) -> None:
        self.driver = driver
        self.connection: dict[str, Any] = {
            "host": "localhost",
            "port": hana.port,
            "user": hana.hdi_user,
            "password": hana.hdi_password,
            "certificate": hana.certificate,
            "schema": hana.schema,
            "extra": {},
        }

    def __call__(self, *steps: str | tuple[str, Sequence[object]], **changed: object) -> list[Any]:
        asked = [
            {"sql": step} if isinstance(step, str) else {"sql": step[0], "parameters": step[1]}
            for step in steps
        ]
        question = {"connection": {**self.connection, **changed}, "steps": asked}
        answer = subprocess.run(
            ["node", str(NODE / "run.js"), self.driver],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        answers: list[Any] = json.loads(answer.stdout)
        return answers


@pytest.fixture
def node(server: LocalHana, driver: str) -> Node:
    return Node(server, driver)


@pytest.fixture
def table() -> str:
    return f"NODE_{next(_numbers)}"


def test_it_logs_on_and_asks_the_time(node: Node) -> None:
    (rows,) = node("select CURRENT_UTCTIMESTAMP from DUMMY")
    assert list(rows[0]) == ["CURRENT_UTCTIMESTAMP"]
    assert rows[0]["CURRENT_UTCTIMESTAMP"].startswith("20")


def test_it_is_in_the_schema_that_it_asked_for(node: Node) -> None:
    (rows,) = node("SELECT CURRENT_SCHEMA AS S FROM DUMMY")
    assert rows == [{"S": "WIRE"}]
    (rows,) = node("SELECT CURRENT_SCHEMA AS S FROM DUMMY", schema="SYS")
    assert rows == [{"S": "SYS"}]


def test_a_wrong_password_is_error_10(node: Node) -> None:
    (refusal,) = node("SELECT * FROM DUMMY", password="Wrong1234")
    assert refusal["code"] == 10


def test_a_stranger_s_certificate_is_not_trusted(node: Node) -> None:
    (refusal,) = node("SELECT * FROM DUMMY", certificate=Authority("A stranger").certificate)
    assert "certificate" in refusal["message"].lower()


def test_parameters_come_back_as_results(node: Node, table: str) -> None:
    _, inserted, rows = node(
        f"CREATE COLUMN TABLE {table} (I INTEGER, B BIGINT, T NVARCHAR(50), D DECIMAL(10, 2), F DOUBLE, "
        "Y DATE, C TIME, V VARBINARY(9))",
        (
            f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [-5, "9223372036854775807", "hé😀", "12.5", 0.25, "1500-02-28", "23:59:59", {"base64": "AP8="}],
        ),
        (f"SELECT * FROM {table} WHERE T = ?", ["hé😀"]),
    )
    assert inserted == 1
    (row,) = rows
    assert str(row.pop("B")) == "9223372036854775807"
    assert row == {
        "I": -5,
        "T": "hé😀",
        "D": "12.50",
        "F": 0.25,
        "Y": "1500-02-28",
        "C": "23:59:59",
        "V": {"base64": "AP8="},
    }


def test_nulls_stay_nulls(node: Node, table: str) -> None:
    *_, rows = node(
        f"CREATE COLUMN TABLE {table} (I INTEGER, T NVARCHAR(50), D DECIMAL(10, 2), Y TIMESTAMP, L NCLOB, "
        "O BOOLEAN)",
        (f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?)", [None] * 6),
        f"SELECT * FROM {table}",
    )
    assert rows == [dict.fromkeys("ITDYLO")]


# hana-client sends a broken message where its packet ends inside a character above U+FFFF.
@pytest.mark.parametrize("text", ["aé😀" * 10, "aé😀" * 5_000, "aé€" * 800_000], ids=len)
def test_long_texts_come_back_as_they_went(node: Node, table: str, text: str) -> None:
    *_, inserted, rows = node(
        f"CREATE COLUMN TABLE {table} (L NCLOB)",
        (f"INSERT INTO {table} VALUES (?)", [text]),
        f"SELECT * FROM {table}",
    )
    assert inserted == 1
    read = rows[0]["L"]
    if isinstance(read, dict):  # hdb hands out the bytes as they are, in CESU-8
        units = base64.b64decode(read["base64"]).decode("utf-8", "surrogatepass")
        read = units.encode("utf-16", "surrogatepass").decode("utf-16")
    assert read == text


def test_long_bytes_come_back_as_they_went(node: Node, table: str) -> None:
    value = {"base64": base64.b64encode(bytes(range(256)) * 8_000).decode()}
    *_, rows = node(
        f"CREATE COLUMN TABLE {table} (L BLOB)",
        (f"INSERT INTO {table} VALUES (?)", [value]),
        f"SELECT * FROM {table}",
    )
    assert rows == [{"L": value}]


def test_many_rows_come_in_many_pages(node: Node, table: str) -> None:
    *_, rows = node(
        f"CREATE COLUMN TABLE {table} (I INTEGER)",
        f"INSERT INTO {table} VALUES (1)",
        *[f"INSERT INTO {table} SELECT I + (SELECT COUNT(*) FROM {table}) FROM {table}"] * 14,
        f"SELECT I FROM {table} ORDER BY I",
    )
    assert [row["I"] for row in rows] == list(range(1, 2**14 + 1))


def test_errors_have_hana_s_codes(node: Node, table: str) -> None:
    _, missing, syntax, _, doubled, after = node(
        f"CREATE COLUMN TABLE {table} (I INTEGER PRIMARY KEY)",
        "SELECT * FROM NOWHERE",
        "SELEC 1 FROM DUMMY",
        f"INSERT INTO {table} VALUES (1)",
        (f"INSERT INTO {table} VALUES (?)", [1]),
        "SELECT * FROM DUMMY",
    )
    assert [missing["code"], syntax["code"], doubled["code"]] == [259, 257, 301]
    assert after == [{"DUMMY": "X"}]


@pytest.mark.parametrize("driver", ["hdb"], indirect=True)
def test_hdb_speaks_the_newest_data_format_too(node: Node, table: str) -> None:
    *_, rows = node(
        f"CREATE COLUMN TABLE {table} (D DECIMAL(38, 10), S TIMESTAMP, O BOOLEAN, A ALPHANUM(5))",
        f"INSERT INTO {table} VALUES ('1234567890123456789012345678.0123456789', "
        "'2024-02-29 01:02:03.1234567', TRUE, 'a1')",
        f"SELECT * FROM {table}",
        extra={"dataFormatSupport": 8},
    )
    assert rows == [
        {
            "D": "1234567890123456789012345678.0123456789",
            "S": "2024-02-29 01:02:03.123456700",
            "O": True,
            "A": "a1",
        }
    ]
