"""What answers, and how every answer looks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tokonoma
from localcloud.xsuaa.local import LocalXsuaa
from tokonoma.app import create_app
from tokonoma.errors import BindingError, SettingsError

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_the_clock_tells_hanas_time_as_the_tutorial_does(client: FlaskClient, alice: dict[str, str]) -> None:
    answer = client.get("/", headers=alice)
    assert answer.content_type == "text/plain; charset=utf-8"
    words = re.fullmatch(r"Current time is: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?)", answer.text)
    assert words
    told = datetime.fromisoformat(words[1]).replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=1)


@pytest.mark.parametrize("accept", ["application/json", "application/json, text/plain;q=0.5"])
def test_the_clock_tells_programs_in_json(client: FlaskClient, alice: dict[str, str], accept: str) -> None:
    answer = client.get("/", headers={**alice, "Accept": accept})
    stamp = answer.get_json()["current_utctimestamp"]
    assert stamp.endswith("Z")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(stamp)) < timedelta(minutes=1)
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("accept", [BROWSER, "*/*", "text/plain", "text/plain, application/json;q=0.5"])
def test_the_clock_tells_everybody_else_in_words(
    client: FlaskClient, alice: dict[str, str], accept: str
) -> None:
    assert client.get("/", headers={**alice, "Accept": accept}).text.startswith("Current time is: ")


def test_health_needs_no_login(client: FlaskClient) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "UP"})


def test_health_and_liveness_do_not_look_at_hana(bind: Callable[..., None], xsuaa: LocalXsuaa) -> None:
    bind(pyuaa=("xsuaa", "application", xsuaa.binding()))
    client = create_app().test_client()
    for path in ("/health", "/actuator/health/liveness"):
        assert client.get(path).get_json() == {"status": "UP"}
    assert client.get("/actuator/health/readiness").status_code == 503


def test_without_hana_the_service_starts_and_says_what_is_missing(
    bind: Callable[..., None], xsuaa: LocalXsuaa, alice: dict[str, str]
) -> None:
    bind(pyuaa=("xsuaa", "application", xsuaa.binding()))
    answer = create_app().test_client().get("/", headers=alice)
    assert answer.status_code == 503
    assert answer.get_json()["type"] == "urn:tokonoma:problem:hana-not-bound"
    assert "label 'hana'" in answer.get_json()["detail"]


def test_without_xsuaa_the_service_does_not_start(bind: Callable[..., None]) -> None:
    bind()
    with pytest.raises(BindingError, match="No XSUAA service is bound"):
        create_app()


def test_with_a_wrong_setting_the_service_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKONOMA_THREADS", "many")
    with pytest.raises(SettingsError, match="TOKONOMA_THREADS must be a whole number from 2 to 64"):
        create_app()


def test_readiness_shows_its_components_to_operators_only(client: FlaskClient, xsuaa: LocalXsuaa) -> None:
    def ask(user: str | None) -> Any:
        headers = {"Authorization": f"Bearer {xsuaa.token(user)}"} if user else {}
        return client.get("/actuator/health", headers=headers).get_json()

    everyone = {"status": "UP"}
    assert ask(None) == ask("carol") == everyone
    up = {"status": "UP"}
    assert ask("alice") == everyone | {"components": {"hana": up, "keys": up, "process": up}}


def test_info_tells_the_version(client: FlaskClient) -> None:
    assert client.get("/actuator/info").get_json()["app"] == {
        "name": "tokonoma",
        "version": tokonoma.__version__,
    }


def test_metrics_count_requests_by_route_and_never_by_path(
    client: FlaskClient, alice: dict[str, str]
) -> None:
    client.get("/", headers=alice)
    client.get("/somewhere/secret")
    text = client.get("/metrics", headers=alice).text
    assert re.search(r'tokonoma_requests_total\{method="GET",route="/",status="200"\} [1-9]', text)
    assert 'route="(none)",status="404"' in text
    assert "secret" not in text
    for part in ("auth", "pool", "hana"):
        assert f'tokonoma_request_part_seconds_total{{part="{part}"}}' in text


@pytest.mark.parametrize("path", ["/metrics", "/hello"])
@pytest.mark.parametrize(("user", "status"), [(None, 403), ("carol", 403), ("bob", 403), ("alice", 200)])
def test_what_operators_see_is_for_operators(
    client: FlaskClient, xsuaa: LocalXsuaa, path: str, user: str | None, status: int
) -> None:
    headers = {"Authorization": f"Bearer {xsuaa.token(user)}"} if user else {}
    assert client.get(path, headers=headers).status_code == status


def test_server_timing_names_the_parts(client: FlaskClient, alice: dict[str, str]) -> None:
    timing = client.get("/", headers=alice).headers["Server-Timing"]
    names = [part.partition(";")[0] for part in timing.split(", ")]
    assert sorted(names) == ["auth", "db", "hana", "pool", "total"]


# path -> which headers of a request its answer depends on
ROUTES: dict[str, set[str]] = {
    "/": {"Accept", "Authorization"},
    "/hello": {"Authorization"},
    "/me": {"Authorization"},
    "/metrics": {"Authorization"},
    "/health": set(),
    "/actuator/health": {"Authorization"},
    "/actuator/health/readiness": {"Authorization"},
    "/actuator/health/liveness": set(),
    "/actuator/info": set(),
}
OFFERED = {"GET", "HEAD", "OPTIONS"}


def varies(answer: Any) -> set[str]:
    return {name.strip() for line in answer.headers.getlist("Vary") for name in line.split(",")}


def test_the_table_of_routes_is_whole(app: Flask) -> None:
    """Beside it there are the doors to the data, which `test_default_deny` walks."""
    data = ("/odata", "/data/", "/filter/", "/pictures/", "/take/", "/assets/", "/policy/")
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert {rule for rule in rules if not rule.startswith(data)} == ROUTES.keys()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "FROB"])
@pytest.mark.parametrize("path", ROUTES)
def test_other_methods_are_refused_with_those_that_are_offered(
    client: FlaskClient, path: str, method: str
) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == OFFERED
    assert answer.content_type == "application/problem+json"
    assert varies(answer) == {"Accept"}


@pytest.mark.parametrize("path", ROUTES)
def test_options_tells_anybody_what_is_offered(client: FlaskClient, path: str) -> None:
    answer = client.options(path)
    assert (answer.status_code, answer.data) == (200, b"")
    assert set(answer.headers["Allow"].split(", ")) == OFFERED


@pytest.mark.parametrize("path", [*ROUTES, "/nowhere"])
@pytest.mark.parametrize("known", [True, False])
def test_head_tells_what_get_would(
    client: FlaskClient, alice: dict[str, str], path: str, known: bool
) -> None:
    headers = alice if known else {}
    whole, head = client.get(path, headers=headers), client.head(path, headers=headers)
    assert head.data == b""
    assert head.status_code == whole.status_code
    assert sorted(head.headers.keys()) == sorted(whole.headers.keys())
    for name in ("Content-Type", "Vary", "Cache-Control", "WWW-Authenticate"):
        assert head.headers.getlist(name) == whole.headers.getlist(name)
    assert int(head.headers["Content-Length"]) > 0


@pytest.mark.parametrize("path", ROUTES)
def test_an_answer_names_what_it_depends_on(client: FlaskClient, alice: dict[str, str], path: str) -> None:
    assert varies(client.get(path, headers=alice)) == ROUTES[path]
    refused = client.get(path)
    if refused.status_code != 200:
        assert varies(refused) == {"Accept", "Authorization"}
    assert varies(client.get("/nowhere", headers=alice)) == {"Accept"}


@pytest.mark.parametrize("length", [256, 257, 32_000])
def test_a_long_accept_header_is_not_read(client: FlaskClient, alice: dict[str, str], length: int) -> None:
    """Reading 32 kB of it takes a tenth of a second."""
    read = length <= 256

    def ask(path: str, kind: str, **headers: str) -> str:
        accept = f"{kind}," + "," * (length - len(kind) - 1)
        return str(client.get(path, headers={**headers, "Accept": accept}).mimetype)

    assert ask("/", "application/json", **alice) == ("application/json" if read else "text/plain")
    assert ask("/nowhere", "text/html") == ("text/plain" if read else "application/problem+json")


BYTES = st.binary(max_size=60).map(lambda raw: raw.decode("latin-1"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "FROB"]),
    path=st.sampled_from(sorted(ROUTES)) | BYTES.map(lambda path: f"/{path}"),
    query=BYTES,
    headers=st.dictionaries(
        st.sampled_from(["ACCEPT", "X_CORRELATIONID", "HOST", "COOKIE", "RANGE", "IF_MATCH", "EXPECT"]), BYTES
    ),
    known=st.booleans(),
)
def test_no_request_whatever_breaks_anything(
    client: FlaskClient,
    alice: dict[str, str],
    method: str,
    path: str,
    query: str,
    headers: dict[str, str],
    known: bool,
) -> None:
    given = {f"HTTP_{name}": value.translate({10: None, 13: None}) for name, value in headers.items()}
    environ = {**given, "PATH_INFO": path, "QUERY_STRING": query, "RAW_URI": path}
    answer = client.open("/", method=method, headers=alice if known else {}, environ_overrides=environ)
    assert answer.status_code < 500
    assert "Traceback" not in answer.text
    assert "Location" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_a_large_body_is_refused_before_it_is_read(client: FlaskClient) -> None:
    answer = client.get("/health", data=b"x" * 100_000)
    assert answer.status_code == 413
    assert answer.get_json()["title"] == "Request Entity Too Large"


def test_every_error_has_one_shape_and_words_for_browsers(client: FlaskClient) -> None:
    for path, status in (("/", 403), ("/nowhere", 404)):
        problem = client.get(path).get_json()
        assert problem.keys() == {"type", "title", "status", "detail"}
        assert problem["status"] == status
        page = client.get(path, headers={"Accept": BROWSER})
        assert page.content_type == "text/plain; charset=utf-8"
        assert page.text == f"{problem['title']}. {problem['detail']}\n"
        assert "Accept" in page.headers["Vary"]


@pytest.mark.parametrize("path", ["/", "/health", "/nowhere", "/actuator/info"])
def test_every_answer_has_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
