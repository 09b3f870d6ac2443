"""Paths into JSON documents, and documents whose numbers keep all their digits."""

from __future__ import annotations

import json
import re
import sys
from decimal import Decimal
from functools import lru_cache, partial

from localcloud.hana.errors import GENERAL_ERROR, HanaError, not_supported

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


_LONGEST_INDEX = 18
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
        return int(text[-_LONGEST_INDEX:]) if len(text.lstrip("0")) <= _LONGEST_INDEX else sys.maxsize
    return re.sub(r"\\(.)", r"\1", text) if kind in ("quoted", "double", "single") else str(text)


def parse_document(text: str) -> Json:
    """A document; a number with a point is a Decimal. Raises HanaError."""
    try:
        found = _loaded(text)
    except RecursionError:
        raise not_supported("JSON documents that are nested so deep") from None
    except ValueError as error:
        raise HanaError(GENERAL_ERROR, f"general error: this is no JSON document: {error}"[:200]) from None
    return found


def _loaded(text: str) -> Json:
    read = partial(json.loads, text, parse_float=Decimal, parse_constant=_refuse)
    try:
        found: Json = read()
    except json.JSONDecodeError:
        raise
    except ValueError:  # a whole number of more digits than Python reads as an int
        found = read(parse_int=Decimal)
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
        found: list[Json] = []
        for place in places:
            inner = _inside(place, step, strict)
            is_empty = step is None and isinstance(place, list | dict)
            if strict and not inner and not is_empty:
                raise HanaError(GENERAL_ERROR, f"general error: the document has nothing at {path[:100]}")
            found += inner
        places = found
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
    """A value as a JSON document; HanaError 7 where it is nested too deep for that."""
    try:
        return _written(value)
    except RecursionError:
        raise not_supported("JSON documents that are nested so deep") from None


def _written(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_written(key)}:{_written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
