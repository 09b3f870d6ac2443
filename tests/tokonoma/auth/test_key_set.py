"""The key set against the real key endpoint, and against everything that can happen to it."""

from __future__ import annotations

import gc
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest

from localcloud.certificates import Authority
from localcloud.http_faults import HttpFault as Fault
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.auth.forging import bearer
from tokonoma.auth import key_set as keys_room
from tokonoma.auth import sap_xssec
from tokonoma.auth.bounded_client import MAX_ANSWER
from tokonoma.auth.key_set import KeySet
from tokonoma.auth.xsuaa import XsuaaGate
from tokonoma.bindings import XsuaaBinding, platform_environment, read_xsuaa
from tokonoma.errors import KeysUnavailable, TokenInvalid

KEYS = "/token_keys"
FAULTS = [Fault.REFUSE, Fault.STATUS, Fault.GARBAGE, Fault.HTML, Fault.REDIRECT, Fault.HANG]
EVER = 12


@pytest.fixture
def xsuaa(authority: Authority) -> Iterator[LocalXsuaa]:
    """One of its own for every test: these break it."""
    with LocalXsuaa(Path(__file__).parents[3] / "xs-security.json", authority=authority) as server:
        yield server


@pytest.fixture
def binding(bind: Callable[..., None], xsuaa: LocalXsuaa) -> XsuaaBinding:
    bind(pyuaa=("xsuaa", "application", xsuaa.binding()))
    return read_xsuaa(platform_environment())


