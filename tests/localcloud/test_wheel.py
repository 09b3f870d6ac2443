"""The local cloud as a distribution: what is in its wheel, and what comes to life where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import tokonoma
from localcloud.cloudfoundry import PROJECT
from tests.wheel import Installed

OWN = tomllib.loads((PROJECT / "localcloud" / "pyproject.toml").read_text())["project"]
IMPORT_ALL = """
import importlib, pkgutil, sys, localcloud
for module in pkgutil.walk_packages(localcloud.__path__, "localcloud."):
    if not module.name.endswith(".supervisor"):  # a program, which starts at once
        importlib.import_module(module.name)
print(len([name for name in sys.modules if name.partition(".")[0] == "localcloud"]) > 50)
print(sorted({name.partition(".")[0] for name in sys.modules} & {"tokonoma", "barista", "tests", "tools"}))
"""
"""Imports every file of the wheel, and tells whether that needed other wings of this project."""

NOTHING_ELSE = "True\n[]\n"
USES_IT = "def test_it(local_hana_connection):\n    assert local_hana_connection.isconnected()\n"


def test_its_version_is_the_projects() -> None:
    assert OWN["version"] == tokonoma.__version__


def test_it_holds_the_files_of_the_local_cloud_and_no_others(wheel: Path) -> None:
    kinds = {".py", ".html", ".css", ".svg"}
    files = {file for file in (PROJECT / "localcloud").rglob("*") if file.suffix in kinds}
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == {
        file.relative_to(PROJECT).as_posix() for file in files if "cumulocity" not in file.parts
    }


def test_make_leaves_it_where_the_page_says() -> None:
    page = (PROJECT / "docs" / "local-hana.md").read_text()
    [file] = re.findall(r"^    make wheel\n    pip install (\S+)$", page, re.MULTILINE)
    subprocess.run(["make", "wheel"], cwd=PROJECT, capture_output=True, check=True)
    assert len([*PROJECT.glob(file)]) == 1


def test_no_index_may_have_it_and_it_names_no_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        about = message_from_bytes(archive.read(name))
        assert not [name for name in archive.namelist() if "licen" in name.lower()]
    assert about.get_all("Classifier") == ["Private :: Do Not Upload"]
    assert not [field for field in about if field.startswith("License")]
    assert "No licence has been chosen yet" in about.get_payload()


def test_it_needs_nothing_of_the_other_wings(installed: Installed, tmp_path: Path) -> None:
    done = installed.run("python", "-c", IMPORT_ALL, folder=tmp_path)
    assert done.stdout == NOTHING_ELSE


def test_the_image_takes_every_file_that_the_local_hana_loads(installed: Installed, tmp_path: Path) -> None:
    taken = re.findall(r"^!([\w.]+)$", (PROJECT / "localcloud" / ".dockerignore").read_text(), re.MULTILINE)
    image = tmp_path / "localcloud"
    image.mkdir()
    for name in taken:
        copy = shutil.copytree if (PROJECT / "localcloud" / name).is_dir() else shutil.copy
        copy(PROJECT / "localcloud" / name, image / name)
    load = "import localcloud.hana.__main__, localcloud.hana.health; print(localcloud.__file__)"
    done = installed.run("python", "-c", load, folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert done.stdout == f"{image / '__init__.py'}\n"


@pytest.mark.parametrize("line", ["", 'pytest_plugins = ["localcloud.pytest_plugin"]'])
def test_pytest_finds_the_fixtures_and_takes_a_line_that_names_them(
    installed: Installed, tmp_path: Path, line: str
) -> None:
    (tmp_path / "conftest.py").write_text(line)
    (tmp_path / "test_it.py").write_text(USES_IT)
    done = installed.run("pytest", "-q", folder=tmp_path)
    assert "1 passed" in done.stdout, done.stdout


def test_tests_that_want_no_hana_do_not_wait_for_its_packages(installed: Installed, tmp_path: Path) -> None:
    heavy = {"hdbcli", "cryptography", "sqlite3"}
    (tmp_path / "conftest.py").write_text(
        f"import sys\ndef pytest_sessionfinish():\n    print('loaded', sorted({heavy} & {{*sys.modules}}))\n"
    )
    (tmp_path / "test_it.py").write_text("def test_it():\n    pass\n")
    plugin = ("-p", "no:cov", "-p", "no:hypothesispytest", "-p", "no:xdist")
    done = installed.run("pytest", "-q", *plugin, folder=tmp_path)
    assert "loaded []" in done.stdout, done.stdout


def test_modules_of_the_project_that_are_called_as_pythons_own_do_no_harm(
    installed: Installed, tmp_path: Path
) -> None:
    (tmp_path / "sqlite3.py").write_text("raise SystemExit('not this one')")
    start = "from localcloud.hana.local import LocalHana; LocalHana().start().stop()"
    done = installed.run("python", "-P", "-c", start, folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("command", "module"),
    [("local-hana", "localcloud.hana"), ("local-xsuaa", "localcloud.xsuaa"), ("localcloud", "localcloud")],
)
def test_a_command_goes_by_its_name(installed: Installed, tmp_path: Path, command: str, module: str) -> None:
    assert command in OWN["scripts"]
    done = installed.run(command, "--help", folder=tmp_path)
    assert done.stdout.startswith(f"usage: {command} ")
    as_a_module = installed.run("python", "-m", module, "--help", folder=tmp_path)
    assert as_a_module.stdout.startswith(f"usage: python -m {module} ")


def test_without_this_project_a_command_has_to_be_given(installed: Installed, tmp_path: Path) -> None:
    done = installed.run("localcloud", folder=tmp_path)
    assert done.returncode == 2
    assert done.stdout.splitlines()[-1].startswith("localcloud: error: a command is needed, `run` for one")
