"""Puts the addresses of this laptop in the place of those that the apps have in the cloud."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from .declared import App, ProjectError
from .manifest import VARIABLE

_ADDRESS = re.compile(r"https?://[\w.-]+\.\w", re.IGNORECASE)
"""How a real address begins; what stands in the place of one has brackets, or no dot."""
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

    def env_of(self, app: App) -> dict[str, str]:
        """The variables that an app declares, as they have to be here. Raises ProjectError."""
        env = {key: self.here(value) for key, value in app.env.items()}
        if "destinations" in env:
            led = [self._led(app, each) for each in destinations(app.name, env)]
            env["destinations"] = json.dumps(led)
        for key, value in env.items():
            if unknown := VARIABLE.search(value):
                name = unknown[1]
                raise ProjectError(f"{app.name}: env {key} needs the variable {name}: --var {name}=VALUE")
        return env

    def abroad(self, name: str, env: Mapping[str, str]) -> list[str]:
        """A sentence for each destination of an app that leads to no app here."""
        hosts = {place.host for place in self.places.values()}
        return [
            f"{name}: its destination {each.get('name')} leads to {each.get('url')}, which is no app here"
            for each in destinations(name, env)
            if _host(str(each.get("url"))) not in hosts
        ]

    def _led(self, app: App, destination: Mapping[str, Any]) -> dict[str, Any]:
        """One with an app's name leads to it, and one without a real address to the only other app."""
        url = str(destination.get("url", ""))
        if _host(url) in {each.host for each in self.places.values()}:
            return dict(destination)
        others = [place for name, place in self.places.items() if name != app.name]
        place = self.places.get(str(destination.get("name")))
        if place is None and len(others) == 1 and not _ADDRESS.match(url):
            [place] = others
        return {**destination, "url": place.url} if place else dict(destination)


def destinations(name: str, env: Mapping[str, str]) -> list[dict[str, Any]]:
    """Those of an approuter's environment. Raises ProjectError."""
    text = env.get("destinations", "")
    try:
        found = json.loads(text) if text.strip() else []
    except (ValueError, RecursionError):
        raise ProjectError(f"{name}: env destinations is not JSON") from None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ProjectError(f"{name}: env destinations must be a list of objects")
    return found


def _pattern(route: str) -> re.Pattern[str]:
    """A host as texts have it: with its scheme and port, or without; `*` in it is a domain."""
    host = re.escape(route.partition(":")[0]).replace(r"\*", r"[\w.-]+")
    return re.compile(rf"(?<![\w.-])(?:(https?|wss?)://)?{host}(?![\w-]|\.\w)(?::\d+)?", re.IGNORECASE)


def _host(url: str) -> str:
    """Host and port; empty where the address is none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _local(host: str, found: re.Match[str]) -> str:
    scheme = (found[1] or "").lower()
    return f"{_PLAIN.get(scheme, scheme)}://{host}" if scheme else host
