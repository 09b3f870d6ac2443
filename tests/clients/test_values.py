"""Values of all types go through the drivers of all languages and back."""

from __future__ import annotations

import hashlib
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
    "CLOB": ("", "plain", "aé€😀"),
    "BINTEXT": ("", "aé€😀"),
}
DECIMALS = {
    "DECIMAL(12, 2)": ("-1234567890.12", "0.01", "0"),
    "DECIMAL(18)": ("-999999999999999999", "1"),
    "DECIMAL(19, 18)": ("9.999999999999999999", "-0.000000000000000001"),
    "DECIMAL(28, 27)": ("-9.999999999999999999999999999", "0.000000000000000000000000001"),
    "DECIMAL(29)": ("99999999999999999999999999999", "-1"),
    "DECIMAL(34, 4)": ("123456789012345678901234567890.1234",),
    "DECIMAL(38)": ("-99999999999999999999999999999999999999", "1"),
    "DECIMAL(38, 2)": ("999999999999999999999999999999999999.99", "-0.01"),
    "DECIMAL(38, 38)": ("-0.99999999999999999999999999999999999999", "0." + "0" * 37 + "1"),
}
VALUES = {
    **{type_: [("int", value) for value in values] for type_, values in INTEGERS.items()},
    **{type_: [("text", value) for value in values] for type_, values in TEXTS.items()},
    **{type_: [("decimal", value) for value in values] for type_, values in DECIMALS.items()},
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


TEXT = "aé€😀"


@pytest.mark.parametrize("line", [2, 4])
def test_text_comes_back_whole_from_either_line_of_hana(
    client: Client, lines: dict[int, LocalHana], table: str, line: int
) -> None:
    """On premise VARCHAR and CLOB are types of their own, which some drivers decode in their own way."""
    long = TEXT * 3000
    values = [("text", TEXT), ("text", TEXT), ("long text", TEXT, 3000)]
    _, _, read, converted = client(
        lines[line],
        execute(f"CREATE COLUMN TABLE {table} (V VARCHAR(20), C CHAR(20), L CLOB)"),
        execute(f"INSERT INTO {table} VALUES (?, ?, ?)", *values),
        execute(f"SELECT V, C, L FROM {table}"),
        execute(f"SELECT TO_VARCHAR(V), '{TEXT}' FROM {table}"),
    )
    assert read["rows"] == [[TEXT, TEXT, f"{len(long)} {hashlib.sha256(long.encode()).hexdigest()}"]]
    assert converted["rows"] == [[TEXT, TEXT]]


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
