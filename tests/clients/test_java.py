"""What Java programs do beyond the common cases: DBeaver, Hibernate, Liquibase and Spark live by it."""

from __future__ import annotations

import itertools

import pytest

from localcloud.hana.local import LocalHana

from .steps import Answer, Client, execute

_numbers = itertools.count()

QUESTIONS = (
    *("Schemas", "Tables", "AllTables", "TableTypes", "Columns", "ColumnPrivileges", "TablePrivileges"),
    *("PrimaryKeys", "ImportedKeys", "ExportedKeys", "CrossReference", "IndexInfo", "Procedures"),
    *("ProcedureColumns", "Functions", "FunctionColumns", "TypeInfo", "BestRowIdentifier", "VersionColumns"),
    "UDTs",
)
COLUMNS = {
    "Schemas": "TABLE_SCHEM TABLE_CATALOG",
    "Tables": "TABLE_CAT TABLE_SCHEM TABLE_NAME TABLE_TYPE REMARKS TYPE_CAT TYPE_SCHEM TYPE_NAME "
    "SELF_REFERENCING_COL_NAME REF_GENERATION",
    "Columns": "TABLE_CAT TABLE_SCHEM TABLE_NAME COLUMN_NAME DATA_TYPE TYPE_NAME COLUMN_SIZE BUFFER_LENGTH "
    "DECIMAL_DIGITS NUM_PREC_RADIX NULLABLE REMARKS COLUMN_DEF SQL_DATA_TYPE SQL_DATETIME_SUB "
    "CHAR_OCTET_LENGTH ORDINAL_POSITION IS_NULLABLE SCOPE_CATALOG SCOPE_SCHEMA SCOPE_TABLE SOURCE_DATA_TYPE "
    "IS_AUTOINCREMENT IS_GENERATEDCOLUMN",
    "PrimaryKeys": "TABLE_CAT TABLE_SCHEM TABLE_NAME COLUMN_NAME KEY_SEQ PK_NAME",
    "ImportedKeys": "PKTABLE_CAT PKTABLE_SCHEM PKTABLE_NAME PKCOLUMN_NAME FKTABLE_CAT FKTABLE_SCHEM "
    "FKTABLE_NAME FKCOLUMN_NAME KEY_SEQ UPDATE_RULE DELETE_RULE FK_NAME PK_NAME DEFERRABILITY",
    "IndexInfo": "TABLE_CAT TABLE_SCHEM TABLE_NAME NON_UNIQUE INDEX_QUALIFIER INDEX_NAME TYPE "
    "ORDINAL_POSITION COLUMN_NAME ASC_OR_DESC CARDINALITY PAGES FILTER_CONDITION",
    "TypeInfo": "TYPE_NAME DATA_TYPE PRECISION LITERAL_PREFIX LITERAL_SUFFIX CREATE_PARAMS NULLABLE "
    "CASE_SENSITIVE SEARCHABLE UNSIGNED_ATTRIBUTE FIXED_PREC_SCALE AUTO_INCREMENT LOCAL_TYPE_NAME "
    "MINIMUM_SCALE MAXIMUM_SCALE SQL_DATA_TYPE SQL_DATETIME_SUB NUM_PREC_RADIX",
    "TablePrivileges": "TABLE_CAT TABLE_SCHEM TABLE_NAME GRANTOR GRANTEE PRIVILEGE IS_GRANTABLE",
    "BestRowIdentifier": "SCOPE COLUMN_NAME DATA_TYPE TYPE_NAME COLUMN_SIZE BUFFER_LENGTH DECIMAL_DIGITS "
    "PSEUDO_COLUMN",
    "TableTypes": "TABLE_TYPE",
}
"""As java.sql.DatabaseMetaData documents them."""


@pytest.fixture
def table(java: Client) -> str:
    return f"J{next(_numbers)}_{java.name.upper().replace('-', '_').replace('.', '_')}"


def told(answers: list[Answer], column: str) -> list[str]:
    """One column of an answer's rows."""
    [answer] = answers
    index = answer["names"].index(column)
    return [row[index] for row in answer["rows"]]


def test_every_question_about_metadata_is_answered(java: Client, server: LocalHana, table: str) -> None:
    _, *answers = java(
        server,
        execute(f"CREATE COLUMN TABLE {table} (ID INTEGER PRIMARY KEY, P INTEGER REFERENCES {table} (ID))"),
        *({"do": "metadata", "of": each, "schema": "CLIENTS", "table": table} for each in QUESTIONS),
    )
    found = dict(zip(QUESTIONS, answers, strict=True))
    assert {name: answer["error"] for name, answer in found.items() if "error" in answer} == {}
    for name, columns in COLUMNS.items():
        assert found[name]["names"] == columns.split(), name
    assert told([found["Tables"]], "TABLE_NAME") == told([found["AllTables"]], "TABLE_NAME") == [table]
    assert told([found["Columns"]], "TYPE_NAME") == ["INTEGER", "INTEGER"]
    assert told([found["PrimaryKeys"]], "COLUMN_NAME") == ["ID"]
    for name in ("ImportedKeys", "ExportedKeys", "CrossReference"):
        assert told([found[name]], "FKCOLUMN_NAME") == ["P"]
    assert told([found["BestRowIdentifier"]], "COLUMN_NAME") == ["ID"]
    for name in ("Procedures", "ProcedureColumns", "Functions", "FunctionColumns", "VersionColumns", "UDTs"):
        assert found[name]["rows"] == []


