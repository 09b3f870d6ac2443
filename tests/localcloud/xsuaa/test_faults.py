"""The fault laboratory: each fault is what the client really sees, and is gone when it is healed."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path

import httpx
import pytest
import requests

from localcloud.xsuaa import Fault, LocalXsuaa

from .walk import Walk, assert_refused


def keys(xsuaa: LocalXsuaa, trusted: Path, patience: float = 5) -> httpx.Response:
    """Ask for the keys; `patience` is seconds to wait for the answer."""
    context = ssl.create_default_context(cafile=str(trusted))
    return httpx.get(
        f"https://{xsuaa.uaadomain}/token_keys", verify=context, timeout=httpx.Timeout(30, read=patience)
    )


@pytest.fixture(autouse=True)
def _healed(xsuaa: LocalXsuaa, trusted: Path) -> None:
    assert keys(xsuaa, trusted).json()["keys"]


def test_refuse_closes_the_port_of_the_keys_only(walk: Walk, trusted: Path) -> None:
    with walk.xsuaa.failing("/token_keys", Fault.REFUSE):
        with pytest.raises(httpx.ConnectError, match="refused"):
            keys(walk.xsuaa, trusted)
        assert walk.authorize().status_code == 200
    assert keys(walk.xsuaa, trusted).status_code == 200


def test_refuse_closes_the_port_of_the_tokens(walk: Walk, trusted: Path) -> None:
    url = walk.xsuaa.url
    with walk.xsuaa.failing("/oauth/token", "refuse"):
        with pytest.raises(requests.ConnectionError):
            walk.refresh("x")
        assert keys(walk.xsuaa, trusted).status_code == 200
    assert walk.xsuaa.url == url
    assert_refused(walk.refresh("x"), "invalid_grant")


def test_hang_says_nothing_until_it_is_healed(xsuaa: LocalXsuaa, trusted: Path) -> None:
    xsuaa.fail("/token_keys", Fault.HANG)
    with pytest.raises(httpx.ReadTimeout):
        keys(xsuaa, trusted, patience=0.2)
    answers: list[int] = []
    waiting = threading.Thread(target=lambda: answers.append(keys(xsuaa, trusted, 60).status_code))
    waiting.start()
    xsuaa.heal("/token_keys")
    waiting.join()
    # A request that came in time for the fault is told so; one that came late is served.
    assert answers in ([503], [200])
    assert keys(xsuaa, trusted).status_code == 200


@pytest.mark.parametrize("status", [404, 500, 503])
def test_status_answers_with_that_status(xsuaa: LocalXsuaa, trusted: Path, status: int) -> None:
    with xsuaa.failing("/token_keys", Fault.STATUS, status=status):
        assert keys(xsuaa, trusted).status_code == status
    assert keys(xsuaa, trusted).status_code == 200


def test_garbage_is_not_json(xsuaa: LocalXsuaa, trusted: Path) -> None:
    with xsuaa.failing("/token_keys", Fault.GARBAGE):
        answer = keys(xsuaa, trusted)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        with pytest.raises(ValueError, match=r"\S"):
            answer.json()


def test_html_is_a_page(walk: Walk) -> None:
    with walk.xsuaa.failing("/oauth/token", Fault.HTML):
        answer = walk.refresh("x")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/html")


def test_redirect_leads_elsewhere(xsuaa: LocalXsuaa, trusted: Path) -> None:
    with xsuaa.failing("/token_keys", Fault.REDIRECT):
        assert keys(xsuaa, trusted).status_code == 302


def test_slow_gives_the_right_answer_late(xsuaa: LocalXsuaa, trusted: Path) -> None:
    with xsuaa.failing("/token_keys", Fault.SLOW, seconds=0.3):
        with pytest.raises(httpx.ReadTimeout):
            keys(xsuaa, trusted, patience=0.1)
        assert keys(xsuaa, trusted).json()["keys"]


def test_who_asked_is_counted_also_while_it_fails(xsuaa: LocalXsuaa, trusted: Path) -> None:
    xsuaa.requests.clear()
    with xsuaa.failing("/token_keys", Fault.STATUS):
        for _ in range(3):
            keys(xsuaa, trusted)
    keys(xsuaa, trusted)
    assert xsuaa.requests == {"/token_keys": 4}


def test_heal_mends_everything(walk: Walk, trusted: Path) -> None:
    walk.xsuaa.fail("/token_keys", Fault.REFUSE)
    walk.xsuaa.fail("/oauth/token", Fault.HTML)
    walk.xsuaa.heal()
    assert keys(walk.xsuaa, trusted).status_code == 200
    assert_refused(walk.refresh("x"), "invalid_grant")


def test_a_fault_takes_the_place_of_another(walk: Walk, trusted: Path) -> None:
    walk.xsuaa.fail("/token_keys", Fault.REFUSE)
    walk.xsuaa.fail("/token_keys", Fault.STATUS)
    assert keys(walk.xsuaa, trusted).status_code == 500


def test_an_unknown_fault_is_an_error(xsuaa: LocalXsuaa) -> None:
    with pytest.raises(ValueError, match="explode"):
        xsuaa.fail("/token_keys", "explode")
