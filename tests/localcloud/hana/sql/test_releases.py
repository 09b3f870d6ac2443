"""The line of HANA that a local one says it is, and what follows from it."""

from __future__ import annotations

from contextlib import closing

import pytest
from hdbcli import dbapi

from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana


@pytest.mark.parametrize(("version", "is_cloud"), [(2, False), (4, True)])
def test_m_database_tells_the_line(version: int, is_cloud: bool, authority: Authority) -> None:
    with (
        LocalHana(authority=authority, version=version) as server,
        closing(connect(server.binding(), owner=True)) as connection,
    ):
        cursor = connection.cursor()
        cursor.execute("SELECT VERSION, CLOUD_VERSION FROM M_DATABASE")
        found, cloud = cursor.fetchone()
        assert found.startswith(f"{version}.00.")
        assert (cloud is not None) == is_cloud
        cursor.execute("CREATE TABLE T (ID INT, NAME NVARCHAR(5))")
        cursor.execute("INSERT INTO T VALUES (1, 'a')")
        update = "UPDATE T SET NAME = U.NAME || '!' FROM T AS U, T WHERE T.ID = U.ID"
        if is_cloud:
            with pytest.raises(dbapi.Error) as refused:
                cursor.execute(update)
            assert refused.value.errorcode == 7
        else:
            cursor.execute(update)
            cursor.execute("SELECT NAME FROM T")
            assert [tuple(row) for row in cursor.fetchall()] == [("a!",)]


def test_a_version_that_is_none_is_refused(authority: Authority) -> None:
    with pytest.raises(RuntimeError, match="one of 2, 4"):
        LocalHana(authority=authority, version=3).start()
