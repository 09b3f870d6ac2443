"""Puts the addresses of this laptop in the place of those that the apps have in the cloud."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from .declared import App

_PLAIN = {"https": "http", "wss": "ws"}


@dataclass(frozen=True)
class Place:
    """Where an app listens here: `localhost:5050`, say."""

    app: App
    host: str

    @property
    def url(self) -> str:
        return f"http://{self.host}"


class Addresses:
    """The apps' routes, and where they lead to here."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places = {place.app.name: place for place in places}
        found = [(route, place) for place in self.places.values() for route in place.app.routes]
        # The longest first: a route may be the beginning of another one.
        self._patterns = [
            (_pattern(route.partition("/")[0]), place)
            for route, place in sorted(found, key=lambda each: len(each[0]), reverse=True)
        ]

    def here(self, text: str) -> str:
        """A text in which every route of an app is its address here; https becomes http."""
        for pattern, place in self._patterns:
            text = pattern.sub(partial(_local, place.host), text)
        return text

    def here_in(self, value: Any) -> Any:
        """A document, every text of it changed likewise."""
        if isinstance(value, Mapping):
            return {key: self.here_in(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.here_in(each) for each in value]
        return self.here(value) if isinstance(value, str) else value

    def is_here(self, url: str) -> bool:
        """Whether an address is that of an app here."""
        try:
            return urlsplit(url).netloc in {place.host for place in self.places.values()}
        except ValueError:
            return False


def _pattern(route: str) -> re.Pattern[str]:
    """A host as texts have it: with its scheme and port, or without; `*` in it is a domain."""
    host = re.escape(route.partition(":")[0]).replace(r"\*", r"[\w.-]+")
    return re.compile(rf"(?<![\w.-])(?:(https?|wss?)://)?{host}(?![\w-]|\.\w)(?::\d+)?", re.IGNORECASE)


def _local(host: str, found: re.Match[str]) -> str:
    scheme = (found[1] or "").lower()
    return f"{_PLAIN.get(scheme, scheme)}://{host}" if scheme else host
