"""Services: which have a stand-in, which come from a file, and what is said of the rest."""

from __future__ import annotations

import json
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hdbcli import dbapi

from localcloud.certificates import Authority
from localcloud.hana import connecting
from localcloud.ports import free_port
from localcloud.space.declared import ProjectError, Service
from localcloud.space.provided import StandIns, from_file, of_the_user, settled, why_not
from localcloud.xsuaa.descriptor import DescriptorError


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("pyhana", "hana"),
        ("shop-db", "hana"),
        ("DB_main", "hana"),
        ("my-hdi-container", "hana"),
        ("pyuaa", "xsuaa"),
        ("shop-auth", "xsuaa"),
        ("shop-ias", "identity"),
        ("bias", ""),
        ("author-service", ""),
        ("dbus", ""),
        ("mail", ""),
    ],
)
def test_a_service_that_tells_no_label_is_guessed_by_its_name(name: str, label: str) -> None:
    service, note = settled(Service(name), None)
    assert service.label == label
    assert bool(note) == bool(label)
    assert settled(Service(name, "redis"), None) == (Service(name, "redis"), "")


def test_what_an_option_says_of_a_service_counts() -> None:
    cloud = Service("db", "hana-cloud", "hana")
    assert settled(cloud, "hana") == (Service("db", "hana", "hdi-shared"), "")
    assert settled(Service("db", "x", "schema"), "hana")[0].plan == "schema"
    assert settled(Service("a", "x", "broker"), "xsuaa")[0] == Service("a", "xsuaa", "broker")
    assert settled(cloud, "key.json") == (cloud, "")


@pytest.mark.parametrize(
    ("service", "reason"),
    [
        (Service("a", "hana", "hdi-shared"), ""),
        (Service("a", "hana", "schema"), ""),
        (Service("a", "xsuaa", "broker"), ""),
        (Service("a", "identity", "application"), ""),
        (Service("a", "user-provided", credentials={}), ""),
        (
            Service("a", "hana", "hana"),
            "a is left out: of HANA there are the plans hdi-shared and schema here",
        ),
        (
            Service("a", "redis-cache"),
            "a is left out: redis-cache has no stand-in here; --service a=FILE gives its credentials",
        ),
        (
            Service("my data", "redis-cache"),
            "my data is left out: redis-cache has no stand-in here; "
            "--service 'my data'=FILE gives its credentials",
        ),
        (
            Service("a"),
            "a is left out: its kind is not told; --service a=FILE gives its credentials, "
            "--service a=KIND says which of hana, xsuaa, identity it is",
        ),
    ],
)
def test_what_has_no_stand_in_is_named(service: Service, reason: str) -> None:
    assert why_not(service) == reason


@pytest.mark.parametrize(
    ("document", "label"),
    [
        ({"key": "only-here"}, "user-provided"),
        ({"credentials": {"key": "only-here"}}, "user-provided"),
        (
            {"label": "redis-cache", "plan": "free", "tags": ["cache"], "credentials": {"key": "only-here"}},
            "redis-cache",
        ),
    ],
)
def test_a_file_gives_credentials_as_a_key_an_entry_or_bare(
    tmp_path: Path, document: dict[str, object], label: str
) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps(document))
    given = from_file(Service("cache"), file)
    assert (given.label, given.credentials) == (label, {"key": "only-here"})
    assert "only-here" not in repr(given)
    assert from_file(Service("cache", "known", "big"), file).label == "known"


@pytest.mark.parametrize("text", ["{}", '{"credentials": {}}', '{"credentials": 1}', "[]", "x"])
def test_a_file_without_credentials_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key.json"
    file.write_text(text)
    with pytest.raises(ProjectError, match=r"key\.json:"):
        from_file(Service("cache"), file)


def test_a_user_provided_service_is_given_as_it_is_declared() -> None:
    given = of_the_user(Service("mail", "user-provided", tags=("t",), credentials={"from": "x"}))
    assert (given.label, given.tags, given.credentials) == ("user-provided", ("t",), {"from": "x"})


@pytest.fixture
def stand_ins() -> object:
    with ExitStack() as stack:
        yield StandIns(stack, Authority(), lambda _: free_port())


def test_the_user_of_a_plain_schema_owns_it_and_that_of_a_container_does_not(stand_ins: StandIns) -> None:
    plain = stand_ins.hana(Service("my.shop", "hana", "schema"), None)
    container = stand_ins.hana(Service("c", "hana", "hdi-shared", parameters={"schema": "books"}), None)
    assert (plain.credentials["schema"], container.credentials["schema"]) == ("MY_SHOP", "BOOKS")
    with closing(connecting.connect(dict(plain.credentials))) as connection:
        connection.cursor().execute("CREATE TABLE T (A INTEGER)")
    assert "hdi_user" not in plain.credentials
    with (
        closing(connecting.connect(dict(container.credentials))) as connection,
        pytest.raises(dbapi.Error, match="insufficient privilege"),
    ):
        connection.cursor().execute("CREATE TABLE T (A INTEGER)")


@pytest.mark.parametrize(
    ("name", "schema"), [("my.shop-db", "MY_SHOP_DB"), ("1-db", "S_1_DB"), ("äß", "S_"), ("sys", "S_SYS")]
)
def test_a_schema_is_named_after_its_service(stand_ins: StandIns, name: str, schema: str) -> None:
    given = stand_ins.hana(Service(name, "hana", "hdi-shared"), None)
    with closing(connecting.connect(dict(given.credentials))) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT CURRENT_SCHEMA FROM DUMMY")
        assert cursor.fetchone()[0] == given.credentials["schema"] == schema


def test_an_xsuaa_without_a_name_gets_that_of_its_service(stand_ins: StandIns) -> None:
    given = stand_ins.xsuaa(Service("shop.auth", "xsuaa", "application"), {"scopes": []}, [])
    assert given.credentials["xsappname"] == "shop-auth!t1"
    named = stand_ins.xsuaa(Service("shop-auth", "xsuaa", "application"), {"xsappname": "shop"}, [])
    assert named.credentials["xsappname"] == "shop!t1"
    assert [person.name for person in named.people] == ["alice", "bob", "carol"]
    with pytest.raises(DescriptorError, match="scopes must be a list"):
        stand_ins.xsuaa(Service("shop-auth", "xsuaa"), {"scopes": "x"}, [])


def test_an_ias_knows_the_people_of_the_xsuaa_or_those_of_the_roles(stand_ins: StandIns) -> None:
    document = {
        "scopes": [{"name": "$XSAPPNAME.Read"}],
        "role-templates": [{"name": "Reader", "scope-references": ["$XSAPPNAME.Read"]}],
    }
    alone = stand_ins.identity(Service("ias", "identity", "application"), document, [])
    assert alone.credentials.keys() >= {"clientid", "clientsecret", "url", "domains"}
    assert [each.name for each in alone.people[0].role_collections] == ["Reader"]
    xsuaa = stand_ins.xsuaa(Service("uaa", "xsuaa", "application"), document, [])
    beside = stand_ins.identity(Service("ias", "identity", "application"), {}, [])
    assert beside.people == xsuaa.people
    assert beside.credentials["app_tid"] == xsuaa.credentials["zoneid"]
