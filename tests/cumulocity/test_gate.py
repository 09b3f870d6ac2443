"""Who may come in on Cumulocity: whom the platform knows, with the roles of his tenant, and nobody else."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from localcloud.cloudfoundry import PROJECT
from localcloud.cumulocity.local import LocalCumulocity
from localcloud.cumulocity.tenants import TenantSession
from localcloud.http_faults import HttpFault as Fault
from localcloud.listener import Listener
from localcloud.ports import free_port
from tokonoma.app import create_app
from tokonoma.auth import gate as gate_room
from tokonoma.auth.cumulocity import read_microservice
from tokonoma.data.policy import file as policy
from tokonoma.errors import BindingError
from tokonoma.platforms.cumulocity import ROLES
from tokonoma.platforms.platform import MASK

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

USER, TENANT = "/user/currentUser", "/tenant/currentTenant"


def cookie(session: TenantSession) -> dict[str, str]:
    """What a browser and the gateway send: the cookie, its token, and a Basic header that is made up."""
    made_up = b64encode(f"{session.user.tenant}/{session.user.name}:<made up>".encode()).decode()
    return {
        "Cookie": f"REQUEST_ORIGIN=; authorization={session.token}",
        "X-XSRF-TOKEN": session.xsrf,
        "Authorization": f"Basic {made_up}",
    }


def bearer(session: TenantSession) -> dict[str, str]:
    return {"Authorization": f"Bearer {session.token}"}


def test_hello_answers_as_the_platforms_tutorial_does_with_the_password_masked(
    client: FlaskClient, cumulocity: LocalCumulocity
) -> None:
    answer = client.get("/hello", headers=cumulocity.basic("t100", "anna"))
    environment = cumulocity.environment()
    assert answer.get_json() == {
        "platform": "cumulocity",
        "platformUrl": cumulocity.url,
        "mqttPlatformUrl": "tcp://127.0.0.1:1881",
        "tenant": "management",
        "user": "servicebootstrap_tokonoma",
        "password": MASK,
        "microserviceIsolation": "MULTI_TENANT",
    }
    assert environment["C8Y_BOOTSTRAP_PASSWORD"] not in answer.text


def test_health_asks_nobody(client: FlaskClient, cumulocity: LocalCumulocity) -> None:
    for path in ("/health", "/actuator/health/liveness"):
        assert client.get(path).get_json() == {"status": "UP"}
    assert not cumulocity.requests


def test_without_hana_the_clock_says_that_none_is_bound(
    client: FlaskClient, cumulocity: LocalCumulocity
) -> None:
    answer = client.get("/", headers=cumulocity.basic("t100", "anna"))
    assert answer.status_code == 503
    assert answer.get_json()["type"] == "urn:tokonoma:problem:hana-not-bound"


@pytest.mark.parametrize("way", [bearer, cookie])
def test_a_session_is_as_good_as_a_password(
    client: FlaskClient, cumulocity: LocalCumulocity, way: Callable[[TenantSession], dict[str, str]]
) -> None:
    assert client.get("/hello", headers=way(cumulocity.sign_in("t100", "anna"))).status_code == 200
    assert client.get("/hello", headers=way(cumulocity.sign_in("t100", "ben@example.com"))).status_code == 403
    over = way(cumulocity.sign_in("t100", "anna", lifetime=-1))
    assert client.get("/hello", headers=over).status_code == 401


def test_two_factors_need_both(client: FlaskClient, cumulocity: LocalCumulocity) -> None:
    password = cumulocity.basic("t100", "tess")
    second = cumulocity.user("t100", "tess").tfa
    assert client.get("/hello", headers={**password, "tfatoken": second}).status_code == 200
    assert client.get("/hello", headers=password).status_code == 401
    assert client.get("/hello", headers={**password, "tfatoken": "0" * 32}).status_code == 401


def test_a_cookie_without_its_token_is_nobody_even_if_the_platform_does_not_mind(
    client: FlaskClient, cumulocity: LocalCumulocity
) -> None:
    headers = cookie(cumulocity.sign_in("t100", "anna"))
    del headers["X-XSRF-TOKEN"]
    assert client.get("/hello", headers=headers).status_code == 401
    assert not cumulocity.requests


@pytest.mark.parametrize(
    ("tenant", "name", "status"),
    [
        ("t100", "anna", 200),
        ("t100", "ben@example.com", 403),
        ("t200", "anna", 403),
        ("t200", "boss", 200),
    ],
)
def test_roles_become_scopes(
    client: FlaskClient, cumulocity: LocalCumulocity, tenant: str, name: str, status: int
) -> None:
    answer = client.get("/hello", headers=cumulocity.basic(tenant, name))
    assert answer.status_code == status
    if status == 403:
        assert answer.get_json()["type"] == "urn:tokonoma:problem:insufficient-scope"


def seen_by_the_views(
    client: FlaskClient, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> gate_room.Caller:
    """The caller whom a view is given."""
    seen: list[gate_room.Caller] = []
    with monkeypatch.context() as patched:
        patched.setattr(gate_room.Caller, "has", lambda caller, _: seen.append(caller))
        client.get("/hello", headers=headers)
    [caller] = seen
    return caller


def test_a_role_of_the_platform_may_be_asked_for_by_its_own_name(
    client: FlaskClient, cumulocity: LocalCumulocity, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = seen_by_the_views(client, cumulocity.basic("t100", "anna"), monkeypatch)
    assert anna.has("ROLE_TOKONOMA_ADMIN")
    assert anna.has("$XSAPPNAME.Operate")
    assert anna.has("openid")
    assert not anna.has("ROLE_TOKONOMA_DISPLAY_READ")
    assert anna.attributes == {}
    ben = seen_by_the_views(client, cumulocity.basic("t100", "ben@example.com"), monkeypatch)
    assert not ben.has("ROLE_TOKONOMA_ADMIN")


@pytest.mark.parametrize(
    "role", ["tokonoma.Operate", "$XSAPPNAME.Operate", "Operate", "ROLE_X\ntokonoma.Operate", "role_x", ""]
)
def test_a_role_of_another_microservice_is_never_taken_for_a_scope(
    deployed: Callable[..., FlaskClient], role: str
) -> None:
    user = {"userName": "anna", "effectiveRoles": [{"id": role}]}
    with platform_that_says("200 OK", user, {"name": "t100"}) as url:
        client = deployed(C8Y_BASEURL=url)
        answer = client.get("/hello", headers={"Authorization": "Basic YTpi"})
        assert answer.status_code == 403


def test_every_role_and_scope_of_the_table_exists() -> None:
    manifest = json.loads((PROJECT / "deploy" / "cumulocity" / "cumulocity.json").read_text())
    descriptor = json.loads((PROJECT / "xs-security.json").read_text())
    scopes = {scope["name"].removeprefix("$XSAPPNAME.") for scope in descriptor["scopes"]}
    assert set().union(*ROLES.values()) <= scopes
    own = {role for role in ROLES if role.startswith("ROLE_TOKONOMA_")}
    # Of these the gate knows nothing but their names.
    of_the_policy = {names["cumulocity"] for names in policy.read(PROJECT / "policy.toml").roles.values()}
    assert own | of_the_policy == set(manifest["roles"])


def test_the_same_name_in_two_tenants_is_two_people(
    client: FlaskClient, cumulocity: LocalCumulocity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are called anna. Whatever the order and however often, neither is the other."""
    seen: list[gate_room.Caller] = []
    monkeypatch.setattr(gate_room.Caller, "has", lambda caller, _: seen.append(caller))
    first, second = cumulocity.basic("t100", "anna"), cumulocity.basic("t200", "anna")
    for headers in (first, second, second, first) * 2:
        client.get("/hello", headers=headers)
    assert [caller.zone for caller in seen] == ["t100", "t200", "t200", "t100"] * 2
    assert {caller.name for caller in seen} == {"anna"}
    assert len({caller.id for caller in seen}) == 2


