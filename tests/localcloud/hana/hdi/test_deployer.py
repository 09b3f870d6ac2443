"""SAP's deployer, unmodified, with both of its drivers, on this project's own module."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.pytest_plugin import connect
from tests.programs import skip_or_fail
from tools.landscape import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MODULE = PROJECT / "db"
NODE = PROJECT / "tests" / "node" / "node_modules"
DRIVERS = {"hdb": ["--use-hdb"], "@sap/hana-client": []}


class Module:
    """A copy of `db/`, and the deployer that deploys it into a local HANA."""

    def __init__(self, folder: Path, hana: LocalHana, driver: str) -> None:
        self.folder = folder
        self.hana = hana
        self.grantor: dict[str, Any] = {}
        """The credentials of a service that can grant what lies elsewhere."""
        self._options = ["--exit", *DRIVERS[driver]]

    def deploy(self, *options: str) -> subprocess.CompletedProcess[str]:
        bindings: dict[str, tuple[str, str, Mapping[str, Any]]] = {
            "hana": ("hana", "hdi-shared", self.hana.binding())
        }
        services = json.loads(cloudfoundry.vcap_services(bindings))
        if self.grantor:
            tags = {"label": "user-provided", "tags": []}
            services["user-provided"] = [{"name": "garden", "credentials": self.grantor, **tags}]
        return subprocess.run(
            ["node", str(NODE / "@sap" / "hdi-deploy" / "deploy.js"), *self._options, *options],
            cwd=self.folder,
            env={**os.environ, "VCAP_SERVICES": json.dumps(services), "TARGET_CONTAINER": "hana"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def write(self, path: str, content: object) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        (self.folder / path).write_text(text)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self.query_all([sql])[0]

    def query_all(self, statements: Sequence[str]) -> list[list[tuple[Any, ...]]]:
        """What each of the queries finds, asked by one connection."""
        with closing(connect(self.hana, owner=True)) as connection:
            cursor = connection.cursor()
            found = []
            for sql in statements:
                cursor.execute(sql)
                found.append([tuple(row) for row in cursor.fetchall()])
            return found


@pytest.fixture(params=DRIVERS)
def module(request: pytest.FixtureRequest, authority: Authority, tmp_path: Path) -> Iterator[Module]:
    if shutil.which("node") is None:
        skip_or_fail("Node is not on the PATH (make test installs one)")
    for package in ("@sap/hdi-deploy", request.param):
        if not (NODE / package).exists():
            skip_or_fail(f"npm {package} is not installed (npm ci in tests/node, or make test)")
    folder = tmp_path / "db"
    shutil.copytree(MODULE, folder, ignore=shutil.ignore_patterns("node_modules"))
    with LocalHana(authority=authority) as hana:
        yield Module(folder, hana, request.param)


CATALOGUE = {
    "tables": "SELECT TABLE_NAME, TABLE_TYPE, COMMENTS FROM SYS.TABLES WHERE SCHEMA_NAME = '{}'",
    "columns": "SELECT TABLE_NAME, POSITION, COLUMN_NAME, DATA_TYPE_NAME, LENGTH, SCALE, IS_NULLABLE, "
    "DEFAULT_VALUE, COMMENTS FROM SYS.TABLE_COLUMNS WHERE SCHEMA_NAME = '{}'",
    "views": "SELECT VIEW_NAME, DEFINITION, COMMENTS FROM SYS.VIEWS WHERE SCHEMA_NAME = '{}'",
    "view columns": "SELECT VIEW_NAME, POSITION, COLUMN_NAME, DATA_TYPE_NAME, LENGTH, SCALE "
    "FROM SYS.VIEW_COLUMNS WHERE SCHEMA_NAME = '{}'",
    "keys": "SELECT TABLE_NAME, COLUMN_NAME, POSITION, IS_PRIMARY_KEY, IS_UNIQUE_KEY FROM SYS.CONSTRAINTS "
    "WHERE SCHEMA_NAME = '{}'",
    "references": "SELECT TABLE_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME, "
    "CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE FROM SYS.REFERENTIAL_CONSTRAINTS WHERE SCHEMA_NAME = '{}'",
    "indexes": "SELECT TABLE_NAME, COLUMN_NAME, POSITION, ASCENDING_ORDER FROM SYS.INDEX_COLUMNS "
    "WHERE SCHEMA_NAME = '{}'",
    "privileges": "SELECT GRANTEE, OBJECT_TYPE, OBJECT_NAME, PRIVILEGE FROM SYS.GRANTED_PRIVILEGES "
    "WHERE SCHEMA_NAME = '{}'",
    "roles": "SELECT GRANTEE, ROLE_NAME FROM SYS.GRANTED_ROLES WHERE ROLE_NAME LIKE '{}%'",
}


def state_of(module: Module) -> dict[str, Any]:
    """What is in the schema: its catalogue, and all rows."""
    catalogue = [sql.format(module.hana.schema) for sql in CATALOGUE.values()]
    found = dict(zip(CATALOGUE, module.query_all(catalogue), strict=True))
    tables = [str(row[0]) for row in found["tables"]]
    rows = module.query_all([f'SELECT * FROM "{table}"' for table in tables])
    found |= dict(zip(tables, rows, strict=True))
    for each in found.values():
        each.sort(key=repr)
    return found


def test_the_museum_is_deployed_as_it_is_seeded(module: Module, authority: Authority) -> None:
    done = module.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Make succeeded (0 warnings): 23 files deployed, 0 files undeployed" in done.stdout
    deployed = state_of(module)
    with LocalHana(authority=authority, seed=MODULE) as seeded:
        there = Module(module.folder, seeded, "hdb")
        assert state_of(there) == deployed
        assert len(deployed["CLIMATE"]) > 1000

    again = module.deploy()
    assert again.returncode == 0, again.stdout + again.stderr
    assert "0 modified or added files are scheduled for deploy" in again.stdout
    assert "Previous build with request ID" in again.stdout
    assert state_of(module) == deployed


def test_files_that_go_are_undeployed_where_undeploy_json_names_them(module: Module) -> None:
    assert module.deploy("--live-messages").returncode == 0
    (module.folder / "src" / "views" / "PURCHASE.hdbview").unlink()
    (module.folder / "src" / "views" / "CLIMATE_BY_DAY.hdbview").unlink()
    module.write("undeploy.json", ["src/views/PURCHASE.hdbview"])
    table = (module.folder / "src" / "tables" / "ARTIST.hdbtable").read_text()
    module.write("src/tables/ARTIST.hdbtable", table.replace("(", "(\n  FAME INTEGER DEFAULT 7,", 1))
    done = module.deploy("--async-make")
    assert done.returncode == 0, done.stdout + done.stderr
    assert module.query(
        f"SELECT VIEW_NAME FROM SYS.VIEWS WHERE SCHEMA_NAME = '{module.hana.schema}' ORDER BY 1"
    ) == [
        ("CLIMATE_BY_DAY",),
        ("WORK_RISK",),
    ]
    assert module.query("SELECT COUNT(*), MIN(FAME), MAX(FAME) FROM ARTIST") == [(12, 7, 7)]
    assert module.deploy("--auto-undeploy").returncode == 0
    assert module.query(f"SELECT VIEW_NAME FROM SYS.VIEWS WHERE SCHEMA_NAME = '{module.hana.schema}'") == [
        ("WORK_RISK",)
    ]


def test_a_faulty_file_fails_the_deployment_and_is_named(module: Module) -> None:
    assert module.deploy().returncode == 0
    before = state_of(module)
    module.write("src/views/WRONG.hdbview", 'VIEW "WRONG" AS\n  SELECT "ID", "NONE"\n  FROM "ROOM"')
    module.write("src/tables/MORE.hdbtable", 'COLUMN TABLE "MORE" ("ID" INTEGER)')
    done = module.deploy()
    assert done.returncode != 0
    assert "com.sap.hana.di.view: Database error 260: invalid column name: NONE" in done.stderr + done.stdout
    assert 'at "src/views/WRONG.hdbview" (2)' in done.stdout + done.stderr
    assert "Deployment to container" in done.stderr
    assert state_of(module) == before
    module.write("src/views/WRONG.hdbview", 'VIEW "WRONG" AS SELECT "ID" FROM "MORE"')
    assert module.deploy().returncode == 0
    assert module.query("SELECT * FROM WRONG") == []


def test_one_deployment_at_a_time(module: Module) -> None:
    with closing(connect(module.hana, owner=True)) as holder:
        cursor = holder.cursor()
        api = f'"{module.hana.schema}#DI"'
        cursor.execute(f"CREATE LOCAL TEMPORARY COLUMN TABLE {api}.#P LIKE _SYS_DI.TT_PARAMETERS")
        cursor.execute(f"CALL {api}.LOCK(0, {api}.#P, ?, ?, ?)")
        refused = module.deploy("--lock-container-timeout", "0")
        assert refused.returncode != 0
        assert "is locked by another deployment" in refused.stdout + refused.stderr
    assert module.deploy("--lock-container-timeout", "60000").returncode == 0


def test_what_lies_in_another_schema_is_granted_by_a_grants_file(module: Module) -> None:
    for sql in (
        "CREATE SCHEMA GARDEN",
        "CREATE TABLE GARDEN.PLANT (NAME NVARCHAR(20))",
        "INSERT INTO GARDEN.PLANT VALUES ('Iris')",
    ):
        with closing(connect(module.hana, owner=True)) as owner:
            owner.cursor().execute(sql)
    binding = module.hana.binding()
    module.grantor = {
        **{key: binding[key] for key in ("host", "port", "certificate", "encrypt")},
        "user": module.hana.hdi_user,
        "password": module.hana.hdi_password,
        "schema": "GARDEN",
        "type": "sql",
        "tags": ["hana"],
    }
    (module.folder / "cfg").mkdir()
    privileges = {"schema_privileges": [{"reference": "GARDEN", "privileges": ["SELECT"]}]}
    target = {"schema.configure": "garden/schema", "object": "PLANT"}
    suffixes = json.loads((module.folder / "src" / ".hdiconfig").read_text())["file_suffixes"]
    for suffix, plugin in (("hdbsynonym", "synonym"), ("hdbsynonymconfig", "synonym.config")):
        suffixes[suffix] = {"plugin_name": f"com.sap.hana.di.{plugin}"}
    module.write("src/.hdiconfig", {"file_suffixes": suffixes})
    module.write(
        "cfg/plants.hdbgrants", {"garden": {"object_owner": privileges, "application_user": privileges}}
    )
    module.write("cfg/plants.hdbsynonymconfig", {"PLANT": {"target": target}})
    module.write("src/plants.hdbsynonym", {"PLANT": {}})
    module.write("src/views/PLANTS.hdbview", 'VIEW "PLANTS" AS SELECT "NAME" FROM "PLANT"')
    done = module.deploy("--optimise-file-upload", "--treat-wrong-ownership-as-errors", "--stop-on-error")
    assert done.returncode == 0, done.stdout + done.stderr
    with closing(connect(module.hana)) as runtime:
        cursor = runtime.cursor()
        for table in ("PLANTS", "GARDEN.PLANT"):
            cursor.execute(f"SELECT NAME FROM {table}")
            assert cursor.fetchone()[0] == "Iris"
    again = module.deploy("--treat-unmodified-as-modified")
    assert again.returncode == 0, again.stdout + again.stderr
