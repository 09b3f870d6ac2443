"""Where a project keeps its tables."""

from __future__ import annotations

from pathlib import Path

from localcloud.space.hdi import has_tables, is_deployer, is_unbuilt, usual_tables
from tests.localcloud.space.files import write

TABLE = "COLUMN TABLE T (A INTEGER)"
DEPLOYER = '{"dependencies": {"@sap/hdi-deploy": "^5"}}'


def test_an_app_with_the_deployer_and_design_time_files_deploys(tmp_path: Path) -> None:
    assert is_deployer(write(tmp_path / "a", {"package.json": DEPLOYER, "src/gen/.hdiconfig": "{}"}))
    assert not is_deployer(write(tmp_path / "b", {"package.json": DEPLOYER, "src/main.js": ""}))
    assert not is_deployer(write(tmp_path / "c", {"package.json": "{}", "src/.hdiconfig": "{}"}))
    assert not is_deployer(tmp_path / "nowhere")


def test_what_is_built_comes_before_what_is_written(tmp_path: Path) -> None:
    assert usual_tables(write(tmp_path, {"db/T.hdbtable": TABLE})) == tmp_path / "db"
    write(tmp_path, {"gen/db/package.json": DEPLOYER, "gen/db/src/gen/T.hdbtable": TABLE})
    assert usual_tables(tmp_path) == tmp_path / "gen" / "db"


def test_models_alone_are_no_tables_yet(tmp_path: Path) -> None:
    write(tmp_path, {"db/schema.cds": "entity T {}", "db/data/T.csv": "A\n1\n", "db/src/.hdiconfig": "{}"})
    assert not has_tables(tmp_path / "db")
    assert is_unbuilt(tmp_path)
    write(tmp_path, {"gen/db/src/gen/T.hdbtable": TABLE, "gen/db/package.json": DEPLOYER})
    assert not is_unbuilt(tmp_path)
    assert not is_unbuilt(tmp_path / "gen")
