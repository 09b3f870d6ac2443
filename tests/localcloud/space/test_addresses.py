"""Addresses of the cloud become those of this laptop."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.space.addresses import Addresses, Place
from localcloud.space.declared import App

HERE = Path()
SHOP = App("shop", HERE, routes=("shop.example.com", "shop.cfapps.*"))
INNER = App("inner", HERE, routes=("shop.example.com.internal", "((host)).((domain))"))
ADDRESSES = Addresses([Place(SHOP, "localhost:5050"), Place(INNER, "127.0.0.1:3000")])


@pytest.mark.parametrize(
    ("text", "here"),
    [
        ("https://shop.example.com", "http://localhost:5050"),
        ("https://SHOP.example.com:443/a?b#c", "http://localhost:5050/a?b#c"),
        ("http://shop.example.com.internal:8080/a", "http://127.0.0.1:3000/a"),
        ("wss://shop.example.com/socket", "ws://localhost:5050/socket"),
        ("ws://shop.example.com/socket", "ws://localhost:5050/socket"),
        ("shop.example.com", "localhost:5050"),
        ("https://shop.cfapps.eu10.hana.ondemand.com/x", "http://localhost:5050/x"),
        ("https://((host)).((domain))/x", "http://127.0.0.1:3000/x"),
        ('["https://shop.example.com"]', '["http://localhost:5050"]'),
        ("https://workshop.example.com", "https://workshop.example.com"),
        ("https://my.shop.example.com", "https://my.shop.example.com"),
        ("https://shop.example.com.evil.org", "https://shop.example.com.evil.org"),
        ("https://shop.example.community", "https://shop.example.community"),
        ("mail to shop", "mail to shop"),
    ],
)
def test_a_route_leads_here_and_what_only_looks_like_one_does_not(text: str, here: str) -> None:
    assert ADDRESSES.here(text) == here
    assert ADDRESSES.here_in({"a": [text, 1]}) == {"a": [here, 1]}


@pytest.mark.parametrize(
    ("url", "is_here"),
    [("http://localhost:5050/a", True), ("http://localhost:5051", False), ("http://[x", False), ("", False)],
)
def test_an_address_is_that_of_an_app_or_not(url: str, is_here: bool) -> None:
    assert ADDRESSES.is_here(url) == is_here
