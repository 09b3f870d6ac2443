from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from localcloud import cloudfoundry
from localcloud.hana.local import LocalHana
from tokonoma import platforms
from tokonoma.app import create_app
from tokonoma.bindings import platform_environment
from tokonoma.platforms.platform import MASK, find
from tokonoma.settings import Settings

C8Y = {
    "C8Y_BASEURL": "http://cumulocity:8111",
    "C8Y_BASEURL_MQTT": "tcp://cumulocity:1881",
    "C8Y_BOOTSTRAP_TENANT": "mytenant",
    "C8Y_BOOTSTRAP_USER": "servicebootstrap_tokonoma",
    "C8Y_BOOTSTRAP_PASSWORD": "very-secret",
    "C8Y_MICROSERVICE_ISOLATION": "MULTI_TENANT",
}
CF = {
    "VCAP_APPLICATION": json.dumps(
        {
            "application_name": "myapp",
            "organization_name": "acme",
            "space_name": "dev",
            "cf_api": "https://api.cf.eu20.hana.ondemand.com",
        }
    ),
    "CF_INSTANCE_INDEX": "1",
}


def test_cumulocity_is_told_in_its_own_words_with_the_password_masked() -> None:
    assert find(C8Y).tell(C8Y) == {
        "platform": "cumulocity",
        "platformUrl": "http://cumulocity:8111",
        "mqttPlatformUrl": "tcp://cumulocity:1881",
        "tenant": "mytenant",
        "user": "servicebootstrap_tokonoma",
        "password": MASK,
        "microserviceIsolation": "MULTI_TENANT",
    }


def test_the_secret_that_next_links_are_signed_with_is_what_all_instances_know(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = Settings()
    assert find(C8Y).secret(C8Y, platform_environment(), settings) == "very-secret"
    assert find(C8Y).secret({}, platform_environment(), settings) == ""
    bound = {
        "clientid": "c",
        "xsappname": "x",
        "identityzoneid": "z",
        "url": "http://u",
        "verificationkey": "k",
    }
    for secret in ({"clientsecret": "s"}, {"certurl": "http://c", "certificate": "s"}):
        credentials = bound | secret
        services = cloudfoundry.vcap_services({"pyuaa": ("xsuaa", "application", credentials)})
        monkeypatch.setenv("VCAP_SERVICES", services)
        for environ in (CF, {}):
            assert find(environ).secret(environ, platform_environment(), settings) == "s"


def test_a_password_that_is_not_there_is_null_and_not_a_mask() -> None:
    told = find(C8Y).tell({"C8Y_BASEURL": "http://cumulocity:8111"})
    assert told["password"] is None


def test_cloud_foundry_tells_application_space_instance_and_region() -> None:
    assert find(CF).tell(CF) == {
        "platform": "cloud-foundry",
        "application": "myapp",
        "organization": "acme",
        "space": "dev",
        "instance": "1",
        "region": "eu20",
    }


@pytest.mark.parametrize("api", ["", "https://api.example", "https://api.cf./", "api.cf.eu20.hana"])
def test_an_unknown_api_endpoint_has_no_region(api: str) -> None:
    assert find(CF).tell({"VCAP_APPLICATION": json.dumps({"cf_api": api})})["region"] is None


def test_elsewhere_there_is_nothing_to_tell() -> None:
    assert find({}).tell({}) == {"platform": "unknown"}


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        (CF, "cloud-foundry"),
        (C8Y, "cumulocity"),
        # An app may well have variables about a Cumulocity that it talks to.
        ({**C8Y, **CF}, "cloud-foundry"),
        ({"VCAP_APPLICATION": "", "C8Y_BASEURL": ""}, "unknown"),
        ({"C8Y_BOOTSTRAP_TENANT": "mytenant"}, "unknown"),
    ],
)
def test_a_platform_is_recognised_by_its_own_variable(environ: dict[str, str], name: str) -> None:
    assert find(environ).name == name


@pytest.mark.parametrize("application", ["[]", "1", "null", '"text"', '{"application_name": null}'])
def test_an_odd_vcap_application_has_nothing_to_tell(application: str) -> None:
    told = find(CF).tell({"VCAP_APPLICATION": application})
    assert told == {
        "platform": "cloud-foundry",
        "application": None,
        "organization": None,
        "space": None,
        "instance": None,
        "region": None,
    }


NEW_PLATFORM = """
from tokonoma.auth.gate import Caller, Gate
from tokonoma.errors import CredentialsInvalid, CredentialsMissing
from tokonoma.platforms.platform import Platform, secret, variable


class NomadGate(Gate):
    kind = "nomad"
    usable = True

    def start(self):
        pass

    def _read(self, environ):
        if "HTTP_X_NOMAD" not in environ:
            raise CredentialsMissing
        return (("X-Nomad", environ["HTTP_X_NOMAD"]),)

    def _check(self, credentials):
        [(_, name)] = credentials
        if not name.startswith("nomad-"):
            raise self._refuse("it is no nomad")
        scopes = frozenset({"openid", *(["nomad.Operate"] if name == "nomad-admin" else [])})
        return Caller(name, name, "desert", scopes, "nomad"), float("inf")


PLATFORM = Platform(
    "nomad",
    is_here=lambda environ: "NOMAD_ALLOC_ID" in environ,
    gate=lambda environ, services, settings: NomadGate(
        noun="login", refusal=CredentialsInvalid, remembered_for=30.0
    ),
    secret=lambda environ, services, settings: "",
    facts={"allocation": variable("NOMAD_ALLOC_ID"), "token": secret("NOMAD_TOKEN")},
)
"""


def test_a_new_platform_is_one_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hana: LocalHana, bind: Callable[..., None]
) -> None:
    (tmp_path / "nomad.py").write_text(NEW_PLATFORM)
    monkeypatch.setattr(platforms, "__path__", [*platforms.__path__, str(tmp_path)])
    bind(pyhana=("hana", "hdi-shared", hana.binding()))
    monkeypatch.delenv("VCAP_APPLICATION")
    monkeypatch.setenv("NOMAD_ALLOC_ID", "a1")
    monkeypatch.setenv("NOMAD_TOKEN", "very-secret")
    try:
        client = create_app().test_client()
        assert client.get("/hello", headers={"X-Nomad": "nomad-admin"}).get_json() == {
            "platform": "nomad",
            "allocation": "a1",
            "token": MASK,
        }
        assert client.get("/", headers={"X-Nomad": "nomad-guest"}).text.startswith("Current time is: ")
        assert client.get("/hello", headers={"X-Nomad": "nomad-guest"}).status_code == 403
        assert client.get("/", headers={"X-Nomad": "stranger"}).status_code == 401
        assert client.get("/").status_code == 401
    finally:
        sys.modules.pop("tokonoma.platforms.nomad", None)
