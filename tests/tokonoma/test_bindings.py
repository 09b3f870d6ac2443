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
        for other in ("VCAP_APPLICATION", "VCAP_SERVICES_FILE_PATH", "SERVICE_BINDING_ROOT"):
            monkeypatch.delenv(other, raising=False)
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


def test_two_services_of_one_name_are_refused_like_two_of_one_label(bound: Any) -> None:
    """Cloud Foundry lets the name of a binding be that of another instance."""
    two = bound(service("pyuaa", "xsuaa", XSUAA), service("pyuaa", "user-provided", XSUAA))
    for name in ("", "pyuaa"):
        with pytest.raises(BindingError, match=r"Several services are bound as 'pyuaa'.*--binding-name"):
            read_xsuaa(two, name)
    two = bound(service("mine", "hana", HANA), service("mine", "hana", HANA))
    with pytest.raises(BindingError, match="Several services are bound as 'mine'"):
        read_hana(two, "mine")


ODD: list[Any] = [
    None,
    True,
    False,
    1.5,
    [],
    ["secret"],
    {},
    {"a": "secret"},
    "",
    "se\0cret",
    "se\ncret",
    "\ud800",
]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("key", [*HANA, "unknown"])
def test_a_hana_credential_of_any_shape_is_one_sentence_or_none(bound: Any, key: str, odd: Any) -> None:
    """Never a guess, never the value."""
    environment = bound(service("pyhana", "hana", {**HANA, key: odd}))
    used = {"host", "port", "user", "password", "schema", "certificate"}
    optional = {"schema", "certificate"}
    is_fine = (
        key not in used
        or (key in optional and odd in (None, ""))
        or (key == "certificate" and odd == "se\ncret")
    )
    if is_fine:
        assert read_hana(environment).host == HANA["host"]
        return
    with pytest.raises(BindingError, match=f"^The binding 'pyhana' has .*{key}.*[.]$") as raised:
        read_hana(environment)
    assert "secret" not in str(raised.value)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    "key", ["clientid", "clientsecret", "url", "uaadomain", "xsappname", "identityzoneid", "verificationkey"]
)
def test_an_xsuaa_credential_of_any_shape_is_one_sentence_or_none(bound: Any, key: str, odd: Any) -> None:
    environment = bound(service("pyuaa", "xsuaa", {**XSUAA, key: odd}))
    optional = {"uaadomain", "verificationkey"}
    if (key in optional and odd in (None, "")) or (key == "verificationkey" and odd == "se\ncret"):
        assert read_xsuaa(environment).clientid == XSUAA["clientid"]
        return
    with pytest.raises(BindingError, match=f"^The binding 'pyuaa' has .*{key}.*[.]$") as raised:
        read_xsuaa(environment)
    assert "se" + "cret" not in str(raised.value).replace("clientsecret", "")
    assert str(raised.value).isprintable()


def test_a_whole_number_counts_as_its_text(bound: Any) -> None:
    """People write a password of digits without quotes."""
    binding = read_hana(bound(service("pyhana", "hana", {**HANA, "port": 30015, "password": 1234})))
    assert (binding.port, binding.password) == (30015, "1234")


OF_ANY_SHAPE = [None, 7, ["hana"], {"a": 1}]


@pytest.mark.parametrize("odd", OF_ANY_SHAPE, ids=repr)
@pytest.mark.parametrize("key", ["plan", "tags", "instance_name"])
def test_what_nobody_reads_may_have_any_shape(monkeypatch: pytest.MonkeyPatch, key: str, odd: Any) -> None:
    odd_one = {**service("pyhana", "hana", HANA), key: odd}
    monkeypatch.setenv("VCAP_SERVICES", json.dumps({"hana": [odd_one]}))
    assert read_hana(platform_environment()).host == HANA["host"]


@pytest.mark.parametrize("odd", OF_ANY_SHAPE, ids=repr)
def test_a_label_of_any_shape_is_not_found(monkeypatch: pytest.MonkeyPatch, odd: Any) -> None:
    odd_one = {**service("pyhana", "hana", HANA), "label": odd}
    monkeypatch.setenv("VCAP_SERVICES", json.dumps({"hana": [odd_one]}))
    with pytest.raises(BindingError, match="No service with label 'hana' is bound"):
        read_hana(platform_environment())


@pytest.mark.parametrize("credentials", [None, {}])
def test_a_binding_without_credentials_hurts_only_whoever_wants_it(bound: Any, credentials: Any) -> None:
    """A log drain, say."""
    environment = bound(service("drain", "user-provided", credentials), service("pyhana", "hana", HANA))
    assert read_hana(environment).host == HANA["host"]
    with pytest.raises(BindingError, match="'drain' has no 'port'"):
        read_hana(environment, "drain")


def test_a_name_with_control_characters_forges_no_line(bound: Any) -> None:
    environment = bound(service("py\nhana \x1b[2J \ud800", "hana", {}))
    with pytest.raises(BindingError) as raised:
        read_hana(environment)
    assert str(raised.value).isprintable()


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
        '{"hana": [{"credentials": ["secret"]}]}',
        '{"hana": [{"credentials": 7}]}',
        '{"hana": [{"name": ["secret"]}]}',
        '{"hana": [null]}',
        '{"hana": null}',
        '{"hana": "secret"}',
        '\ufeff{"hana": []}',
        "[" + "9" * 5000 + "]",
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


@pytest.mark.parametrize("text", ["{", "[]", "7", "null", '"secret"'])
def test_a_broken_vcap_application_is_one_sentence(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("VCAP_APPLICATION", text)
    with pytest.raises(BindingError, match="VCAP_APPLICATION is not the JSON that Cloud Foundry writes"):
        platform_environment()


def test_no_secret_shows_in_a_repr(bound: Any) -> None:
    environment = bound(service("pyhana", "hana", HANA), service("pyuaa", "xsuaa", XSUAA))
    shown = repr(read_hana(environment)) + repr(read_xsuaa(environment))
    assert "secret" not in shown
    assert "BEGIN" not in shown
