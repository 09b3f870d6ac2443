"""The bounds of what a token may say, to the second and to the letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.tokonoma.auth.forging import encoded
from tokonoma.auth.prescreen import END_OF_TIME, LEEWAY, Rejected, prescreen

NOW = 2_000_000_000.0
ZONE = "zone"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokonoma.auth.prescreen.time.time", lambda: NOW)


def token(claims: Mapping[str, Any]) -> str:
    least = {"zid": ZONE, "cid": "client", "exp": NOW + 1, "ext_attr": {"enhancer": "XSUAA"}}
    return ".".join([encoded({"alg": "RS256", "kid": "one"}), encoded({**least, **claims}), "signature"])


def test_the_leeway_is_that_of_saps_java_library() -> None:
    assert LEEWAY == 60


@pytest.mark.parametrize("claim", ["iat", "nbf"])
@pytest.mark.parametrize(("ahead", "fits"), [(0, True), (60, True), (60.5, False), (3600, False)])
def test_what_begins_has_a_minute_of_leeway_and_no_more(claim: str, ahead: float, fits: bool) -> None:
    if fits:
        assert prescreen(token({claim: NOW + ahead}), ZONE).kid == "one"
    else:
        with pytest.raises(Rejected, match="it is from the future"):
            prescreen(token({claim: NOW + ahead}), ZONE)


@pytest.mark.parametrize(
    ("expiry", "fits"),
    [(NOW - 60, False), (NOW, False), (NOW + 0.5, True), (END_OF_TIME - 1, True), (END_OF_TIME, False)],
)
def test_what_ends_has_none(expiry: float, fits: bool) -> None:
    if fits:
        assert prescreen(token({"exp": expiry}), ZONE).expiry == expiry
    else:
        with pytest.raises(Rejected, match="it has expired, or never will"):
            prescreen(token({"exp": expiry}), ZONE)


@pytest.mark.parametrize("name", ["jti", "grant_type", "user_name", "user_id", "user_uuid", "aud", "scope"])
def test_a_claim_that_is_null_counts_as_missing(name: str) -> None:
    assert prescreen(token({name: None}), ZONE).claims["cid"] == "client"


def test_the_reason_quotes_nothing_of_the_token() -> None:
    for claims in ({"zid": "evil"}, {"cid": ["evil"]}, {"ext_attr": {"enhancer": "evil"}}, {"cnf": "evil"}):
        with pytest.raises(Rejected) as refused:
            prescreen(token(claims), ZONE)
        assert "evil" not in str(refused.value)


def test_claims_are_not_printed() -> None:
    assert "confidential" not in repr(prescreen(token({"email": "confidential"}), ZONE))
