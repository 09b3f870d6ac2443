from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokonoma.data.columns import Column
from tokonoma.errors import ObjectUnknown
from tokonoma.pages import addresses

TEXT = Column("T", "NVARCHAR", 5000)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_every_key_of_texts_comes_back(values: list[str]) -> None:
    columns = {f"C{place}": TEXT for place in range(len(values))}
    segment = addresses.write_key(list(columns.values()), values)
    assert [each.value for each in addresses.read_key(segment, columns).values()] == values
    assert "/" not in segment
    # A browser takes the address for a place below the table's, whatever is in it.
    assert urlsplit(urljoin("http://h/data/WORK", f"WORK/{segment}")).path == f"/data/WORK/{segment}"


@pytest.mark.parametrize(
    ("type_", "value", "segment"),
    [
        ("INTEGER", -17, "-17"),
        ("DECIMAL", Decimal("1E+3"), "1000"),
        ("BOOLEAN", True, "true"),
        ("DATE", date(2026, 1, 2), "2026-01-02"),
        ("SECONDDATE", datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05Z"),
        ("TIMESTAMP", "2026-01-02 03:04:05.0000001", "2026-01-02T03:04:05.0000001Z"),
        ("VARBINARY", b"\x00\xff", "00ff"),
        ("NVARCHAR", "", "~"),
        ("NVARCHAR", "..", "~.."),
        ("NVARCHAR", "~x", "~~x"),
        ("NVARCHAR", "a/b,c", "a%2Fb%2Cc"),
    ],
)
def test_a_key_is_written_as_people_would(type_: str, value: Any, segment: str) -> None:
    column = Column("K", type_)
    assert addresses.write_key([column], [value]) == segment
    read = addresses.read_key(segment, {"K": column})["K"]
    assert addresses.write_key([column], [read.value]) == segment or type_ in ("BOOLEAN", "SECONDDATE")


@pytest.mark.parametrize("segment", ["x", "", "1,2", "1e", "%31%", "0x1", "1 "])
def test_what_is_no_key_names_nothing(segment: str) -> None:
    with pytest.raises(ObjectUnknown):
        addresses.read_key(segment, {"K": Column("K", "INTEGER")})


def test_bytes_that_are_no_text_name_nothing() -> None:
    with pytest.raises(ObjectUnknown):
        addresses.read_key("%ff", {"K": TEXT})


@pytest.mark.parametrize(
    ("path", "root"), [("/data/", "../"), ("/data/WORK", "../"), ("/data/WORK/17", "../../"), ("/x", "")]
)
def test_the_way_to_the_root(path: str, root: str) -> None:
    assert addresses.to_root(path) == root
