"""Beside the app: each failure is made in a recorded space, and then diagnosed through a `cf` on PATH."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localcloud.certificates import Authority
from tests.tokonoma.doctor.conftest import Report, run_doctor
from tests.tokonoma.doctor.fake_cf import WEB, InProcess, Space, binding
from tokonoma.doctor import report
from tokonoma.doctor.beside import Beside
from tokonoma.doctor.checkup import examine

Break = Callable[[Space], object]


def diagnosed(space: Space, folder: Path, *arguments: str) -> Report:
    path = f"{space.install(folder)}{os.pathsep}{os.environ['PATH']}"
    return run_doctor("--cf", *arguments, secrets=("Geheim-12345678",), PATH=path)


def judged(space: Space) -> Report:
    """The same report, without a command for each question."""
    findings = list(examine(Beside("myapp", "web", InProcess(space)).checks()))
    said = report.as_json(findings)
    assert "Geheim-12345678" not in said
    return Report(report.exit_code(findings, strict=False), json.loads(said))


def test_a_healthy_space_has_no_problem_and_no_note(tmp_path: Path) -> None:
    told = diagnosed(Space(), tmp_path, "--strict")
    assert told.failures == set()
    assert told.code == 0
    assert {each["status"] for each in told.findings} == {"ok"}


def app(name: str, **changes: object) -> Break:
    return lambda space: space.paths[f"/v3/apps/{name}-guid"].update(changes)


def answer(path: str, *resources: object) -> Break:
    return lambda space: space.paths.update({path: {"resources": list(resources)}})


def build(error: str) -> Break:
    path = "/v3/apps/myapp-guid/builds?order_by=-created_at&per_page=1"
    return answer(path, {"state": "FAILED", "error": error})


def without_hana(space: Space, plans: tuple[str, ...] = ("hdi-shared",)) -> None:
    del space.services("myapp")["hana"]
    space.paths["/v3/service_plans?service_offering_names=hana"] = {"resources": [{"name": p} for p in plans]}


def hana_cloud(space: Space) -> None:
    without_hana(space)
    space.services("myapp")["hana-cloud"] = [binding("hana-cloud", "db", "hana-free")]


def another_xsuaa(space: Space) -> None:
    space.services("web")["xsuaa"] = [binding("xsuaa", "other", "application")]
    registered = space.paths["/v3/service_instances/pyuaa-guid/parameters"]
    space.paths["/v3/service_instances/other-guid/parameters"] = registered


def redirects(*addresses: str) -> Break:
    told = {"oauth2-configuration": {"redirect-uris": list(addresses)}}
    return lambda space: space.paths.update({"/v3/service_instances/pyuaa-guid/parameters": told})


NOT_AUTHORIZED = {"errors": [{"code": 10003, "title": "CF-NotAuthorized", "detail": "no"}]}


def as_auditor(space: Space) -> None:
    """Who may see apps and routes, and no variables."""
    for name in ("myapp", "web"):
        space.paths[f"/v3/apps/{name}-guid/env"] = NOT_AUTHORIZED


def away(space: Space) -> None:
    """`cf target` answers out of a file; whatever asks the platform fails."""
    space.apps, space.paths = [], {}


def internal(address: str) -> Break:
    def change(space: Space) -> None:
        space.paths["/v3/apps/myapp-guid/routes"]["resources"].append({"url": "myapp.apps.internal"})
        space.destination(url=address)

    return change


def own_hana(space: Space, **credentials: str) -> None:
    """A schema from a user-provided service, which a setting names."""
    services = space.services("myapp")
    del services["hana"]
    services["user-provided"] = [binding("user-provided", "own", "", **credentials)]
    variables = space.paths["/v3/apps/myapp-guid/env"]["environment_variables"]
    variables["TOKONOMA_HANA_SERVICE"] = "own"


SECRET = {"clientsecret": "Geheim-12345678", "domain": "accounts.ondemand.com"}
X509 = {"certificate": "", "key": "Geheim-12345678", "domain": "accounts.ondemand.com"}


def by_certificate(space: Space, certificate: str = "of a client") -> None:
    """IAS alone, which both apps sign in to with a certificate."""
    ias(**JWT)(space)
    for name in ("myapp", "web"):
        services = space.services(name)
        del services["xsuaa"]
        services["identity"] = [
            binding("identity", "pyias", "application", **{**X509, "certificate": certificate})
        ]


def ias(**parameters: object) -> Break:
    def change(space: Space) -> None:
        for name in ("myapp", "web"):
            space.services(name)["identity"] = [binding("identity", "pyias", "application", **SECRET)]
        space.paths["/v3/service_instances/pyias-guid/parameters"] = parameters

    return change


def both_features(space: Space) -> None:
    space.feature("myapp", "file-based-vcap-services")
    space.feature("myapp", "service-binding-k8s")


def expired(space: Space) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    space.services("web")["xsuaa"][0]["credentials"]["certificate_expires_at"] = yesterday


def large(space: Space) -> None:
    space.services("web")["xsuaa"][0]["credentials"]["much"] = "x" * 120_000


def crashed(days: float) -> Break:
    moment = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    return answer(Space.crashes("web"), {"data": {"exit_status": 137}, "created_at": moment})


def ias_for_myapp_alone(space: Space) -> None:
    services = space.services("myapp")
    del services["xsuaa"]
    services["identity"] = [binding("identity", "pyias", "application")]


def unseen(*names: str) -> Break:
    """Bindings as files, whose credentials are not told."""

    def change(space: Space) -> None:
        for name in names:
            space.as_files(name)
        for path in [each for each in space.paths if each.endswith("/details")]:
            del space.paths[path]

    return change


def instances(*states: str) -> Break:
    return answer("/v3/apps/web-guid/processes/web/stats", *({"state": state} for state in states))


BACK: dict[str, object] = {"redirect-uris": [f"https://{WEB}/login/callback?authType=ias"]}
JWT = {"oauth2-configuration": {**BACK, "token-policy": {"access-token-format": "jwt"}}}


@pytest.mark.parametrize(
    ("breaks", "failure"),
    [
        (lambda space: setattr(space, "target", None), "cf.login"),
        (lambda space: setattr(space, "apps", ["web"]), "cf.app"),
        (lambda space: space.paths.pop("/v3/apps/web-guid"), "cf.answer"),
        (app("myapp", state="STOPPED"), "cf.stopped"),
        (answer("/v3/apps/web-guid/processes/web/stats", {"state": "CRASHED"}), "cf.crashed"),
        (answer(Space.crashes("web"), {"data": {"exit_status": 137}}), "cf.killed"),
        (answer(Space.crashes("web"), {"data": {"exit_status": 1}}), "cf.crashes"),
        (crashed(0.9), "cf.killed"),
        (crashed(1.1), "cf.crashes"),
        (instances("RUNNING", "STARTING"), "cf.starting"),
        (instances("STARTING", "CRASHED"), "cf.crashed"),
        (instances(), "cf.scaled"),
        (
            answer("/v3/apps/web-guid/processes/web/stats", {"state": "RUNNING", "routable": False}),
            "cf.unready",
        ),
        (ias_for_myapp_alone, "cf.two_kinds"),
        (unseen("myapp"), "cf.unseen"),
        (unseen("myapp", "web"), "cf.unseen"),
        (answer("/v3/apps/web-guid/routes", {"url": WEB}, {"url": "more.example.com"}), "cf.more_routes"),
        (redirects(f"https://{WEB}/login/callback", "https://[x/**"), "cf.redirect_form"),
        (lambda space: space.destination(url="https://[myapp"), "cf.destination"),
        (lambda space: space.destination(url=None), "cf.destination"),
        (build("no match found for 3.12.x in [3.13.9]"), "cf.python"),
        (build("could not find in /tmp/app/vendor"), "cf.vendor"),
        (build("StagingError"), "cf.staging"),
        (without_hana, "cf.unbound"),
        (lambda space: without_hana(space, ("schema",)), "cf.entitlement"),
        (hana_cloud, "cf.instance"),
        (lambda space: space.services("web").clear(), "cf.unbound"),
        (lambda space: space.services("myapp")["hana"][0].update(plan="securestore"), "cf.plan"),
        (lambda space: space.instance("pyhana", "failed"), "cf.failed"),
        (lambda space: space.instance("pyhana", "in progress"), "cf.pending"),
        (
            lambda space: space.instance("pyhana", "failed", "There is no database available"),
            "cf.database",
        ),
        (another_xsuaa, "cf.two_instances"),
        (expired, "certificate.expired"),
        (answer("/v3/apps/web-guid/routes"), "cf.route"),
        (redirects("https://web-museum.cfapps.eu10.hana.ondemand.com/login/callback"), "cf.redirect"),
        (redirects(f"https://{WEB}/login/callback", "http://example.com/**"), "cf.redirect_form"),
        (lambda space: space.destination(name="other"), "cf.destination"),
        (lambda space: space.destination(url="https://other.example.com"), "cf.destination"),
        (
            lambda space: space.destination(url="http://myapp-museum.cfapps.eu20.hana.ondemand.com"),
            "cf.plain",
        ),
        (lambda space: space.destination(forwardAuthToken=False), "cf.forward"),
        (internal("http://myapp.apps.internal"), "cf.port"),
        (internal("https://myapp.apps.internal"), "cf.port"),
        (as_auditor, "cf.role"),
        (away, "cf.answer"),
        (both_features, "cf.features"),
        (lambda space: space.feature("web", "service-binding-k8s"), "cf.files"),
        (large, "cf.large"),
        (ias(**{"oauth2-configuration": BACK, "xsuaa-cross-consumption": True}), "cf.opaque"),
        (ias(**JWT), "cf.exchange"),
    ],
)
def test_a_failure_is_named(breaks: Break, failure: str) -> None:
    space = Space()
    breaks(space)
    assert judged(space).failures == {failure}


@pytest.mark.parametrize(
    ("breaks", "failure"),
    [
        (lambda space: setattr(space, "target", None), "cf.login"),
        (lambda space: setattr(space, "apps", ["web"]), "cf.app"),
        (lambda space: space.paths.pop("/v3/apps/web-guid"), "cf.answer"),
        (app("myapp", state="STOPPED"), "cf.stopped"),
        (unseen("myapp", "web"), "cf.unseen"),
    ],
)
def test_the_command_is_asked_and_believed(breaks: Break, failure: str, tmp_path: Path) -> None:
    space = Space()
    breaks(space)
    assert diagnosed(space, tmp_path).failures == {failure}


@pytest.mark.parametrize("variable", ["VCAP_SERVICES_FILE_PATH", "SERVICE_BINDING_ROOT"])
def test_bindings_that_come_as_files_are_looked_at_as_the_others(variable: str) -> None:
    space = Space()
    for name in ("myapp", "web"):
        space.as_files(name, variable)
    told = judged(space)
    assert told.failures == set()
    assert "myapp is bound to hana, xsuaa; web is bound to xsuaa" in str(told.findings)


@pytest.mark.parametrize(
    ("breaks", "failure"),
    [
        (without_hana, "cf.unbound"),
        (hana_cloud, "cf.instance"),
        (lambda space: space.services("web").clear(), "cf.unbound"),
        (lambda space: space.services("myapp")["hana"][0].update(plan="securestore"), "cf.plan"),
        (another_xsuaa, "cf.two_instances"),
        (ias_for_myapp_alone, "cf.two_kinds"),
        (expired, "certificate.expired"),
        (ias(**JWT), "cf.exchange"),
    ],
)
def test_a_failure_of_bindings_that_come_as_files_is_named(breaks: Break, failure: str) -> None:
    space = Space()
    breaks(space)
    for name in ("myapp", "web"):
        space.as_files(name)
    assert judged(space).failures == {failure}


@pytest.mark.parametrize("told", ["text", 1, [], {"redirect-uris": "text", "token-policy": "jwt"}])
def test_parameters_of_another_shape_are_no_fault_of_the_doctors(told: object) -> None:
    space = Space()
    ias(**{"oauth2-configuration": told, "xsuaa-cross-consumption": True})(space)
    told = judged(space)
    assert told.failures == {"cf.opaque", "cf.redirect"}


@pytest.mark.parametrize("breaks", [crashed(2), instances(), instances("STARTING"), unseen("myapp", "web")])
def test_what_is_worth_a_note_is_no_problem(breaks: Break) -> None:
    space = Space()
    breaks(space)
    assert judged(space).code == 0


def test_ias_alone_has_no_failure() -> None:
    space = Space()
    ias(**JWT)(space)
    for name in ("myapp", "web"):
        del space.services(name)["xsuaa"]
    told = judged(space)
    assert told.failures == set()
    assert "pyias" in str(told.findings)


CERTIFICATE_HOST = "myapp-museum.cert.cfapps.eu20.hana.ondemand.com"
SHOWN = {"url": f"https://{CERTIFICATE_HOST}", "forwardAuthCertificates": True}


@pytest.mark.parametrize(
    ("changes", "failures"),
    [
        ({}, {"cf.unproved"}),
        ({"forwardAuthCertificates": True}, {"cf.unproved"}),
        ({**SHOWN, "forwardAuthCertificates": False}, {"cf.unproved"}),
        (SHOWN, set()),
    ],
)
def test_a_client_with_a_certificate_has_to_show_it_to_the_service(
    authority: Authority, changes: dict[str, object], failures: set[str]
) -> None:
    space = Space()
    by_certificate(space, authority.issue_client("web").certificate)
    space.paths["/v3/apps/myapp-guid/routes"]["resources"].append({"url": CERTIFICATE_HOST})
    space.destination(**changes)
    assert judged(space).failures == failures


@pytest.mark.parametrize(("days", "failure"), [(-1, "certificate.expired"), (6, "certificate.ends")])
def test_the_end_of_a_certificate_of_either_app_is_told_in_time(
    authority: Authority, days: int, failure: str
) -> None:
    space = Space()
    by_certificate(space, authority.issue_client("web", timedelta(days=days)).certificate)
    space.paths["/v3/apps/myapp-guid/routes"]["resources"].append({"url": CERTIFICATE_HOST})
    space.destination(**SHOWN)
    told = judged(space)
    assert told.failures == {failure}
    assert {"myapp", "web"} == {
        each["detail"].partition(" of ")[2].partition("'")[0]
        for each in told.findings
        if each.get("failure") == failure
    }


def test_one_instance_that_is_ready_is_enough() -> None:
    space = Space()
    some = ({"state": "RUNNING", "routable": each} for each in (False, True))
    answer("/v3/apps/web-guid/processes/web/stats", *some)(space)
    assert judged(space).failures == set()


def test_what_the_broker_refuses_in_the_descriptor_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the instance still has the addresses of before."""
    malformed = {"oauth2-configuration": {"redirect-uris": ["myapp://callback"]}}
    (tmp_path / "xs-security.json").write_text(json.dumps(malformed))
    monkeypatch.chdir(tmp_path)
    told = judged(Space())
    assert told.failures == {"cf.redirect_form"}
    assert told.detail("cf.redirect_form") == "xs-security.json has myapp://callback"


