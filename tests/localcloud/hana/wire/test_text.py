from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.hana.errors import HanaError
from localcloud.hana.wire import cesu8


def test_a_supplementary_character_is_two_surrogates_of_three_bytes() -> None:
    assert cesu8.encode("😀") == bytes.fromhex("EDA0BD EDB880")


@given(st.text())
def test_text_comes_back_as_it_went(text: str) -> None:
    assert cesu8.decode(cesu8.encode(text)) == text


@given(st.text())
def test_plain_utf8_is_understood_as_well(text: str) -> None:
    assert cesu8.decode(text.encode()) == text


@given(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"])))
def test_inside_the_basic_plane_it_is_utf8(text: str) -> None:
    assert cesu8.encode(text) == text.encode()


@pytest.mark.parametrize("data", [b"\xff", b"\xc3", b"\xed\xa0\xbd", b"\xed\xb8\x80", b"a\x80"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(HanaError, match="CESU-8"):
        cesu8.decode(data)
