"""XSUAA and IAS side by side: which services are taken for them, and what becomes of an outage of one."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from localcloud.cloudfoundry import vcap_services
from localcloud.http_faults import HttpFault
from localcloud.ias.local import LocalIas
from localcloud.ias.pages import CERTS
from localcloud.xsuaa.endpoints import TOKEN_KEYS
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.auth.forging import bearer
from tokonoma.auth.gate import Gate
from tokonoma.bindings import platform_environment
from tokonoma.errors import KeysUnavailable, TokenInvalid
from tokonoma.platforms import cloud_foundry
from tokonoma.settings import Settings

Bound = Callable[..., Gate]


@pytest.fixture
def bound(
    bind: Callable[..., None], monkeypatch: pytest.MonkeyPatch, ias: LocalIas, xsuaa: LocalXsuaa
) -> Bound:
    """The gate where an XSUAA with this label and name is bound beside IAS."""

    def bound(label: str = "xsuaa", name: str = "pyuaa", **settings: str) -> Gate:
        bind()
        services = json.loads(vcap_services({"pyias": ("identity", "application", ias.binding())}))
        known = {key: value for key, value in xsuaa.binding().items() if key != "verificationkey"}
        services[label] = [{"name": name, "label": label, "credentials": known}]
        monkeypatch.setenv("VCAP_SERVICES", json.dumps(services))
        return cloud_foundry.gate({}, platform_environment(), Settings(**settings))  # type: ignore[arg-type]

    return bound


@pytest.mark.parametrize(
    ("label", "name", "setting", "kinds"),
    [
        ("xsuaa", "pyuaa", "", ("xsuaa", "ias")),
        ("xsuaa", "other", "", ("xsuaa", "ias")),
        ("user-provided", "pyuaa", "", ("xsuaa", "ias")),
        ("user-provided", "other", "other", ("xsuaa", "ias")),
        ("user-provided", "other", "", ("ias",)),
    ],
)
def test_an_xsuaa_beside_ias_is_taken_as_it_is_alone(
    bound: Bound, label: str, name: str, setting: str, kinds: tuple[str, ...]
) -> None:
    assert bound(label, name, xsuaa_service=setting).kinds == kinds


def test_while_one_is_away_the_callers_of_the_other_are_served(
    bound: Bound, ias: LocalIas, xsuaa: LocalXsuaa
) -> None:
    gate = bound()
    with ias.failing(CERTS, HttpFault.STATUS, status=503):
        assert gate.identify(bearer(xsuaa.token("alice"))).zone == xsuaa.binding()["identityzoneid"]
        with pytest.raises(KeysUnavailable):
            gate.identify(bearer(ias.token("alice")))
        assert gate.usable


def test_without_either_nobody_can_be_checked(bound: Bound, ias: LocalIas, xsuaa: LocalXsuaa) -> None:
    gate = bound()
    with (
        ias.failing(CERTS, HttpFault.STATUS, status=503),
        xsuaa.failing(TOKEN_KEYS, HttpFault.STATUS, status=503),
    ):
        for token in (ias.token("alice"), xsuaa.token("alice")):
            with pytest.raises(KeysUnavailable):
                gate.identify(bearer(token))
        assert not gate.usable


def test_an_old_binding_of_ias_names_its_tenant_otherwise(bind: Callable[..., None], ias: LocalIas) -> None:
    known = ias.binding()
    known["zone_uuid"] = known.pop("app_tid")
    bind(pyias=("identity", "application", known))
    gate = cloud_foundry.gate({}, platform_environment(), Settings())
    assert gate.identify(bearer(ias.token("alice"))).zone == ias.tenant.app_tid


def test_a_refusal_knows_its_reason_and_does_not_tell_it(bound: Bound, ias: LocalIas) -> None:
    with pytest.raises(TokenInvalid) as refused:
        bound().identify(bearer(ias.mint("alice", {"azp": "another"})))
    assert refused.value.reason == "another client"
    assert "client" not in str(refused.value)
