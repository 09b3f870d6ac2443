"""Whom HANA sees in APPLICATIONUSER: set for every statement, gone at return, and what may be set by whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud.hana.local import LocalHana
from tokonoma.hana.connector import Connector
from tokonoma.hana.pool import LONGEST_USER, Pool
from tokonoma.hana.schema import Schema
from tokonoma.settings import Settings

SEEN = "SELECT SESSION_CONTEXT('APPLICATIONUSER') AS U FROM DUMMY"


@pytest.mark.parametrize(("setting", "seen"), [("name", "alice@example.com"), ("id", "1-2-3")])
def test_a_setting_says_whether_hana_is_told_the_name(
    open_hana: Callable[..., Schema], setting: str, seen: str
) -> None:
    hana = open_hana(hana_user=setting)
    user = hana.user_of("alice@example.com", "1-2-3")
    assert [row["U"] for row in hana.select(SEEN, user=user)] == [seen]


def test_a_connection_that_lies_in_the_pool_acts_for_nobody(hana_binding: Any) -> None:
    pool = Pool(Connector(hana_binding, Settings()), Settings())
    connection = pool.acquire(0)
    connection.act_for("alice")
    pool.release(connection)
    again = pool.acquire(0)
    assert again is connection
    again.cursor.execute(SEEN)
    assert not again.cursor.fetchone()[0]
    pool.release(again)
    for closing in pool.close_idle():
        closing.join()


def test_a_name_of_any_length_is_told_and_is_nobody_elses(open_hana: Callable[..., Schema]) -> None:
    hana = open_hana()
    longest = "a" * LONGEST_USER
    assert [row["U"] for row in hana.select(SEEN, user=longest)] == [longest]
    told = {row["U"] for end in ("b", "c", "é" * 6000) for row in hana.select(SEEN, user=f"{longest}{end}")}
    assert len(told) == 3
    assert all(len(each) == LONGEST_USER and each.startswith("aaaa") for each in told)
    assert longest not in told


def statements_of_the_page() -> list[str]:
    page = (Path(__file__).parents[3] / "docs" / "identity.md").read_text()
    [block] = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    return [statement.strip() for statement in block.split(";") if statement.strip()]


def as_owner(local: LocalHana, *statements: str) -> None:
    binding = local.binding()
    owner = dbapi.connect(
        address=local.host,
        port=local.port,
        user=binding["hdi_user"],
        password=binding["hdi_password"],
        currentSchema=binding["schema"],
        encrypt=True,
        sslTrustStore=local.certificate,
    )
    try:
        for statement in statements:
            owner.cursor().execute(statement)
    finally:
        owner.close()


def test_the_view_of_the_page_shows_everybody_their_own_rows(
    open_hana: Callable[..., Schema], local: LocalHana
) -> None:
    as_owner(
        local,
        *statements_of_the_page(),
        "INSERT INTO LOAN VALUES (1, 'alice@example.com')",
        "INSERT INTO LOAN VALUES (2, 'bob@example.com')",
    )
    hana = open_hana()
    for user, expected in (("alice@example.com", [1]), ("bob@example.com", [2]), ("carol@example.com", [])):
        assert [row["WORK_ID"] for row in hana.select("SELECT * FROM MY_LOAN", user=user)] == expected
    assert hana.select("SELECT * FROM MY_LOAN") == []


@pytest.mark.parametrize("name", ["XS_APPLICATIONUSER", "xs_applicationuser"])
@pytest.mark.parametrize("value", ["alice", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "<saml/>", ""])
def test_the_variable_that_hana_verifies_takes_nothing_that_it_cannot_check(
    local: LocalHana, name: str, value: str
) -> None:
    """No JWT provider is there, so there is nothing that it could check: by SQL, and by client info."""
    binding = local.binding()
    connection = dbapi.connect(
        address=local.host,
        port=local.port,
        user=binding["user"],
        password=binding["password"],
        encrypt=True,
        sslTrustStore=local.certificate,
    )
    cursor = connection.cursor()
    with pytest.raises(dbapi.Error) as refused:
        cursor.execute(f"SET '{name}' = '{value}'")
    assert refused.value.errorcode == 7
    connection.setclientinfo(name, value or "x")
    with pytest.raises(dbapi.Error) as refused:
        cursor.execute("SELECT SESSION_CONTEXT('XS_APPLICATIONUSER') FROM DUMMY")
    assert refused.value.errorcode == 7
    connection.close()
