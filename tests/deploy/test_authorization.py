"""xs-security.json grants what is asked for, to whom it should, and nothing else."""

from __future__ import annotations

import ast
import json
import re

from localcloud.xsuaa.descriptor import read_descriptor
from tools import deployment, landscape
from tools.landscape import PROJECT

DESCRIPTOR = json.loads(landscape.DESCRIPTOR.read_text())
OAUTH = DESCRIPTOR["oauth2-configuration"]
DECLARED = {scope["name"] for scope in DESCRIPTOR["scopes"]}
EVERYBODY_HAS = {"openid"}


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


def test_every_scope_that_is_asked_for_is_declared() -> None:
    asked = (scopes_of_the_service() | scopes_of_the_router()) - EVERYBODY_HAS
    assert asked
    assert asked <= DECLARED


def test_no_scope_is_declared_that_nobody_asks_for() -> None:
    assert (scopes_of_the_service() | scopes_of_the_router()) - EVERYBODY_HAS == DECLARED


def test_every_scope_can_be_given_to_people() -> None:
    templates = {each["name"]: each["scope-references"] for each in DESCRIPTOR["role-templates"]}
    given = [
        reference.removeprefix("$XSAPPNAME.")
        for collection in DESCRIPTOR["role-collections"]
        for reference in collection["role-template-references"]
    ]
    assert sorted(given) == sorted(templates)
    assert {scope for name in given for scope in templates[name]} == DECLARED


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
