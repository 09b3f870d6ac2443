from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from localcloud import cloudfoundry

SEED = "CREATE TABLE VASES (NAME NVARCHAR(40)); INSERT INTO VASES VALUES ('Iga');"
TESTS = """
opened = []

def vases(connection):
    cursor = connection.cursor()
    cursor.execute("SELECT COUNT(*) FROM VASES")
    return cursor.fetchone()[0]

def test_it_is_filled(local_hana_connection):
    assert vases(local_hana_connection) == 1
    opened.append(local_hana_connection)

def test_it_is_closed():
    assert not opened[0].isconnected()

def test_one_that_is_broken_is_filled_as_well_and_no_other_breaks(own_local_hana, local_hana_connection):
    own_local_hana.restart(keep_data=False)
    assert vases(connect(own_local_hana)) == 1
    own_local_hana.stop()
    assert vases(local_hana_connection) == 1

def test_options_of_hdbcli_win(local_hana):
    assert not connect(local_hana, autocommit=False).getautocommit()
"""
HEADER = "from localcloud.pytest_plugin import connect\n"


def pytest_of_a_project(project: Path, folder: str = ".") -> subprocess.CompletedProcess[str]:
    """Run the tests of another project, in one of its folders."""
    command = (sys.executable, "-m", "pytest", "-q", "-p", "localcloud.pytest_plugin", str(project))
    environment = cloudfoundry.process_environment(
        {"PYTHONPATH": str(cloudfoundry.PROJECT)}, Path(sys.executable).parent
    )
    return subprocess.run(
        command,
        cwd=project / folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\nlocal_hana_seed = seed/vases.sql\n")
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "vases.sql").write_text(SEED)
    (tmp_path / "test_vases.py").write_text(HEADER + TESTS)
    return tmp_path


def test_the_fixtures_give_what_they_promise(project: Path) -> None:
    done = pytest_of_a_project(project)
    assert "4 passed" in done.stdout, done.stdout


def test_the_seed_is_looked_for_beside_the_settings(project: Path) -> None:
    assert pytest_of_a_project(project, "seed").returncode == 0


def test_without_a_seed_it_is_empty(project: Path) -> None:
    (project / "pytest.ini").write_text("[pytest]\n")
    (project / "test_vases.py").write_text(
        HEADER + "def test_it(local_hana):\n"
        '    connect(local_hana, owner=True).cursor().execute("CREATE TABLE VASES (ID INT)")\n'
    )
    assert pytest_of_a_project(project).returncode == 0


def test_a_seed_may_have_blanks_in_its_name(project: Path) -> None:
    (project / "seed").rename(project / "my seed")
    for written in ("my seed/vases.sql", "'my seed/vases.sql'"):
        (project / "pytest.ini").write_text(f"[pytest]\nlocal_hana_seed = {written}\n")
        done = pytest_of_a_project(project)
        assert "4 passed" in done.stdout, done.stdout


def test_two_seeds_are_one_too_many(project: Path) -> None:
    (project / "pytest.ini").unlink()
    (project / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\nlocal_hana_seed = ["one.sql", "two.sql"]\n'
    )
    done = pytest_of_a_project(project)
    assert "local_hana_seed: " in done.stdout + done.stderr
    assert done.returncode != 0
