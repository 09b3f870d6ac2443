"""The `cf` command: read-only questions to the platform, each bounded in time; no answer is ever quoted."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

SECONDS = 6.0
"""For one command."""
AT_ONCE = 4
"""Commands at the same time."""


class CfError(Exception):
    """The platform did not answer as it should; the message names the question."""


def inside(document: object, *names: str) -> dict[str, Any]:
    """The object that stands under these names, one in the other; empty where there is none."""
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


class CloudFoundry:
    """Asks the platform by the logged-in `cf`, and every question once."""

    def __init__(self) -> None:
        self._answers: dict[str, dict[str, Any] | None] = {}
        """By the question; None where there is no answer."""

    @property
    def is_there(self) -> bool:
        return shutil.which("cf") is not None

    def run(self, *arguments: str) -> str | None:
        """What the command prints; None if it fails. Raises CfError without an answer in time."""
        try:
            done = subprocess.run(  # noqa: S603 - the arguments are ours, and no shell reads them
                ["cf", *arguments],  # noqa: S607 - the operator's own
                capture_output=True,
                stdin=subprocess.DEVNULL,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CfError(f"cf {arguments[0]} did not answer within {SECONDS:.0f} s") from None
        except OSError:
            raise CfError("the cf command cannot be run") from None
        return done.stdout if done.returncode == 0 else None

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
        return found if isinstance(found, dict) and "errors" not in found else None

    def list(self, path: str) -> list[dict[str, Any]]:
        """The resources at a path. Raises CfError."""
        found = self.get(path).get("resources")
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def prefetch(self, paths: Iterable[str]) -> None:
        """Ask several questions at once, for whoever wants to know later."""

        def fetch(path: str) -> None:
            with contextlib.suppress(CfError):
                self.get(path)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            tuple(pool.map(fetch, paths))
