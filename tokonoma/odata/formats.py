"""The format of an answer: Accept and $format (Protocol 4.01, 8.2.1 and 11.2.12; JSON Format 4.01, 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from tokonoma.errors import NotAcceptable, RequestInvalid

from .versions import V40

LONGEST = 1024
"""Characters of an Accept that are read; Excel sends 400."""

JSON, XML, TEXT = "application/json", "application/xml", "text/plain"
_LEVELS = ("minimal", "full", "none")
_SHORT = {"json": JSON, "xml": XML}


@dataclass(frozen=True, slots=True)
class Format:
    """How JSON is written."""

    metadata: str = "minimal"
    """minimal, full or none: how much control information there is."""
    ieee754: bool = False
    """Whether Int64 and Decimal are strings."""
    streaming: bool = False
    """Whether the client asked for control information in the order in which it is always written here."""
    charset: bool = False
    """Whether the client asked for a charset to be named."""

    def content_type(self, version: str) -> str:
        prefix = "odata." if version == V40 else ""
        parts = [JSON, f"{prefix}metadata={self.metadata}"]
        parts += [f"{prefix}streaming=true"] if self.streaming else []
        parts += ["IEEE754Compatible=true"] if self.ieee754 else []
        parts += ["charset=utf-8"] if self.charset else []
        return ";".join(parts)


class _Range(NamedTuple):
    """One media range of an Accept."""

    kind: str
    parameters: tuple[tuple[str, str], ...]
    weight: float


@lru_cache(maxsize=256)
def data_format(accept: str, wanted: str = "") -> Format:
    """The format of JSON for an Accept, or for a $format, which counts more. Raises NotAcceptable."""
    for each in _ranges(accept, wanted):
        if each.kind in (JSON, "application/*", "*/*"):
            found = _json(each.parameters)
            if found is not None:
                return found
    raise NotAcceptable(JSON)


@lru_cache(maxsize=256)
def metadata_format(accept: str, wanted: str = "") -> tuple[str, Format]:
    """XML or JSON, and how JSON is written; XML for who has no preference. Raises NotAcceptable."""
    for each in _ranges(accept, wanted):
        if each.kind in (XML, "application/*", "*/*", "text/xml"):
            return XML, Format()
        if each.kind == JSON:
            found = _json(each.parameters)
            if found is not None:
                return JSON, found
    raise NotAcceptable(f"{XML} or {JSON}")


def _ranges(accept: str, wanted: str) -> list[_Range]:
    """What the client takes, best first."""
    if wanted:
        text = _SHORT.get(wanted.strip().lower(), wanted)
    else:
        text = accept if accept.strip() and len(accept) <= LONGEST else "*/*"
    found = [each for each in map(_range, _split(text, ",")) if each is not None and each.weight > 0]
    return sorted(found, key=lambda each: -each.weight)


def _range(text: str) -> _Range | None:
    kind, *rest = _split(text, ";")
    parameters, weight = [], 1.0
    for each in rest:
        name, _, value = each.partition("=")
        name, value = name.strip().lower(), value.strip().strip('"')
        if name == "q":
            try:
                weight = min(1.0, max(0.0, float(value)))
            except ValueError:
                return None
        elif name:
            parameters.append((name, value.lower()))
    return _Range(kind.strip().lower(), tuple(parameters), weight)


def _split(text: str, separator: str) -> Iterator[str]:
    """The pieces between separators that stand in no quotes."""
    piece, quoted = "", False
    for char in text:
        quoted ^= char == '"'
        if char == separator and not quoted:
            yield piece
            piece = ""
        else:
            piece += char
    yield piece


def _json(parameters: tuple[tuple[str, str], ...]) -> Format | None:
    """How JSON with these parameters is written; None if one of them is unknown."""
    values: dict[str, str] = {}
    for name, value in parameters:
        values[name.removeprefix("odata.")] = value
    known = {"metadata", "ieee754compatible", "streaming", "charset"}
    metadata = values.get("metadata", "minimal")
    if not known.issuperset(values) or metadata not in _LEVELS or values.get("charset", "utf-8") != "utf-8":
        return None
    flags = [values.get(name, "false") for name in ("ieee754compatible", "streaming")]
    if not {"true", "false"}.issuperset(flags):
        return None
    return Format(metadata, flags[0] == "true", flags[1] == "true", "charset" in values)


def preferences(headers: Mapping[str, str]) -> dict[str, str]:
    """What a client would like (RFC 7240), by name without `odata.`; of repeated ones the first counts."""
    found: dict[str, str] = {}
    for each in _split(headers.get("prefer", "")[:LONGEST], ","):
        name, _, value = each.partition(";")[0].partition("=")
        found.setdefault(name.strip().lower().removeprefix("odata."), value.strip().strip('"'))
    return found


def page_size(preferred: Mapping[str, str]) -> int | None:
    """The `maxpagesize` that a client would like, if it is a number. Others are ignored (RFC 7240)."""
    text = preferred.get("maxpagesize", "")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) else None


def refuse_other_bodies(content_type: str) -> None:
    """Raises RequestInvalid for a body that holds no query options: in JSON they would be overlooked."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in ("", TEXT, "application/x-www-form-urlencoded"):
        raise RequestInvalid("Query options in a body are text/plain: $filter=ID eq 1&$top=10")
    refuse_charset(content_type)


def refuse_charset(content_type: str) -> None:
    """Raises RequestInvalid for the body of a request that is in anything but UTF-8."""
    for each in _split(content_type, ";"):
        name, _, value = each.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in (
            "utf-8",
            "us-ascii",
        ):
            raise RequestInvalid("The body must be in UTF-8.")
