"""The key keeper: XSUAA's public keys, fetched ahead, once, and kept through an outage.

sap-xssec's own cache holds one lock during the download and forgets unknown key ids, so that anybody can
make every caller wait by sending forged tokens. This one takes its place: a hit takes no lock, an id that is
not in the last key set stays unknown until the next one, and asking for that is possible once a minute.

That minute is the service's, not the process's: all workers read what one of them has fetched.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import httpx
from sap.xssec.security_context_xsuaa import SecurityContextXSUAA

from tokonoma.auth.bounded_body import AS_IT_COMES, body_of
from tokonoma.bindings import XsuaaBinding

_log = logging.getLogger(__name__)

PAUSE = 60.0
"""Seconds between two downloads, whoever wants them; a rotated key is accepted within this time."""
REFRESH = 15 * 60.0
"""Seconds between two downloads when nothing asks for one."""
PATIENCE = 2.0
"""Seconds that the request which met an unknown key id waits for the download; all others wait not at all."""
DEADLINE = 5.0
"""Seconds for a whole download, from the connect to the last byte."""


class KeyKeeper:
    """Keeps the keys of one binding's zone, by key id. Whatever address a token names is ignored."""

    def __init__(self, binding: XsuaaBinding, stale_hours: int) -> None:
        domain = str(binding.credentials.get("uaadomain") or binding.credentials["url"])
        self.address = f"https://{domain.removeprefix('https://')}/token_keys"
        self._zone = binding.zone
        self._is_one_bound = bool(binding.credentials.get("verificationkey"))
        self._keep = stale_hours * 3600.0
        self._board = _Board()
        self._keys: Mapping[str, str] = {}
        self._fetched = self._started = float("-inf")
        self._looked = 0
        self._wanted = threading.Event()
        self._done = threading.Condition()
        self._thread: threading.Thread | None = None
        _desk.keepers[self.address] = self

    @property
    def has_keys(self) -> bool:
        """Whether there are keys to check with, fresh enough to be trusted."""
        return bool(self._keys) and time.monotonic() - self._fetched < self._keep

    @property
    def usable(self) -> bool:
        """Whether tokens can be checked: by fetched keys, or by the bound one."""
        self.start()
        return self.has_keys or self._is_one_bound

    def start(self) -> None:
        """Fetch the keys now and from time to time, in the background; once a process, after its fork."""
        with self._done:
            if self._thread is None or not self._thread.is_alive():
                self._started = time.monotonic()
                self._thread = threading.Thread(target=self._refresh_for_ever, name="keys", daemon=True)
                self._wanted.set()
                self._thread.start()

    def key(self, kid: str) -> str:
        """The public key (PEM) with this id; has the keys fetched if it is not known, see `PATIENCE`.

        Raises RuntimeError when there are no keys at all, and LookupError when this one is not among them.
        """
        if kid not in self._keys or not self.has_keys:
            self._ask_for_new_ones()
        return self.held(kid)

    def held(self, kid: str) -> str:
        """The same, out of what is here: waits for nothing and asks nobody."""
        if not self.has_keys:
            raise RuntimeError("there are no keys")
        return self._keys[kid]

    def _ask_for_new_ones(self) -> None:
        """Have the keys fetched, unless that was tried a moment ago.

        The request that asked waits for them a little, as all do for the very first ones; the others go on.
        """
        self.start()
        tried, fetched = self._board.times()
        with self._done:
            asked = time.monotonic()
            if (
                self._looked
                and not self._wanted.is_set()
                and (fetched > self._fetched or asked - tried > PAUSE)
            ):
                self._wanted.set()
            elif self._looked or asked - self._started > PATIENCE:
                return
            before = self._looked
            self._done.wait_for(lambda: self._looked > before, PATIENCE)

    def _refresh_for_ever(self) -> None:
        good = False
        while True:
            self._wanted.wait(REFRESH if good else PAUSE)
            good = self._look()
            with self._done:
                self._looked += 1
                self._wanted.clear()
                self._done.notify_all()

    def _look(self) -> bool:
        """Take the keys from the board; download them first if nobody did within the last minute."""
        with self._board.locked():  # for as long as another worker downloads them
            tried, fetched = self._board.times()
            if time.monotonic() - tried > PAUSE:
                self._board.tried()
                keys = self._download()
                if keys:
                    self._board.write(keys)
                tried, fetched = self._board.times()
            if fetched > self._fetched:
                self._keys, self._fetched = self._board.read(), fetched
        return fetched >= tried

    def _download(self) -> Mapping[str, str]:
        """The published keys by id; empty when they cannot be had, whatever the reason."""
        try:
            with (
                _Deadline() as deadline,
                httpx.Client(timeout=DEADLINE) as client,
                client.stream(
                    "GET",
                    self.address,
                    params={"zid": self._zone},
                    headers=AS_IT_COMES,
                    extensions={"trace": deadline.trace},
                ) as answer,
            ):
                answer.raise_for_status()
                body = body_of(answer)
            keys = {entry["kid"]: entry["value"] for entry in _entries(body)}
        except Exception as error:
            # A proxy's page, a broken answer, an outage: the keys that we have stay.
            _log.warning(
                "XSUAA's keys cannot be fetched (%s); %d kept", type(error).__name__, len(self._keys)
            )
            return {}
        return keys


