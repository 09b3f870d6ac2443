"""Objects that change, vanish or cannot be read while the service runs (data-traps 5.4.30 and 5.6.34)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.odata.conftest import Person
from tokonoma.data import refreshed
from tokonoma.errors import HanaUnavailable

POLICY = """\
[roles]
curator = { xsuaa = "$XSAPPNAME.Curate" }
[objects.MOVING]
key = ["ID"]
grants = [{ role = "curator" }]
[objects.CRATE]
grants = [{ role = "curator" }]
[objects.MOVED]
grants = [{ role = "curator" }]
"""


@pytest.fixture
def moving(authority: Authority) -> Iterator[LocalHana]:
    """A local HANA whose objects a test may change."""
    with LocalHana(authority=authority, schema="MOVING_HOUSE") as hana:
        yield hana


@pytest.fixture
def owner(moving: LocalHana) -> Iterator[Callable[[str], None]]:
    """Runs statements as the schema's owner."""
    connection = connect(moving.binding(), owner=True)

    def run(statement: str) -> None:
        connection.cursor().execute(statement)
        connection.commit()

    run("CREATE COLUMN TABLE MOVED (ID INTEGER PRIMARY KEY, TITLE NVARCHAR(10))")
    run("CREATE COLUMN TABLE FURNITURE (ID INTEGER, TITLE NVARCHAR(10))")
    run("INSERT INTO FURNITURE VALUES (1, 'chair')")
    run("CREATE COLUMN TABLE CRATE (ID INTEGER PRIMARY KEY, CONTENT BLOB)")
    cursor = connection.cursor()
    cursor.execute("INSERT INTO CRATE VALUES (?, ?)", (1, b"x" * 4_000_000))
    run("CREATE VIEW MOVING AS SELECT ID, TITLE FROM FURNITURE")
    yield run
    connection.close()


