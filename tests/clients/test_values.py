"""Values of all types go through the drivers of all languages and back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from localcloud.hana.local import LocalHana

from .steps import Client, execute

INTEGERS = {
    "TINYINT": ("0", "255"),
    "SMALLINT": ("-32768", "32767"),
    "INTEGER": ("-2147483648", "2147483647"),
    "BIGINT": ("-9223372036854775808", "9223372036854775807"),
}
TEXTS = {
    "VARCHAR(9)": ("", "~ plain", "aé€😀"),
    "NVARCHAR(9)": ("", "aé€😀"),
    "ALPHANUM(9)": ("a1",),
    "NCLOB": ("", "aé€😀"),
    "CLOB": ("", "plain"),
}
VALUES = {
    **{type_: [("int", value) for value in values] for type_, values in INTEGERS.items()},
    **{type_: [("text", value) for value in values] for type_, values in TEXTS.items()},
    "DECIMAL(12, 2)": [("decimal", "-1234567890.12"), ("decimal", "0.01")],
    "DECIMAL(34, 4)": [("decimal", "123456789012345678901234567890.1234")],
    "DECIMAL": [("decimal", "0.0000001"), ("decimal", "-12345678901234567890.5")],
    "DOUBLE": [("double", "-1.5e+300"), ("double", "0.1")],
    "REAL": [("double", "0.25")],
    "BOOLEAN": [("boolean", "true"), ("boolean", "false")],
    "VARBINARY(4)": [("bytes", "00ff"), ("bytes", "")],
    "BLOB": [("bytes", "00ff7f")],
    "DATE": [("date", "0001-01-03"), ("date", "2024-02-29"), ("date", "9999-12-31")],
    "TIME": [("time", "00:00:00"), ("time", "23:59:59")],
    "SECONDDATE": [("timestamp", "2024-02-29 23:59:59")],
    "TIMESTAMP": [("timestamp", "2024-02-29 23:59:59.123456"), ("timestamp", "9999-12-31 00:00:00.000001")],
}


def same(type_: str, given: str, found: str | None) -> bool:
    """Whether a value came back, however its client writes it."""
    if found is None:
        return False
    if type_.startswith("DECIMAL") or type_ in ("DOUBLE", "REAL"):
        return Decimal(found) == Decimal(given)
    if type_ in ("DATE", "TIME", "SECONDDATE", "TIMESTAMP"):
        return found.replace("T", " ").rstrip("Z0").rstrip(".:") == given.rstrip("0").rstrip(".:")
    return found.lower() == given.lower() if type_ == "BOOLEAN" else found == given


@pytest.mark.parametrize("type_", VALUES)
def test_values_come_back_as_they_went(client: Client, server: LocalHana, table: str, type_: str) -> None:
    given = VALUES[type_]
    inserts = [
        execute(f"INSERT INTO {table} VALUES (?, ?)", ("int", str(number)), each)
        for number, each in enumerate([*given, (given[0][0], None)])
    ]
    created, *inserted, read = client(
        server,
        execute(f"CREATE COLUMN TABLE {table} (ID INTEGER, V {type_})"),
        *inserts,
        execute(f"SELECT V FROM {table} ORDER BY ID"),
    )
    assert "error" not in created
    assert [answer.get("count", answer) for answer in inserted] == [1] * len(inserts)
    *values, null = [row[0] for row in read["rows"]]
    assert null is None
    for (_, text), found in zip(given, values, strict=True):
        assert same(type_, text, found), (text, found)