def test_with_ias_it_is_ias_that_has_to_know_the_address() -> None:
    space = Space()
    elsewhere = {"redirect-uris": ["https://web-other.example.com/login/callback"]}
    policy = {"token-policy": {"access-token-format": "jwt"}}
    ias(**{"oauth2-configuration": {**elsewhere, **policy}, "xsuaa-cross-consumption": True})(space)
    told = judged(space)
    assert told.failures == {"cf.redirect"}
    assert "pyias" in told.detail("cf.redirect")


@pytest.mark.parametrize("changes", [{}, {"csrfProtection": True}, {"httpMethods": ["GET", "PATCH"]}])
def test_a_route_that_wants_a_csrf_token_of_programs_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]
) -> None:
    """The approuter really answers 403 and x-csrf-token: Required then (tests/chain/test_chain.py)."""
    routes = {"routes": [{"source": "^/myapp/(.*)$", "destination": "myapp", **changes}]}
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "xs-app.json").write_text(json.dumps(routes))
    monkeypatch.chdir(tmp_path)
    assert "cf.csrf" in judged(Space()).failures


def test_ias_as_it_should_be_has_no_failure() -> None:
    space = Space()
    ias(**JWT, **{"xsuaa-cross-consumption": True})(space)
    assert judged(space).failures == set()