@pytest.fixture
def without_bound_key(binding: XsuaaBinding) -> XsuaaBinding:
    credentials = {name: value for name, value in binding.credentials.items() if name != "verificationkey"}
    return replace(binding, credentials=credentials)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between downloads, and little patience."""
    monkeypatch.setattr(keys_room, "MIN_INTERVAL", 0.0)


def a_minute_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic
    monkeypatch.setattr("tokonoma.auth.key_set.time.monotonic", lambda: now() + keys_room.MIN_INTERVAL + 1)


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def kid_of(xsuaa: LocalXsuaa) -> str:
    """The id of the key that signs now."""
    kid: str = jwt.get_unverified_header(xsuaa.token())["kid"]
    return kid


def test_the_keys_are_fetched_once_for_any_number_of_tokens(
    xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding
) -> None:
    gate = XsuaaGate(without_bound_key, KeySet(without_bound_key, EVER))
    names = {gate.identify(bearer(xsuaa.token(user))).name for user in ("alice", "bob", "carol") * 3}
    assert len(names) == 3
    assert xsuaa.requests[KEYS] == 1


def test_a_rotated_key_is_accepted_and_the_old_one_too(
    xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding, impatient: None
) -> None:
    gate = XsuaaGate(without_bound_key, KeySet(without_bound_key, EVER))
    old = xsuaa.token("alice")
    gate.identify(bearer(old))
    xsuaa.rotate_key()
    assert gate.identify(bearer(xsuaa.token("bob"))).has("openid")
    assert gate.identify(bearer(old)).has("openid")


def test_a_retired_key_is_refused_even_if_it_is_the_bound_one(
    xsuaa: LocalXsuaa, binding: XsuaaBinding, impatient: None
) -> None:
    old = xsuaa.token("alice")
    xsuaa.rotate_key()
    xsuaa.retire_old_keys()
    gate = XsuaaGate(binding, KeySet(binding, EVER))
    assert gate.identify(bearer(xsuaa.token("bob"))).has("openid")
    with pytest.raises(TokenInvalid):
        gate.identify(bearer(old))


@pytest.mark.parametrize("fault", FAULTS)
def test_keys_survive_an_outage_of_their_endpoint(
    xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding, fault: Fault, impatient: None
) -> None:
    keys = KeySet(without_bound_key, EVER)
    gate = XsuaaGate(without_bound_key, keys)
    gate.identify(bearer(xsuaa.token("alice")))
    with xsuaa.failing(KEYS, fault):
        with pytest.raises(TokenInvalid):
            gate.identify(bearer(xsuaa.mint(header={"kid": "nobody"})))
        assert gate.identify(bearer(xsuaa.token("bob"))).has("openid")
    assert keys.has_keys


@pytest.mark.parametrize("fault", FAULTS)
def test_without_any_key_the_bound_one_is_used(
    xsuaa: LocalXsuaa, binding: XsuaaBinding, fault: Fault
) -> None:
    with xsuaa.failing(KEYS, fault):
        gate = XsuaaGate(binding, KeySet(binding, EVER))
        assert gate.identify(bearer(xsuaa.token("alice"))).has("openid")
        with pytest.raises(TokenInvalid):
            gate.identify(bearer(xsuaa.mint({"zid": "another"})))


@pytest.mark.parametrize("fault", FAULTS)
def test_without_any_key_at_all_nobody_is_let_in_and_the_first_after_recovery_is(
    xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding, fault: Fault, impatient: None
) -> None:
    keys = KeySet(without_bound_key, EVER)
    gate = XsuaaGate(without_bound_key, keys)
    with xsuaa.failing(KEYS, fault), pytest.raises(KeysUnavailable):
        gate.identify(bearer(xsuaa.token("alice")))
    eventually(lambda: keys.has_keys)
    assert gate.identify(bearer(xsuaa.token("alice"))).has("openid")


def test_stale_keys_are_trusted_for_the_stated_hours_and_no_longer(
    xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = KeySet(without_bound_key, stale_hours=2)
    gate = XsuaaGate(without_bound_key, keys)
    gate.identify(bearer(xsuaa.token("alice")))
    with xsuaa.failing(KEYS, Fault.STATUS):
        now = time.monotonic()
        monkeypatch.setattr("tokonoma.auth.key_set.time.monotonic", lambda: now + 2 * 3600 - 1)
        assert gate.identify(bearer(xsuaa.token("bob"))).has("openid")
        monkeypatch.setattr("tokonoma.auth.key_set.time.monotonic", lambda: now + 2 * 3600 + 1)
        with pytest.raises(KeysUnavailable):
            gate.identify(bearer(xsuaa.token("carol")))
        monkeypatch.undo()


def test_a_flood_of_unknown_kids_costs_one_request_and_no_valid_caller_waits(
    xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits here, waits longer than the test may last."""
    monkeypatch.setattr(keys_room, "MAX_WAIT", 300.0)
    monkeypatch.setattr(keys_room, "DEADLINE", 300.0)
    keys = KeySet(without_bound_key, EVER)
    gate = XsuaaGate(without_bound_key, keys)
    gate.identify(bearer(xsuaa.token("alice")))
    a_minute_later(monkeypatch)
    xsuaa.requests.clear()
    forged = [xsuaa.mint(header={"kid": f"nobody-{n}"}) for n in range(100)]
    refused: list[str] = []

    def flood(tokens: list[str]) -> None:
        for token in tokens:
            with pytest.raises(TokenInvalid):
                gate.identify(bearer(token))
            refused.append(token)

    with xsuaa.failing(KEYS, Fault.HANG):
        asking = threading.Thread(target=flood, args=(forged[:1],))
        asking.start()
        eventually(lambda: xsuaa.requests[KEYS] == 1)
        # It asks and gets no answer. Meanwhile forged tokens are refused, and good ones accepted.
        others = [threading.Thread(target=flood, args=(forged[1 + n :: 8],)) for n in range(8)]
        for thread in others:
            thread.start()
        for user in ("alice", "bob", "carol") * 10:
            assert gate.identify(bearer(xsuaa.token(user))).has("openid")
        for thread in others:
            thread.join()
        assert asking.is_alive()
        assert xsuaa.requests[KEYS] == 1
    asking.join()
    assert sorted(refused) == sorted(forged)


def test_who_is_known_passes_every_lock(xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding) -> None:
    """All of them are held here by somebody who never lets go."""
    keys = KeySet(without_bound_key, EVER)
    gate = XsuaaGate(without_bound_key, keys)
    token, kid = bearer(xsuaa.token("alice")), kid_of(xsuaa)
    caller = gate.identify(token)
    found: list[object] = []
    with keys._done, gate._remembering, sap_xssec._one_at_a_time:
        passing = threading.Thread(target=lambda: found.extend([gate.identify(token), keys.key(kid)]))
        passing.daemon = True
        passing.start()
        passing.join(timeout=30)
        assert found[:1] == [caller]
        assert "PUBLIC KEY" in str(found[1])


@pytest.mark.parametrize(("later", "asked"), [(-1.0, 0), (+1.0, 1)])
def test_a_rotated_key_is_accepted_within_a_minute_and_nobody_asks_more_often(
    xsuaa: LocalXsuaa,
    without_bound_key: XsuaaBinding,
    monkeypatch: pytest.MonkeyPatch,
    later: float,
    asked: int,
) -> None:
    assert keys_room.MIN_INTERVAL == 60
    keys = KeySet(without_bound_key, EVER)
    gate = XsuaaGate(without_bound_key, keys)
    gate.identify(bearer(xsuaa.token("alice")))
    tried, _ = keys._shared.times()
    xsuaa.requests.clear()
    xsuaa.rotate_key()
    token = bearer(xsuaa.token("bob"))
    monkeypatch.setattr(
        "tokonoma.auth.key_set.time.monotonic", lambda: tried + keys_room.MIN_INTERVAL + later
    )
    if asked:
        assert gate.identify(token).has("openid")
    else:
        with pytest.raises(TokenInvalid):
            gate.identify(token)
    assert xsuaa.requests[KEYS] == asked
    monkeypatch.undo()


