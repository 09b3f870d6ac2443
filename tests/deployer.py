"""SAP's deployer, unmodified: deploys a module into a local HANA, and tells what is there then."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from localcloud import cloudfoundry
from localcloud.hana.local import LocalHana
from localcloud.pytest_plugin import connect
from tests.programs import TOOLS, skip_or_fail

NODE_MODULES = cloudfoundry.PROJECT / "tests" / "node" / "node_modules"
DRIVERS = {"hdb": ["--use-hdb"], "@sap/hana-client": []}
"""npm's names of the drivers, and what makes the deployer take them."""


def needs_deployer(driver: str) -> None:
    """Node, the deployer and the driver, or a sentence about how to get them."""
    if shutil.which("node", path=_path()) is None:
        skip_or_fail("Node is not on the PATH (make test installs one)")
    for package in ("@sap/hdi-deploy", driver):
        if not (NODE_MODULES / package).exists():
            skip_or_fail(f"npm {package} is not installed (npm ci in tests/node, or make test)")


def _path() -> str:
    return f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}"


class Module:
    """A folder with a module, and the deployer that deploys it into a local HANA."""

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
            ["node", str(NODE_MODULES / "@sap" / "hdi-deploy" / "deploy.js"), *self._options, *options],
            cwd=self.folder,
            env={
                **os.environ,
                "PATH": _path(),
                "VCAP_SERVICES": json.dumps(services),
                "TARGET_CONTAINER": "hana",
            },
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
