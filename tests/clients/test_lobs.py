"""Large values go through the drivers of all languages and back."""

from __future__ import annotations

import hashlib

import pytest

from localcloud.hana.local import LocalHana

from .steps import Client, execute


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


def test_a_query_takes_a_text_of_ten_megabytes(client: Client, server: LocalHana) -> None:
    value = ("long text", "aé€bc", 2_000_000)
    (read,) = client(server, execute("SELECT LENGTH(TO_NCLOB(?)) AS L FROM SYS.DUMMY", value))
    assert [[int(each) for each in row] for row in read["rows"]] == [[10_000_000]]