def test_an_xsuaa_of_ones_own_is_looked_at() -> None:
    space = Space()
    expired(space)
    services = space.services("web")
    own = {**services["xsuaa"][0], "label": "user-provided"}
    own["credentials"]["tags"] = ["xsuaa"]
    services.update({"xsuaa": [], "user-provided": [own]})
    assert judged(space).failures == {"certificate.expired"}


def test_a_schema_of_ones_own_is_looked_at(authority: Authority) -> None:
    space = Space()
    own_hana(space)
    assert judged(space).failures == set()
    # Of roots the last one counts, of a client's certificates the first.
    ended = authority.issue_client("old", timedelta(days=-1)).certificate
    own_hana(space := Space(), certificate=ended + authority.certificate)
    told = judged(space)
    assert told.failures == set()
    assert "'own of myapp' is good until" in str(told.findings)


def test_without_the_brokers_word_the_descriptor_counts() -> None:
    """That of the project is for a host called web-yourname."""
    space = Space()
    space.paths.pop("/v3/service_instances/pyuaa-guid/parameters")
    told = judged(space)
    assert told.failures == {"cf.redirect"}
    assert "xs-security.json" in told.detail("cf.redirect")


def test_without_the_command_it_says_where_there_is_one(tmp_path: Path) -> None:
    told = run_doctor("--cf", PATH=str(tmp_path))
    assert told.failures == {"cf.missing"}
    assert told.status("cf.apps") == {"not looked at"}


