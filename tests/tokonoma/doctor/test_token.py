"""A token that somebody was given: each of its failures is made by the local XSUAA or IAS, and diagnosed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.cloudfoundry import vcap_services
from localcloud.ias.local import LocalIas
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.doctor.conftest import Diagnose, Report
from tests.tokonoma.doctor.test_identity import with_ias

Ask = Callable[..., Report]


@pytest.fixture
def ask(diagnose: Diagnose, tmp_path: Path) -> Ask:
    """The report on a token; nothing of it may be told."""

    def ask(token: str, *arguments: str, **environment: str) -> Report:
        file = tmp_path / "token"
        file.write_text(token)
        report = diagnose("--token", str(file), *arguments, **environment)
        for part in token.split("."):
            assert len(part) < 20 or part not in str(report.findings)
        return report

    return ask


def of_token(report: Report) -> set[str]:
    return {name for name in report.failures if name.startswith("token.")}


@pytest.mark.parametrize("form", ["{}", "Bearer {}\n", "Authorization: Bearer {}"])
def test_a_good_token_is_told_with_its_roles(ask: Ask, xsuaa: LocalXsuaa, form: str) -> None:
    report = ask(form.format(xsuaa.token("alice")))
    assert report.failures == set()
    [told] = [each["detail"] for each in report.findings if each["name"] == "token"]
    assert told == "the service would take it; roles: curator, viewer"


def test_somebody_whose_token_is_older_than_the_grant_has_no_role(ask: Ask, xsuaa: LocalXsuaa) -> None:
    """XSUAA's session keeps what people had when it began."""
    report = ask(xsuaa.token("alice", scopes=["openid"]))
    assert report.failures == {"token.roles"}
    assert report.code == 0


MANY = ["openid", *(f"myapp!t1.Scope{number:04}" for number in range(420))]


@pytest.mark.parametrize(
    ("claims", "failure"),
    [
        ({"exp": 1}, "token.expired"),
        ({"exp": None}, "token.expired"),
        ({"iat": int(time.time()) + 3600}, "token.early"),
        ({"nbf": int(time.time()) + 3600}, "token.early"),
        ({"iat": 10**400}, "token.early"),
        ({"exp": -(10**400)}, "token.expired"),
        ({"zid": "another"}, "token.foreign"),
        ({"cid": "sb-other!t1", "azp": "sb-other!t1", "aud": ["other!t1"]}, "token.foreign"),
        ({"nonce": "n"}, "token.kind"),
        ({"scope": MANY[:250]}, "token.large"),
        ({"scope": MANY * 2}, "token.too_large"),
    ],
)
def test_a_failure_of_a_token_is_named(
    ask: Ask, xsuaa: LocalXsuaa, claims: dict[str, Any], failure: str
) -> None:
    assert failure in ask(xsuaa.mint(claims)).failures


@pytest.mark.parametrize("text", ["", "opaque", "a.b.c", "..", "a.W10.c", "\0", "é.é.é"])
def test_what_is_no_token_is_named(ask: Ask, text: str) -> None:
    assert of_token(ask(text)) == {"token.shape"}


def test_a_token_that_another_key_has_signed_is_refused(ask: Ask, xsuaa: LocalXsuaa) -> None:
    token = xsuaa.token("alice")
    assert of_token(ask(token[:-8] + "AAAAAAAA")) == {"token.refused"}
    assert of_token(ask(token[:-8] + "AAAAAAAA", "--no-connect")) == set()


def test_tokens_of_ias_are_looked_at_as_well(ask: Ask, ias: LocalIas, xsuaa: LocalXsuaa) -> None:
    bound = with_ias(ias)
    assert of_token(ask(ias.token("bob"), VCAP_SERVICES=bound)) == set()
    assert of_token(ask(ias.token("carol"), VCAP_SERVICES=bound)) == {"token.roles"}
    assert of_token(ask(ias.mint("bob", {"app_tid": "x"}), VCAP_SERVICES=bound)) == {"token.foreign"}
    assert of_token(ask(ias.mint("bob", {"cnf": {"x5t#S256": "x"}}), VCAP_SERVICES=bound)) == {"token.bound"}
    assert of_token(ask(xsuaa.token("bob"), VCAP_SERVICES=bound)) == {"token.foreign"}
    assert of_token(ask(ias.token("bob"))) == {"token.foreign"}


def test_a_token_that_is_bound_to_no_certificate_is_named(ask: Ask, ias: LocalIas) -> None:
    bound = vcap_services({"pyias": ("identity", "application", ias.binding("X509_GENERATED"))})
    assert of_token(ask(ias.token("bob"), VCAP_SERVICES=bound)) == {"token.kind"}


def test_a_file_that_is_not_there_is_wrong_usage(diagnose: Diagnose, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as end:
        diagnose("--token", str(tmp_path / "nothing"))
    assert end.value.code == 2
