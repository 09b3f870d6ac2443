from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud import pytest_plugin
from localcloud.certificates import Authority
from localcloud.hana.design_time import design_time
from localcloud.hana.local import LocalHana
from localcloud.hana.seed import statements

from .conftest import fetched


def query(hana: LocalHana, sql: str) -> list[tuple[Any, ...]]:
    connection = pytest_plugin.connect(hana)
    cursor = connection.cursor()
    cursor.execute(sql)
    rows = fetched(cursor)
    connection.close()
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Design-time files as an HDI project has them; the first view needs the second."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "DRINKS.hdbtable").write_text(
        "COLUMN TABLE DRINKS (ID INTEGER CS_INT NOT NULL, NAME NVARCHAR(20), PRICE DECIMAL(5, 2),\n"
        "  SINCE DATE, PRIMARY KEY (ID)) UNLOAD PRIORITY 5 AUTO MERGE"
    )
    (tmp_path / "src" / "A.hdbview").write_text("VIEW A AS SELECT NAME FROM B")
    (tmp_path / "src" / "B.hdbview").write_text("VIEW B AS SELECT NAME, PRICE FROM DRINKS WHERE PRICE > 2;\n")
    (tmp_path / "DRINKS.csv").write_text(
        'ID,NAME,PRICE,SINCE\n1,"Tea; ""green""",1.50,2024-02-29\n2,Kaffee ☕,2.75,\n3,,,1999-12-31\n',
        encoding="utf-8",
    )
    return tmp_path


def test_a_folder_gives_tables_views_and_rows(authority: Authority, folder: Path) -> None:
    with LocalHana(authority=authority, seed=folder) as hana:
        assert query(
            hana, "SELECT ID, NAME, TO_VARCHAR(PRICE), TO_VARCHAR(SINCE) FROM DRINKS ORDER BY ID"
        ) == [
            (1, 'Tea; "green"', "1.50", "2024-02-29"),
            (2, "Kaffee ☕", "2.75", None),
            (3, None, None, "1999-12-31"),
        ]
        assert query(hana, "SELECT * FROM A") == [("Kaffee ☕",)]


def test_a_script_is_run_statement_by_statement(authority: Authority, tmp_path: Path) -> None:
    script = tmp_path / "seed.sql"
    script.write_text(
        "-- a comment; with a semicolon\nCREATE COLUMN TABLE T (V NVARCHAR(20));\n"
        "INSERT INTO T VALUES ('a;b');\n/* ; */ INSERT INTO T VALUES ('it''s');\n\n"
    )
    with LocalHana(authority=authority, seed=script) as hana:
        assert query(hana, "SELECT V FROM T ORDER BY V") == [("a;b",), ("it's",)]


def test_a_database_that_is_there_already_is_not_seeded_again(
    authority: Authority, folder: Path, tmp_path: Path
) -> None:
    data = tmp_path / "kept" / "data"
    data.parent.mkdir()
    for _ in range(2):
        with LocalHana(authority=authority, seed=folder, data=data) as hana:
            assert query(hana, "SELECT COUNT(*) FROM DRINKS") == [(3,)]


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("T.hdbtable", "COLUMN TABLE T (I INTEGER", "T.hdbtable:1: 257"),
        ("V.hdbview", "VIEW V AS SELECT * FROM NOWHERE", "V.hdbview:1: 259"),
        ("DRINKS.csv", "ID,NAME\n1,a\n2\n", "DRINKS.csv:3: 1 fields for 2 columns"),
        ("DRINKS.csv", "ID,NAME\n1,a\n1,b\n", "DRINKS.csv:3: 301"),
        ("NOWHERE.csv", "ID\n1\n", "NOWHERE.csv:1: 259"),
        ("NOWHERE.csv", "", "NOWHERE.csv: a first line"),
    ],
)
def test_what_does_not_fit_is_named(
    authority: Authority, folder: Path, name: str, text: str, complaint: str
) -> None:
    next(folder.rglob(name), folder / name).write_text(text)
    (folder / name).write_text(text)
    with pytest.raises(RuntimeError, match=complaint):
        LocalHana(authority=authority, seed=folder).start()


def test_a_seed_that_is_not_there_is_named_and_not_the_port(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError) as refusal:
        LocalHana(authority=authority, seed=tmp_path / "nowhere").start()
    assert str(refusal.value) == f"local HANA: {tmp_path / 'nowhere'}: there is no such script or folder"


@pytest.mark.parametrize(("name", "content"), [("DRINKS.csv", b"ID\n\xff"), ("T.hdbtable", b"\xff")])
def test_a_file_that_is_not_in_utf_8_is_named(
    authority: Authority, folder: Path, name: str, content: bytes
) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(RuntimeError, match=f"{name}: not in UTF-8"):
        LocalHana(authority=authority, seed=folder).start()


def test_a_field_that_never_ends_is_named(authority: Authority, folder: Path) -> None:
    (folder / "DRINKS.csv").write_text('ID,NAME\n1,"' + "a" * 200_000)
    with pytest.raises(RuntimeError, match=r"DRINKS\.csv:2: a quote .* not closed"):
        LocalHana(authority=authority, seed=folder).start()


def test_a_script_s_error_names_its_line(authority: Authority, tmp_path: Path) -> None:
    script = tmp_path / "seed.sql"
    script.write_text("CREATE COLUMN TABLE T (I INTEGER);\n\nINSERT INTO T\nVALUES ('x');\n")
    with pytest.raises(RuntimeError, match=r"seed.sql:4: 339"):
        LocalHana(authority=authority, seed=script).start()


def test_a_script_is_cut_where_statements_end() -> None:
    script = "a 'x;''y';\n-- c;\nb \"p;\"\"q\" /* ; */ c;;\n  d"
    assert list(statements(script)) == [(1, "a 'x;''y'"), (2, '-- c;\nb "p;""q" /* ; */ c'), (4, "d")]


def test_an_unfinished_text_is_left_to_the_reader_of_sql() -> None:
    assert [text for _, text in statements("a; b 'c; d")] == ["a", "b 'c; d"]


def test_a_module_copies_what_its_hdiconfig_says(folder: Path) -> None:
    (folder / "package.json").write_text("{}")
    old = folder / "src" / "old"
    old.mkdir()
    (old / "OLD.hdbtable").write_text("no table")
    assert len(design_time(folder).files[".hdbtable"]) == 2
    config = {"file_suffixes": {"hdbtable": {"plugin_name": "com.sap.hana.di.copyonly"}}}
    (old / ".hdiconfig").write_text(json.dumps(config))
    assert [file.name for file in design_time(folder).files[".hdbtable"]] == ["DRINKS.hdbtable"]
