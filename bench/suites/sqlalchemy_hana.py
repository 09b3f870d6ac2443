"""The tests of sqlalchemy-hana, as its source package brings them, SQLAlchemy's and alembic's among them."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

from localcloud.hana.local import LocalHana
from localcloud.pytest_plugin import connect

from .outcomes import Outcomes

PROJECT = Path(__file__).parents[2]
VERSION = "5.0.0"
PACKAGES = (f"sqlalchemy-hana=={VERSION}", "sqlalchemy==2.1.9", "alembic==1.20.1", "pytest==9.1.1")
"""A pytest that the suite itself asks for; the others are those of requirements/dev.txt."""

LEFT_OUT: dict[str, str] = {}

_SETTINGS = """\
[sqla_testing]
requirement_cls=bench.suites.sqlalchemy_requirements:Requirements
profile_file=profiles.txt
"""
_CONFTEST = "from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: F403\n"
_PYTEST = ("-m", "pytest", "-q", "-W", "default", "--tb=line")
_SCHEMAS = ("TEST_SCHEMA", "TEST_SCHEMA_2")


def run(folder: Path) -> Outcomes:
    """Fetch the source package into a folder, make it an environment, and run its tests there."""
    python = _environment(folder)
    tests = folder / f"sqlalchemy_hana-{VERSION}"
    (tests / "setup.cfg").write_text(_SETTINGS)
    (tests / "conftest.py").write_text(_CONFTEST)
    told = folder / "results.xml"
    with LocalHana(schema="SUITE") as hana:
        trust = folder / "authority.pem"
        trust.write_text(hana.certificate)
        with closing(connect(hana, owner=True)) as connection:
            # sqlalchemy-hana looks into the schema that is called like the user.
            for schema in (hana.hdi_user, *_SCHEMAS):
                connection.cursor().execute(f"CREATE SCHEMA {schema}")
        options = f"encrypt=true&sslTrustStore={trust}"
        address = f"hana+hdbcli://{hana.hdi_user}:{hana.hdi_password}@localhost:{hana.port}?{options}"
        subprocess.run(
            (python, *_PYTEST, "--dburi", address, "--junitxml", str(told), "test"),
            cwd=tests,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            check=False,
        )
    return outcomes(told)


def _environment(folder: Path) -> str:
    python = folder / "venv" / "bin" / "python"
    uv = (sys.executable, "-m", "uv")
    if not python.exists():
        subprocess.run((*uv, "venv", "--quiet", "--python", sys.executable, str(folder / "venv")), check=True)
    subprocess.run((*uv, "pip", "install", "--quiet", "--python", str(python), *PACKAGES), check=True)
    fetch = ("pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:")
    source = folder / f"sqlalchemy_hana-{VERSION}.tar.gz"
    if not source.exists():
        subprocess.run((sys.executable, "-m", *fetch, "-d", str(folder), PACKAGES[0]), check=True)
    with tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
    return str(python)


def outcomes(told: Path) -> Outcomes:
    """The tests of pytest's report."""
    found = Outcomes()
    for case in ElementTree.parse(told).iter("testcase"):  # noqa: S314 - it was written just now
        name = f"{case.get('classname', '').rpartition('.')[2]}.{case.get('name')}"
        bad = next((each for each in case if each.tag in ("failure", "error")), None)
        if bad is not None:
            found.failed[name] = str(bad.get("message", "")).partition("\n")[0][:200]
        elif case.find("skipped") is not None:
            found.skipped.add(name)
        else:
            found.passed.add(name)
    found.passed -= set(found.failed)
    return found
