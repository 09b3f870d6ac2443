"""The large values of one row: addresses to download them from, and how texts begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from tokonoma.data.columns import Kind
from tokonoma.data.policy.access import Shown
from tokonoma.data.query.tree import Literal
from tokonoma.data.reader import Reader
from tokonoma.hana.large_value import PIECE
from tokonoma.odata import keys

from .budget import STATEMENT_SECONDS, Budget
from .headings import Heading, headings
from .references import key_columns
from .visit import Visit

BEGINNING = 1000
"""Characters of a large text that a page shows."""
MOST_BEGINNINGS = 3
"""Large texts of a row whose beginnings are read: each is a statement."""


@dataclass(frozen=True, slots=True)
class Large:
    """A large value."""

    heading: Heading
    address: str
    """Where it is downloaded from; "" for null."""
    beginning: str
    """Of a text; "" where it was not read."""
    is_cut: bool
    in_time: bool
    """False where the beginning could not be read in time."""


def large_values(
    reader: Reader,
    visit: Visit,
    shown: Shown,
    key: Mapping[str, Literal],
    values: Sequence[Any],
    budget: Budget,
) -> list[Large]:
    """The large values of the row with a key, whose cells are `values`. Raises QueryError or DataError."""
    names = {column.name: name for name, column in shown.columns.items()}
    written = keys.write([names[each] for each in shown.table.key], key_columns(shown), values)
    found: list[Large] = []
    for place, heading in enumerate(each for each in headings(shown.columns).values() if each.is_large):
        address = f"{visit.root}odata/{quote(shown.name)}{written}/{quote(heading.name)}/$value"
        if heading.column.kind is not Kind.LARGE_TEXT or place >= MOST_BEGINNINGS:
            found.append(Large(heading, address, "", is_cut=True, in_time=True))
            continue
        beginning = budget.read(partial(_beginning, reader, visit, shown, key, heading.name))
        if beginning is None:
            found.append(Large(heading, address, "", is_cut=True, in_time=False))
            continue
        is_null, text = beginning
        is_cut = len(text) > BEGINNING
        short = text[:BEGINNING].rstrip() if is_cut else text
        found.append(Large(heading, "" if is_null else address, short, is_cut=is_cut, in_time=True))
    return found


def _beginning(
    reader: Reader, visit: Visit, shown: Shown, key: Mapping[str, Literal], name: str
) -> tuple[bool, str]:
    """Whether a large text is null, and its beginning, of a character too many if there are more."""
    value = reader.large_value(visit.caller, shown, key, name, timeout=STATEMENT_SECONDS)
    if value is None:
        return True, ""
    with value:
        piece = next(value, b"")
        if len(piece) < PIECE:
            # It is the last one: read to its end, the value gives its connection back.
            next(value, b"")
    return False, piece.decode("utf-8", "replace")[: BEGINNING + 1]
