"""The module that CAP builds: the deployer deploys it, and it is what the seed makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from tests.deployer import Module, needs_deployer, state_of

from .project import SQLITE, needs_cap, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PLUGINS = {
    "csv": "tabledata.source",
    "hdbcalculationview": "calculationview",
    "hdbconstraint": "constraint",
    "hdbindex": "index",
    "hdbtable": "table",
    "hdbtabledata": "tabledata",
    "hdbview": "view",
}
HDICONFIG = {
    "file_suffixes": {suffix: {"plugin_name": f"com.sap.hana.di.{name}"} for suffix, name in PLUGINS.items()}
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What `cds build` leaves in gen/db."""
    needs_cap()
    files: dict[str, Any] = run("module.js", SQLITE, None)
    files |= {
        "package.json": {"name": "deploy"},
        "undeploy.json": ["src/gen/**/*.hdbview", "src/gen/**/*.hdbtable"],
        "src/.hdiconfig": HDICONFIG,
        "src/gen/.hdinamespace": {"name": "", "subfolder": "ignore"},
    }
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_it_is_deployed_as_it_is_seeded(folder: Path, authority: Authority) -> None:
    needs_deployer("hdb")
    with LocalHana(authority=authority) as hana:
        module = Module(folder, hana, "hdb")
        done = module.deploy()
        assert done.returncode == 0, done.stdout + done.stderr
        deployed = state_of(module)
        with LocalHana(authority=authority, seed=folder) as seeded:
            assert state_of(Module(folder, seeded, "hdb")) == deployed
        assert len(deployed["LIBRARY_BOOKS"]) == 9

        # Another build: a column more, an entity less.
        books = folder / "src" / "gen" / "library.Books.hdbtable"
        books.write_text(books.read_text().replace("stock INTEGER,", "stock INTEGER,\n  shelf NVARCHAR(9),"))
        (folder / "src" / "gen" / "Reading.AuthorFigures.hdbview").unlink()
        again = module.deploy()
        assert again.returncode == 0, again.stdout + again.stderr
        now = state_of(module)
        assert len(now["LIBRARY_BOOKS"]) == 9
        assert {row[0] for row in deployed["views"]} - {row[0] for row in now["views"]} == {
            "READING_AUTHORFIGURES"
        }
