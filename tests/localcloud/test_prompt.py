"""The SQL prompt: what is a statement, and how values of any type look in a line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from localcloud.hana.local import LocalHana
from localcloud.prompt import shown, split
from localcloud.running_cloud import RunningCloud, claimed


@pytest.fixture(scope="module")
def folder(hana: LocalHana, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The notes of a local cloud of which only HANA is there."""
    folder = tmp_path_factory.mktemp("notes")
    with claimed(folder):
        RunningCloud("http://localhost:1", hana.binding(), None, None, "", {}).remember(folder)
        yield folder


def sql(folder: Path, feed: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "localcloud", "sql", "--folder", str(folder), *options]
    return subprocess.run(command, input=feed, capture_output=True, text=True, timeout=60, check=False)


def lines(folder: Path, statement: str) -> list[str]:
    answer = sql(folder, statement)
    assert answer.stderr == ""
    return answer.stdout.splitlines()


@pytest.mark.parametrize(
    ("text", "complete", "pending"),
    [
        ("SELECT 1", [], "SELECT 1"),
        ("SELECT 1;", ["SELECT 1"], ""),
        ("SELECT 1; SELECT 2; SEL", ["SELECT 1", "SELECT 2"], "SEL"),
        ("SELECT ';', \";\" /* ; */;", ["SELECT ';', \";\" /* ; */"], ""),
        ("SELECT 'a;", [], "SELECT 'a;"),
        ("SELECT 'a;\nb';", ["SELECT 'a;\nb'"], ""),
        ("SELECT 1 -- one;", [], "SELECT 1 -- one;"),
        ("SELECT 1 -- one\n;", ["SELECT 1 -- one"], ""),
        ("SELECT 'it''s;';", ["SELECT 'it''s;'"], ""),
        ("", [], ""),
        (";", [], ""),
    ],
)
def test_a_statement_ends_with_a_semicolon_that_stands_for_itself(
    text: str, complete: list[str], pending: str
) -> None:
    assert split(text) == (complete, pending)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (None, "NULL"),
        ("NULL", "NULL"),
        ("", ""),
        ("a\nb\x1b[31m", "a\\nb\\x1b[31m"),
        ("日本", "日本"),
        (True, "TRUE"),
        (Decimal("1.50"), "1.50"),
        (date(2025, 2, 3), "2025-02-03"),
        (b"\x00\xff\x10", "0x00FF10"),
        (memoryview(b"Hana"), "0x48616E61"),
        (b"", "0x"),
    ],
)
def test_every_value_has_one_line(value: object, line: str) -> None:
    assert shown(value, 60) == line


@pytest.mark.parametrize(("value", "length"), [("x" * 5000, "5,000 characters"), (b"x" * 70, "70 bytes")])
def test_a_long_value_is_shortened_and_tells_its_length(value: object, length: str) -> None:
    line = shown(value, 60)
    assert len(line) == 60
    assert line.endswith(f"… ({length})")


def test_binaries_and_nulls_can_be_read(folder: Path) -> None:
    assert lines(folder, "SELECT X'00FF10' AS B, NULL AS N, 7 AS SEVEN, TO_BLOB(X'AB') AS L FROM DUMMY;") == [
        "B         N     SEVEN  L",
        "--------  ----  -----  ----",
        "0x00FF10  NULL      7  0xAB",
        "1 row",
    ]


def test_a_statement_may_take_many_lines_and_a_line_many_statements(folder: Path) -> None:
    assert lines(folder, "SELECT 1 AS A\nFROM DUMMY; SELECT 2 AS B FROM\nDUMMY") == [
        *("A", "-", "1", "1 row"),
        *("B", "-", "2", "1 row"),
    ]


def test_an_error_is_one_line_and_the_next_statement_is_run(folder: Path) -> None:
    answer = sql(folder, "SELECT NOTHING\n\nFROM DUMMY;\nSELECT 1 AS A FROM DUMMY;")
    assert answer.returncode == 1
    [error] = answer.stderr.splitlines()
    assert error.startswith("260: ")
    assert answer.stdout.splitlines() == ["A", "-", "1", "1 row"]


def test_of_many_rows_the_first_are_shown(folder: Path) -> None:
    ten = " UNION ALL ".join(f"SELECT {digit} AS N FROM DUMMY" for digit in range(10))
    thousand = f"SELECT X.N FROM ({ten}) X CROSS JOIN ({ten}) Y CROSS JOIN ({ten}) Z"
    assert lines(folder, f"{thousand};")[-1] == "1000 rows"
    printed = lines(folder, f"{thousand} UNION ALL SELECT 1 FROM DUMMY;")
    assert printed[-1] == "1000 rows, and there are more"
    assert len(printed) == 1003


def test_the_owner_may_define_tables_and_others_may_not(folder: Path) -> None:
    assert sql(folder, "CREATE TABLE OF_THE_OWNER (A INT); DROP TABLE OF_THE_OWNER;", "--owner").stderr == ""
    assert sql(folder, "CREATE TABLE OF_NOBODY (A INT);").stderr.startswith("258: ")


def test_on_a_terminal_wide_results_go_down_the_page_and_ctrl_d_leaves(folder: Path) -> None:
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "localcloud", "sql", "--folder", folder],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "COLUMNS": "40", "TERM": "dumb"},
    )
    os.close(theirs)

    printed = ""

    def read_until(words: str) -> str:
        nonlocal printed
        while words not in printed:
            printed += os.read(ours, 4096).decode().replace("\r\n", "\n")
        before, _, printed = printed.partition(words)
        return before

    try:
        read_until("hana> ")
        os.write(ours, b"SELECT LPAD('', 30, 'x') AS LONG_ONE, 1 AS N,\nLPAD('', 30, 'y') AS M FROM DUMMY;\n")
        assert read_until("1 row").endswith(
            f"-- row 1\nLONG_ONE  {'x' * 30}\nN         1\nM         {'y' * 30}\n"
        )
        read_until("hana> ")
        os.write(ours, b"\x04")
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
