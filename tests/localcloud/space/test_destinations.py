"""Destinations of approuters lead to the local apps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localcloud.space.addresses import Addresses, Place
from localcloud.space.declared import App, ProjectError
from localcloud.space.destinations import about_destinations, declared_variables
from tests.localcloud.space.files import write

HERE = Path()
SHOP = App("shop", HERE, routes=("shop.example.com", "shop.cfapps.*"))
INNER = App("inner", HERE, routes=("shop.example.com.internal", "((host)).((domain))"))
ADDRESSES = Addresses([Place(SHOP, "localhost:5050"), Place(INNER, "127.0.0.1:3000")])


def test_a_destination_that_has_an_apps_name_leads_to_it() -> None:
    destinations = [
        {"name": "inner", "url": "https://fill-me-in", "forwardAuthToken": True},
        {"name": "by-route", "url": "https://shop.example.com/path"},
        {"name": "outside", "url": "https://api.example.org"},
    ]
    router = App("router", HERE, env={"destinations": json.dumps(destinations), "A": "shop.example.com"})
    env = declared_variables(router, ADDRESSES, {})
    assert env["A"] == "localhost:5050"
    assert json.loads(env["destinations"]) == [
        {"name": "inner", "url": "http://127.0.0.1:3000", "forwardAuthToken": True},
        {"name": "by-route", "url": "http://localhost:5050/path"},
        {"name": "outside", "url": "https://api.example.org"},
    ]
    assert [*about_destinations(router, env, ADDRESSES)] == [
        "router: its destination outside leads to https://api.example.org, which is no app here"
    ]


@pytest.mark.parametrize(
    "url", ["((srv-url))", "https://<address of the shop>", "", "https://fill-me-in", "https://[x"]
)
def test_a_destination_without_an_address_leads_to_the_only_other_app(url: str) -> None:
    router = App("router", HERE, env={"destinations": json.dumps([{"name": "srv-api", "url": url}])})
    both = Addresses([Place(SHOP, "127.0.0.1:3000"), Place(router, "localhost:5050")])
    assert (
        json.loads(declared_variables(router, both, {})["destinations"])[0]["url"] == "http://127.0.0.1:3000"
    )
    three = Addresses([*both.places.values(), Place(INNER, "127.0.0.1:3010")])
    if "((" not in url:
        assert json.loads(declared_variables(router, three, {})["destinations"])[0]["url"] == url


@pytest.mark.parametrize(
    ("env", "complaint"),
    [
        ({"destinations": "[{"}, "router: env destinations is not JSON"),
        ({"destinations": '{"name": "x"}'}, "router: env destinations must be a list of objects"),
        ({"destinations": "[1]"}, "router: env destinations must be a list of objects"),
        ({"A=B": "c"}, "router: env 'A=B' is no name of a variable"),
        ({"": "c"}, "router: env '' is no name of a variable"),
        ({"A": "b ((c)) d"}, "router: env A needs the variable c: --var c=VALUE"),
    ],
)
def test_what_is_wrong_with_a_variable_is_told(env: dict[str, str], complaint: str) -> None:
    with pytest.raises(ProjectError) as refusal:
        declared_variables(App("router", HERE, env=env), ADDRESSES, {})
    assert str(refusal.value) == complaint


def test_no_destinations_are_none() -> None:
    router = App("router", HERE, env={"destinations": ""})
    assert declared_variables(router, ADDRESSES, {}) == {"destinations": "[]"}
    assert [*about_destinations(router, {}, ADDRESSES)] == []


def test_an_approuter_lacks_what_its_routes_name_until_it_is_given(tmp_path: Path) -> None:
    routes = '{"routes": [{"destination": "ui5"}, {"destination": "inner"}, {"localDir": "x"}]}'
    router = App(
        "router", write(tmp_path, {"xs-app.json": routes}), env={"destinations": '[{"name": "inner"}]'}
    )
    env = declared_variables(router, ADDRESSES, {})
    assert [*about_destinations(router, env, ADDRESSES)] == [
        "router: there is no destination ui5, to which its xs-app.json leads; "
        "--destination ui5=URL gives it one"
    ]
    assert [*about_destinations(router, {**env, "VCAP_SERVICES": '{"destination": []}'}, ADDRESSES)] == []
    given = {"ui5": "https://ui5.sap.com", "inner": "http://127.0.0.1:9999"}
    found = declared_variables(router, ADDRESSES, given)["destinations"]
    assert json.loads(found) == [
        {"forwardAuthToken": True, "name": "inner", "url": "http://127.0.0.1:9999"},
        {"forwardAuthToken": True, "name": "ui5", "url": "https://ui5.sap.com"},
    ]
    assert declared_variables(App("inner", HERE), ADDRESSES, given) == {}
