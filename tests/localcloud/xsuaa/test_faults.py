"""The fault laboratory: each fault is what the client really sees, and is gone when it is healed."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from localcloud.certificates import Authority
from localcloud.xsuaa import HttpFault, LocalXsuaa

from .walk import Walk, assert_refused

KEYS, TOKEN = "/token_keys", "/oauth/token"
Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask_for_keys(xsuaa: LocalXsuaa, trusted: Path) -> Ask:
    """Ask for the keys; `patience` is seconds to wait for the answer."""
    context = ssl.create_default_context(cafile=str(trusted))

    def ask(patience: float = 5) -> httpx.Response:
        timeout = httpx.Timeout(30, read=patience)
        return httpx.get(f"https://{xsuaa.uaadomain}{KEYS}", verify=context, timeout=timeout)

    return ask


@pytest.fixture
def ask_for_a_token(xsuaa: LocalXsuaa) -> Ask:
    """Ask for a token of the application itself."""
    binding = xsuaa.binding()

    def ask(patience: float = 5) -> httpx.Response:
        return httpx.post(
            f"{xsuaa.url}{TOKEN}",
            data={"grant_type": "client_credentials"},
            auth=(binding["clientid"], binding["clientsecret"]),
            timeout=httpx.Timeout(30, read=patience),
        )

    return ask


@pytest.fixture(params=[KEYS, TOKEN])
def endpoint(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def ask(endpoint: str, ask_for_keys: Ask, ask_for_a_token: Ask) -> Ask:
    """Ask the endpoint, which works before the test and after it."""
    return ask_for_keys if endpoint == KEYS else ask_for_a_token


@pytest.fixture
def other(endpoint: str, ask_for_keys: Ask, ask_for_a_token: Ask) -> Ask:
    return ask_for_a_token if endpoint == KEYS else ask_for_keys


@pytest.fixture(autouse=True)
def _works_before_and_after(request: pytest.FixtureRequest, xsuaa: LocalXsuaa) -> Iterator[None]:
    asking = [request.getfixturevalue("ask")] if "ask" in request.fixturenames else []
    for ask in asking:
        ask().raise_for_status()
    yield
    xsuaa.heal()
    for ask in asking:
        ask().raise_for_status()


def test_refuse_closes_the_port_of_this_endpoint_alone(
    xsuaa: LocalXsuaa, endpoint: str, ask: Ask, other: Ask
) -> None:
    with xsuaa.failing(endpoint, HttpFault.REFUSE):
        with pytest.raises(httpx.ConnectError, match="refused"):
            ask()
        assert other().status_code == 200
    assert ask().status_code == 200


def test_hang_says_nothing_until_it_is_healed(xsuaa: LocalXsuaa, endpoint: str, ask: Ask) -> None:
    xsuaa.fail(endpoint, HttpFault.HANG)
    with pytest.raises(httpx.ReadTimeout):
        ask(patience=0.2)
    answers: list[int] = []
    waiting = threading.Thread(target=lambda: answers.append(ask(patience=60).status_code))
    waiting.start()
    xsuaa.heal(endpoint)
    waiting.join()
    # A request that came in time for the fault is told so; one that came late is served.
    assert answers in ([503], [200])


def test_drop_ends_the_connection_without_an_answer(xsuaa: LocalXsuaa, endpoint: str, ask: Ask) -> None:
    with (
        xsuaa.failing(endpoint, HttpFault.DROP),
        pytest.raises(httpx.RemoteProtocolError, match="without sending a response"),
    ):
        ask()


@pytest.mark.parametrize("status", [404, 500, 503])
def test_status_answers_with_that_status(xsuaa: LocalXsuaa, endpoint: str, ask: Ask, status: int) -> None:
    with xsuaa.failing(endpoint, HttpFault.STATUS, status=status):
        assert ask().status_code == status


def test_garbage_is_not_json(xsuaa: LocalXsuaa, endpoint: str, ask: Ask) -> None:
    with xsuaa.failing(endpoint, HttpFault.GARBAGE):
        answer = ask()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    with pytest.raises(ValueError, match=r"\S"):
        answer.json()


def test_html_is_a_page(xsuaa: LocalXsuaa, endpoint: str, ask: Ask) -> None:
    with xsuaa.failing(endpoint, HttpFault.HTML):
        answer = ask()
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")


def test_redirect_leads_elsewhere(xsuaa: LocalXsuaa, endpoint: str, ask: Ask) -> None:
    with xsuaa.failing(endpoint, HttpFault.REDIRECT):
        assert ask().status_code == 302


def test_slow_gives_the_right_answer_late(xsuaa: LocalXsuaa, endpoint: str, ask: Ask) -> None:
    with xsuaa.failing(endpoint, HttpFault.SLOW, seconds=0.3):
        with pytest.raises(httpx.ReadTimeout):
            ask(patience=0.1)
        assert ask().status_code == 200


def test_who_asked_is_counted_also_while_it_fails(xsuaa: LocalXsuaa, endpoint: str, ask: Ask) -> None:
    xsuaa.requests.clear()
    with xsuaa.failing(endpoint, HttpFault.STATUS):
        for _ in range(3):
            ask()
    ask()
    assert xsuaa.requests == {endpoint: 4}


def test_another_key_signs_and_the_old_one_is_published_until_it_is_retired(
    xsuaa: LocalXsuaa, ask_for_keys: Ask
) -> None:
    def published() -> set[str]:
        return {key["kid"] for key in ask_for_keys().json()["keys"]}

    before = published()
    new = xsuaa.rotate_key()
    assert published() == {*before, new}
    xsuaa.retire_old_keys()
    assert published() == {new}


def test_another_secret_turns_away_whoever_has_the_old_one(xsuaa: LocalXsuaa) -> None:
    old = Walk(xsuaa)
    refresh_token = old.exchange(old.code()).json()["refresh_token"]
    xsuaa.renew_secret()
    assert_refused(old.refresh(refresh_token), "invalid_client", 401)
    assert Walk(xsuaa).refresh(refresh_token).status_code == 200


def test_a_foreign_certificate_is_not_trusted(xsuaa: LocalXsuaa, descriptor: Path, ask_for_keys: Ask) -> None:
    with LocalXsuaa(descriptor) as own:
        own.present(Authority("A stranger").issue())
        context = ssl.create_default_context(cadata=own.certificate)
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"https://{own.uaadomain}{KEYS}", verify=context)


def test_heal_mends_everything(xsuaa: LocalXsuaa, ask_for_keys: Ask, ask_for_a_token: Ask) -> None:
    xsuaa.fail(KEYS, HttpFault.REFUSE)
    xsuaa.fail(TOKEN, HttpFault.HTML)
    xsuaa.heal()
    assert ask_for_keys().status_code == 200
    assert ask_for_a_token().json()["access_token"]


def test_a_fault_takes_the_place_of_another(xsuaa: LocalXsuaa, endpoint: str, ask: Ask) -> None:
    xsuaa.fail(endpoint, HttpFault.REFUSE)
    xsuaa.fail(endpoint, HttpFault.STATUS)
    assert ask().status_code == 500


def test_an_unknown_fault_is_an_error(xsuaa: LocalXsuaa) -> None:
    with pytest.raises(ValueError, match="explode"):
        xsuaa.fail(KEYS, "explode")
