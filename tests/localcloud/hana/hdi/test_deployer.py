"""SAP's deployer, unmodified, with both of its drivers, on this project's own module."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.pytest_plugin import connect
from tests.deployer import DRIVERS, Module, needs_deployer, state_of
from tools.landscape import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MODULE = PROJECT / "db"


@pytest.fixture(params=DRIVERS)
def module(request: pytest.FixtureRequest, authority: Authority, tmp_path: Path) -> Iterator[Module]:
    needs_deployer(request.param)
    folder = tmp_path / "db"
    shutil.copytree(MODULE, folder, ignore=shutil.ignore_patterns("node_modules"))
    with LocalHana(authority=authority) as hana:
        yield Module(folder, hana, request.param)


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
