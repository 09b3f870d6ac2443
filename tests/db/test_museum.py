"""The demo schema: what its module says, and what comes of it in a HANA that is filled from it."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.pytest_plugin import connect
from localcloud.xsuaa.descriptor import read_descriptor
from tokonoma.data import catalogue
from tokonoma.data.policy import access
from tokonoma.data.policy import file as policy
from tools import museum
from tools.landscape import DESCRIPTOR, PROJECT
from tools.upload import uploaded

MODULE = PROJECT / "db"
FILES = uploaded(MODULE)
SQL = [MODULE / file for file in FILES if re.fullmatch(r"\.hdb(table|view|index|constraint)", file.suffix)]


@pytest.fixture(scope="module")
def filled(authority: Authority) -> Iterator[LocalHana]:
    with LocalHana(authority=authority, seed=MODULE) as server:
        yield server


@pytest.fixture(scope="module")
def cursor(filled: LocalHana) -> Iterator[Any]:
    """A cursor of the runtime user."""
    with closing(connect(filled)) as connection:
        yield connection.cursor()


def rows(cursor: Any, sql: str, *values: object) -> list[tuple[Any, ...]]:
    cursor.execute(sql, values)
    return [tuple(row) for row in cursor.fetchall()]


def written(name: str) -> list[dict[str, str]]:
    """The rows of a table as its .csv file has them; NULL is an empty text."""
    with (MODULE / "src" / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


# The module ---------------------------------------------------------------------------------------


def test_the_tool_writes_the_same_bytes_again() -> None:
    first, second = museum.files(), museum.files()
    assert first == second
    for file, text in first.items():
        assert file.read_bytes() == text.encode(), f"`python -m tools.museum` writes {file.name} anew"


def test_it_is_small() -> None:
    assert sum((MODULE / file).stat().st_size for file in FILES) < 300_000


def test_hdi_knows_what_to_do_with_every_file() -> None:
    suffixes = json.loads((MODULE / "src" / ".hdiconfig").read_text())["file_suffixes"]
    used = {file.suffix[1:] for file in FILES if file.parts[0] == "src" and file.suffix}
    assert used == suffixes.keys()


def test_the_default_access_role_is_where_the_deployer_looks_for_it() -> None:
    role = json.loads((MODULE / "src" / "defaults" / "default_access_role.hdbrole").read_text())["role"]
    assert role["name"] == "default_access_role"


@pytest.mark.parametrize("file", SQL, ids=lambda file: file.name)
def test_an_artefact_is_called_as_its_file_and_refers_to_no_other_schema(file: Path) -> None:
    text = file.read_text()
    made = re.search(r'(?:TABLE|VIEW|INDEX|CONSTRAINT) "(\w+)"', text)
    assert made
    assert made[1] == file.stem
    assert not re.search(r'\b(?:SYS|PUBLIC|DUMMY)\b|"\."', text)


def test_the_packages_are_pinned_and_locked_without_a_registry() -> None:
    package = json.loads((MODULE / "package.json").read_text())
    lock = json.loads((MODULE / "package-lock.json").read_text())
    assert lock["packages"][""]["dependencies"] == package["dependencies"]
    for name, version in package["dependencies"].items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    assert all(each.get("integrity") for path, each in lock["packages"].items() if path)
    assert "resolved" not in json.dumps(lock)


def test_bob_s_rooms_are_rooms_of_the_museum() -> None:
    descriptor = read_descriptor(DESCRIPTOR)
    [viewer] = [each for each in descriptor.role_collections if each.attributes]
    rooms = {row["ID"] for row in written("ROOM")}
    assert set(viewer.attributes["rooms"]) < rooms


# The schema, as the service sees it ----------------------------------------------------------------


def test_everything_is_read_and_nothing_is_passed_over(
    authority: Authority, capfd: pytest.CaptureFixture[str]
) -> None:
    with LocalHana(authority=authority, seed=MODULE) as server, closing(connect(server)) as connection:
        cursor = connection.cursor()
        counted = {name: len(written(name)) for name in ("ROOM", "ARTIST", "WORK", "CLIMATE")}
        assert counted == {"ROOM": 5, "ARTIST": 12, "WORK": 240, "CLIMATE": 7200}
        for name, count in counted.items():
            assert rows(cursor, f"SELECT COUNT(*) FROM {name}") == [(count,)]
    assert capfd.readouterr().err == ""


def test_every_table_view_and_column_of_a_table_has_a_label(filled: LocalHana, cursor: Any) -> None:
    objects = rows(
        cursor,
        "SELECT TABLE_NAME, COMMENTS FROM SYS.TABLES WHERE SCHEMA_NAME = ? UNION ALL "
        "SELECT VIEW_NAME, COMMENTS FROM SYS.VIEWS WHERE SCHEMA_NAME = ?",
        filled.schema,
        filled.schema,
    )
    assert {name for name, _ in objects} == {
        *("ROOM", "ARTIST", "WORK", "CLIMATE"),
        *("CLIMATE_BY_DAY", "WORK_RISK", "PURCHASE"),
    }
    columns = rows(
        cursor,
        "SELECT TABLE_NAME || '.' || COLUMN_NAME, COMMENTS FROM SYS.TABLE_COLUMNS WHERE SCHEMA_NAME = ?",
        filled.schema,
    )
    assert len(columns) == sum(len(table.columns) for table in (museum.ROOM, museum.ARTIST, museum.WORK)) + 5
    for name, label in [*objects, *columns]:
        assert re.fullmatch(r"[A-Z][^.]{2,29}", label or ""), name


def test_the_columns_have_the_types_that_a_demo_needs(filled: LocalHana, cursor: Any) -> None:
    found = rows(
        cursor,
        "SELECT COLUMN_NAME, DATA_TYPE_NAME, LENGTH, SCALE, IS_NULLABLE FROM SYS.TABLE_COLUMNS "
        "WHERE SCHEMA_NAME = ? AND TABLE_NAME = 'WORK' ORDER BY POSITION",
        filled.schema,
    )
    assert found == [
        ("ID", "INTEGER", 10, 0, "FALSE"),
        ("INVENTORY_NUMBER", "NVARCHAR", 12, None, "FALSE"),
        ("TITLE", "NVARCHAR", 120, None, "FALSE"),
        ("ARTIST_ID", "INTEGER", 10, 0, "TRUE"),
        ("ROOM_ID", "NVARCHAR", 10, None, "TRUE"),
        ("TECHNIQUE", "NVARCHAR", 40, None, "TRUE"),
        ("YEAR_MADE", "SMALLINT", 5, 0, "TRUE"),
        ("ACQUIRED", "DATE", 10, None, "TRUE"),
        ("VALUE", "DECIMAL", 12, 2, "TRUE"),
        ("CURRENCY", "NVARCHAR", 3, None, "TRUE"),
        ("HEIGHT", "DECIMAL", 6, 1, "TRUE"),
        ("WIDTH", "DECIMAL", 6, 1, "TRUE"),
        ("ON_LOAN", "BOOLEAN", 1, None, "FALSE"),
        ("EXAMINED_AT", "TIMESTAMP", 27, 7, "TRUE"),
    ]


def test_the_links_come_back_from_the_catalogue(filled: LocalHana, cursor: Any) -> None:
    found = rows(
        cursor,
        "SELECT CONSTRAINT_NAME, TABLE_NAME, COLUMN_NAME, REFERENCED_SCHEMA_NAME, REFERENCED_TABLE_NAME, "
        "REFERENCED_COLUMN_NAME FROM SYS.REFERENTIAL_CONSTRAINTS WHERE SCHEMA_NAME = ? ORDER BY 1",
        filled.schema,
    )
    assert found == [
        ("CLIMATE_ROOM", "CLIMATE", "ROOM_ID", filled.schema, "ROOM", "ID"),
        ("WORK_ARTIST", "WORK", "ARTIST_ID", filled.schema, "ARTIST", "ID"),
        ("WORK_ROOM", "WORK", "ROOM_ID", filled.schema, "ROOM", "ID"),
    ]


def test_the_keys_and_indexes_come_back_from_the_catalogue(filled: LocalHana, cursor: Any) -> None:
    keys = rows(
        cursor,
        "SELECT TABLE_NAME, COLUMN_NAME, POSITION, IS_PRIMARY_KEY FROM SYS.CONSTRAINTS "
        "WHERE SCHEMA_NAME = ? AND IS_UNIQUE_KEY = 'TRUE' ORDER BY IS_PRIMARY_KEY DESC, TABLE_NAME, POSITION",
        filled.schema,
    )
    assert keys == [
        ("ARTIST", "ID", 1, "TRUE"),
        ("CLIMATE", "ROOM_ID", 1, "TRUE"),
        ("CLIMATE", "MEASURED_AT", 2, "TRUE"),
        ("ROOM", "ID", 1, "TRUE"),
        ("WORK", "ID", 1, "TRUE"),
        ("WORK", "INVENTORY_NUMBER", 1, "FALSE"),
    ]
    indexes = rows(
        cursor,
        "SELECT I.INDEX_NAME, I.CONSTRAINT, C.COLUMN_NAME, C.ASCENDING_ORDER FROM SYS.INDEXES I "
        "JOIN SYS.INDEX_COLUMNS C ON C.SCHEMA_NAME = I.SCHEMA_NAME AND C.INDEX_NAME = I.INDEX_NAME "
        "WHERE I.SCHEMA_NAME = ? AND I.INDEX_NAME LIKE 'WORK%' ORDER BY 1, C.POSITION",
        filled.schema,
    )
    assert indexes == [
        ("WORK_BY_ROOM", None, "ROOM_ID", "TRUE"),
        ("WORK_BY_ROOM", None, "ACQUIRED", "FALSE"),
        ("WORK_INVENTORY_NUMBER", "UNIQUE", "INVENTORY_NUMBER", "TRUE"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM WORK",
        "UPDATE ROOM SET NAME = 'x'",
        "INSERT INTO ROOM (ID) VALUES ('x')",
        "DROP TABLE WORK",
    ],
)
def test_the_runtime_user_reads_and_does_not_write(filled: LocalHana, statement: str) -> None:
    with closing(connect(filled)) as connection, pytest.raises(dbapi.Error) as refusal:
        connection.cursor().execute(statement)
    assert refusal.value.errorcode == 258


# The rows ------------------------------------------------------------------------------------------


def test_the_rows_hold_what_programs_stumble_over(cursor: Any) -> None:
    titles = "".join(title for (title,) in rows(cursor, "SELECT TITLE FROM WORK"))
    assert set(",\"';%_\\/<&=-@\nü夜🍮") <= set(titles)
    names = "".join(name for (name,) in rows(cursor, "SELECT NAME FROM ARTIST"))
    assert set("öüßÉÇŌâ',ŁÅðÞ") <= set(names)
    assert rows(cursor, "SELECT COUNT(*) FROM ARTIST WHERE BIOGRAPHY = ''") == [(1,)]
    nullable = ("ARTIST_ID", "ROOM_ID", "YEAR_MADE", "ACQUIRED", "VALUE", "CURRENCY", "HEIGHT", "EXAMINED_AT")
    for column in nullable:
        [(without,)] = rows(cursor, f"SELECT COUNT(*) FROM WORK WHERE {column} IS NULL")
        assert 0 < without < 240, column
    assert rows(cursor, "SELECT COUNT(*) FROM WORK WHERE (VALUE IS NULL) AND CURRENCY IS NOT NULL") == [(0,)]


def test_a_timestamp_keeps_all_its_digits(cursor: Any) -> None:
    row = next(row for row in written("WORK") if row["EXAMINED_AT"] and not row["EXAMINED_AT"].endswith("0"))
    exact = "SELECT TO_VARCHAR(EXAMINED_AT, 'YYYY-MM-DD HH24:MI:SS.FF7') FROM WORK WHERE ID = ?"
    assert rows(cursor, exact, int(row["ID"])) == [(row["EXAMINED_AT"],)]


def test_a_day_of_climate_is_made_of_its_hours(cursor: Any) -> None:
    hours: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in written("CLIMATE"):
        hours[row["ROOM_ID"], row["MEASURED_AT"][:10]].append(row)
    found = rows(
        cursor,
        "SELECT ROOM_ID, DAY, TEMPERATURE_LOW, TEMPERATURE_HIGH, HUMIDITY_HIGH, VISITORS FROM CLIMATE_BY_DAY",
    )
    assert Counter(row[:2] for row in found).keys() == {
        (room, date.fromisoformat(day)) for room, day in hours
    }
    for room, day, low, high, humid, visitors in found:
        of_day = hours[room, day.isoformat()]
        assert low == min(Decimal(row["TEMPERATURE"]) for row in of_day)
        assert high == max(Decimal(row["TEMPERATURE"]) for row in of_day)
        assert humid == max(int(row["HUMIDITY"]) for row in of_day if row["HUMIDITY"])
        assert visitors == sum(int(row["VISITORS"]) for row in of_day)
        assert (visitors == 0) == (day.weekday() == 0)


def test_a_work_is_at_risk_by_the_humid_hours_of_its_room(cursor: Any) -> None:
    limits = {row["ID"]: int(row["HUMIDITY_LIMIT"]) for row in written("ROOM")}
    humid = Counter(
        row["ROOM_ID"]
        for row in written("CLIMATE")
        if row["HUMIDITY"] and int(row["HUMIDITY"]) > limits[row["ROOM_ID"]]
    )
    found = rows(cursor, "SELECT WORK_ID, ROOM_ID, HUMID_HOURS, RISK FROM WORK_RISK")
    assert {work for work, *_ in found} == {int(row["ID"]) for row in written("WORK") if row["ROOM_ID"]}
    for _, room, hours, risk in found:
        assert hours == humid[room]
        assert risk == ("NONE" if hours == 0 else "SOME" if hours < 100 else "HIGH")
    assert {risk for *_, risk in found} == {"NONE", "SOME", "HIGH"}


def test_the_view_without_a_key_has_equal_rows(cursor: Any) -> None:
    found = Counter(rows(cursor, "SELECT * FROM PURCHASE"))
    assert max(found.values()) > 1


def test_bob_s_rooms_hold_some_works_and_not_all(cursor: Any) -> None:
    held = dict(rows(cursor, "SELECT ROOM_ID, COUNT(*) FROM WORK GROUP BY ROOM_ID"))
    assert held["IRIS"] + held["LOTUS"] in range(20, 200)
    assert held[None] > 0


def test_the_policy_fits_and_gives_everything_to_curators(filled: LocalHana, cursor: Any) -> None:
    def ask(sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return rows(cursor, sql, *values)

    shown = policy.read(PROJECT / "policy.toml")
    schema = catalogue.read(ask, filled.schema, shown.names)
    applied = access.apply(shown, schema, ask)
    assert applied.findings == ()
    columns = {
        (entry.role, name): set(entry.columns) for name, entries in applied.shown.items() for entry in entries
    }
    for name, table in schema.tables.items():
        assert columns["curator", name] == {column.name for column in table.columns}
    assert {"VALUE", "CURRENCY"} == columns["curator", "WORK"] - columns["viewer", "WORK"]
    assert ("viewer", "PURCHASE") not in columns
