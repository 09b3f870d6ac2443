"""Transactions of the drivers of all languages."""

from __future__ import annotations

from localcloud.hana.local import LocalHana

from .steps import Client, Step, execute


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