def test_callers_are_not_mixed_up_under_load(
    client: FlaskClient, cumulocity: LocalCumulocity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform sends a cookie with every answer, and knows nobody who sends it back."""
    monkeypatch.setattr("tokonoma.auth.cumulocity.DEADLINE", 60.0)
    monkeypatch.setattr("tokonoma.auth.cumulocity.MAX_WAIT", 60.0)
    people = [("t100", "anna", 200), ("t200", "anna", 403), ("t200", "boss", 200)] * 20

    def ask(person: tuple[str, str, int]) -> tuple[int, int]:
        tenant, name, expected = person
        session = cumulocity.sign_in(tenant, name)
        return client.get("/hello", headers=bearer(session)).status_code, expected

    with ThreadPoolExecutor(4) as pool:
        assert all(got == expected for got, expected in pool.map(ask, people))


def test_another_tenant_is_refused_where_each_has_a_service_of_its_own(
    deployed: Callable[..., FlaskClient], cumulocity: LocalCumulocity
) -> None:
    client = deployed("PER_TENANT", "t100")
    assert client.get("/hello", headers=cumulocity.basic("t100", "anna")).status_code == 200
    assert client.get("/hello", headers=cumulocity.basic("t200", "boss")).status_code == 401


def test_nobody_is_told_how_to_come_in(client: FlaskClient) -> None:
    answer = client.get("/hello")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Cumulocity"'
    assert answer.get_json()["type"] == "urn:tokonoma:problem:login-required"


def test_a_wrong_password_is_401_and_asked_for_again_each_time(
    client: FlaskClient, cumulocity: LocalCumulocity
) -> None:
    wrong = cumulocity.basic("t100", "anna", "wrong")
    for _ in range(2):
        answer = client.get("/hello", headers=wrong)
        assert answer.status_code == 401
        assert answer.get_json()["type"] == "urn:tokonoma:problem:invalid-credentials"
    assert cumulocity.requests[USER] == 2
    assert client.get("/hello", headers=cumulocity.basic("t100", "anna")).status_code == 200


MALFORMED = {
    "another scheme": {"Authorization": "Digest username=anna"},
    "no scheme": {"Authorization": "YW5uYTpwdw=="},
    "two blanks": {"Authorization": "Basic  YW5uYTpwdw=="},
    "two headers": {"Authorization": "Basic YW5uYTpwdw==, Basic YW5uYTpwdw=="},
    "not ASCII": {"Authorization": "Basic é"},
    "too long": {"Authorization": "Basic " + "a" * 20_000},
    "two cookies": {"Cookie": "authorization=a.b.c; authorization=d.e.f", "X-XSRF-TOKEN": "x"},
    "a cookie with a blank": {"Cookie": 'authorization="a b"', "X-XSRF-TOKEN": "x"},
    "a line in the cookie": {"Cookie": 'authorization="a\\012b"', "X-XSRF-TOKEN": "x"},
    "an odd token": {"Cookie": "authorization=a.b.c", "X-XSRF-TOKEN": "x y"},
    "an odd second factor": {"Authorization": "Basic YW5uYTpwdw==", "tfatoken": "1 2"},
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_malformed_is_refused_before_the_platform_hears_of_it(
    client: FlaskClient, cumulocity: LocalCumulocity, what: str
) -> None:
    assert client.get("/hello", headers=MALFORMED[what]).status_code == 401
    assert not cumulocity.requests


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    authorization=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60),
    cookie=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60),
)
def test_no_header_whatsoever_is_a_fault_of_ours(
    client: FlaskClient, authorization: str, cookie: str
) -> None:
    environ = {"HTTP_AUTHORIZATION": authorization, "HTTP_COOKIE": f"authorization={cookie}"}
    assert client.get("/hello", environ_overrides=environ).status_code == 401


def test_an_answer_is_believed_for_a_while_and_then_no_longer(
    client: FlaskClient, cumulocity: LocalCumulocity, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = cumulocity.basic("t100", "anna")
    for _ in range(3):
        assert client.get("/hello", headers=headers).status_code == 200
    assert cumulocity.requests[USER] == cumulocity.requests[TENANT] == 1
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 31)
    with cumulocity.failing(USER, Fault.STATUS, status=401):
        assert client.get("/hello", headers=headers).status_code == 401


def test_the_memory_is_bounded(
    client: FlaskClient, cumulocity: LocalCumulocity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_room, "MAX_REMEMBERED", 2)
    everybody = [bearer(cumulocity.sign_in("t100", "anna")) for _ in range(3)]
    for headers in [*everybody, everybody[2], everybody[0]]:
        assert client.get("/hello", headers=headers).status_code == 200
    assert cumulocity.requests[USER] == 4


@pytest.mark.parametrize("endpoint", [USER, TENANT])
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.REFUSE, 0),
        (Fault.STATUS, 500),
        (Fault.STATUS, 503),
        (Fault.STATUS, 429),
        (Fault.STATUS, 404),
        (Fault.GARBAGE, 0),
        (Fault.HTML, 0),
        (Fault.REDIRECT, 0),
    ],
)
def test_a_platform_that_gives_no_answer_is_503_until_it_does(
    client: FlaskClient, cumulocity: LocalCumulocity, endpoint: str, fault: Fault, status: int
) -> None:
    headers = cumulocity.basic("t100", "anna")
    with cumulocity.failing(endpoint, fault, status=status):
        answer = client.get("/hello", headers=headers)
        assert answer.status_code == 503
        assert answer.get_json()["type"] == "urn:tokonoma:problem:platform-unavailable"
        assert int(answer.headers["Retry-After"]) > 0
        assert client.get("/health").status_code == 200
    assert client.get("/hello", headers=headers).status_code == 200


ANNA: dict[str, object] = {"userName": "anna", "effectiveRoles": [{"id": "ROLE_TOKONOMA_ADMIN"}]}
ODD: dict[str, tuple[str, object, object]] = {
    "an error with a good body": ("500 Oh", ANNA, {"name": "t100"}),
    "a part": ("206 Partial", ANNA, {"name": "t100"}),
    "a list": ("200 OK", [ANNA], {"name": "t100"}),
    "no name": ("200 OK", {**ANNA, "userName": ""}, {"name": "t100"}),
    "a name that is none": ("200 OK", {**ANNA, "userName": ["anna"]}, {"name": "t100"}),
    "a line in the name": ("200 OK", {**ANNA, "userName": "an\nna"}, {"name": "t100"}),
    "no roles": ("200 OK", {"userName": "anna"}, {"name": "t100"}),
    "roles that are none": ("200 OK", {**ANNA, "effectiveRoles": ["ROLE_TOKONOMA_ADMIN"]}, {"name": "t100"}),
    "a role that is a list": ("200 OK", {**ANNA, "effectiveRoles": [{"id": [1]}]}, {"name": "t100"}),
    "no tenant": ("200 OK", ANNA, {}),
    "a tenant that is none": ("200 OK", ANNA, {"name": "t 100"}),
    "a tenant's number": ("200 OK", ANNA, {"name": 100}),
    "far too much": ("200 OK", {**ANNA, "x": "x" * 300_000}, {"name": "t100"}),
}


@contextmanager
def platform_that_says(status: str, user: object, tenant: object) -> Iterator[str]:
    """A Cumulocity with these two answers; yields its address."""

    def platform(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        body = json.dumps(user if environ["PATH_INFO"] == USER else tenant).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    listener = Listener(platform)
    listener.start()
    try:
        yield f"http://127.0.0.1:{listener.port}"
    finally:
        listener.stop()


@pytest.mark.parametrize("what", ["as it should be", *ODD])
def test_an_odd_answer_is_none(deployed: Callable[..., FlaskClient], what: str) -> None:
    with platform_that_says(*ODD.get(what, ("200 OK", ANNA, {"name": "t100"}))) as url:
        answer = deployed(C8Y_BASEURL=url).get("/hello", headers={"Authorization": "Basic YTpi"})
        assert answer.status_code == (503 if what in ODD else 200)


def test_an_answer_that_drips_ends_in_time_and_leaves_no_thread_behind(
    deployed: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte now and then: no single read of it takes long."""
    monkeypatch.setattr("tokonoma.auth.cumulocity.DEADLINE", 0.5)
    ended = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while True:
                connection.sendall(b" ")
                time.sleep(0.05)
        ended.set()

    with socket.create_server(("127.0.0.1", 0)) as server:
        dripping = threading.Thread(target=drip, args=(server,))
        dripping.start()
        client = deployed(C8Y_BASEURL=f"http://127.0.0.1:{server.getsockname()[1]}")
        answer = client.get("/hello", headers={"Authorization": "Basic YTpi"})
        assert answer.status_code == 503
        assert ended.wait(30)
        dripping.join()
        for thread in threading.enumerate():
            if thread.name == "deadline":
                thread.join(30)
                assert not thread.is_alive()


@pytest.mark.parametrize(
    ("headers", "line"),
    [
        ({"Authorization": "Digest username=anna"}, "login refused: it is neither Basic nor Bearer"),
        ({"Authorization": "Basic YW5uYTpwdw=="}, "login refused: the platform refuses it"),
        ({"Authorization": "Basic " + "a" * 20_000}, "login refused: it is too long"),
    ],
)
def test_the_log_says_why_a_login_was_refused(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, headers: dict[str, str], line: str
) -> None:
    caplog.set_level(logging.INFO, "tokonoma.auth")
    assert client.get("/hello", headers=headers).status_code == 401
    assert caplog.messages == [line]


def test_nothing_of_xsuaas_is_loaded(cumulocity: LocalCumulocity) -> None:
    """Neither the library nor what it needs: 10 MiB of a small container."""
    script = """
import sys
from tokonoma.app import create_app
client = create_app().test_client()
assert client.get("/hello", headers={"Authorization": sys.argv[1]}).status_code == 200
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"sap", "jwt", "cryptography"}))
"""
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("VCAP_", "C8Y_"))}
    done = subprocess.run(
        [sys.executable, "-c", script, cumulocity.basic("t100", "anna")["Authorization"]],
        env={**keep, **cumulocity.environment()},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == ""


def test_credentials_do_not_follow_a_redirect(client: FlaskClient, cumulocity: LocalCumulocity) -> None:
    with cumulocity.failing(USER, Fault.REDIRECT):
        assert client.get("/hello", headers=cumulocity.basic("t100", "anna")).status_code == 503
    assert set(cumulocity.requests) == {USER}


def test_credentials_do_not_pass_by_a_proxy(
    deployed: Callable[..., FlaskClient], cumulocity: LocalCumulocity
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"), nowhere)
    client = deployed(**proxies, NO_PROXY="", no_proxy="")
    assert client.get("/hello", headers=cumulocity.basic("t100", "anna")).status_code == 200


def test_a_platform_that_hangs_leaves_threads_for_those_who_ask_whether_we_live(
    client: FlaskClient, cumulocity: LocalCumulocity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokonoma.auth.cumulocity.DEADLINE", 60.0)
    headers = cumulocity.basic("t100", "anna")
    with ThreadPoolExecutor(4) as threads:
        with cumulocity.failing(USER, Fault.HANG):
            asked = [threads.submit(client.get, "/hello", headers=headers) for _ in range(4)]
            while cumulocity.requests[USER] < 2:
                time.sleep(0.01)
            # Comes only when a thread is free, long before the platform gives any answer.
            assert threads.submit(client.get, "/health").result(30).status_code == 200
            while sum(future.done() for future in asked) < 2:
                time.sleep(0.01)
            assert sum(future.done() for future in asked) == 2
        assert {future.result(30).status_code for future in asked} == {503}


def test_readiness_says_so_for_a_while(
    client: FlaskClient, cumulocity: LocalCumulocity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keys() -> str:
        answer = client.get("/actuator/health", headers=cumulocity.basic("t100", "anna"))
        status: str = answer.get_json()["components"]["keys"]["status"]
        return status

    assert keys() == "UP"
    with cumulocity.failing(USER, Fault.STATUS):
        assert client.get("/hello", headers=cumulocity.basic("t200", "anna")).status_code == 503
        assert keys() == "DOWN"
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 11)
    assert keys() == "UP"


def test_no_secret_is_logged(
    client: FlaskClient, cumulocity: LocalCumulocity, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tokonoma")
    session = cumulocity.sign_in("t100", "ben@example.com")
    everything = [cumulocity.basic("t100", "anna"), bearer(session), cookie(session)]
    for headers in [*everything, cumulocity.basic("t100", "anna", "wr0ng-passw0rd")]:
        client.get("/hello", headers=headers)
    everything.append(cumulocity.basic("t200", "anna"))
    with cumulocity.failing(USER, Fault.GARBAGE):
        client.get("/hello", headers=everything[-1])
    log = caplog.text
    assert "Cumulocity gives no usable answer" in log
    secrets = [
        session.token,
        session.xsrf,
        cumulocity.user("t100", "anna").password,
        "wr0ng",
        "ben@example.com",
    ]
    secrets += [value.split()[-1] for headers in everything for value in headers.values()]
    assert not [secret for secret in secrets if secret in log]


@pytest.mark.parametrize(
    "url",
    ["cumulocity:8111", "ftp://cumulocity", "http://", "http://a@b", "http://c8y/path", "http://c8y?a=b",
     "http://c8y:99999", "http://[c8y", "http://c8y/#x"],
)  # fmt: skip
def test_an_odd_address_stops_the_start(url: str) -> None:
    with pytest.raises(BindingError, match="C8Y_BASEURL"):
        read_microservice({"C8Y_BASEURL": url})


def test_isolation_by_tenant_needs_the_tenant() -> None:
    with pytest.raises(BindingError, match="C8Y_TENANT"):
        read_microservice({"C8Y_BASEURL": "http://c8y", "C8Y_MICROSERVICE_ISOLATION": "PER_TENANT"})


def test_a_cloud_foundry_app_without_xsuaa_does_not_start_whatever_else_it_knows(
    deployed: Callable[..., FlaskClient],
) -> None:
    with pytest.raises(BindingError, match="No XSUAA service is bound"):
        deployed(VCAP_APPLICATION='{"name": "myapp"}')


def test_nowhere_in_particular_xsuaa_is_needed_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VCAP_APPLICATION", "VCAP_SERVICES", "C8Y_BASEURL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("C8Y_BOOTSTRAP_TENANT", "management")
    with pytest.raises(BindingError, match="No XSUAA service is bound"):
        create_app()


def test_a_check_leaves_no_thread_behind(client: FlaskClient, cumulocity: LocalCumulocity) -> None:
    client.get("/hello", headers=cumulocity.basic("t100", "anna"))
    assert not [thread for thread in threading.enumerate() if thread.name == "deadline"]
