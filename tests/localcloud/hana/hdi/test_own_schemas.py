"""The schemas of HDI itself, which a container's users call and read, and do not change."""

from __future__ import annotations

import pytest

from localcloud.hana.errors import HanaError

from .conftest import Deployer

TABLE = "COLUMN TABLE T (A INTEGER)"


@pytest.mark.parametrize(
    "statement",
    [
        'DROP SCHEMA "C#DI" CASCADE',
        'DROP SCHEMA "C#OO" CASCADE',
        'DROP SCHEMA "_SYS_DI" CASCADE',
        'DROP SCHEMA "C" CASCADE',
        'DROP TABLE "C#DI".M_JOBS',
        'TRUNCATE TABLE "C#DI".M_JOBS',
        'ALTER TABLE "C#DI".M_JOBS ADD (X INTEGER)',
        'RENAME TABLE "C#DI".M_JOBS TO JOBS',
        "COMMENT ON TABLE \"C#DI\".M_JOBS IS 'mine'",
        'CREATE INDEX I ON "C#DI".M_JOBS (STATUS)',
        'CREATE TABLE "C#DI".MINE (A INTEGER)',
        'CREATE TABLE "C#OO".MINE (A INTEGER)',
        'CREATE VIEW "C#DI".MINE AS SELECT * FROM DUMMY',
        'CREATE SEQUENCE "_SYS_DI".MINE',
        'CREATE SYNONYM "C#DI".MINE FOR "C".T',
        "INSERT INTO \"_SYS_DI\".T_NO_PARAMETERS VALUES ('RECURSIVE', 'TRUE')",
        "UPDATE \"C#DI\".M_JOBS SET STATUS = ''",
        'DELETE FROM "C#DI".M_MESSAGES',
        'SELECT * FROM "C#DI".DEPLOYED_FILES',
        'GRANT DELETE ON SCHEMA "C#DI" TO C_RT',
        'GRANT SELECT ON SCHEMA "C#OO" TO C_RT',
    ],
)
def test_the_technical_user_changes_nothing_in_them(deployer: Deployer, statement: str) -> None:
    with pytest.raises(HanaError) as refusal:
        deployer.run(statement)
    assert refusal.value.code == 258
    assert deployer.deploy({"src/T.hdbtable": TABLE}).errors == []


def test_what_is_read_in_them_is_there(deployer: Deployer) -> None:
    for name in ("M_JOBS", "M_MESSAGES", "M_OBJECTS"):
        assert deployer.query(f'SELECT * FROM "C#DI".{name}') == []
    types = deployer.query(
        "SELECT SUBSTR(TABLE_NAME, 4) FROM TABLES WHERE SCHEMA_NAME = '_SYS_DI' AND TABLE_NAME LIKE 'TT%'"
    )
    assert len(types) > 12
    for (type_,) in types:
        assert deployer.query(f"SELECT * FROM _SYS_DI.T_NO_{type_!s}") == []
    with pytest.raises(HanaError, match="feature not supported: table T_DEFAULT_LIBRARIES of HDI"):
        deployer.query("SELECT * FROM _SYS_DI.T_DEFAULT_LIBRARIES")
    with pytest.raises(HanaError, match="feature not supported: table M_ROLES of HDI"):
        deployer.query("SELECT * FROM C#DI.M_ROLES")


def test_calls_take_the_empty_tables_as_saps_pages_write_them(deployer: Deployer) -> None:
    deployer.write({"src/a/": "", "src/a/T.hdbtable": TABLE, "src/B.txt": "b"})

    def paths(procedure: str, parameters: str = "_SYS_DI.T_NO_PARAMETERS") -> list[object]:
        sql = f"CALL C#DI.{procedure}(_SYS_DI.T_NO_FILESFOLDERS, {parameters}, ?, ?, ?, ?)"
        called = deployer.session.execute(deployer.session.prepare(sql), ((),), autocommit=True).called
        assert called is not None
        assert called.values[0] == 0
        return [row[0] for row in called.tables[1].fetch(100)]

    assert paths("LIST") == ["src/"]
    assert paths("STATUS") == ["src/B.txt", "src/a/T.hdbtable"]
    deployer.run("CREATE LOCAL TEMPORARY COLUMN TABLE #P LIKE _SYS_DI.TT_PARAMETERS")
    deployer.run("INSERT INTO #P (KEY, VALUE) VALUES ('recursive', 'true')")
    deployer.run("INSERT INTO #P (KEY, VALUE) VALUES ('ignore_files', 'true')")
    assert paths("LIST", "#P") == ["src/", "src/a/"]
    deployer.run("UPDATE #P SET KEY = 'ignore_folders' WHERE KEY = 'ignore_files'")
    assert paths("LIST", "#P") == ["src/B.txt", "src/a/T.hdbtable"]
