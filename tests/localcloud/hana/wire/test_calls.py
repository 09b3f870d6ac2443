"""Procedures through hdbcli: OUT parameters, and several result sets one after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.pytest_plugin import connect

FILES = 3000
LONG = bytes(range(256)) * 1000


@pytest.fixture(scope="module")
def container(authority: Authority) -> Iterator[LocalHana]:
    with LocalHana(authority=authority, schema="CALLED") as hana:
        yield hana


@pytest.fixture
def cursor(container: LocalHana) -> Iterator[Any]:
    with closing(connect(container, owner=True, currentSchema="CALLED#DI")) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE LOCAL TEMPORARY TABLE #P LIKE _SYS_DI.TT_PARAMETERS")
        cursor.execute("CREATE LOCAL TEMPORARY TABLE #F LIKE _SYS_DI.TT_FILESFOLDERS")
        cursor.execute("CREATE LOCAL TEMPORARY TABLE #C LIKE _SYS_DI.TT_FILESFOLDERS_CONTENT")
        yield cursor


def write(cursor: Any, files: dict[str, bytes]) -> None:
    cursor.executemany("INSERT INTO #C VALUES (?, ?)", list(files.items()))
    assert cursor.execute("CALL WRITE(#C, #P, ?, ?, ?)", (None, None))[0] == 0


def test_out_parameters_come_back_in_their_places(cursor: Any) -> None:
    cursor.prepare("CALL LOCK(?, #P, ?, ?, ?)")
    described = [(each[0], each[1], each[2]) for each in cursor.parameter_description()]
    assert described == [("TIMEOUT", 3, "In"), ("RETURN_CODE", 3, "Out"), ("REQUEST_ID", 4, "Out")]
    timeout, code, first = cursor.executeprepared((5, None, None))
    _, _, second = cursor.executeprepared((7, None, None))
    assert (timeout, code, second) == (5, 0, first + 1)


def test_tables_come_as_result_sets_page_by_page(cursor: Any) -> None:
    write(cursor, {f"many/{number:05}": b"" for number in range(FILES)})
    cursor.execute("INSERT INTO #F VALUES ('many/')")
    cursor.execute("CALL LIST(#F, #P, ?, ?, ?, ?)", (None, None))
    assert [column[0] for column in cursor.description][:3] == ["REQUEST_ID", "ROW_ID", "LEVEL"]
    assert cursor.fetchall() == []
    assert cursor.nextset()
    found = cursor.fetchall()
    assert [row[0] for row in found] == ["many/", *(f"many/{number:05}" for number in range(FILES))]
    assert not cursor.nextset()


def test_long_contents_come_whole(cursor: Any) -> None:
    write(cursor, {"long/a": LONG, "long/b": LONG[::-1]})
    cursor.execute("INSERT INTO #F VALUES ('long/')")
    cursor.execute("CALL READ(#F, #P, ?, ?, ?, ?)", (None, None))
    assert cursor.nextset()
    contents = {row[0]: row[-1] for row in cursor.fetchall()}
    assert (bytes(contents["long/a"]), bytes(contents["long/b"])) == (LONG, LONG[::-1])


def test_a_call_that_is_not_prepared_gives_its_result_sets(cursor: Any) -> None:
    cursor.execute("CALL STATUS(#F, #P, ?, ?, ?, ?)")
    assert cursor.nextset()
    assert [column[0] for column in cursor.description] == ["PATH", "STATUS", "SHA256", "SHA256_DEPLOYED"]


def test_what_goes_wrong_is_a_return_code_and_a_message(cursor: Any) -> None:
    cursor.execute("INSERT INTO #F VALUES ('nowhere/')")
    code, _ = cursor.execute("CALL DELETE(#F, #P, ?, ?, ?)", (None, None))
    [message] = cursor.fetchall()
    names = [column[0] for column in cursor.description]
    assert code == -1
    assert message[names.index("PATH")] == "nowhere/"
    assert message[names.index("SEVERITY")] == "ERROR"


def test_calling_ends_the_transaction_that_is_open(cursor: Any, container: LocalHana) -> None:
    cursor.execute("CREATE TABLE CALLED.KEPT (A INTEGER)")
    cursor.connection.setautocommit(False)
    cursor.execute("INSERT INTO CALLED.KEPT VALUES (1)")
    cursor.execute("CALL STATUS(#F, #P, ?, ?, ?, ?)")
    cursor.connection.rollback()
    cursor.execute("SELECT * FROM CALLED.KEPT")
    assert [tuple(row) for row in cursor.fetchall()] == [(1,)]


@pytest.mark.parametrize(
    ("sql", "code"), [("CALL NOWHERE(?)", 328), ("CALL LOCK(?)", 1281), ("CALL LOCK(?, #Q, ?, ?, ?)", 259)]
)
def test_a_call_that_does_not_fit_is_refused(cursor: Any, sql: str, code: int) -> None:
    with pytest.raises(dbapi.Error) as refusal:
        cursor.execute(sql, (1, None, None))
    assert refusal.value.errorcode == code
