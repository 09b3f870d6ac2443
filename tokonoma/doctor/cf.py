"""The `cf` command: read-only questions to the platform, each bounded in time; no answer is ever quoted."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

SECONDS = 6.0
"""For one command."""
AT_ONCE = 4
"""Commands at the same time."""
_NOT_AUTHORIZED = 10003
"""The platform's code for what the role of whoever is logged in does not allow."""


class CfError(Exception):
    """The platform did not answer as it should; the message names the question."""


def inside(document: object, *names: str) -> dict[str, Any]:
    """The object that stands under these names, one in the other; empty where there is none."""
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def objects(found: object) -> list[dict[str, Any]]:
    """The objects in a list; none in what is no list."""
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


class CloudFoundry:
    """Asks the platform by the logged-in `cf`, and every question once."""

    def __init__(self) -> None:
        self._answers: dict[str, dict[str, Any] | None] = {}
        """By the question; None where there is no answer."""
        self._forbidden: set[str] = set()
        self._running: set[subprocess.Popen[str]] = set()
        self._is_closed = False
        self._guard = Lock()

    def close(self) -> None:
        """End the commands that still run: nobody waits for them any more."""
        with self._guard:
            self._is_closed = True
            for process in self._running:
                _kill(process)

    @property
    def is_there(self) -> bool:
        return shutil.which("cf") is not None

    def run(self, *arguments: str) -> str | None:
        """What the command prints; None if it fails. Raises CfError without an answer in time."""
        process = self._begun(arguments)
        try:
            said, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise CfError(f"cf {arguments[0]} did not answer within {SECONDS:.0f} s") from None
        finally:
            with self._guard:
                _kill(process)
                self._running.discard(process)
        return said if process.returncode == 0 else None

    def _begun(self, arguments: Iterable[str]) -> subprocess.Popen[str]:
        with self._guard:
            if self._is_closed:
                raise CfError("the cf command is not asked any more")
            try:
                process = subprocess.Popen(  # noqa: S603 - the arguments are ours, and no shell reads them
                    ["cf", *arguments],  # noqa: S607 - the operator's own
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    encoding="utf-8",
                    errors="replace",
                    # What it starts itself is ended with it.
                    start_new_session=True,
                )
            except OSError:
                raise CfError("the cf command cannot be run") from None
            self._running.add(process)
            return process

    def is_forbidden(self, path: str) -> bool:
        """Whether the platform does not let whoever is logged in see what is at a path."""
        with contextlib.suppress(CfError):
            self.get(path)
        return path in self._forbidden

    def get(self, path: str) -> dict[str, Any]:
        """The JSON object at a path of the platform's API, version 3. Raises CfError."""
        if path not in self._answers:
            self._answers[path] = self._asked(path)
        found = self._answers[path]
        if found is None:
            raise CfError(f"cf curl {path.partition('?')[0]} gives no answer")
        return found

    def _asked(self, path: str) -> dict[str, Any] | None:
        try:
            found = json.loads(self.run("curl", path) or "")
        except (CfError, ValueError, RecursionError):
            return None
        if not isinstance(found, dict):
            return None
        errors = found.get("errors")
        if isinstance(errors, list) and any(inside(each).get("code") == _NOT_AUTHORIZED for each in errors):
            self._forbidden.add(path)
        return found if errors is None else None

    def list(self, path: str) -> list[dict[str, Any]]:
        """The resources at a path. Raises CfError."""
        return objects(self.get(path).get("resources"))

    def prefetch(self, paths: Iterable[str]) -> None:
        """Ask several questions at once, for whoever wants to know later."""

        def fetch(path: str) -> None:
            with contextlib.suppress(CfError):
                self.get(path)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            tuple(pool.map(fetch, paths))


def _kill(process: subprocess.Popen[str]) -> None:
    """End a command and what it has started, if it still runs."""
    if process.poll() is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