def test_an_answer_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    space = Space()
    space.paths = {path: json.loads("{}") for path in space.paths}
    told = diagnosed(space, tmp_path)
    assert "doctor.failed" not in told.failures
    assert told.code == 1


ODD: list[object] = [
    *([], 1, "text", None, {"resources": 1}, {"resources": [1]}, {"resources": [{}]}, {"included": []}),
    *({"included": {"service_instances": 1}}, {"included": {"service_instances": [1]}}),
    *({"included": {"service_offerings": [1]}}, {"credentials": 1}, {"oauth2-configuration": [1]}),
    {"resources": [{"guid": 1, "relationships": 1, "state": 1, "error": 1, "data": 1, "url": 1, "name": 1}]},
    {"included": {"service_instances": [{"guid": [], "last_operation": 1, "relationships": []}]}},
    {"resources": [{"guid": [], "name": [], "relationships": {"service_plan": {"data": {"guid": []}}}}]},
    {"resources": [{"data": {"exit_status": []}, "created_at": 1, "routable": 1, "enabled": "x"}]},
    {"oauth2-configuration": {"redirect-uris": [1, "https://[", ""], "token-policy": 1}},
    {"credentials": {"certificate": 1, "certificate_expires_at": [], "domain": 1, "clientsecret": {}}},
    {"system_env_json": 1, "environment_variables": 1},
    {"system_env_json": {"VCAP_SERVICES": {"hana": 1, "xsuaa": [1], "identity": [{}]}}},
    {"system_env_json": {"VCAP_SERVICES": {"identity": [{"credentials": 1, "name": 1, "label": 1}]}}},
    {"environment_variables": {"destinations": 1, "UAA_SERVICE_NAME": 1, "TOKONOMA_XSUAA_SERVICE": []}},
    {"environment_variables": {"destinations": "[1]"}},
    {"environment_variables": {"destinations": '[{"name": []}]'}},
    {"environment_variables": {"destinations": '[{"name": "myapp", "url": 1, "forwardAuthToken": {}}]'}},
]
"""What the platform never answers."""


@pytest.mark.slow
@pytest.mark.parametrize("come_as_files", [False, True])
def test_no_answer_of_any_shape_is_a_fault_of_the_doctors(come_as_files: bool) -> None:
    def made() -> Space:
        space = Space()
        ias(**JWT)(space)
        for name in ("myapp", "web"):
            if come_as_files:
                space.as_files(name)
        return space

    failed = {}
    for path in made().paths:
        for odd in ODD:
            space = made()
            space.paths[path] = odd
            if "doctor.failed" in (told := judged(space)).failures:
                failed[path, str(odd)] = told.detail("doctor.failed")
    assert failed == {}
