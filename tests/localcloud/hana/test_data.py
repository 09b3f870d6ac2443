"""The file that keeps the data: what it survives, and what is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hdbcli import dbapi

from localcloud import pytest_plugin
from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana

from .conftest import fetched

SEED = "CREATE COLUMN TABLE T (I INTEGER); INSERT INTO T VALUES (1);"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Where the data is kept; alone in its folder."""
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept" / "flowers.db"


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    (tmp_path / "seed.sql").write_text(SEED)
    return tmp_path / "seed.sql"


def numbers(hana: LocalHana) -> list[tuple[int]]:
    """What the runtime user finds in the table of the seed, after adding to it."""
    cursor = pytest_plugin.connect(hana).cursor()
    cursor.execute("INSERT INTO T VALUES (2)")
    cursor.execute("SELECT I FROM T ORDER BY I")
    return fetched(cursor)


def test_a_seed_that_failed_is_planted_when_it_was_corrected(
    authority: Authority, data: Path, seed: Path
) -> None:
    seed.write_text(SEED + "INSERT INTO T VALUES ('x');")
    with pytest.raises(RuntimeError, match=r"seed\.sql:1: 339"):
        LocalHana(authority=authority, data=data, seed=seed).start()
    assert list(data.parent.iterdir()) == []
    seed.write_text(SEED)
    with LocalHana(authority=authority, data=data, seed=seed) as hana:
        assert numbers(hana) == [(1,), (2,)]


def test_a_seed_that_was_cut_off_is_planted_anew(authority: Authority, data: Path, seed: Path) -> None:
    with LocalHana(authority=authority, data=data, seed=seed):
        pass
    data.rename(data.with_name("flowers.db.unfinished"))
    with LocalHana(authority=authority, data=data, seed=seed) as hana:
        assert numbers(hana) == [(1,), (2,)]


def test_an_empty_file_is_a_new_one(authority: Authority, data: Path, seed: Path) -> None:
    data.touch()
    with LocalHana(authority=authority, data=data, seed=seed) as hana:
        assert numbers(hana) == [(1,), (2,)]


def test_another_user_finds_the_data_and_may_change_it(authority: Authority, data: Path, seed: Path) -> None:
    for user, found in (("ONE", 2), ("TWO", 3), ("ONE", 4)):
        with LocalHana(authority=authority, data=data, seed=seed, user=user) as hana:
            assert len(numbers(hana)) == found
            with pytest.raises(dbapi.Error) as refusal:
                pytest_plugin.connect(hana).cursor().execute("CREATE COLUMN TABLE U (I INTEGER)")
            assert refusal.value.errorcode == 258


def test_a_schema_that_was_made_later_is_there_for_the_user_too(authority: Authority, data: Path) -> None:
    with LocalHana(authority=authority, data=data) as hana:
        pytest_plugin.connect(hana, owner=True).cursor().execute("CREATE SCHEMA LATER")
    with LocalHana(authority=authority, data=data, schema="LATER") as hana:
        pytest_plugin.connect(hana, owner=True).cursor().execute("CREATE COLUMN TABLE T (I INTEGER)")
        assert numbers(hana) == [(2,)]


def test_another_schema_is_refused_with_the_names_of_those_there_are(
    authority: Authority, data: Path
) -> None:
    with LocalHana(authority=authority, data=data):
        pass
    with pytest.raises(RuntimeError, match=r"flowers\.db: no schema OTHER in it, but TOKONOMA"):
        LocalHana(authority=authority, data=data, schema="OTHER").start()


def test_a_file_in_a_folder_that_is_not_there_is_refused(authority: Authority, data: Path) -> None:
    with pytest.raises(RuntimeError, match=r"x\.db: there is no folder"):
        LocalHana(authority=authority, data=data / "x.db").start()


def test_a_folder_is_refused(authority: Authority, data: Path) -> None:
    with pytest.raises(RuntimeError, match="not a file that the local HANA can use"):
        LocalHana(authority=authority, data=data.parent).start()


def test_somebody_else_s_database_is_refused_and_left_alone(authority: Authority, data: Path) -> None:
    with closing(sqlite3.connect(data)) as other:
        other.execute("CREATE TABLE tasks (task)")
    before = data.read_bytes()
    with pytest.raises(RuntimeError, match="not a file that the local HANA can use"):
        LocalHana(authority=authority, data=data).start()
    assert data.read_bytes() == before


def test_a_restart_without_data_leaves_other_files_alone(authority: Authority, data: Path) -> None:
    notes = data.with_name("flowers.db.txt")
    notes.write_text("Buy flowers.")
    with LocalHana(authority=authority, data=data) as hana:
        hana.restart(keep_data=False)
    assert notes.read_text() == "Buy flowers."


def test_a_restart_whose_seed_no_longer_fits_says_so(authority: Authority, data: Path, seed: Path) -> None:
    with LocalHana(authority=authority, data=data, seed=seed) as hana:
        seed.write_text("DROP TABLE NOWHERE")
        with pytest.raises(RuntimeError, match=r"seed\.sql:1: 259"):
            hana.restart(keep_data=False)