def test_a_batch_of_statements_goes_in_one_message(java: Client, server: LocalHana, table: str) -> None:
    numbers = range(10_000)
    _, many, bad, counted = java(
        server,
        execute(f"CREATE COLUMN TABLE {table} (ID INTEGER PRIMARY KEY)"),
        {"do": "statements", "statements": [f"INSERT INTO {table} VALUES ({number})" for number in numbers]},
        {"do": "statements", "statements": [f"INSERT INTO {table} VALUES ({each})" for each in (-1, 5, -2)]},
        execute(f"SELECT COUNT(*) FROM {table}"),
    )
    assert many["counts"] == [1] * 10_000
    assert bad["error"]["code"] == 301
    assert bad["counts"] == [1, -3, 1]
    assert counted["rows"] == [["10002"]]


def test_escapes_are_read(java: Client, server: LocalHana) -> None:
    [answer] = java(
        server,
        execute(
            "SELECT {fn UCASE('a')}, {d '2024-02-29'}, {t '10:11:12'}, {ts '2024-02-29 10:11:12'} "
            "FROM {oj DUMMY A LEFT OUTER JOIN DUMMY B ON A.DUMMY = B.DUMMY}"
        ),
    )
    assert "error" not in answer
    [row] = answer["rows"]
    assert row[0] == "A"
    assert row[1].startswith("2024-02-29")


def test_a_savepoint_is_gone_back_to(java: Client, server: LocalHana, table: str) -> None:
    *_, counted = java(
        server,
        execute(f"CREATE COLUMN TABLE {table} (ID INTEGER)"),
        {"do": "begin"},
        execute(f"INSERT INTO {table} VALUES (1)"),
        {"do": "savepoint"},
        execute(f"INSERT INTO {table} VALUES (2)"),
        {"do": "rollback to savepoint"},
        {"do": "commit"},
        execute(f"SELECT ID FROM {table}"),
    )
    assert counted["rows"] == [["1"]]


@pytest.mark.parametrize(
    "probe",
    [
        "SELECT * FROM {table} WHERE 1=0",
        "SELECT 1 FROM {table} WHERE 1=0",
        'SELECT "ID" FROM {table} WHERE "ID" IS NOT NULL AND ("ID" = 5)',
        'SELECT * FROM (SELECT "ID" FROM {table}) SPARK_GEN_SUBQ_0 WHERE 1=0',
        'SELECT "ID",COUNT(*) FROM {table} GROUP BY "ID" LIMIT 5',
    ],
)
def test_spark_s_probes_are_answered(java: Client, server: LocalHana, table: str, probe: str) -> None:
    """Spark's JDBC source asks a table for its columns, and pushes filters, subqueries and limits down."""
    _, answer = java(
        server,
        execute(f"CREATE COLUMN TABLE {table} (ID INTEGER)"),
        execute(probe.format(table=f"CLIENTS.{table}")),
    )
    assert answer["rows"] == []


def test_a_procedure_gives_values_and_result_sets(java: Client, server: LocalHana) -> None:
    api = f'"{server.schema}#DI"'
    call = f"{{call {api}.LIST_DEPLOYED({api}.#F, {api}.#P, ?, ?, ?, ?)}}"
    outs = ["RETURN_CODE", "REQUEST_ID"]
    *_, locked, listed = java(
        server,
        execute(f"CREATE LOCAL TEMPORARY TABLE {api}.#P LIKE _SYS_DI.TT_PARAMETERS"),
        execute(f"CREATE LOCAL TEMPORARY TABLE {api}.#F LIKE _SYS_DI.TT_FILESFOLDERS"),
        execute(f"INSERT INTO {api}.#F VALUES ('src/')"),
        {
            "do": "call",
            "sql": f"{{call {api}.LOCK(?, {api}.#P, ?, ?, ?)}}",
            "parameters": [["int", "5000"]],
            "outs": outs,
        },
        {"do": "call", "sql": call, "parameters": [], "outs": outs},
    )
    assert locked["outs"]["RETURN_CODE"] == listed["outs"]["RETURN_CODE"] == 0
    assert listed["outs"]["REQUEST_ID"] == locked["outs"]["REQUEST_ID"] + 1
    assert [result["names"][0] for result in locked["results"]] == ["REQUEST_ID"]
    assert [result["names"][0] for result in listed["results"]] == ["REQUEST_ID", "PATH"]
