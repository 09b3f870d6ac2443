"""docs/query-language.md names what the language has, and its limits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tokonoma.data.specimens import VISIBLE
from tokonoma.data.query import cursor, expressions, literals, parser, sql, tokens
from tokonoma.data.query.functions import CASTS, FUNCTIONS, MOMENTS, UNSUPPORTED
from tokonoma.data.query.parser import parse_filter

PAGE = (Path(__file__).parents[2] / "docs" / "query-language.md").read_text()
NAMES = {*FUNCTIONS, *MOMENTS, *CASTS, *UNSUPPORTED} - {"any", "all"}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_function_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_every_limit_is_on_the_page() -> None:
    said = dict(re.findall(r"^\| ([^|]+) \| (\d+)", PAGE, re.MULTILINE))
    assert said == {
        "bytes of an option with its aliases": str(tokens.LONGEST),
        "words of it, those of lists apart": str(cursor.MOST_WORDS),
        "nested": str(expressions.DEEPEST),
        "items of a list": str(expressions.MOST_ITEMS),
        "aliases": str(expressions.MOST_ALIASES),
        "items of `$orderby`": str(parser.MOST_ORDERS),
        "characters of a text": str(literals.LONGEST_TEXT),
        "digits of a number": str(literals.MOST_DIGITS),
    }
    assert f"{sql.DEEPEST_SQL} deep in what becomes of it" in PAGE


def test_the_examples_are_read() -> None:
    columns = {
        "ROOM_ID": VISIBLE["QTY"],
        "TITLE": VISIBLE["NAME"],
        "VALUE": VISIBLE["PRICE"],
        "BOUGHT": VISIBLE["DAY"],
        "TAKEN_AT": VISIBLE["MOMENT"],
        "HUMIDITY": VISIBLE["DOUBLE"],
    }
    examples = re.findall(r"^    (\S.*)$", PAGE, re.MULTILINE)
    assert len(examples) == 3
    for example in examples:
        parse_filter(example, columns, {"limit": "70"})
