"""An identity provider's public keys: fetched ahead, once for all workers, and kept through an outage.

A look-up of a known key takes no lock. An id that is not in the last key set stays unknown until the next
one, and asking for that is possible once a minute. The minute is the service's, not the process's: all
workers read what one of them has fetched.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import struct
import tempfile
import threading
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from tokonoma.auth.bounded_client import BoundedClient
from tokonoma.bindings import XsuaaBinding

_log = logging.getLogger(__name__)

MIN_INTERVAL = 60.0
"""Seconds between two downloads, for all workers together; a rotated key is accepted within this time."""
REFRESH_INTERVAL = 15 * 60.0
"""Seconds between two downloads when nothing asks for one."""
MAX_WAIT = 2.0
"""Seconds that the request which met an unknown key id waits for the download; no other request waits."""
DEADLINE = 5.0
"""Seconds for a whole download, from the connect to the last byte."""


class FetchedKeys(ABC):
    """The keys (PEM) of one identity provider, by key id. Whatever address a token names is ignored."""

    def __init__(self, provider: str, stale_hours: int, bound: str = "") -> None:
        """The keys of `provider`, as the log calls it, trusted for `stale_hours` after their download.

        `bound` is a key (PEM) that the binding has.
        """
        self._provider = provider
        self._bound = bound
        self._trusted_for = stale_hours * 3600.0
        self._shared = _SharedKeys()
        self._keys: Mapping[str, str] = {}
        self._fetched = self._started = float("-inf")
        self._attempts = 0
        self._wanted = threading.Event()
        self._done = threading.Condition()
        self._thread: threading.Thread | None = None

    @abstractmethod
    def _fetch(self, client: BoundedClient) -> Mapping[str, str]:
        """The published keys by id. Any exception means that they cannot be had."""

    @property
    def has_keys(self) -> bool:
        """Whether there are fetched keys, fresh enough to be trusted."""
        return bool(self._keys) and time.monotonic() - self._fetched < self._trusted_for

    @property
    def usable(self) -> bool:
        """Whether tokens can be checked: by fetched keys, or by the bound one."""
        self.start()
        return self.has_keys or bool(self._bound)

    def start(self) -> None:
        """Fetch the keys now and from time to time, in the background; once a process, after its fork."""
        with self._done:
            if self._thread is None or not self._thread.is_alive():
                self._started = time.monotonic()
                arguments = (weakref.ref(self), self._wanted)
                self._thread = threading.Thread(
                    target=_refresh_from_time_to_time, args=arguments, name="keys", daemon=True
                )
                self._wanted.set()
                self._thread.start()

    def key(self, kid: str) -> str:
        """The key with this id; an unknown one is fetched, see `MAX_WAIT`.

        The bound key answers to the empty id, and to all ids while there are no fetched keys.
        Raises RuntimeError when there are no keys at all, and LookupError when this one is not among them.
        """
        if kid:
            if kid not in self._keys or not self.has_keys:
                self._ask_for_new_ones()
            if self.has_keys:
                return self._keys[kid]
        if self._bound:
            return self._bound
        if self.has_keys:
            raise LookupError("no key is bound")
        raise RuntimeError("there are no keys")

    def _ask_for_new_ones(self) -> None:
        """Have the keys fetched, unless that was tried a moment ago.

        The request that asked waits for them a little, as all do for the very first ones; the others go on.
        """
        self.start()
        tried, fetched = self._shared.times()
        with self._done:
            asked = time.monotonic()
            if (
                self._attempts
                and not self._wanted.is_set()
                and (fetched > self._fetched or asked - tried > MIN_INTERVAL)
            ):
                self._wanted.set()
            elif self._attempts or asked - self._started > MAX_WAIT:
                return
            before = self._attempts
            self._done.wait_for(lambda: self._attempts > before, MAX_WAIT)

    def refresh(self) -> bool:
        """Take the keys that the workers share; download them first if nobody did within the last minute.

        Returns whether the last download succeeded.
        """
        fresh = self._take_or_download()
        with self._done:
            self._attempts += 1
            self._wanted.clear()
            self._done.notify_all()
        return fresh

    def _take_or_download(self) -> bool:
        with self._shared.locked():  # for as long as another worker downloads them
            tried, fetched = self._shared.times()
            if time.monotonic() - tried > MIN_INTERVAL:
                self._shared.tried()
                keys = self._download()
                if keys:
                    self._shared.write(keys)
                tried, fetched = self._shared.times()
            if fetched > self._fetched:
                self._keys, self._fetched = self._shared.read(), fetched
        return fetched >= tried

    def _download(self) -> Mapping[str, str]:
        """The published keys by id; empty when they cannot be had, whatever the reason."""
        try:
            with BoundedClient(DEADLINE) as client:
                return self._fetch(client)
        except Exception as error:
            # A proxy's page, a broken answer, an outage: the keys that we have stay.
            kind, kept = type(error).__name__, len(self._keys)
            _log.warning("%s's keys cannot be fetched (%s); %d kept", self._provider, kind, kept)
            return {}


def _refresh_from_time_to_time(keys: weakref.ref[FetchedKeys], wanted: threading.Event) -> None:
    """Refresh the keys when they are wanted, and now and then, for as long as somebody has them."""
    interval = MIN_INTERVAL
    while True:
        wanted.wait(interval)
        if not (held := keys()):
            return
        interval = REFRESH_INTERVAL if held.refresh() else MIN_INTERVAL
        del held


class KeySet(FetchedKeys):
    """The keys of a bound XSUAA's zone."""

    def __init__(self, binding: XsuaaBinding, stale_hours: int) -> None:
        super().__init__("XSUAA", stale_hours, str(binding.credentials.get("verificationkey") or ""))
        domain = str(binding.credentials.get("uaadomain") or binding.credentials["url"])
        self.address = f"https://{domain.removeprefix('https://')}/token_keys"
        self._zone = binding.zone

    def _fetch(self, client: BoundedClient) -> Mapping[str, str]:
        status, body = client.get(self.address, params={"zid": self._zone})
        if status != HTTPStatus.OK:
            raise ValueError("no key set")
        return {entry["kid"]: entry["value"] for entry in _entries(body)}


def _entries(body: bytes) -> list[dict[str, Any]]:
    keys = json.loads(body)["keys"]
    return [key for key in keys if isinstance(key.get("kid"), str) and isinstance(key.get("value"), str)]


class _SharedKeys:
    """What the workers share: when somebody last tried, when the keys came, and the keys.

    A file without a name, opened before the workers are forked off. Nobody else can open it, and the system
    unlocks it when a worker dies. The times are those of the machine's one monotonic clock.
    """

    _TRIED, _FETCHED, _KEYS = 0, 8, 16  # where each begins
    _NEVER = float("-inf")

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it stays open as long as we do
        # Not at the process's end: the thread `keys` uses the file until then.
        weakref.finalize(self, self._file.close).atexit = False
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
        """When a download was last begun, and when the keys here were fetched."""
        tried, fetched = struct.unpack("dd", os.pread(self._file.fileno(), self._KEYS, 0))
        return tried, fetched

    def tried(self) -> None:
        """Note that a download begins now."""
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
