"""xs-security.json grants what is asked for, to whom it should, and nothing else."""

from __future__ import annotations

import ast
import json
import re

from localcloud.xsuaa.descriptor import read_descriptor
from localcloud.xsuaa.users import demo_users
from tokonoma.data.policy import file as policy
from tools import deployment, landscape
from tools.landscape import PROJECT

DESCRIPTOR = json.loads(landscape.DESCRIPTOR.read_text())
OAUTH = DESCRIPTOR["oauth2-configuration"]
DECLARED = {scope["name"] for scope in DESCRIPTOR["scopes"]}
EVERYBODY_HAS = {"openid"}
POLICY = policy.read(PROJECT / "policy.toml")


def scopes_of_the_service() -> set[str]:
    """What `requires(…)` is given in the service, be it a text or the name of one."""
    found: set[str] = set()
    for file in (PROJECT / "tokonoma").rglob("*.py"):
        tree = ast.parse(file.read_text())
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "requires":
                [scope] = node.args
                value = scope.value if isinstance(scope, ast.Constant) else constants[ast.unparse(scope)]
                found.add(str(value))
        found |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"\$XSAPPNAME\.\w+", node.value)
        }
    return found


def scopes_of_the_router() -> set[str]:
    routes = landscape.routing(PROJECT / "web")["routes"]
    return {text for route in routes for text in landscape.texts_of(route.get("scope", []))}


def scopes_of_the_policy() -> set[str]:
    return {names["xsuaa"] for names in POLICY.roles.values()}


def test_every_scope_that_is_asked_for_is_declared() -> None:
    asked = (scopes_of_the_service() | scopes_of_the_router() | scopes_of_the_policy()) - EVERYBODY_HAS
    assert asked
    assert asked <= DECLARED


def test_no_scope_is_declared_that_nobody_asks_for() -> None:
    asked = scopes_of_the_service() | scopes_of_the_router() | scopes_of_the_policy()
    assert asked - EVERYBODY_HAS == DECLARED


def test_every_scope_can_be_given_to_people() -> None:
    templates = {each["name"]: each["scope-references"] for each in DESCRIPTOR["role-templates"]}
    given = [
        reference.removeprefix("$XSAPPNAME.")
        for collection in DESCRIPTOR["role-collections"]
        for reference in collection["role-template-references"]
    ]
    assert sorted(given) == sorted(templates)
    assert {scope for name in given for scope in templates[name]} == DECLARED


def test_alice_curates_and_operates_bob_views_two_rooms_and_carol_does_nothing() -> None:
    users = demo_users(read_descriptor(landscape.DESCRIPTOR))
    held = {name: [each.name for each in user.role_collections] for name, user in users.items()}
    assert held == {
        "alice": ["Tokonoma Curator", "Tokonoma Operator"],
        "bob": ["Tokonoma Viewer"],
        "carol": [],
    }
    attributes = {name: user.attributes for name, user in users.items()}
    assert attributes == {"alice": {}, "bob": {"rooms": ("IRIS", "LOTUS")}, "carol": {}}


def test_whoever_curates_may_all_that_a_viewer_may() -> None:
    collections = {
        each.name: set(each.scopes) for each in read_descriptor(landscape.DESCRIPTOR).role_collections
    }
    assert collections["Tokonoma Viewer"] < collections["Tokonoma Curator"]


def test_xsuaa_may_send_people_back_to_the_router_and_nowhere_else() -> None:
    assert OAUTH["redirect-uris"] == deployment.redirect_uris(landscape.variables())
    assert not [address for address in OAUTH["redirect-uris"] if "*" in address]


def test_tokens_live_long_enough_to_be_refreshed_and_no_longer_than_a_day() -> None:
    descriptor = read_descriptor(landscape.DESCRIPTOR)
    # The approuter refreshes tokens that live longer than about seven minutes.
    assert 15 * 60 <= descriptor.token_validity <= 3600
    assert descriptor.token_validity < descriptor.refresh_token_validity <= 24 * 3600


def test_every_binding_has_a_secret_of_its_own() -> None:
    assert OAUTH["credential-types"] == ["binding-secret"]
