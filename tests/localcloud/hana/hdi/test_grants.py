"""Who may do what in a container: privileges and roles that are granted to its users."""

from __future__ import annotations

import pytest

from localcloud.hana.errors import INSUFFICIENT_PRIVILEGE, HanaError

from .conftest import Deployer

ROLE = "C::access_role"
DEFAULTS = ("CREATE TEMPORARY TABLE", "DELETE", "EXECUTE", "INSERT", "SELECT", "UPDATE")
MODULE = {
    "src/T.hdbtable": "COLUMN TABLE T (A INTEGER)",
    "src/U.hdbtable": "COLUMN TABLE U (A INTEGER)",
    "src/reader.hdbrole": {"role": {"name": "reader", "schema_privileges": [{"privileges": ["SELECT"]}]}},
    "src/defaults/default_access_role.hdbrole": {
        "role": {"name": "default_access_role", "schema_roles": [{"names": ["reader"]}]}
    },
}


def grant(deployer: Deployer) -> None:
    """Take the default access role in place of the default privileges, as the deployer does."""
    roles = [("default_access_role", "", ROLE)]
    assert deployer.call("GRANT_CONTAINER_SCHEMA_ROLES", roles).code == 0
    privileges = [(each, "", ROLE) for each in (*DEFAULTS, "SELECT CDS METADATA")]
    assert deployer.call("REVOKE_CONTAINER_SCHEMA_PRIVILEGES", privileges).code == 0


def refused(user: Deployer, sql: str) -> bool:
    try:
        user.run(sql)
    except HanaError as error:
        return error.code == INSUFFICIENT_PRIVILEGE
    return False


def test_runtime_users_begin_with_the_default_privileges(deployer: Deployer, runtime: Deployer) -> None:
    deployer.deploy(MODULE)
    runtime.run("INSERT INTO T VALUES (1)")
    assert refused(runtime, "DROP TABLE T")


def test_the_default_access_role_takes_their_place(deployer: Deployer, runtime: Deployer) -> None:
    deployer.deploy(MODULE)
    grant(deployer)
    assert runtime.query("SELECT * FROM T") == []
    assert refused(runtime, "INSERT INTO T VALUES (1)")


def test_a_role_that_changes_changes_what_its_holders_may_do(deployer: Deployer, runtime: Deployer) -> None:
    deployer.deploy(MODULE)
    grant(deployer)
    on_t = [{"name": "T", "type": "TABLE", "privileges": ["SELECT", "INSERT"]}]
    role = {"role": {"name": "reader", "object_privileges": on_t}}
    assert deployer.deploy({**MODULE, "src/reader.hdbrole": role}).errors == []
    runtime.run("INSERT INTO T VALUES (1)")
    assert refused(runtime, "SELECT * FROM U")


def test_granting_again_what_was_revoked_gives_it_back(deployer: Deployer, runtime: Deployer) -> None:
    deployer.deploy(MODULE)
    grant(deployer)
    again = [(each, "", ROLE) for each in DEFAULTS]
    assert deployer.call("GRANT_CONTAINER_SCHEMA_PRIVILEGES", again).code == 0
    runtime.run("INSERT INTO T VALUES (1)")
    roles = [("default_access_role", "", ROLE)]
    assert deployer.call("REVOKE_CONTAINER_SCHEMA_ROLES", roles).code == 0
    runtime.run("DELETE FROM T")


def test_another_user_gets_what_is_granted_and_nothing_else(deployer: Deployer) -> None:
    deployer.database.create_user("OTHER", "C", ())
    other = Deployer(deployer.database, "OTHER")
    deployer.deploy(MODULE)
    assert refused(other, "SELECT * FROM T")
    assert deployer.call("GRANT_CONTAINER_SCHEMA_PRIVILEGES", [("SELECT", "", "OTHER")]).code == 0
    assert other.query("SELECT * FROM T") == []
    assert refused(other, "INSERT INTO T VALUES (1)")
    assert deployer.call("REVOKE_CONTAINER_SCHEMA_PRIVILEGES", [("SELECT", "", "OTHER")]).code == 0
    assert refused(other, "SELECT * FROM T")


@pytest.mark.parametrize(
    ("procedure", "row", "text"),
    [
        ("PRIVILEGES", ("SELECT", "", "NOBODY"), 'there is no user or role "NOBODY"'),
        ("PRIVILEGES", ("SELECT", "C", ROLE), "there is no user or role"),
        ("PRIVILEGES", ("FLY", "", ROLE), 'there is no privilege "FLY" to grant'),
        ("ROLES", ("pilot", "", ROLE), 'there is no role "pilot" to grant'),
    ],
)
def test_what_is_not_there_cannot_be_granted(
    deployer: Deployer, procedure: str, row: tuple[str, ...], text: str
) -> None:
    deployer.deploy(MODULE)
    before = deployer.catalogue()
    answer = deployer.call(f"GRANT_CONTAINER_SCHEMA_{procedure}", [row])
    assert answer.code == -1
    assert text in str(answer.errors[0][1])
    assert deployer.catalogue() == before
