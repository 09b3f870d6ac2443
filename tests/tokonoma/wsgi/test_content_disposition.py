"""Names of files that are downloaded."""

from __future__ import annotations

import re
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokonoma.wsgi.content_disposition import attachment

HEADER = re.compile(r"attachment; filename=\"(\w+)\.csv\"(?:; filename\*=UTF-8''[\w.%-]+)?", re.ASCII)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("WORK", 'attachment; filename="WORK.csv"'),
        ("../../etc/x", 'attachment; filename="______etc_x.csv"'),
        ('a"; filename="b', 'attachment; filename="a___filename__b.csv"'),
        ("a\r\nX: y", 'attachment; filename="a__X__y.csv"'),
        ("ä", "attachment; filename=\"_.csv\"; filename*=UTF-8''%C3%A4.csv"),
        ("\u202ecod", 'attachment; filename="_cod.csv"'),
        ("", 'attachment; filename="_.csv"'),
        ("CON", 'attachment; filename="_CON.csv"'),
        ("lpt9", 'attachment; filename="_lpt9.csv"'),
        ("CONCERT", 'attachment; filename="CONCERT.csv"'),
    ],
)
def test_a_name_becomes_one_that_every_system_takes(name: str, expected: str) -> None:
    assert attachment(name, "csv") == expected


@given(st.text())
def test_no_name_breaks_the_field_or_is_too_long(name: str) -> None:
    field = attachment(name, "csv")
    match = HEADER.fullmatch(field)
    assert match
    assert not re.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", match[1])
    message = Message()
    message["Content-Disposition"] = field
    kept = message.get_filename()
    assert kept is not None
    assert kept.endswith(".csv")
    assert len(kept.encode()) <= 255
