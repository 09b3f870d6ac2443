"""The bindings, out of a mocked VCAP_SERVICES."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tokonoma.bindings import platform_environment, read_hana, read_xsuaa
from tokonoma.errors import BindingError

HANA = {
    "host": "hana.example",
    "port": "443",
    "user": "APP_RT",
    "password": "runtime-secret",
    "hdi_user": "APP_DT",
    "hdi_password": "design-secret",
    "schema": "APP",
    "certificate": "-----BEGIN CERTIFICATE-----",
}
XSUAA = {
    "clientid": "sb-myapp!t1",
    "clientsecret": "client-secret",
    "url": "https://sub.authentication.example",
    "uaadomain": "authentication.example",
    "xsappname": "myapp!t1",
    "identityzoneid": "zone-1",
    "verificationkey": "-----BEGIN PUBLIC KEY-----",
}


def service(name: str, label: str, credentials: Any) -> dict[str, Any]:
    return {"name": name, "label": label, "plan": "any", "tags": [label], "credentials": credentials}


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Mock VCAP_SERVICES with the services given."""

    def bound(*services: dict[str, Any]) -> Any:
        vcap: dict[str, list[dict[str, Any]]] = {}
        for each in services:
            vcap.setdefault(each["label"], []).append(each)
        monkeypatch.setenv("VCAP_SERVICES", json.dumps(vcap))
        monkeypatch.delenv("VCAP_APPLICATION", raising=False)
        return platform_environment()

    return bound


def test_hana_is_found_by_label_and_read_as_its_runtime_user(bound: Any) -> None:
    binding = read_hana(bound(service("pyhana", "hana", HANA)))
    assert (binding.name, binding.host, binding.port) == ("pyhana", "hana.example", 443)
    assert (binding.user, binding.password, binding.schema) == ("APP_RT", "runtime-secret", "APP")
    assert binding.certificate == HANA["certificate"]


def test_a_named_hana_is_found_whatever_its_label(bound: Any) -> None:
    other = service("mine", "user-provided", {**HANA, "host": "mine.example", "port": 30015})
    binding = read_hana(bound(service("pyhana", "hana", HANA), other), "mine")
    assert (binding.host, binding.port) == ("mine.example", 30015)


def test_no_hana_names_the_label_and_the_next_step(bound: Any) -> None:
    with pytest.raises(BindingError, match=r"label 'hana' is bound: create one .* bind it and restage"):
        read_hana(bound())


def test_a_missing_named_hana_names_it(bound: Any) -> None:
    with pytest.raises(BindingError, match="No service named 'mine' is bound"):
        read_hana(bound(service("pyhana", "hana", HANA)), "mine")


def test_a_hana_cloud_instance_without_a_user_is_explained(bound: Any) -> None:
    instance = service("cloud", "hana-cloud", {"host": "hana.example", "port": "443"})
    with pytest.raises(BindingError, match="hana-cloud instance is bound, which has no database user"):
        read_hana(bound(instance))


def test_two_hanas_ask_for_a_name(bound: Any) -> None:
    two = bound(service("b", "hana", HANA), service("a", "hana", HANA))
    with pytest.raises(BindingError, match=r"Several .*\(a, b\): name one in TOKONOMA_HANA_SERVICE"):
        read_hana(two)
    assert read_hana(two, "a").name == "a"


@pytest.mark.parametrize("key", ["host", "port", "user", "password"])
def test_a_binding_without_a_credential_names_it(bound: Any, key: str) -> None:
    rest = {name: value for name, value in HANA.items() if name != key}
    with pytest.raises(BindingError, match=f"'pyhana' has no '{key}'"):
        read_hana(bound(service("pyhana", "hana", rest)))


@pytest.mark.parametrize("port", ["https", "0", "65536", "4 43", "9" * 5000, "0000080809"])
def test_a_port_that_is_none_is_refused(bound: Any, port: str) -> None:
    with pytest.raises(BindingError, match="port"):
        read_hana(bound(service("pyhana", "hana", {**HANA, "port": port})))


def test_xsuaa_is_found_by_the_tutorials_name_then_by_label(bound: Any) -> None:
    other = service("other", "xsuaa", {**XSUAA, "clientid": "sb-other!t1"})
    assert read_xsuaa(bound(other, service("pyuaa", "xsuaa", XSUAA))).clientid == "sb-myapp!t1"
    assert read_xsuaa(bound(other)).clientid == "sb-other!t1"
    assert read_xsuaa(bound(other, service("pyuaa", "xsuaa", XSUAA)), "other").clientid == "sb-other!t1"


def test_xsuaa_keeps_what_the_library_reads(bound: Any) -> None:
    binding = read_xsuaa(bound(service("pyuaa", "xsuaa", XSUAA)))
    assert binding.credentials == XSUAA
    assert (binding.zone, binding.xsappname) == ("zone-1", "myapp!t1")


def test_an_x509_binding_needs_no_client_secret(bound: Any) -> None:
    x509 = {name: value for name, value in XSUAA.items() if name != "clientsecret"}
    x509 |= {"certificate": "c", "key": "k", "certurl": "https://sub.authentication.cert.example"}
    assert read_xsuaa(bound(service("pyuaa", "xsuaa", x509))).clientid == "sb-myapp!t1"


@pytest.mark.parametrize("key", ["clientid", "clientsecret", "url", "xsappname", "identityzoneid"])
def test_an_xsuaa_binding_without_a_credential_names_it(bound: Any, key: str) -> None:
    rest = {name: value for name, value in XSUAA.items() if name != key}
    with pytest.raises(BindingError, match=f"'pyuaa' has (no|neither) '?{key}"):
        read_xsuaa(bound(service("pyuaa", "xsuaa", rest)))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "7",
        '{"hana": 7}',
        '{"hana": [7]}',
        '{"hana": [{"credentials": "secret"}]}',
        "null",
        "[" * 100_000,
    ],
)
def test_a_broken_vcap_services_is_one_sentence_without_its_content(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("VCAP_SERVICES", text)
    with pytest.raises(BindingError, match="is not the JSON that Cloud Foundry writes") as raised:
        platform_environment()
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_no_secret_shows_in_a_repr(bound: Any) -> None:
    environment = bound(service("pyhana", "hana", HANA), service("pyuaa", "xsuaa", XSUAA))
    shown = repr(read_hana(environment)) + repr(read_xsuaa(environment))
    assert "secret" not in shown
    assert "BEGIN" not in shown
