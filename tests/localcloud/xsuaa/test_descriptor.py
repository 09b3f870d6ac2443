"""Reading xs-security.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.xsuaa.descriptor import Descriptor, DescriptorError, read_descriptor
from localcloud.xsuaa.users import demo_users

from .conftest import DESCRIPTOR

PROJECT = Path(__file__).parents[3]


def read(tmp_path: Path, document: Any) -> Descriptor:
    file = tmp_path / "xs-security.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_descriptor(file)


def test_names_get_the_landscapes_suffix(tmp_path: Path) -> None:
    read_in = read(tmp_path, DESCRIPTOR)
    assert read_in.xsappname == "myapp!t1"
    assert read_in.client_id == "sb-myapp!t1"
    assert read_in.application == "myapp"


def test_scopes_are_qualified_and_keep_their_descriptions(tmp_path: Path) -> None:
    assert read(tmp_path, DESCRIPTOR).scopes == {
        "myapp!t1.Display": "See books",
        "myapp!t1.Edit": "Change books",
        "myapp!t1.Delete": "Remove books",
    }


def test_a_role_collection_grants_the_scopes_of_its_templates_once_each(tmp_path: Path) -> None:
    collections = {each.name: each for each in read(tmp_path, DESCRIPTOR).role_collections}
    assert collections["Owners"].scopes == ("myapp!t1.Display", "myapp!t1.Edit", "myapp!t1.Delete")
    assert collections["Readers"].scopes == ("myapp!t1.Display",)
    assert collections["Readers"].description == "Reads"
    assert collections["Visitors"].scopes == ()


def test_a_template_that_no_collection_names_is_one_by_itself(tmp_path: Path) -> None:
    document = {**DESCRIPTOR, "role-collections": DESCRIPTOR["role-collections"][2:]}
    names = [each.name for each in read(tmp_path, document).role_collections]
    assert names == ["Readers", "Visitor", "Editor", "Owner"]


def test_the_least_descriptor_has_the_documented_defaults(tmp_path: Path) -> None:
    least = read(tmp_path, {"xsappname": "myapp"})
    assert (least.tenant_mode, least.token_validity, least.refresh_token_validity) == (
        "dedicated",
        43_200,
        24_192_000,
    )
    assert not any([least.scopes, least.role_collections, least.redirect_uris, least.authorities])


@pytest.mark.parametrize("app", ["$XSAPPNAME", "$XSAPPNAME(application,myapp)"])
def test_authorities_granted_to_the_application_itself_are_accepted(tmp_path: Path, app: str) -> None:
    scopes = [
        {"name": "$XSAPPNAME.Job", "grant-as-authority-to-apps": [app]},
        {"name": "$XSAPPNAME.Other", "grant-as-authority-to-apps": ["$XSAPPNAME(application,other)"]},
    ]
    document = {"xsappname": "myapp", "scopes": scopes, "authorities": ["$ACCEPT_GRANTED_AUTHORITIES"]}
    assert read(tmp_path, document).authorities == ("myapp!t1.Job",)


def test_platform_scopes_need_no_declaration(tmp_path: Path) -> None:
    template = {"name": "Exchange", "foreign-scope-references": ["uaa.user"]}
    document = {"xsappname": "myapp", "role-templates": [template]}
    assert read(tmp_path, document).role_collections[0].scopes == ("uaa.user",)


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("{", "is not JSON"),
        ("\xff", "xsappname|JSON"),
        ([], "must be a JSON object"),
        ({}, "xsappname must be"),
        ({"xsappname": "my.app"}, "xsappname must be"),
        ({"xsappname": 7}, "xsappname must be"),
        ({"xsappname": "a", "scopes": {}}, "scopes must be a list"),
        ({"xsappname": "a", "scopes": [{}]}, r"scopes\[0\] needs a name"),
        ({"xsappname": "a", "scopes": ["$XSAPPNAME.x"]}, r"scopes\[0\] needs a name"),
        ({"xsappname": "a", "scopes": [{"name": "x"}, {"name": "x"}]}, "scopes has 'x' twice"),
        (
            {"xsappname": "a", "role-templates": [{"name": "R", "scope-references": ["$XSAPPNAME.x"]}]},
            r"role-templates 'R' refers to the scope '\$XSAPPNAME.x', which is not declared",
        ),
        (
            {
                "xsappname": "a",
                "role-templates": [{"name": "R", "scope-references": ["$XSAPPNAME(application,b).x"]}],
            },
            "another application",
        ),
        (
            {"xsappname": "a", "role-templates": [{"name": "R", "scope-references": "$XSAPPNAME.x"}]},
            "scope-references in role-templates 'R' must be a list of texts",
        ),
        (
            {
                "xsappname": "a",
                "role-collections": [{"name": "C", "role-template-references": ["$XSAPPNAME.R"]}],
            },
            "role-collections 'C' refers to the role template 'R', which is not declared",
        ),
        ({"xsappname": "a", "authorities": ["$XSAPPNAME.x"]}, "authorities refers to the scope"),
        ({"xsappname": "a", "oauth2-configuration": []}, "oauth2-configuration must be an object"),
        ({"xsappname": "a", "oauth2-configuration": {"redirect-uris": [7]}}, "must be a list of texts"),
        ({"xsappname": "a", "oauth2-configuration": {"token-validity": 299}}, "must be 300 to 99999999"),
        ({"xsappname": "a", "oauth2-configuration": {"token-validity": True}}, "must be 300 to 99999999"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_used_is_named(tmp_path: Path, document: Any, complaint: str) -> None:
    with pytest.raises(DescriptorError, match=complaint) as error:
        read(tmp_path, document)
    assert "xs-security.json" in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DescriptorError, match=r"nowhere.json: cannot be read"):
        read_descriptor(tmp_path / "nowhere.json")


def test_alice_has_everything_bob_a_part_and_carol_nothing(tmp_path: Path) -> None:
    users = demo_users(read(tmp_path, DESCRIPTOR))
    assert [each.name for each in users["alice"].role_collections] == ["Visitors", "Owners", "Readers"]
    assert [each.name for each in users["bob"].role_collections] == ["Readers"]
    assert users["carol"].role_collections == ()
    assert users["carol"].scopes == ("openid",)


@pytest.mark.parametrize(("templates", "bobs"), [([], []), (["A"], []), (["A", "B"], ["A"])])
def test_bob_has_the_first_that_is_less_than_everything(
    tmp_path: Path, templates: list[str], bobs: list[str]
) -> None:
    document = {
        "xsappname": "myapp",
        "scopes": [{"name": f"$XSAPPNAME.{name}"} for name in templates],
        "role-templates": [{"name": name, "scope-references": [f"$XSAPPNAME.{name}"]} for name in templates],
    }
    users = demo_users(read(tmp_path, document))
    assert [each.name for each in users["bob"].role_collections] == bobs


def test_the_projects_own_descriptor_can_be_read() -> None:
    own = read_descriptor(PROJECT / "xs-security.json")
    assert own.client_id == "sb-myapp!t1"
    users = demo_users(own)
    assert set(users["bob"].scopes) <= set(users["alice"].scopes)
