"""The local XSUAA takes tokens of the local IAS in exchange for its own, where they were made for that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from localcloud.certificates import Authority
from localcloud.ias.grants import JWT_BEARER
from localcloud.ias.local import LocalIas
from localcloud.identity import IdentityServices, identity_services
from tests.localcloud.xsuaa.walk import claims


@pytest.fixture
def both(authority: Authority) -> Iterator[IdentityServices]:
    with identity_services("both", authority, [5000]) as services:
        yield services


def exchanged(
    both: IdentityServices, authority_file: Path, assertion: str, **headers: str
) -> requests.Response:
    """As the approuter asks: at `uaadomain`, with the tenant in a header."""
    assert both.xsuaa
    binding = both.xsuaa.binding()
    form = {
        "grant_type": JWT_BEARER,
        "client_id": binding["clientid"],
        "client_secret": binding["clientsecret"],
        "assertion": assertion,
    }
    address = f"https://{binding['uaadomain']}/oauth/token"
    return requests.post(
        address,
        data=form,
        headers={"x-zid": binding["zoneid"], **headers},
        verify=str(authority_file),
        timeout=30,
    )


def test_a_token_of_ias_becomes_one_of_xsuaa_with_the_scopes_of_the_same_person(
    both: IdentityServices, authority_file: Path
) -> None:
    assert both.ias
    answer = exchanged(both, authority_file, both.ias.token("bob")).json()
    token = claims(answer["access_token"])
    assert token["user_name"] == "bob"
    assert token["scope"] == ["openid", "myapp!t1.Display"]
    assert token["xs.user.attributes"] == {"rooms": ["IRIS", "LOTUS"]}
    assert claims(both.ias.token("bob"))["rooms"] == ["IRIS", "LOTUS"]
    assert token["zid"] == claims(both.ias.token("bob"))["app_tid"]


def test_without_cross_consumption_the_exchange_is_refused(
    both: IdentityServices, authority_file: Path
) -> None:
    assert both.ias
    both.ias.tenant.consumers = ()
    answer = exchanged(both, authority_file, both.ias.token("bob"))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_token_of_another_tenant_or_zone_is_refused(
    both: IdentityServices, authority_file: Path, authority: Authority
) -> None:
    assert both.ias
    with LocalIas(authority=authority) as other:
        other.tenant.consumers = both.ias.tenant.consumers
        assert exchanged(both, authority_file, other.token()).status_code == 400
    another = exchanged(both, authority_file, both.ias.token(), **{"x-zid": "another"})
    assert (another.status_code, another.json()["error"]) == (400, "invalid_request")
    assert exchanged(both, authority_file, both.ias.mint("alice", {"exp": 1})).status_code == 400


@pytest.mark.parametrize("identity", ["xsuaa", "ias", "both"])
def test_the_apps_are_bound_to_what_runs(identity: str, authority: Authority) -> None:
    with identity_services(identity, authority, [5000]) as services:
        expected = {"xsuaa": ["pyuaa"], "ias": ["pyias"], "both": ["pyuaa", "pyias"]}
        assert list(services.bindings) == expected[identity]
        assert [person.name for person in services.people] == ["alice", "bob", "carol"]
