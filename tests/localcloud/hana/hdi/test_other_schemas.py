"""Objects of other schemas: synonyms that stand for them, and what the object owner may do there."""

from __future__ import annotations

import pytest

from localcloud.hana.model import Value

from .conftest import HDICONFIG, Deployer

MODULE = {
    "src/names.hdbsynonym": {"PLANT": {}},
    "src/V.hdbview": "VIEW V AS SELECT NAME FROM PLANT",
}
CONFIG = "cfg/names.hdbsynonymconfig"


def to(schema: str, name: str = "PLANT") -> dict[str, object]:
    return {"PLANT": {"target": {"schema": schema, "object": name}}}


@pytest.fixture
def garden(deployer: Deployer) -> Deployer:
    """The container, and another schema beside it."""
    deployer.run("CREATE SCHEMA GARDEN")
    for table in ("PLANT", "TREE"):
        deployer.run(f"CREATE TABLE GARDEN.{table} (NAME NVARCHAR(20))")
        deployer.run(f"INSERT INTO GARDEN.{table} VALUES ('{table.title()}')")
    return deployer


def configured(target: object) -> dict[str, object]:
    return {**MODULE, "cfg/.hdiconfig": HDICONFIG, CONFIG: target}


def seen(deployer: Deployer) -> list[tuple[Value, ...]]:
    return deployer.query("SELECT * FROM V")


def test_a_synonym_gets_its_target_from_its_configuration(garden: Deployer) -> None:
    garden.run('GRANT SELECT ON SCHEMA GARDEN TO "C#OO" WITH GRANT OPTION')
    assert garden.deploy(configured(to("GARDEN"))).errors == []
    assert seen(garden) == [("Plant",)]


def test_another_configuration_gives_another_target(garden: Deployer) -> None:
    garden.run('GRANT SELECT ON SCHEMA GARDEN TO "C#OO"')
    garden.deploy(configured(to("GARDEN")))
    assert garden.deploy(configured(to("GARDEN", "TREE"))).errors == []
    assert seen(garden) == [("Tree",)]


def test_without_a_grant_the_object_owner_sees_nothing_of_another_schema(garden: Deployer) -> None:
    before = garden.catalogue()
    ((path, text, _),) = garden.deploy(configured(to("GARDEN"))).errors
    assert path == "src/V.hdbview"
    assert "Database error 258: insufficient privilege" in str(text)
    assert garden.catalogue() == before


def test_runtime_users_read_it_through_the_view(garden: Deployer, runtime: Deployer) -> None:
    garden.run('GRANT SELECT ON SCHEMA GARDEN TO "C#OO"')
    garden.deploy(configured(to("GARDEN")))
    assert seen(runtime) == [("Plant",)]


def test_the_access_role_can_be_granted_something_elsewhere(garden: Deployer, runtime: Deployer) -> None:
    garden.run('GRANT SELECT ON GARDEN.TREE TO "C::access_role"')
    assert runtime.query("SELECT * FROM GARDEN.TREE") == [("Tree",)]
    roles = [("SELECT", "", "C::access_role")]
    assert garden.call("GRANT_CONTAINER_SCHEMA_PRIVILEGES", roles).code == 0
    assert runtime.query("SELECT * FROM GARDEN.TREE") == [("Tree",)]
    garden.run('REVOKE SELECT ON GARDEN.TREE FROM "C::access_role"')
    assert garden.deploy({"src/T.hdbtable": "COLUMN TABLE T (A INTEGER)"}).errors == []
    assert runtime.query("SELECT COUNT(*) FROM SYS.TABLES WHERE TABLE_NAME = 'TREE'") == [(0,)]


@pytest.mark.parametrize(
    ("target", "path", "text"),
    [
        ([], CONFIG, "must be an object of synonyms"),
        ("{", CONFIG, "is not JSON"),
        ({}, "src/names.hdbsynonym", "the synonym PLANT has no target here"),
        (to("NOWHERE"), "src/names.hdbsynonym", "Database error 362"),
    ],
)
def test_a_configuration_that_does_not_fit_is_named(
    garden: Deployer, target: object, path: str, text: str
) -> None:
    ((where, said, _),) = garden.deploy(configured(target)).errors
    assert (where, text in str(said)) == (path, True), said
