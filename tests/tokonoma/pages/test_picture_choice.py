from __future__ import annotations

import pytest

from tests.tokonoma.pages.conftest import MARKUP
from tokonoma.data.columns import Column, ForeignKey, Table
from tokonoma.data.policy.access import Shown
from tokonoma.pages.language import LANGUAGES
from tokonoma.pages.picture_choice import Drawable, PictureChoice, read

COLUMNS = (
    Column("ID", "INTEGER"),
    Column("TITLE", "NVARCHAR", 120),
    Column("ROOM_ID", "INTEGER"),
    Column("KIND", "NVARCHAR", 10),
    Column("YEAR_MADE", "SMALLINT"),
    Column("BOUGHT", "DATE"),
    Column("PRICE", "DECIMAL", 10, 2),
    Column("CURRENCY", "NVARCHAR", 3),
    Column("HEIGHT", "DOUBLE"),
    Column("WIDTH", "DECIMAL", 5, 1),
    Column("NOTE", "NCLOB"),
    Column("SEEN_AT", "TIMESTAMP"),
)


def drawable(*names: str, key: tuple[str, ...] = ("ID",)) -> Drawable:
    columns = {each.name: each for each in COLUMNS if each.name in names or not names}
    table = Table(
        "S", "T", "TABLE", tuple(columns.values()), key, (ForeignKey(("ROOM_ID",), "S", "R", ("ID",)),)
    )
    made = dict.fromkeys(Shown.__dataclass_fields__, "")
    return Drawable(Shown(**{**made, "name": "T", "table": table, "columns": columns}))  # type: ignore[arg-type]


def chosen(found: Drawable, query: str = "") -> PictureChoice:
    pairs = [tuple(each.split("=")) for each in query.split("&") if each]
    choice, problems = read(pairs, found, LANGUAGES["en"])  # type: ignore[arg-type]
    assert problems == []
    return choice


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), PictureChoice("BOUGHT", "HEIGHT")),
        (("ID", "BOUGHT", "PRICE", "CURRENCY"), PictureChoice("BOUGHT", "PRICE", "CURRENCY")),
        (("ID", "YEAR_MADE", "HEIGHT", "WIDTH"), PictureChoice("HEIGHT", "WIDTH")),
        (("ID", "TITLE", "KIND", "ROOM_ID"), PictureChoice("ROOM_ID")),
        (("ID", "TITLE", "KIND"), PictureChoice("KIND")),
        (("ID", "HEIGHT"), PictureChoice("HEIGHT")),
        (("ID", "BOUGHT"), PictureChoice("BOUGHT")),
        (("ID",), PictureChoice("ID")),
        (("NOTE",), PictureChoice("")),
    ],
)
def test_something_sensible_is_chosen(names: tuple[str, ...], expected: PictureChoice) -> None:
    assert chosen(drawable(*names)) == expected


def test_a_time_that_is_part_of_the_key_comes_first() -> None:
    assert chosen(drawable(key=("ROOM_ID", "SEEN_AT"))).x == "SEEN_AT"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("x=SEEN_AT", PictureChoice("SEEN_AT", "HEIGHT")),
        ("x=SEEN_AT&y=*", PictureChoice("SEEN_AT")),
        ("x=SEEN_AT&y=PRICE", PictureChoice("SEEN_AT", "PRICE", "CURRENCY")),
        ("x=SEEN_AT&y=PRICE&split=*", PictureChoice("SEEN_AT", "PRICE")),
        ("x=SEEN_AT&y=PRICE&split=ROOM_ID", PictureChoice("SEEN_AT", "PRICE", "ROOM_ID")),
        ("x=HEIGHT", PictureChoice("HEIGHT")),
        ("x=HEIGHT&y=WIDTH&split=KIND", PictureChoice("HEIGHT", "WIDTH")),
        ("x=KIND&y=WIDTH", PictureChoice("KIND")),
        ("y=WIDTH", PictureChoice("BOUGHT", "WIDTH")),
        ("y=*", PictureChoice("ROOM_ID")),
        ("x=&y=&split=", PictureChoice("BOUGHT", "HEIGHT")),
    ],
)
def test_what_is_said_is_done(query: str, expected: PictureChoice) -> None:
    assert chosen(drawable(), query) == expected


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        (("x", "NOPE"), "There is no column “NOPE”."),
        (("x", "*"), "There is no column “*”."),
        (("x", "NOTE"), "NOTE cannot be drawn."),
        (("y", "KIND"), "KIND is no number."),
        (("split", "HEIGHT"), "Lines cannot be split by HEIGHT."),
        (("y", MARKUP), f"There is no column “{MARKUP[:60]}”."),
    ],
)
def test_what_is_wrong_is_said_and_something_else_drawn(pair: tuple[str, str], told: str) -> None:
    choice, problems = read([pair], drawable(), LANGUAGES["en"])
    assert problems == [told]
    assert choice == PictureChoice("BOUGHT", "HEIGHT")


def test_each_picture_is_of_one_kind() -> None:
    found = drawable()
    for each in found.suggestions():
        is_counted = found.headings[each.x] in found.named
        assert [found.is_line(each), found.is_scatter(each), found.has_bins(each), is_counted].count(
            True
        ) == 1
