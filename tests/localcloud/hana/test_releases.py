"""The lines of HANA: in HANA Cloud all text is Unicode, and on premise it is what it was declared."""

from __future__ import annotations

from contextlib import closing

import pytest

from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.pytest_plugin import connect


@pytest.mark.parametrize(
    ("version", "types"), [(2, ["CHAR", "VARCHAR", "CLOB"]), (4, ["NCHAR", "NVARCHAR", "NCLOB"])]
)
def test_text_is_of_the_types_that_the_line_has(authority: Authority, version: int, types: list[str]) -> None:
    with (
        LocalHana(authority=authority, version=version) as hana,
        closing(connect(hana, owner=True)) as connection,
    ):
        cursor = connection.cursor()
        cursor.execute("CREATE COLUMN TABLE T (A CHAR(3), B VARCHAR(3), C CLOB)")
        cursor.execute(
            "SELECT DATA_TYPE_NAME FROM SYS.TABLE_COLUMNS WHERE TABLE_NAME = 'T' ORDER BY POSITION"
        )
        assert [name for (name,) in cursor] == types
