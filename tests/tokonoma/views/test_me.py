from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa


@pytest.fixture(scope="module")
def hana(authority: Authority) -> Iterator[LocalHana]:
    """The one behind the service, with the museum in it."""
    with LocalHana(authority=authority, seed=Path("db").absolute()) as museum:
        yield museum


def test_everybody_is_told_their_roles_and_what_they_see(client: FlaskClient, xsuaa: LocalXsuaa) -> None:
    told = {}
    for user in ("alice", "bob", "carol"):
        answer = client.get("/me", headers={"Authorization": f"Bearer {xsuaa.token(user)}"})
        assert "Authorization" in answer.headers["Vary"]
        told[user] = answer.get_json()
    assert told["alice"]["roles"] == ["curator", "viewer"]
    assert {"name": "PURCHASE", "label": "Purchases"} in told["alice"]["objects"]
    assert told["alice"]["attributes"] == {}
    assert told["bob"]["roles"] == ["viewer"]
    assert told["bob"]["attributes"] == {"rooms": ["IRIS", "LOTUS"]}
    assert [each["label"] for each in told["bob"]["objects"]] == [
        *("Artists", "Climate by the day", "Climate by the hour", "Rooms", "Works", "Works at risk")
    ]
    assert told["carol"] == {"name": "carol", "roles": [], "attributes": {}, "objects": []}


def test_nobody_is_told_without_a_token(client: FlaskClient) -> None:
    assert client.get("/me").status_code == 403