@pytest.fixture
def mover(
    moving: LocalHana,
    owner: Callable[[str], None],
    make_service: Callable[..., Flask],
    xsuaa: LocalXsuaa,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Person:
    """Somebody who reads what moves."""
    monkeypatch.setattr(refreshed, "PAUSE", 0.0)
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    token = xsuaa.token("alice", scopes=["openid", "$XSAPPNAME.Curate"])
    return Person(make_service(moving, policy).test_client(), token)


def eventually(ask: Callable[[], Any], expected: Any) -> None:
    until = time.monotonic() + 20
    while (found := ask()) != expected and time.monotonic() < until:
        time.sleep(0.05)
    assert found == expected


@pytest.mark.parametrize(
    ("name", "change"),
    [("MOVED", "DROP TABLE MOVED"), ("MOVING", "DROP VIEW MOVING")],
)
def test_an_object_that_vanishes_is_not_available_and_then_unknown(
    mover: Person, owner: Callable[[str], None], name: str, change: str
) -> None:
    assert mover.get(name).status_code == 200
    owner(change)
    assert mover.error(name) == (503, "object-unavailable", "")
    assert "python -m tokonoma.doctor" in mover.get(name).get_data(as_text=True)
    assert mover.get(name).headers.get("Retry-After", "10") == "10"
    eventually(lambda: mover.get(name).status_code, 404)
    assert mover.get(name).data == mover.get("NOPE").data
    assert name not in [each["name"] for each in mover.json("")["value"]]


def test_a_column_that_is_dropped_leaves_the_object_and_its_metadata(
    mover: Person, owner: Callable[[str], None]
) -> None:
    etag = mover.get("$metadata").headers["ETag"]
    assert mover.get("MOVED").status_code == 200
    owner("ALTER TABLE MOVED DROP (TITLE)")
    assert mover.error("MOVED")[0] == 503
    eventually(lambda: mover.get("MOVED").status_code, 200)
    assert mover.get("$metadata").headers["ETag"] != etag
    assert mover.error("MOVED?$select=TITLE")[0] == 400


def test_a_policys_key_that_is_not_unique_any_longer_hides_no_row(
    mover: Person, owner: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    """Group 5.6.34."""
    assert mover.json("MOVING(1)")["TITLE"] == "chair"
    owner("INSERT INTO FURNITURE VALUES (1, 'table')")
    with caplog.at_level(logging.ERROR):
        assert mover.error("MOVING(1)") == (500, "key-not-unique", "")
    assert "MOVING_HOUSE.MOVING is not unique" in caplog.text
    assert len(mover.json("MOVING")["value"]) == 2


def test_a_privilege_that_is_missing_looks_like_a_stopped_object_and_is_in_the_log(
    mover: Person, owner: Callable[[str], None], moving: LocalHana, caplog: pytest.LogCaptureFixture
) -> None:
    assert mover.get("MOVED").status_code == 200
    owner(f'REVOKE SELECT ON SCHEMA "{moving.schema}" FROM "{moving.user}"')
    with caplog.at_level(logging.WARNING):
        assert mover.error("MOVED") == (503, "object-unavailable", "")
    assert "grant SELECT on the object to the bound user" in caplog.text


def test_operators_are_told_which_object_fails_until_it_answers_again(
    mover: Person,
    owner: Callable[[str], None],
    moving: LocalHana,
    xsuaa: LocalXsuaa,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Group 5.4.30. The log has it once, however many ask."""
    token = xsuaa.token("alice", scopes=["openid", "$XSAPPNAME.Operate"])

    def told(**headers: str) -> Any:
        answer = mover.client.get("/actuator/health", headers=headers)
        assert answer.status_code == 200
        return answer.get_json().get("components", {}).get("hana", {}).get("details")

    operator = {"Authorization": f"Bearer {token}"}
    assert mover.get("MOVED").status_code == 200
    assert told(**operator) is None
    owner(f'REVOKE SELECT ON SCHEMA "{moving.schema}" FROM "{moving.user}"')
    for _ in range(3):
        assert mover.error("MOVED")[0] == 503
    assert told(**operator) == {"MOVING_HOUSE.MOVED": "the bound user may not read it: grant SELECT on it"}
    assert told() is told(Authorization=f"Bearer {mover.token}") is None
    assert caplog.text.count("MOVING_HOUSE.MOVED cannot be read") == 1
    owner(f'GRANT SELECT ON SCHEMA "{moving.schema}" TO "{moving.user}"')
    assert mover.get("MOVED").status_code == 200
    assert told(**operator) is None


def test_an_object_that_may_not_be_read_hides_no_other_one(
    mover: Person,
    owner: Callable[[str], None],
    moving: LocalHana,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Group 5.4.30. The key that the policy gives to MOVING is looked at when the catalogue is read."""
    owner(f'REVOKE SELECT ON SCHEMA "{moving.schema}" FROM "{moving.user}"')
    owner(f'GRANT SELECT ON "{moving.schema}".MOVED TO "{moving.user}"')
    mover.client.application.extensions["tokonoma.access"].suspect()
    eventually(lambda: "the key of object 'MOVING' could not be checked" in caplog.text, True)
    assert mover.get("MOVED").status_code == 200
    assert mover.error("MOVING") == (503, "object-unavailable", "")


def test_a_count_that_takes_too_long_is_no_number(
    moving: LocalHana,
    owner: Callable[[str], None],
    make_service: Callable[..., Flask],
    xsuaa: LocalXsuaa,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Group 5.3.21."""
    monkeypatch.setenv("TOKONOMA_HANA_STATEMENT_TIMEOUT", "1")
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    token = xsuaa.token("alice", scopes=["openid", "$XSAPPNAME.Curate"])
    mover = Person(make_service(moving, policy).test_client(), token)
    assert mover.get("MOVED/$count").text == "0"
    with moving.failing(Fault.SLOW, seconds=30):
        for path in ("MOVED/$count", "MOVED?$count=true"):
            assert mover.error(path) == (504, "hana-timeout", "")
    assert mover.get("MOVED/$count").text == "0"


def test_without_hana_nobody_is_told_that_there_is_nothing(mover: Person, moving: LocalHana) -> None:
    assert mover.get("MOVED").status_code == 200
    moving.stop()
    status, code, _ = mover.error("MOVED")
    assert (status, code) == (503, "hana-unavailable")


def test_a_large_value_that_breaks_off_does_not_end_well(mover: Person, moving: LocalHana) -> None:
    """The server then cuts the connection: what came is not taken for the whole."""
    answer = mover.client.get(
        "/odata/CRATE(1)/CONTENT", headers={"Authorization": f"Bearer {mover.token}"}, buffered=False
    )
    pieces = iter(answer.response)
    size = len(next(pieces))
    moving.stop()
    with pytest.raises(HanaUnavailable):
        size += sum(len(piece) for piece in pieces)
    assert size < 4_000_000
    answer.close()