def _entries(body: bytes) -> list[dict[str, Any]]:
    keys = json.loads(body)["keys"]
    return [key for key in keys if isinstance(key.get("kid"), str) and isinstance(key.get("value"), str)]


class _Board:
    """What the workers share: when somebody last tried, when the keys came, and the keys.

    A file without a name, opened before the workers are forked off. Nobody else can open it, and the system
    unlocks it when a worker dies. The times are those of the machine's one monotonic clock.
    """

    _TRIED, _FETCHED, _KEYS = 0, 8, 16  # where each begins
    _NEVER = float("-inf")

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it stays open as long as we do
        self._note(self._TRIED, self._NEVER)
        self._note(self._FETCHED, self._NEVER)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among the workers; within one of them only the thread `keys` comes here."""
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)

    def times(self) -> tuple[float, float]:
        """When a download was last begun, and when the keys on the board were fetched."""
        tried, fetched = struct.unpack("dd", os.pread(self._file.fileno(), self._KEYS, 0))
        return tried, fetched

    def tried(self) -> None:
        self._note(self._TRIED, time.monotonic())

    def write(self, keys: Mapping[str, str]) -> None:
        os.ftruncate(self._file.fileno(), self._KEYS)
        os.pwrite(self._file.fileno(), json.dumps(keys).encode(), self._KEYS)
        self._note(self._FETCHED, time.monotonic())

    def read(self) -> Mapping[str, str]:
        size = os.fstat(self._file.fileno()).st_size - self._KEYS
        keys: Mapping[str, str] = json.loads(os.pread(self._file.fileno(), size, self._KEYS))
        return keys

    def _note(self, place: int, moment: float) -> None:
        os.pwrite(self._file.fileno(), struct.pack("d", moment), place)


class _Deadline:
    """Ends a download that takes too long as a whole; httpx itself limits single reads only."""

    def __enter__(self) -> _Deadline:
        self._socket: socket.socket | None = None
        self._over = False
        self._timer = threading.Timer(DEADLINE, self._end)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's account of what it does; the socket is the last one that it names."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")
        if self._over:
            raise TimeoutError

    def _end(self) -> None:
        self._over = True
        if self._socket is not None:
            with suppress(OSError):
                # Not SSLSocket's own, which would take its state from under the reader.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Desk:
    """Stands where sap-xssec's cache stood, and asks the keeper of the address that the library composed."""

    def __init__(self) -> None:
        self.keepers: dict[str, KeyKeeper] = {}

    def load_key(self, jku: str, kid: str) -> str:
        return self.keepers[jku.partition("?")[0]].held(kid)


_desk = _Desk()
SecurityContextXSUAA.verificationKeyCache = _desk
