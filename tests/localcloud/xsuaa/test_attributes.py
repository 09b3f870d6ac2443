"""User attributes: declared in xs-security.json, given by roles, carried by tokens, read by sap-xssec."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sap import xssec
from sap.xssec.key_cache import KeyCache
from sap.xssec.security_context_xsuaa import SecurityContextXSUAA

from localcloud.xsuaa import LocalXsuaa
from localcloud.xsuaa.descriptor import DescriptorError, RoleCollection, read_descriptor
from localcloud.xsuaa.users import demo_users

from .walk import Walk, claims

DESCRIPTOR: dict[str, Any] = {
    "xsappname": "myapp",
    "scopes": [{"name": "$XSAPPNAME.Display"}, {"name": "$XSAPPNAME.Edit"}],
    "attributes": [
        {"name": "country", "valueType": "string"},
        {"name": "shelf", "valueType": "int", "valueRequired": False},
    ],
    "role-templates": [
        {
            "name": "Viewer",
            "scope-references": ["$XSAPPNAME.Display"],
            "attribute-references": [{"name": "country", "default-values": ["DE", "JP"]}, "shelf"],
        },
        {
            "name": "Neighbour",
            "scope-references": ["$XSAPPNAME.Display"],
            "attribute-references": [{"name": "country", "default-values": ["JP", "FR"]}],
        },
        {"name": "Editor", "scope-references": ["$XSAPPNAME.Display", "$XSAPPNAME.Edit"]},
    ],
    "role-collections": [
        {"name": "Readers", "role-template-references": ["$XSAPPNAME.Viewer", "$XSAPPNAME.Neighbour"]},
        {"name": "Editors", "role-template-references": ["$XSAPPNAME.Editor"]},
    ],
    "oauth2-configuration": {"redirect-uris": ["http://localhost:5000/**"]},
}


def written(folder: Path, document: object) -> Path:
    file = folder / "xs-security.json"
    file.write_text(json.dumps(document))
    return file


@pytest.fixture
def xsuaa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalXsuaa]:
    """One whose viewers see some countries, with the library ready to ask it for keys."""
    with LocalXsuaa(written(tmp_path, DESCRIPTOR)) as server:
        (tmp_path / "authority.pem").write_text(server.certificate)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        monkeypatch.setattr(SecurityContextXSUAA, "verificationKeyCache", KeyCache())
        yield server


def test_the_library_reads_the_values_that_the_roles_give(xsuaa: LocalXsuaa) -> None:
    walk = Walk(xsuaa)
    token = walk.exchange(walk.code("bob")).json()["access_token"]
    context = xssec.create_security_context(token, walk.binding)
    assert context.has_attributes()
    assert context.get_attribute("country") == ["DE", "JP", "FR"]
    assert context.get_attribute("shelf") is None


@pytest.mark.parametrize("user", ["alice", "carol"])
def test_whoever_has_no_role_with_attributes_has_none(xsuaa: LocalXsuaa, user: str) -> None:
    context = xssec.create_security_context(xsuaa.token(user), xsuaa.binding())
    assert not context.has_attributes()
    assert context.get_attribute("country") is None


def test_every_grant_for_a_person_carries_the_attributes(xsuaa: LocalXsuaa) -> None:
    walk = Walk(xsuaa)
    first = walk.exchange(walk.code("bob")).json()
    exchange = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": first["access_token"],
    }
    answers = [
        walk.refresh(first["refresh_token"]),
        walk.token(exchange),
        walk.token({"grant_type": "password", "username": "bob", "password": "bob"}),
    ]
    for answer in answers:
        said = claims(answer.json()["access_token"])
        assert said["xs.user.attributes"] == {"country": ["DE", "JP", "FR"]}
    itself = walk.token({"grant_type": "client_credentials"}).json()["access_token"]
    assert "xs.user.attributes" not in claims(itself)


def test_a_token_can_be_made_with_other_values(xsuaa: LocalXsuaa) -> None:
    others: dict[str, Any] = {"xs.user.attributes": {"country": ["US"]}}
    token = xsuaa.token("bob", **others)
    context = xssec.create_security_context(token, xsuaa.binding())
    assert context.get_attribute("country") == ["US"]


def test_the_pages_say_which_values_a_person_has(xsuaa: LocalXsuaa) -> None:
    page = httpx.get(xsuaa.url).text
    assert "(country DE, JP, FR)" in page
    assert page.count("(country") == 1


def test_alice_does_not_hold_what_she_has_without_restriction(tmp_path: Path) -> None:
    users = demo_users(read_descriptor(written(tmp_path, DESCRIPTOR)))
    assert [each.name for each in users["alice"].role_collections] == ["Editors"]
    assert [each.name for each in users["bob"].role_collections] == ["Readers"]


def test_alice_holds_what_nobody_has_without_restriction(tmp_path: Path) -> None:
    editor = {"name": "Editor", "scope-references": ["$XSAPPNAME.Edit"]}
    templates = [*DESCRIPTOR["role-templates"][:2], editor]
    document = {**DESCRIPTOR, "role-templates": templates}
    users = demo_users(read_descriptor(written(tmp_path, document)))
    assert [each.name for each in users["alice"].role_collections] == ["Readers", "Editors"]


def test_a_role_without_values_restricts_nothing(tmp_path: Path) -> None:
    """SAP's table of default-values and valueRequired, last row: the default role is unrestricted."""
    template = {"name": "R", "attribute-references": ["shelf"]}
    document = {
        **DESCRIPTOR,
        "role-templates": [template],
        "role-collections": [{"name": "C", "role-template-references": ["$XSAPPNAME.R"]}],
    }
    [collection] = read_descriptor(written(tmp_path, document)).role_collections
    assert collection == RoleCollection("C", "", (), {})


def template(*references: object) -> dict[str, Any]:
    return {"role-templates": [{"name": "R", "attribute-references": list(references)}]}


COLLECTED = {"role-collections": [{"name": "C", "role-template-references": ["$XSAPPNAME.R"]}]}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"attributes": {}}, "attributes must be a list"),
        ({"attributes": [{"name": "a b", "valueType": "s"}]}, "attributes 'a b' must be 1 to 64 letters"),
        ({"attributes": [{"name": "a" * 65, "valueType": "s"}]}, "must be 1 to 64 letters"),
        ({"attributes": [{"name": "a"}]}, "valueType of attributes 'a' must be string, int or date"),
        ({"attributes": [{"name": "a", "valueType": "text"}]}, "valueType of attributes 'a' must be"),
        (
            {"attributes": [{"name": "a", "valueType": "s", "valueRequired": "no"}]},
            "valueRequired of attributes 'a' must be true or false",
        ),
        (template("nowhere"), "role-templates 'R' refers to the attribute 'nowhere', which is not declared"),
        (template({}), "refers to the attribute 'None', which is not declared"),
        (template(["country"]), "which is not declared"),
        (
            template({"name": "country", "default-values": "DE"}),
            "default-values in the attribute 'country' of role-templates 'R' must be a list of texts",
        ),
        (
            {"role-templates": [{"name": "R", "attribute-references": "country"}]},
            "attribute-references in role-templates 'R' must be a list",
        ),
        (
            {**template("country"), **COLLECTED},
            "template 'R', of which there is no default role: give its attribute 'country' default-values",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_xsuaa_would_not_take_is_named(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    bare = {**DESCRIPTOR, "role-templates": [], "role-collections": []}
    with pytest.raises(DescriptorError, match=complaint):
        read_descriptor(written(tmp_path, {**bare, **changes}))
