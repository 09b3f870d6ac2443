"""Paths into JSON documents, and documents whose numbers keep all their digits."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import lru_cache

from localcloud.hana.errors import GENERAL_ERROR, HanaError

Json = dict[str, "Json"] | list["Json"] | str | int | Decimal | bool | None
Step = str | int | None
"""A member, an element, or None for all of them."""

_STEP = re.compile(
    r"""
      \s*
      (?: \. \s* (?: (?P<name> [\w$]+ ) | "(?P<quoted> (?:[^"\\]|\\.)* )" | (?P<members> \* ) )
        | \[ \s* (?: (?P<number> \d+ ) | (?P<all> \* )
                   | "(?P<double> (?:[^"\\]|\\.)* )" | '(?P<single> (?:[^'\\]|\\.)* )' ) \s* \]
      )
    """,
    re.VERBOSE,
)


_REFUSED = {
    "..": re.compile(r"\s*\.\."),
    "[last]": re.compile(r"\s*\[\s*last\b"),
    "[… to …]": re.compile(r"\s*\[\s*\d+\s+to\b"),
    "[…, …]": re.compile(r"\s*\[[^\]]*,"),
    "a filter": re.compile(r"\s*\?"),
    "a method": re.compile(r"\s*\("),
}
"""Steps of SQL's paths that are not read here."""


class InvalidPath(ValueError):
    """A path that cannot be read; `step` is what SQL knows and the local HANA does not, if it is that."""

    def __init__(self, path: str, step: str = "") -> None:
        super().__init__(path)
        self.step = step


@lru_cache(maxsize=4096)
def parse_path(path: str) -> tuple[bool, tuple[Step, ...]]:
    """Whether the path is strict, and its steps; raises InvalidPath."""
    words = path.strip().split(None, 1)
    strict = bool(words) and words[0].lower() == "strict"
    rest = words[1] if len(words) == 2 and words[0].lower() in ("strict", "lax") else path.strip()
    if not rest.startswith("$"):
        raise InvalidPath(path)
    steps: list[Step] = []
    at = 1
    while at < len(rest.rstrip()):
        match = _STEP.match(rest, at)
        if match is None:
            refused = (step for step, pattern in _REFUSED.items() if pattern.match(rest, at))
            raise InvalidPath(path, next(refused, ""))
        steps.append(_step(match))
        at = match.end()
    return strict, tuple(steps)


def _step(match: re.Match[str]) -> Step:
    kind = match.lastgroup
    assert kind is not None
    if kind in ("members", "all"):
        return None
    text = match[kind]
    if kind == "number":
        return int(text)
    return re.sub(r"\\(.)", r"\1", text) if kind in ("quoted", "double", "single") else str(text)


def parse_document(text: str) -> Json:
    """A document; a number with a point is a Decimal. Raises HanaError."""
    try:
        found: Json = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise HanaError(GENERAL_ERROR, f"general error: this is no JSON document: {error}"[:200]) from None
    return found


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number")


def found_at(document: Json, path: str) -> list[Json]:
    """All that a path leads to: none, one, or many.

    In lax mode, which is the default, a step into an array goes into each of its elements. Raises HanaError
    where a strict path leads to nothing.
    """
    strict, steps = parse_path(path)
    places = [document]
    for step in steps:
        places = [inner for place in places for inner in _inside(place, step, strict)]
        if strict and not places:
            raise HanaError(GENERAL_ERROR, f"general error: the document has nothing at {path[:100]}")
    return places


def _inside(place: Json, step: Step, strict: bool) -> list[Json]:
    if isinstance(step, int):
        elements: list[Json] = place if isinstance(place, list) else [] if strict else [place]
        return elements[step : step + 1]
    if isinstance(place, list):
        if step is None:
            return place
        return [] if strict else [inner for each in place for inner in _inside(each, step, True)]
    if not isinstance(place, dict):
        return [place] if step is None and not strict else []
    if step is None:
        return list(place.values())
    return [place[step]] if step in place else []


def written_json(value: Json) -> str:
    """A value as a JSON document."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{written_json(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written_json, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
