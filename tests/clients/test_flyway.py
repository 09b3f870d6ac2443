"""Flyway runs migrations against the local HANA, through SAP's JDBC driver."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.pytest_plugin import connect
from tests.programs import PATIENCE

from .conftest import HERE, java_program

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FIRST = """\
CREATE COLUMN TABLE VASES (ID INTEGER PRIMARY KEY, NAME NVARCHAR(40));
INSERT INTO VASES VALUES (1, 'Iga; cracked');
"""
SECOND = """\
ALTER TABLE VASES ADD (GLAZE NVARCHAR(20) DEFAULT 'ash');
CREATE SEQUENCE VASE_NUMBERS;
CREATE VIEW GLAZES AS SELECT NAME, GLAZE FROM VASES;
CREATE INDEX BY_NAME ON VASES (NAME);
"""
GLAZES = "SELECT NAME, GLAZE FROM GLAZES"

Flyway = Callable[..., list[str]]


@pytest.fixture
def hana(authority: Authority) -> Iterator[LocalHana]:
    with LocalHana(authority=authority, schema="FLYWAY", logon_seconds=PATIENCE) as hana:
        yield hana


@pytest.fixture
def flyway(hana: LocalHana, trust: Path, tmp_path: Path) -> Flyway:
    """Runs commands, and says what each of them said; the scripts are those of the test's folder."""
    program = java_program("flyway", HERE / "flyway" / "pom.xml", HERE / "flyway" / "Migrate.java")
    store = f"trustStore={trust / 'authority.p12'}&trustStoreType=PKCS12&trustStorePassword=changeit"
    url = f"jdbc:sap://localhost:{hana.port}/?encrypt=true&validateCertificate=true&{store}"
    given = (url, hana.hdi_user, hana.hdi_password, hana.schema, str(tmp_path))

    def flyway(*commands: str) -> list[str]:
        command = (*program, "Migrate", *given, *commands)
        ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
        return ended.stdout.splitlines()

    return flyway


def rows(hana: LocalHana, sql: str) -> list[tuple[object, ...]]:
    with closing(connect(hana, owner=True)) as connection:
        cursor = connection.cursor()
        cursor.execute(sql)
        return [tuple(row) for row in cursor]


def test_migrations_run_once_and_are_refused_when_they_were_changed(
    flyway: Flyway, hana: LocalHana, tmp_path: Path
) -> None:
    (tmp_path / "V1__vases.sql").write_text(FIRST)
    assert flyway("migrate") == ["migrate: 1 run"]
    (tmp_path / "V2__glazes.sql").write_text(SECOND)
    assert flyway("migrate", "migrate", "validate") == [
        "migrate: 1 run",
        "migrate: 0 run",
        "validate: as it was",
    ]
    assert rows(hana, GLAZES) == [("Iga; cracked", "ash")]
    (tmp_path / "V1__vases.sql").write_text(FIRST.replace("cracked", "whole"))
    [refused] = flyway("migrate")
    assert "checksum mismatch" in refused.lower()
    assert rows(hana, GLAZES) == [("Iga; cracked", "ash")]


def test_a_script_that_fails_tells_hana_s_error_and_what_was_made_can_be_cleaned_away(
    flyway: Flyway, hana: LocalHana, tmp_path: Path
) -> None:
    (tmp_path / "V1__vases.sql").write_text(FIRST + SECOND)
    wrong = tmp_path / "V2__wrong.sql"
    wrong.write_text("INSERT INTO VASES (ID) VALUES (1);")
    [refused] = flyway("migrate")
    assert "Error Code : 301" in refused
    assert "unique constraint violated" in refused
    wrong.unlink()
    assert flyway("clean") == ["clean: [FLYWAY]"]
    made = "SELECT OBJECT_NAME FROM SYS.OBJECTS WHERE SCHEMA_NAME = 'FLYWAY'"
    assert rows(hana, made) == []
    assert flyway("migrate", "validate") == ["migrate: 1 run", "validate: as it was"]
    assert rows(hana, GLAZES) == [("Iga; cracked", "ash")]
