"""The real approuter in front of the real service: who gets what, and when no longer."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable

import pytest
import requests

from localcloud.xsuaa.local import LocalXsuaa
from tests.chain.people import TOKEN, Person
from tests.programs import Program
from tokonoma.pages import assets

SCRIPTED = {"X-Requested-With": "XMLHttpRequest"}


def test_a_stranger_is_sent_to_sign_in(visitor: Person) -> None:
    assert visitor.get("/").headers["Location"] == "/index.html"
    for page in ("/index.html", "/myapp/"):
        answer = visitor.get(page)
        assert "/oauth/authorize?" in answer.text
        assert "code_challenge_method=S256" in answer.text
        assert visitor.get(page, **SCRIPTED).status_code == 401


def test_signing_in_leads_to_the_page_that_was_asked_for(visitor: Person) -> None:
    landed = visitor.sign_in("alice", "/myapp/")
    assert landed.url == f"{visitor.home}/myapp/"
    assert landed.text.startswith("Current time is: ")


def test_the_start_page_links_to_the_application(visitor: Person) -> None:
    page = visitor.sign_in("alice")
    assert "<title>Tokonoma</title>" in page.text
    assert 'href="/myapp/"' in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")


def test_styles_and_script_need_no_session_and_open_nothing_else(visitor: Person) -> None:
    for name in ("pages.css", "pages.js", "flower.svg"):
        answer = visitor.get(f"/myapp/{assets.address(name)}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
    assert visitor.get("/myapp/assets/nothing.css").status_code == 404
    for path in (
        "assets/",
        "assets/a.b/c.d",
        "assets/..",
        "assets/..%2fdata",
        "assets/%2e%2e/data/",
        "data/",
    ):
        answer = visitor.get(f"/myapp/{path}")
        assert "/oauth/authorize" in answer.text or answer.status_code in (400, 404), path
        assert "Tables and views" not in answer.text


def test_the_router_knows_who_is_signed_in(visitor: Person) -> None:
    visitor.sign_in("alice")
    user = visitor.get("/user-api/currentUser").json()
    assert user["name"] == "alice"
    assert user["scopes"] == ["openid", "myapp!t1.Display", "myapp!t1.Curate", "myapp!t1.Operate"]


@pytest.mark.parametrize(("user", "status"), [("alice", 200), ("bob", 403), ("carol", 403)])
def test_who_lacks_the_role_gets_403_from_the_service_through_the_router(
    visitor: Person, user: str, status: int
) -> None:
    visitor.sign_in(user)
    answer = visitor.get("/myapp/hello", Accept="application/json")
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["type"] == "urn:tokonoma:problem:insufficient-scope"
    assert visitor.get("/myapp/").status_code == 200


def test_the_token_and_the_session_stay_where_they_belong(visitor: Person) -> None:
    """The browser never sees a token, and the service never sees the browser's cookies."""
    visitor.sign_in("alice")
    answer = visitor.get("/myapp/")
    assert not TOKEN.search(answer.text + str(answer.headers))
    session = answer.request.headers["Cookie"]
    assert "JSESSIONID" in session


def test_what_changes_something_needs_a_csrf_token(visitor: Person) -> None:
    visitor.sign_in("alice")
    refused = visitor.post("/do/logout")
    assert refused.status_code == 403
    assert refused.headers["x-csrf-token"] == "Required"
    assert visitor.get("/myapp/").status_code == 200
    assert visitor.post("/do/logout", **{"x-csrf-token": visitor.csrf_token()}).status_code == 200


def test_signing_out_ends_the_session_and_one_can_sign_in_again(visitor: Person) -> None:
    visitor.sign_in("alice")
    answer = visitor.post("/do/logout", **{"x-csrf-token": visitor.csrf_token()})
    where = re.search(r"http://127\.0\.0\.1:\d+/logout\.do[^\"\s]*", answer.text)
    assert where
    signed_out = visitor.follow(where[0])
    assert signed_out.url == f"{visitor.home}/public/signed-out.html"
    assert "You are signed out" in signed_out.text
    assert visitor.get("/myapp/", **SCRIPTED).status_code == 401
    assert visitor.sign_in("bob", "/myapp/").text.startswith("Current time is: ")
    assert visitor.get("/user-api/currentUser").json()["name"] == "bob"


def test_a_bearer_token_is_no_way_into_the_router(router: Program, chain_xsuaa: LocalXsuaa) -> None:
    headers = {"Authorization": f"Bearer {chain_xsuaa.token()}", **SCRIPTED}
    answer = requests.get(f"http://localhost:{router.port}/myapp/", headers=headers, timeout=30)
    assert answer.status_code == 401


def test_only_what_the_service_offers_passes_the_router(visitor: Person) -> None:
    visitor.sign_in("alice")
    answer = visitor.post("/myapp/", **{"x-csrf-token": visitor.csrf_token()})
    assert answer.status_code == 405


def test_the_service_alone_is_403_without_a_token_and_200_with_one(
    service: Program, chain_xsuaa: LocalXsuaa
) -> None:
    address = f"http://127.0.0.1:{service.port}/"
    refused = requests.get(address, timeout=30)
    assert refused.status_code == 403
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    served = requests.get(
        address, headers={"Authorization": f"Bearer {chain_xsuaa.token('carol')}"}, timeout=30
    )
    assert served.text.startswith("Current time is: ")


