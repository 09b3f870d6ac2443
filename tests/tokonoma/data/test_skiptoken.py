"""A token gives back the place that it was made for, to nobody but the query that it was made for."""

from __future__ import annotations

import pytest

from tokonoma.data.skiptoken import Place, read, write
from tokonoma.errors import LinkExpired, QueryInvalid

KEY = b"a key of sixteen"
PLACES = [
    Place(0),
    Place(100, "2024-05-06 07:08:09.0000000"),
    Place(50, "", ("Iris", None), back=True),
    Place(50, "", ("Iris",), is_exact=False),
    Place(7, "", ("Iris", 1, 0.5, None, True)),
]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_token_gives_back_its_place(place: Place) -> None:
    assert read(write(place, "query", KEY), "query", KEY) == place


def test_a_token_from_before_there_was_a_way_back_is_still_good() -> None:
    token = "45t0VLARrNJN1wK0kxat8FsicXVlcnkiLDcsIiIsWyJJcmlzIiwxLDAuNSxudWxsLHRydWVdXQ"
    assert token == write(PLACES[-1], "query", KEY)
    assert read(token, "query", KEY) == PLACES[-1]


def test_a_token_of_another_query_has_expired() -> None:
    with pytest.raises(LinkExpired):
        read(write(Place(1), "query", KEY), "another query", KEY)


@pytest.mark.parametrize("token", ["", "x", "ä", "AAAA", "=", "\ud800"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(QueryInvalid, match="not a token of ours"):
        read(token, "query", KEY)


def test_a_token_with_any_changed_letter_is_refused() -> None:
    token = write(PLACES[-1], "query", KEY)
    for place, letter in enumerate(token):
        changed = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        with pytest.raises(QueryInvalid):
            read(changed, "query", KEY)


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(QueryInvalid):
        read(write(Place(1), "query", KEY), "query", b"another sixteen!")
