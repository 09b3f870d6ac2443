"""Addresses of the cloud become those of this laptop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localcloud.space.addresses import Addresses, Place
from localcloud.space.declared import App, ProjectError

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


def test_a_destination_that_has_an_apps_name_leads_to_it() -> None:
    destinations = [
        {"name": "inner", "url": "https://fill-me-in", "forwardAuthToken": True},
        {"name": "by-route", "url": "https://shop.example.com/path"},
        {"name": "outside", "url": "https://api.example.org"},
    ]
    router = App("router", HERE, env={"destinations": json.dumps(destinations), "A": "shop.example.com"})
    env = ADDRESSES.env_of(router)
    assert env["A"] == "localhost:5050"
    assert json.loads(env["destinations"]) == [
        {"name": "inner", "url": "http://127.0.0.1:3000", "forwardAuthToken": True},
        {"name": "by-route", "url": "http://localhost:5050/path"},
        {"name": "outside", "url": "https://api.example.org"},
    ]
    assert ADDRESSES.abroad("router", env) == [
        "router: its destination outside leads to https://api.example.org, which is no app here"
    ]


@pytest.mark.parametrize(
    "url", ["((srv-url))", "https://<address of the shop>", "", "https://fill-me-in", "https://[x"]
)
def test_a_destination_without_an_address_leads_to_the_only_other_app(url: str) -> None:
    router = App("router", HERE, env={"destinations": json.dumps([{"name": "srv-api", "url": url}])})
    both = Addresses([Place(SHOP, "127.0.0.1:3000"), Place(router, "localhost:5050")])
    assert json.loads(both.env_of(router)["destinations"])[0]["url"] == "http://127.0.0.1:3000"
    three = Addresses([*both.places.values(), Place(INNER, "127.0.0.1:3010")])
    if "((" not in url:
        assert json.loads(three.env_of(router)["destinations"])[0]["url"] == url


@pytest.mark.parametrize(
    ("env", "complaint"),
    [
        ({"destinations": "[{"}, "router: env destinations is not JSON"),
        ({"destinations": '{"name": "x"}'}, "router: env destinations must be a list of objects"),
        ({"destinations": "[1]"}, "router: env destinations must be a list of objects"),
        ({"A": "b ((c)) d"}, "router: env A needs the variable c: --var c=VALUE"),
    ],
)
def test_what_is_wrong_with_a_variable_is_told(env: dict[str, str], complaint: str) -> None:
    with pytest.raises(ProjectError) as refusal:
        ADDRESSES.env_of(App("router", HERE, env=env))
    assert str(refusal.value) == complaint


def test_no_destinations_are_none() -> None:
    assert ADDRESSES.env_of(App("router", HERE, env={"destinations": ""})) == {"destinations": "[]"}
    assert ADDRESSES.abroad("router", {}) == []
