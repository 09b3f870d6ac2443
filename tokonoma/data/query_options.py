"""The query of a URL: system query options and parameter aliases (URL Conventions 4.01, 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from tokonoma.data.plan import read_count
from tokonoma.errors import QueryInvalid, QueryUnsupported, RequestInvalid

MOST = 100
"""Options of one query, those included that are ignored."""

PAGE = frozenset({"filter", "orderby", "select", "top", "skip", "count", "skiptoken", "format"})
"""What a page takes: all that is done here at all."""
EXPORT = frozenset({"filter", "orderby", "select", "top", "skip"})
"""What an export takes: it has no pages."""
COUNT = frozenset({"filter", "format"})
ROW = frozenset({"select", "format"})
ONLY_FORMAT = frozenset({"format"})
_ELSEWHERE = frozenset(
    {"apply", "compute", "deltatoken", "expand", "id", "index", "levels", "schemaversion", "search"}
)
_KNOWN = PAGE | _ELSEWHERE
"""System query options, which may be written without the $ since 4.01."""
_LINKED = "!$%&'()*+,-./0123456789:;=?@_~"
"""What stands in a query as it is (RFC 3986 section 3.4), and %, because it has been encoded already."""


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """The options of one query, decoded."""

    system: Mapping[str, str]
    """OData's options by name, in lower case and without $."""
    aliases: tuple[tuple[str, str], ...]
    """Names without @, and texts."""
    custom: tuple[tuple[str, str], ...]
    """The options that are not OData's, as (name, value): each door decides what they mean."""
    pieces: tuple[str, ...]
    """The options as they stand in a URL, all but $skiptoken: a next link repeats them."""

    def text(self, name: str) -> str:
        return self.system.get(name, "")

    def number(self, name: str) -> int | None:
        """Raises QueryInvalid."""
        text = self.system.get(name)
        return None if text is None else read_count(text, f"${name}")

    def flag(self, name: str) -> bool:
        """Raises QueryInvalid."""
        text = self.system.get(name, "false").lower()
        if text not in ("true", "false"):
            raise QueryInvalid("true or false is expected", f"${name}", 1)
        return text == "true"

    def allow(self, names: Iterable[str]) -> None:
        """Refuse what the resource that was asked for does not take.

        Raises QueryUnsupported for what is done nowhere here, QueryInvalid for what makes no sense.
        """
        empty = [name for name in ("filter", "orderby", "select", "skiptoken") if self.system.get(name) == ""]
        if empty:
            raise QueryInvalid("it is empty", f"${empty[0]}", 1)
        for name in sorted(self.system.keys() - set(names)):
            if name in _ELSEWHERE:
                raise QueryUnsupported("this option", f"${name}", 1)
            raise QueryInvalid("this option does not go with this address", f"${name}", 1)

    def next_link(self, token: str) -> str:
        """The query of the next page."""
        return "&".join([*self.pieces, f"$skiptoken={token}"])


def read(*queries: str) -> QueryOptions:
    """The options of a query, or of a URL's and a body's together. Raises QueryInvalid or RequestInvalid."""
    system: dict[str, str] = {}
    aliases: dict[str, str] = {}
    custom: list[tuple[str, str]] = []
    kept: list[str] = []
    pieces = [piece for query in queries for piece in query.split("&") if piece]
    if len(pieces) > MOST:
        raise RequestInvalid(f"The query has more than {MOST} options.")
    for piece in pieces:
        raw_name, _, raw_value = piece.partition("=")
        name = decoded(raw_name, plus=True).strip()
        word = name.removeprefix("$").lower()
        if name.startswith("@"):
            _put(aliases, name[1:], decoded(raw_value, plus=True), name)
        elif word in _KNOWN:
            _put(system, word, decoded(raw_value, plus=True), f"${word}")
        elif name.startswith("$"):
            raise QueryInvalid("there is no such option", name[:60], 1)
        else:
            custom.append((name, decoded(raw_value, plus=True)))
        if word != "skiptoken":
            kept.append(linked(piece))
    return QueryOptions(system, tuple(aliases.items()), tuple(custom), tuple(kept))


def decoded(text: str, *, plus: bool = False) -> str:
    """A piece of a URL without percent-encoding; with `plus`, + is a blank. Raises RequestInvalid."""
    plain = text.replace("+", " ") if plus else text
    try:
        # Werkzeug and gunicorn hand on bytes beyond ASCII as Latin-1 (PEP 3333).
        return unquote_to_bytes(plain.encode("latin-1")).decode("utf-8")
    except UnicodeError:
        raise RequestInvalid("The URL has bytes in it that are not UTF-8.") from None


def _put(found: dict[str, str], name: str, value: str, shown: str) -> None:
    if name in found:
        raise QueryInvalid("this option is there twice", shown[:60], 1)
    found[name] = value


def linked(text: str) -> str:
    """A piece of a URL, bytes as Latin-1, in the characters that a URL may have; what is encoded stays so."""
    return quote(text.encode("latin-1"), safe=_LINKED)
