"""What CAP deploys is a schema like any other: the service reads it, and CAP's files make the same one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa
from tokonoma.app import create_app

from .conftest import Answers
from .project import SQLITE, ask, hana, run
from .requests import DRAFTS, WRITES, Request
from .test_requests import DIFFERENT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

POLICY = """\
[roles]
curator = { xsuaa = "$XSAPPNAME.Curate" }
[objects.LIBRARY_BOOKS]
grants = [{ role = "curator" }]
[objects.LIBRARY_AUTHORS]
grants = [{ role = "curator" }]
[objects.LOCALIZED_READING_BOOKS]
key = ["ID"]
grants = [{ role = "curator", rows = "STOCK gt 4" }]
"""
BOOKS = Request(
    "books", "Books?$select=ID,title,price,weight,copies,published&$filter=stock gt 4&$orderby=ID"
)
AUTHORS = Request("authors", "Authors?$select=ID,name,born&$orderby=ID")


@pytest.fixture(scope="module")
def shelves(authority: Authority) -> Iterator[LocalHana]:
    """A HANA that CAP alone has filled."""
    with LocalHana(authority=authority, schema="SHELVES") as server:
        yield server


@pytest.fixture(scope="module")
def read(shelves: LocalHana, trust: Path) -> Answers:
    """What CAP reads of what it has deployed."""
    return ask(hana(shelves, "hdb"), (BOOKS, AUTHORS), trust)


@pytest.fixture
def odata(
    read: Answers, bind: Callable[..., None], shelves: LocalHana, xsuaa: LocalXsuaa, tmp_path: Path
) -> Callable[[str], list[dict[str, Any]]]:
    """Asks the service, bound to what CAP has filled; rows with the names of their columns in lower case."""
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    bind(pyhana=("hana", "hdi-shared", shelves.binding()), pyuaa=("xsuaa", "application", xsuaa.binding()))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TOKONOMA_POLICY", str(policy))
        client = create_app().test_client()
    token = xsuaa.token("alice", scopes=["openid", "$XSAPPNAME.Curate"])

    def odata(path: str) -> list[dict[str, Any]]:
        target = f"/odata/{path}"
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json;IEEE754Compatible=true"}
        answer = client.get(target, headers=headers, environ_overrides={"RAW_URI": target})
        assert answer.status_code == 200, answer.text
        return [_row(row) for row in answer.get_json()["value"]]

    return odata


def told(answers: Answers, name: str) -> list[dict[str, Any]]:
    return [_row(row) for row in answers[name]["body"]["value"]]


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """A row with the names of its columns in lower case, and numbers that compare."""
    found = {name.lower(): value for name, value in row.items()}
    return {name: Decimal(value) if name == "price" else value for name, value in found.items()}


def test_the_service_reads_the_tables_that_cap_deployed(
    odata: Callable[[str], list[dict[str, Any]]], read: Answers
) -> None:
    books = "LIBRARY_BOOKS?$select=ID,TITLE,PRICE,WEIGHT,COPIES,PUBLISHED&$filter=STOCK gt 4&$orderby=ID"
    assert odata(books.replace(" ", "%20")) == told(read, "books")
    assert odata("LIBRARY_AUTHORS?$select=ID,NAME,BORN&$orderby=ID") == told(read, "authors")


def test_the_service_reads_the_views_that_cap_deployed(
    odata: Callable[[str], list[dict[str, Any]]], read: Answers
) -> None:
    books = "LOCALIZED_READING_BOOKS?$select=ID,TITLE,PRICE,WEIGHT,COPIES,PUBLISHED&$orderby=ID"
    assert odata(books) == told(read, "books")


_CATALOGUE = (
    "SELECT TABLE_NAME, COLUMN_NAME, POSITION, DATA_TYPE_NAME, LENGTH, SCALE, IS_NULLABLE, DEFAULT_VALUE "
    "FROM SYS.TABLE_COLUMNS WHERE SCHEMA_NAME = CURRENT_SCHEMA ORDER BY 1, 3",
    "SELECT VIEW_NAME, COLUMN_NAME, POSITION, DATA_TYPE_NAME, LENGTH, SCALE FROM SYS.VIEW_COLUMNS "
    "WHERE SCHEMA_NAME = CURRENT_SCHEMA ORDER BY 1, 3",
    "SELECT TABLE_NAME, COLUMN_NAME, IS_PRIMARY_KEY FROM SYS.CONSTRAINTS "
    "WHERE SCHEMA_NAME = CURRENT_SCHEMA ORDER BY 1, POSITION",
)


def catalogue(server: LocalHana) -> list[list[tuple[Any, ...]]]:
    with closing(connect(server.binding(), owner=True)) as connection:
        cursor = connection.cursor()
        found = []
        for sql in _CATALOGUE:
            cursor.execute(sql)
            found.append([tuple(row) for row in cursor.fetchall()])
        return found


def test_the_files_that_cap_builds_make_the_same_schema(
    read: Answers, shelves: LocalHana, authority: Authority, tmp_path: Path
) -> None:
    files = run("compile.js", SQLITE, None)
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with LocalHana(authority=authority, schema="SEEDED", seed=tmp_path) as seeded:
        tables, views, keys = catalogue(seeded)
        assert [tables, views, keys] == catalogue(shelves)
    assert len({row[0] for row in tables}) + len({row[0] for row in views}) == len(files) == 31


@pytest.mark.parametrize("version", [2, 4])
def test_cap_follows_the_version(version: int, authority: Authority, trust: Path, expected: Answers) -> None:
    """To HANA 2 it writes other paths into documents, and row by row."""
    requests = (*WRITES, *DRAFTS)
    with LocalHana(authority=authority, schema="LIBRARY", version=version) as server:
        found = ask(hana(server, "hdb"), requests, trust)
        with closing(connect(server.binding())) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT VERSION, CLOUD_VERSION FROM M_DATABASE")
            told_version, cloud = cursor.fetchone()
    assert told_version.startswith(f"{version}.00.")
    assert (cloud is not None) == (version == 4)
    different = {each.name for each in requests if found[each.name] != expected[each.name]}
    assert different <= DIFFERENT.keys()