def test_what_one_worker_fetched_the_others_have(
    xsuaa: LocalXsuaa, without_bound_key: XsuaaBinding, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = KeySet(without_bound_key, EVER), KeySet(without_bound_key, EVER)
    second._shared = first._shared  # as after a fork
    old = kid_of(xsuaa)
    assert first.key(old) == second.key(old)
    assert xsuaa.requests[KEYS] == 1
    new = xsuaa.rotate_key()
    for keys in (first, second):
        with pytest.raises(LookupError):
            keys.key(new)
    a_minute_later(monkeypatch)
    assert "PUBLIC KEY" in first.key(new)
    assert first.key(new) == second.key(new)
    assert xsuaa.requests[KEYS] == 2


Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def answering(authority: Authority, folder: Path, answer: Answer) -> Iterator[str]:
    """A key endpoint that answers as no XSUAA does; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):
                answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = authority.issue().ssl_context(folder)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def key_set(padding: int = 0) -> bytes:
    key = {"kid": "one", "value": "-----BEGIN PUBLIC KEY-----", "padding": "x" * padding}
    return json.dumps({"keys": [key]}).encode()


def whole(body: bytes, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def dripping(start: bytes) -> Answer:
    """A byte now and then: no single read of it takes long."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(start)
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.05)

    return answer


def download_from(domain: str, binding: XsuaaBinding) -> dict[str, str]:
    binding = replace(binding, credentials={**binding.credentials, "uaadomain": domain})
    return dict(KeySet(binding, EVER)._download())


def test_a_key_set_is_read_up_to_its_limit(
    authority: Authority, tmp_path: Path, binding: XsuaaBinding
) -> None:
    for padding, keys in ((MAX_ANSWER - 1000, 1), (MAX_ANSWER, 0)):
        with answering(authority, tmp_path, whole(key_set(padding))) as domain:
            assert len(download_from(domain, binding)) == keys


def test_a_packed_key_set_is_not_unpacked(
    authority: Authority, tmp_path: Path, binding: XsuaaBinding
) -> None:
    """A few kilobytes could become gigabytes."""
    packed = whole(gzip.compress(key_set()), Content_Encoding="gzip")
    with answering(authority, tmp_path, packed) as domain:
        assert download_from(domain, binding) == {}


@pytest.mark.parametrize(
    "start", ["HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"]
)
def test_a_dripping_key_endpoint_is_left_in_time(
    authority: Authority, tmp_path: Path, binding: XsuaaBinding, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    assert keys_room.DEADLINE == 5
    monkeypatch.setattr(keys_room, "DEADLINE", 0.5)
    found: list[dict[str, str]] = []
    with answering(authority, tmp_path, dripping(start.encode())) as domain:
        download = threading.Thread(target=lambda: found.append(download_from(domain, binding)), daemon=True)
        download.start()
        download.join(timeout=30)
        assert found == [{}]


def test_a_bound_key_in_one_line_is_good_enough(xsuaa: LocalXsuaa, binding: XsuaaBinding) -> None:
    """As some bindings have it; sap-xssec mends it."""
    one_line = binding.credentials["verificationkey"].replace("\n", "")
    binding = replace(binding, credentials={**binding.credentials, "verificationkey": one_line})
    gate = XsuaaGate(binding, KeySet(binding, EVER))
    assert gate.identify(bearer(xsuaa.mint(header={"kid": None}))).has("openid")
    with pytest.raises(TokenInvalid):
        gate.identify(bearer(xsuaa.mint({"zid": "another"}, {"kid": None})))


def test_the_keys_of_a_gate_that_is_gone_are_fetched_no_more(
    binding: XsuaaBinding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_room, "REFRESH_INTERVAL", 0.01)
    before = set(threading.enumerate())
    keys = KeySet(binding, EVER)
    keys.start()
    [thread] = [thread for thread in set(threading.enumerate()) - before if thread.name == "keys"]
    del keys
    gc.collect()
    thread.join(30)
    assert not thread.is_alive()
