"""Resource paths: what the segments of a URL behind the service root name (URL Conventions 4.01, 4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tokonoma.data.query_options import decoded
from tokonoma.errors import ObjectUnknown, QueryInvalid, QueryUnsupported


class Target(Enum):
    """What is asked for."""

    ROOT = "the service document"
    METADATA = "$metadata"
    BATCH = "$batch"
    SET = "the rows of a set"
    COUNT = "their number"
    ROW = "one row"
    PROPERTY = "a value of it, in JSON"
    VALUE = "a value of it, by itself"


@dataclass(frozen=True, slots=True)
class Resource:
    """What a path names, if there is such a thing."""

    target: Target
    set_name: str = ""
    key: str | None = None
    """What stands between the parentheses; None if there are none."""
    property: str = ""
    is_query: bool = False
    """Whether the query options are in the body (Protocol 4.01, 11.2.9: `/$query`)."""


_WHOLE = {"": Target.ROOT, "$metadata": Target.METADATA, "$batch": Target.BATCH}
_ELSEWHERE = ("$all", "$crossjoin", "$entity", "$ref", "$filter", "$each", "$links", "$root", "$it")
"""Segments that are legal and not done here."""


def read(path: str) -> Resource:
    """The resource of a path, which is still percent-encoded.

    Says nothing of what exists. Raises ObjectUnknown for what can be no path of anything here, QueryInvalid,
    QueryUnsupported or RequestInvalid.
    """
    segments = [decoded(each) for each in path.split("/")]
    for each in segments:
        if each.partition("(")[0] in _ELSEWHERE:
            raise QueryUnsupported(each[:60], "path", 1)
    if len(segments) == 1 and segments[0] in _WHOLE:
        return Resource(_WHOLE[segments[0]])
    is_query = segments[-1] == "$query" and len(segments) > 1
    first, *rest = segments[:-1] if is_query else segments
    name, parenthesis, key = first.partition("(")
    if not parenthesis:
        target = {(): Target.SET, ("$count",): Target.COUNT}.get(tuple(rest))
        if target is None:
            raise ObjectUnknown
        return Resource(target, name, is_query=is_query)
    if not key.endswith(")"):
        raise QueryInvalid("the closing parenthesis is missing", "key", 1)
    return _of_row(Resource(Target.ROW, name, key[:-1], is_query=is_query), rest)


def _of_row(row: Resource, rest: list[str]) -> Resource:
    match rest:
        case []:
            return row
        case [name] if not name.startswith("$"):
            return Resource(Target.PROPERTY, row.set_name, row.key, name, row.is_query)
        case [name, "$value"] if not name.startswith("$"):
            return Resource(Target.VALUE, row.set_name, row.key, name, row.is_query)
    raise ObjectUnknown
