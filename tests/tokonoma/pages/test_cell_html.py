from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from tokonoma.data.columns import Column
from tokonoma.pages.cell_html import column_html, linked
from tokonoma.pages.language import LANGUAGES

ENGLISH, GERMAN = LANGUAGES["en"], LANGUAGES["de"]


@pytest.mark.parametrize(
    ("type_", "value", "cell"),
    [
        ("NVARCHAR", "<b>\"'&", "<td>&lt;b&gt;&#34;&#39;&amp;</td>"),
        ("NVARCHAR", "", "<td></td>"),
        ("NVARCHAR", "\ud800", "<td>\ufffd</td>"),
        ("INTEGER", 12, '<td class="n">12</td>'),
        ("INTEGER", -1234, '<td class="n" title="-1234">\u22121.234</td>'),
        ("DECIMAL", Decimal("1234.50"), '<td class="n" title="1234.50">1.234,50</td>'),
        ("DECIMAL", Decimal("1E+3"), '<td class="n" title="1000">1.000</td>'),
        ("DOUBLE", 1 / 3, '<td class="n" title="0.3333333333333333">0,33333</td>'),
        ("REAL", 0.10000000149011612, '<td class="n" title="0.1">0,1</td>'),
        ("BOOLEAN", True, '<td title="true">ja</td>'),
        ("DATE", date(2026, 1, 2), '<td title="2026-01-02">02.01.2026</td>'),
        ("TIME", time(3, 4, 5), '<td title="03:04:05">03:04:05</td>'),
        (
            "TIMESTAMP",
            "2026-01-02 03:04:05.0000001",
            '<td title="2026-01-02T03:04:05.0000001Z">02.01.2026, 03:04:05</td>',
        ),
        (
            "SECONDDATE",
            datetime(2026, 1, 2, 3, 4, 5),
            '<td title="2026-01-02T03:04:05Z">02.01.2026, 03:04:05</td>',
        ),
        ("VARBINARY", b"\x00\xff", "<td>00ff</td>"),
        ("NVARCHAR", None, '<td class="null">kein Wert</td>'),
    ],
)
def test_a_cell_is_the_readers_and_its_title_exact(type_: str, value: Any, cell: str) -> None:
    assert column_html(Column("C", type_), [value], GERMAN) == [cell]


def test_what_is_no_amount_is_written_without_groups() -> None:
    for name in ("YEAR_MADE", "ID", "ROOM_ID", "POSTAL_CODE"):
        assert column_html(Column(name, "INTEGER"), [2026], ENGLISH) == ['<td class="n">2026</td>']


def test_a_long_text_is_cut_and_its_title_whole() -> None:
    [cell] = column_html(Column("C", "NVARCHAR"), ["<" * 200], ENGLISH)
    assert cell == f'<td title="{"&lt;" * 200}">{"&lt;" * 120}…</td>'


def test_a_unit_stands_beside_its_number() -> None:
    cells = column_html(Column("C", "INTEGER"), [1, 2, None], ENGLISH, ["<EUR>", None, "EUR"])
    assert cells == [
        '<td class="n">1 <span class="unit">&lt;EUR&gt;</span></td>',
        '<td class="n">2</td>',
        '<td class="n null">no value</td>',
    ]


def test_a_linked_cell_keeps_what_it_has() -> None:
    cells = ['<td title="1">one</td>', "<td>two</td>"]
    assert linked(cells, ['a?x=1&y="', ""], ENGLISH) == [
        '<td title="1"><a href="a?x=1&amp;y=&#34;">one</a></td>',
        "<td>two</td>",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "(leer)"), ("  ", "(Leerzeichen)"), ("\u200b\u202e", "(Leerzeichen)"), ("\x00", "(Leerzeichen)")],
)
def test_a_link_of_which_nothing_is_to_be_seen_is_told_in_words(text: str, told: str) -> None:
    assert linked([f"<td>{text}</td>"], ["a"], GERMAN) == [f'<td class="null"><a href="a">{told}</a></td>']
    assert GERMAN.visible(text) == told
