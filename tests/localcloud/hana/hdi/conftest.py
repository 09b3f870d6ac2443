"""A container in this process, and a deployer that calls its procedures as @sap/hdi-deploy does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from localcloud.hana.database import open_database
from localcloud.hana.instance import InstanceSettings
from localcloud.hana.model import Called, Connection, ParameterValue, Value
from localcloud.hana.sql.engine.calls import rows_by_name
from localcloud.hana.sql.engine.database import Database

SCHEMA, OWNER, USER = "C", "C_DT", "C_RT"
Files = Mapping[str, object]
"""Paths and contents; what is no text is written as JSON."""

HDICONFIG = {
    "file_suffixes": {
        suffix: {"plugin_name": f"com.sap.hana.di.{plugin}"}
        for suffix, plugin in {
            "csv": "tabledata.source",
            "hdbcalculationview": "calculationview",
            "hdbconstraint": "constraint",
            "hdbfunction": "function",
            "hdbindex": "index",
            "hdbmigrationtable": "table.migration",
            "hdbprocedure": "procedure",
            "hdbrole": "role",
            "hdbsequence": "sequence",
            "hdbsynonym": "synonym",
            "hdbsynonymconfig": "synonym.config",
            "hdbtable": "table",
            "hdbtabledata": "tabledata",
            "hdbview": "view",
            "txt": "copyonly",
        }.items()
    }
}


@dataclass
class Answer:
    """What a procedure gave back."""

    code: int
    request: int
    messages: list[dict[str, Value]]
    result: list[dict[str, Value]] = field(default_factory=list)

    @property
    def errors(self) -> list[tuple[Value, Value, Value]]:
        """Path, text and line of each error but the summary."""
        return [
            (each["PATH"], each["MESSAGE"], each["LOCATION"])
            for each in self.messages
            if each["SEVERITY"] == "ERROR" and each["TYPE"] != "SUMMARY"
        ]


class Deployer:
    """A session of the container's technical user."""

    def __init__(self, database: Database, user: str = OWNER) -> None:
        self.database = database
        self.session = database.connect(user)
        self.session.schema = SCHEMA

    def query(self, sql: str, *values: ParameterValue) -> list[tuple[Value, ...]]:
        return [tuple(row.values()) for row in rows_by_name(self.session, sql, values)]

    def run(self, sql: str, *values: ParameterValue) -> None:
        run(self.session, sql, *values)

    def call(
        self, procedure: str, *arguments: Iterable[Sequence[ParameterValue]] | int, **named: str
    ) -> Answer:
        """Call a procedure with tables of these rows, and then with parameters."""
        given = [*arguments, list(named.items())]
        listed = []
        for number, (argument, type_) in enumerate(zip(given, TYPES[procedure], strict=True)):
            if isinstance(argument, int):
                listed.append(str(argument))
                continue
            table = f'"C#DI".#T{number}_{procedure}'
            self.run(f"CREATE LOCAL TEMPORARY COLUMN TABLE {table} LIKE _SYS_DI.{type_}")
            for row in argument:
                self.run(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", *row)
            listed.append(table)
        has_result = procedure.startswith(("STATUS", "LIST", "READ"))
        outs = "?, ?, ?, ?" if has_result else "?, ?, ?"
        sql = f'CALL "C#DI".{procedure}({", ".join(listed)}, {outs})'
        called = self.session.execute(self.session.prepare(sql), ((),), autocommit=True).called
        assert called is not None
        for table in (each for each in listed if each.startswith('"')):
            self.run(f"DROP TABLE {table}")
        return answer(called)

    def write(self, files: Files) -> None:
        """Replace what was written by these files."""
        assert self.call("DELETE", [("src/",), ("cfg/",)], RECURSIVE="TRUE", IGNORE_NON_EXISTING_PATHS="TRUE")
        rows = [(path, content_of(content)) for path, content in files.items() if content is not None]
        assert self.call("WRITE", rows).code == 0

    def deploy(self, files: Files, *, undeploy: bool = True, **parameters: str) -> Answer:
        """Write the files, and make what differs from what is deployed."""
        self.write({"src/.hdiconfig": HDICONFIG, **files})
        status = {
            str(row["PATH"]): row["STATUS"] for row in self.call("STATUS", [("src/",), ("cfg/",)]).result
        }
        coming = [(path,) for path, letter in status.items() if letter in ("A", "M")]
        going = [(path,) for path, letter in status.items() if letter == "D" and undeploy]
        return self.call("MAKE", coming, going, [], **parameters)

    def catalogue(self) -> Any:
        """All that exists in the container's schema, and what others may do there."""
        found = self.database.catalogue
        objects = {key: each for key, each in found.objects.items() if key[0] == SCHEMA}
        return objects, found.users, found.roles


TYPES = {
    "LOCK": ("", "TT_PARAMETERS"),
    "WRITE": ("TT_FILESFOLDERS_CONTENT", "TT_PARAMETERS"),
    "MAKE": ("TT_FILESFOLDERS", "TT_FILESFOLDERS", "TT_FILESFOLDERS_PARAMETERS", "TT_PARAMETERS"),
    "MAKE_ASYNC": ("TT_FILESFOLDERS", "TT_FILESFOLDERS", "TT_FILESFOLDERS_PARAMETERS", "TT_PARAMETERS"),
    **dict.fromkeys(
        ("DELETE", "STATUS", "LIST", "LIST_DEPLOYED", "READ", "READ_DEPLOYED"),
        ("TT_FILESFOLDERS", "TT_PARAMETERS"),
    ),
    **{
        f"{word}_CONTAINER_SCHEMA_{kind}S": (f"TT_SCHEMA_{kind}S", "TT_PARAMETERS")
        for word in ("GRANT", "REVOKE")
        for kind in ("PRIVILEGE", "ROLE")
    },
}


def run(connection: Connection, sql: str, *values: ParameterValue) -> None:
    outcome = connection.execute(connection.prepare(sql), (values,), autocommit=True)
    if outcome.result is not None:
        outcome.result.close()


def answer(called: Called) -> Answer:
    tables = []
    for table in called.tables:
        names = [column.label for column in table.columns]
        tables.append([dict(zip(names, row, strict=True)) for row in table.fetch(10_000)])
    assert [each.name for each in called.parameters] == ["RETURN_CODE", "REQUEST_ID"]
    code, request = called.values
    assert isinstance(code, int)
    assert isinstance(request, int)
    return Answer(code, request, *tables)


def content_of(content: object) -> bytes:
    if isinstance(content, bytes):
        return content
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()


def tabledata(table: str, source: str, *columns: str, **settings: object) -> dict[str, object]:
    """A .hdbtabledata file of one import: the columns are those of the file."""
    return {
        "format_version": 1,
        "imports": [
            {
                "target_table": table,
                "source_data": {"data_type": "CSV", "file_name": source, "has_header": True},
                "import_settings": {"import_columns": list(columns), **settings},
            }
        ],
    }


@pytest.fixture
def database() -> Iterator[Database]:
    settings = InstanceSettings(USER, "Aa1user", OWNER, "Aa1owner", SCHEMA)
    with closing(open_database(settings)) as database:
        yield database


@pytest.fixture
def deployer(database: Database) -> Deployer:
    return Deployer(database)


@pytest.fixture
def runtime(database: Database) -> Deployer:
    """A session of the runtime user."""
    return Deployer(database, USER)


def opened(data: Path, seed: Path | None = None) -> Database:
    """The database in a file."""
    return open_database(InstanceSettings(USER, "Aa1user", OWNER, "Aa1owner", SCHEMA, data=data, seed=seed))
