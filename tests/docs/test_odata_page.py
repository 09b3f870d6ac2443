"""What docs/odata.md says is what the service does."""

from __future__ import annotations

import re
from pathlib import Path

from tokonoma.data import query_options
from tokonoma.data.columns import KINDS
from tokonoma.data.plan import LARGEST_PAGE, PAGE
from tokonoma.data.query.parser import MOST_ORDERS
from tokonoma.odata import batch, door

PAGE_TEXT = (Path(__file__).parents[2] / "docs" / "odata.md").read_text()


def test_the_options_in_the_table_are_those_that_are_done() -> None:
    table = PAGE_TEXT.partition("## Query options")[2].partition("\n\n`$expand`")[0]
    assert set(re.findall(r"`\$([a-z]+)`", table)) == query_options.PAGE


def test_the_limits_on_the_page_are_those_of_the_service() -> None:
    for sentence in (
        f"up to {batch.MOST_PARTS} requests in one POST",
        f"of over {batch.MOST_PARTS} parts, {batch.MOST_BYTES // 1024**2} MB or {batch.MOST_SECONDS:g} s",
        f"a body of over {door.LONGEST_BODY // 1024} kB",
        f"the size that the policy says ({PAGE})",
        f"up to {LARGEST_PAGE:,}.",
        f"up to {MOST_ORDERS} expressions",
    ):
        assert sentence in PAGE_TEXT, sentence


def test_every_type_that_can_be_shown_is_on_the_page() -> None:
    table = PAGE_TEXT.partition("| HANA | OData |")[2].partition("\n\n")[0]
    named = set(re.findall(r"[A-Z]{4,}", table))
    # The rest are "character types", other names of DOUBLE, and large texts of older systems.
    assert KINDS.keys() - named == {
        *("VARCHAR", "NVARCHAR", "CHAR", "NCHAR", "ALPHANUM", "SHORTTEXT", "FLOAT", "TEXT", "BINTEXT")
    }