def test_a_token_with_many_scopes_passes_the_servers_header_limit(
    service: Program, chain_xsuaa: LocalXsuaa
) -> None:
    token = chain_xsuaa.mint({"scope": ["openid", *(f"myapp!t1.Scope{n:03}" for n in range(350))]})
    assert 9_000 < len(token) < 16_000
    address = f"http://127.0.0.1:{service.port}/"
    assert requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=30).status_code == 200


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("/" + "a" * 9000, {}, 414), ("/", {"X-Long": "a" * 40_000}, 431)],
)
def test_what_is_too_long_is_refused_by_the_server(
    service: Program, path: str, headers: dict[str, str], status: int
) -> None:
    address = f"http://127.0.0.1:{service.port}{path}"
    assert requests.get(address, headers=headers, timeout=30).status_code == status


def test_both_apps_are_healthy_without_login(service: Program, router: Program) -> None:
    for program in (service, router):
        answer = requests.get(f"http://127.0.0.1:{program.port}/health", timeout=30)
        assert (answer.status_code, answer.json()) == (200, {"status": "UP"})


def test_a_token_is_refreshed_before_it_ends(hasty_router: Program, chain_xsuaa: LocalXsuaa) -> None:
    """The router takes two minutes off a token's life, and this one asks a minute before that: after 5 s."""
    lifetime, chain_xsuaa.token_lifetime = chain_xsuaa.token_lifetime, 185
    try:
        with Person(hasty_router.port) as visitor:
            visitor.sign_in("alice")
            chain_xsuaa.requests.clear()
            assert visitor.get("/myapp/").status_code == 200
            assert chain_xsuaa.requests["/oauth/token"] == 0
            time.sleep(6)
            deadline = time.monotonic() + 30
            while not chain_xsuaa.requests["/oauth/token"] and time.monotonic() < deadline:
                assert visitor.get("/myapp/").status_code == 200
                time.sleep(0.5)
            assert chain_xsuaa.requests["/oauth/token"] == 1
            assert visitor.get("/myapp/").status_code == 200
    finally:
        chain_xsuaa.token_lifetime = lifetime


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_session_ends_when_nobody_uses_it(hasty_router: Program) -> None:
    with Person(hasty_router.port) as visitor:
        visitor.sign_in("alice")
        assert visitor.get("/myapp/", **SCRIPTED).status_code == 200
        time.sleep(60 + 15)  # the router looks every 10 seconds
        assert visitor.get("/myapp/", **SCRIPTED).status_code == 401
        assert "/oauth/authorize?" in visitor.get("/myapp/").text


def test_no_secret_is_in_any_programs_output(
    visitor: Person, service: Program, router: Program, chain_xsuaa: LocalXsuaa
) -> None:
    assert TOKEN.match(chain_xsuaa.token("alice"))
    visitor.sign_in("alice")
    visitor.get("/myapp/")
    binding = chain_xsuaa.binding()
    for output in (service.output, router.output):
        assert binding["clientsecret"] not in output
        assert not TOKEN.search(output)
        assert "JSESSIONID" not in output


def test_the_service_stops_within_ten_seconds_and_leaves_nothing(
    start_service: Callable[..., Program], chain_xsuaa: LocalXsuaa
) -> None:
    program = start_service()
    headers = {"Authorization": f"Bearer {chain_xsuaa.token()}"}
    assert requests.get(f"http://127.0.0.1:{program.port}/", headers=headers, timeout=30).ok
    started = time.monotonic()
    assert program.stop() == 0
    assert time.monotonic() - started < 10  # what Cloud Foundry grants
    assert "Traceback" not in program.output


def test_without_xsuaa_the_process_ends_with_one_sentence(start_service: Callable[..., Program]) -> None:
    with pytest.raises(pytest.fail.Exception) as failure:
        start_service(VCAP_SERVICES="{}")
    printed = str(failure.value).partition("it printed:\n")[2]
    assert printed.count("\n") == 1
    assert printed.startswith("Tokonoma does not start: No XSUAA service is bound")


@pytest.mark.parametrize(
    "command",
    ["exec flask --app server run --port $PORT", "exec python server.py", "exec gunicorn server:app"],
)
def test_every_documented_command_serves(
    run_service: Callable[..., Program], chain_xsuaa: LocalXsuaa, command: str
) -> None:
    program = run_service(command)
    headers = {"Authorization": f"Bearer {chain_xsuaa.token()}"}
    answer = requests.get(f"http://127.0.0.1:{program.port}/", headers=headers, timeout=30)
    assert answer.text.startswith("Current time is: ")


def test_the_counters_are_those_of_all_workers(
    start_service: Callable[..., Program], chain_xsuaa: LocalXsuaa
) -> None:
    program = start_service(TOKONOMA_WORKERS="2")
    base = f"http://127.0.0.1:{program.port}"
    for _ in range(40):
        assert requests.get(f"{base}/actuator/info", timeout=10, headers={"Connection": "close"}).ok
    headers = {"Authorization": f"Bearer {chain_xsuaa.token('alice')}"}
    # The worker that is not asked settles its own a moment later.
    deadline = time.monotonic() + 30
    counted = 0.0
    while counted < 40 and time.monotonic() < deadline:
        text = requests.get(f"{base}/metrics", headers=headers, timeout=10).text
        [shown] = re.findall(r'tokonoma_requests_total\{.*route="/actuator/info".*\} ([\d.]+)', text)
        counted = float(shown)
    assert counted == 40


def test_an_unreadable_request_is_not_quoted_in_the_log(
    start_service: Callable[..., Program], chain_xsuaa: LocalXsuaa
) -> None:
    program = start_service()
    token = chain_xsuaa.token("alice")
    for raw in (f"GET / HTTP/1.1\r\nAuthorization Bearer {token}\r\n\r\n", "GET /?password=hunter2\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", program.port), timeout=10) as connection:
            connection.sendall(raw.encode())
            connection.recv(65536)
    assert "A request could not be read" in program.output
    assert token[:30] not in program.output
    assert "hunter2" not in program.output
