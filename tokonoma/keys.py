"""The key keeper: XSUAA's public keys, fetched ahead, once, and kept through an outage.

sap-xssec's own cache holds one lock during the download and forgets unknown key ids, so that anybody can
make every caller wait by sending forged tokens. This one takes its place: a hit takes no lock, an id that is
not in the last key set stays unknown until the next one, and asking for that is possible once a minute.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

import httpx
from sap.xssec.security_context_xsuaa import SecurityContextXSUAA

from .bindings import XsuaaBinding

_log = logging.getLogger(__name__)

PAUSE = 60.0
"""Seconds between two downloads that unknown key ids may cause."""
REFRESH = 15 * 60.0
"""Seconds between two downloads when nothing asks for one."""
PATIENCE = 2.0
"""Seconds that the request which met an unknown key id waits for the download; all others wait not at all."""
MAX_ANSWER = 256 * 1024
"""Bytes of a key set that are read at most."""


class KeyKeeper:
    """Keeps the keys of one binding's zone, by key id. Whatever address a token names is ignored."""

    def __init__(self, binding: XsuaaBinding, stale_hours: int) -> None:
        domain = str(binding.credentials.get("uaadomain") or binding.credentials["url"])
        self.address = f"https://{domain.removeprefix('https://')}/token_keys"
        self._zone = binding.zone
        self._is_one_bound = bool(binding.credentials.get("verificationkey"))
        self._keep = stale_hours * 3600.0
        self._keys: Mapping[str, str] = {}
        self._fetched = self._tried = self._started = float("-inf")
        self._downloads = 0
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
        """The public key (PEM) with this id.

        Raises RuntimeError when there are no keys at all, upon which sap-xssec tries the bound one, and
        LookupError when this one is not among them.
        """
        found = self._keys.get(kid)
        if found is None or not self.has_keys:
            self._ask_for_new_ones()
            found = self._keys.get(kid)
        if not self.has_keys:
            raise RuntimeError("there are no keys")
        if found is None:
            raise LookupError("no key has this id")
        return found

    def _ask_for_new_ones(self) -> None:
        """Have the keys fetched, unless that was tried a moment ago.

        The request that asked waits for them a little, as all do for the very first ones; the others go on.
        """
        self.start()
        with self._done:
            asked = time.monotonic()
            if self._downloads and not self._wanted.is_set() and asked - self._tried > PAUSE:
                self._wanted.set()
            elif self._downloads or asked - self._started > PATIENCE:
                return
            before = self._downloads
            self._done.wait_for(lambda: self._downloads > before, PATIENCE)

    def _refresh_for_ever(self) -> None:
        while True:
            self._wanted.wait(REFRESH if self._fetched >= self._tried else PAUSE)
            with self._done:
                self._tried = time.monotonic()
            keys = self._download()
            with self._done:
                if keys:
                    self._keys, self._fetched = keys, time.monotonic()
                self._downloads += 1
                self._wanted.clear()
                self._done.notify_all()

    def _download(self) -> Mapping[str, str]:
        """The published keys by id; empty when they cannot be had, whatever the reason."""
        try:
            with httpx.stream("GET", self.address, params={"zid": self._zone}, timeout=5.0) as answer:
                answer.raise_for_status()
                body = b""
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MAX_ANSWER:
                        raise ValueError("the answer is too long")
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


class _Desk:
    """Stands where sap-xssec's cache stood, and asks the keeper of the address that the library composed."""

    def __init__(self) -> None:
        self.keepers: dict[str, KeyKeeper] = {}

    def load_key(self, jku: str, kid: str) -> str:
        return self.keepers[jku.partition("?")[0]].key(kid)


_desk = _Desk()
SecurityContextXSUAA.verificationKeyCache = _desk
