"""The variables that an app declares, an approuter's destinations among them, as they have to be here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .addresses import Addresses
from .declared import App, ProjectError
from .documents import Section, read_json
from .manifest import VARIABLE
from .start_command import is_router

DESTINATIONS = "destinations"
"""The variable in which an approuter finds them."""
_ADDRESS = re.compile(r"https?://[\w.-]+\.\w", re.IGNORECASE)
"""How a real address begins; what stands in the place of one has brackets, or no dot."""


def declared_variables(app: App, places: Addresses, given: Mapping[str, str]) -> dict[str, str]:
    """The variables of `app` with addresses of this laptop.

    `given` are addresses by the names of destinations: those that approuters have beside their own, or
    otherwise. Raises ProjectError.
    """
    env = {key: places.here(value) for key, value in app.env.items()}
    more = given if is_router(app.folder) else {}
    if DESTINATIONS in env or more:
        found = {str(each.get("name")): _led(app, each, places) for each in read_destinations(app.name, env)}
        for name, url in more.items():
            found[name] = {"forwardAuthToken": True, **found.get(name, {}), "name": name, "url": url}
        env[DESTINATIONS] = json.dumps(list(found.values()))
    for key, value in env.items():
        if not key or "=" in key:
            raise ProjectError(f"{app.name}: env {key!r} is no name of a variable")
        if unknown := VARIABLE.search(value):
            name = unknown[1]
            raise ProjectError(f"{app.name}: env {key} needs the variable {name}: --var {name}=VALUE")
    return env


def about_destinations(app: App, env: Mapping[str, str], places: Addresses) -> Iterator[str]:
    """A sentence for each destination that leads to no app here, and for each that is not there."""
    known = set()
    for each in read_destinations(app.name, env):
        name, url = str(each.get("name")), str(each.get("url"))
        known.add(name)
        if not places.is_here(url):
            yield f"{app.name}: its destination {name} leads to {url}, which is no app here"
    # With a destination service bound, by a file, it may know more.
    if '"destination"' not in env.get("VCAP_SERVICES", ""):
        for name in _wanted(app):
            if name not in known:
                yield (
                    f"{app.name}: there is no destination {name}, to which its xs-app.json leads; "
                    f"--destination {name}=URL gives it one"
                )


def read_destinations(name: str, env: Mapping[str, str]) -> list[dict[str, Any]]:
    """Those in an environment. Raises ProjectError."""
    text = env.get(DESTINATIONS, "")
    try:
        found = json.loads(text) if text.strip() else []
    except (ValueError, RecursionError):
        raise ProjectError(f"{name}: env {DESTINATIONS} is not JSON") from None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ProjectError(f"{name}: env {DESTINATIONS} must be a list of objects")
    return found


def _wanted(app: App) -> list[str]:
    """The destinations that the routes of an approuter name."""
    file = app.folder / "xs-app.json"
    routing = read_json(file) if file.is_file() else Section(str(file), {})
    return list(
        dict.fromkeys(name for route in routing.parts("routes") if (name := route.text("destination")))
    )


def _led(app: App, destination: Mapping[str, Any], places: Addresses) -> dict[str, Any]:
    """One with an app's name leads to it, and one without a real address to the only other app."""
    url = str(destination.get("url", ""))
    if places.is_here(url):
        return dict(destination)
    others = [place for name, place in places.places.items() if name != app.name]
    place = places.places.get(str(destination.get("name")))
    if place is None and len(others) == 1 and not _ADDRESS.match(url):
        [place] = others
    return {**destination, "url": place.url} if place else dict(destination)
