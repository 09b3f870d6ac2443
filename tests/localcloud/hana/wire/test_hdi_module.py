"""A local HANA that is filled from an HDI module, as @sap/hdi-deploy would fill a real one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud.certificates import Authority
from localcloud.hana.csv_rows import csv_rows
from localcloud.hana.local import LocalHana
from localcloud.pytest_plugin import connect

FILES: dict[str, object] = {
    "package.json": {"name": "db"},
    "undeploy.json": [],
    "README.md": "Not for the database.",
    "other/IGNORED.hdbtable": "this is outside of src/ and cfg/",
    "src/.hdiconfig": {"file_suffixes": {}},
    "src/SHELF.hdbtable": '-- the shelves\nCOLUMN TABLE "SHELF" '
    "(ID INTEGER COMMENT 'Number', PRIMARY KEY (ID)) COMMENT 'Shelves';\n",
    "src/BOOK.hdbtable": "COLUMN TABLE BOOK (ID NVARCHAR(9) NOT NULL PRIMARY KEY, SHELF_ID INTEGER, "
    "TITLE NVARCHAR(50) COMMENT 'Title', PRICE DECIMAL(7, 2), BOUGHT DATE, LANG NVARCHAR(2))",
    "src/A_VIEW.hdbview": "VIEW A_VIEW COMMENT 'Dear books' (ID, TITLE) AS "
    "SELECT ID, TITLE FROM B_SYN WHERE PRICE > 5",
    "src/names.hdbsynonym": {
        "B_SYN": {"target": {"object": "BOOK"}},
        "DUAL": {"target": {"schema": "SYS", "object": "DUMMY"}},
    },
    "src/S.hdbsequence": "SEQUENCE S START WITH 7",
    "src/BOOK_SHELF.hdbconstraint": '/* a key */ constraint "BOOK_SHELF"\nON BOOK\n'
    "FOREIGN KEY (SHELF_ID) REFERENCES SHELF (ID) ON DELETE CASCADE",
    "src/BOOK_TITLE.hdbindex": "UNIQUE INDEX BOOK_TITLE ON BOOK (TITLE)",
    "src/data/rows.hdbtabledata": {
        "format_version": 1,
        "imports": [
            {
                "target_table": "SHELF",
                "source_data": {"data_type": "CSV", "file_name": "ns::shelves.csv"},
                "import_settings": {"import_columns": ["ID"]},
                "column_mappings": {"ID": 2},
            },
            {
                "target_table": "BOOK",
                "source_data": {
                    "data_type": "CSV",
                    "file_name": "books.csv",
                    "has_header": True,
                    "dialect": "HANA",
                    "type_config": {"delimiter": ";"},
                },
                "import_settings": {
                    "import_columns": ["ID", "TITLE", "SHELF_ID", "PRICE", "BOUGHT", "LANG"],
                    "include_filter": [{"SHELF_ID": "1"}, {"SHELF_ID": 2}],
                    "exclude_filter": [{"SHELF_ID": "1", "ID": "x"}],
                },
                "column_mappings": {
                    "ID": "Number",
                    "TITLE": "Title",
                    "SHELF_ID": 1,
                    "PRICE": "Price",
                    "BOUGHT": "Bought",
                    "LANG": {"type": "constant", "value": "de"},
                },
            },
        ],
    },
    "src/data/shelves.csv": "first,1\nsecond,2\n",
    "src/data/books.csv": "\ufeffShelf;Number;Title;Price;Bought\r\n"
    '1;a;"Böse; ""Geister""";5.10;2024-02-29\r\n'
    '2;b;"";;\r\n1;x;left out;1;\r\n3;c;of another shelf;1;\r\n2;d;"two\nlines";7;',
    "src/reader.hdbrole": {"role": {"name": "reader", "schema_privileges": [{"privileges": ["SELECT"]}]}},
    "src/defaults/default_access_role.hdbrole": {
        "role": {"name": "default_access_role", "schema_roles": [{"names": ["reader"]}]}
    },
}

Module = Callable[..., Path]


@pytest.fixture
def module(tmp_path: Path) -> Module:
    """Writes a module; `module(**{"src/X.hdbview": …})` adds files, None takes one away."""

    def write(**changes: object) -> Path:
        folder = tmp_path / "db"
        for name, content in {**FILES, **changes}.items():
            if content is not None:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                text = content if isinstance(content, str) else json.dumps(content)
                (folder / name).write_text(text, encoding="utf-8", newline="")
        return folder

    return write


def query(hana: LocalHana, sql: str, *, owner: bool = False) -> list[tuple[Any, ...]]:
    connection = connect(hana, owner=owner)
    cursor = connection.cursor()
    cursor.execute(sql)
    rows = [tuple(row) for row in cursor.fetchall()]
    connection.close()
    return rows


def test_every_kind_of_file_is_read(
    authority: Authority, module: Module, capfd: pytest.CaptureFixture[str]
) -> None:
    with LocalHana(authority=authority, seed=module()) as hana:
        assert query(hana, "SELECT * FROM SHELF ORDER BY ID") == [(1,), (2,)]
        assert query(
            hana,
            "SELECT ID, SHELF_ID, TITLE, TO_VARCHAR(PRICE), TO_VARCHAR(BOUGHT), LANG FROM BOOK ORDER BY ID",
        ) == [
            ("a", 1, 'Böse; "Geister"', "5.10", "2024-02-29", "de"),
            ("b", 2, "", None, None, "de"),
            ("d", 2, "two\nlines", "7.00", None, "de"),
        ]
        assert query(hana, "SELECT * FROM A_VIEW ORDER BY ID") == [
            ("a", 'Böse; "Geister"'),
            ("d", "two\nlines"),
        ]
        assert query(hana, "SELECT * FROM DUAL") == [("X",)]
        assert query(hana, "SELECT S.NEXTVAL FROM DUMMY", owner=True) == [(7,)]
    assert capfd.readouterr().err == ""


def test_what_the_module_defines_comes_back_from_the_catalogue(authority: Authority, module: Module) -> None:
    with LocalHana(authority=authority, seed=module()) as hana:
        of_this = f"WHERE SCHEMA_NAME = '{hana.schema}'"
        assert query(hana, f"SELECT TABLE_NAME, COMMENTS FROM SYS.TABLES {of_this} ORDER BY 1") == [
            ("BOOK", None),
            ("SHELF", "Shelves"),
        ]
        commented = (
            f"SELECT TABLE_NAME, COLUMN_NAME, COMMENTS FROM SYS.TABLE_COLUMNS {of_this} AND COMMENTS <> ''"
        )
        assert query(hana, f"{commented} ORDER BY 1, 2") == [
            ("BOOK", "TITLE", "Title"),
            ("SHELF", "ID", "Number"),
        ]
        assert query(hana, f"SELECT VIEW_NAME, COMMENTS FROM SYS.VIEWS {of_this}") == [
            ("A_VIEW", "Dear books")
        ]
        assert query(
            hana,
            "SELECT CONSTRAINT_NAME, TABLE_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME, "
            f"DELETE_RULE FROM SYS.REFERENTIAL_CONSTRAINTS {of_this}",
        ) == [("BOOK_SHELF", "BOOK", "SHELF_ID", "SHELF", "ID", "CASCADE")]
        index = f"SELECT INDEX_NAME, COLUMN_NAME FROM SYS.INDEX_COLUMNS {of_this} AND CONSTRAINT = 'UNIQUE'"
        assert query(hana, index) == [("BOOK_TITLE", "TITLE")]
        assert query(
            hana,
            "SELECT CONSTRAINT_NAME, COLUMN_NAME, IS_UNIQUE_KEY FROM SYS.CONSTRAINTS "
            f"{of_this} AND IS_PRIMARY_KEY = 'FALSE'",
        ) == [("BOOK_TITLE", "TITLE", "TRUE")]
        assert query(hana, f"SELECT SYNONYM_NAME FROM SYS.SYNONYMS {of_this} ORDER BY 1") == [
            ("B_SYN",),
            ("DUAL",),
        ]


WRITES = [
    "INSERT INTO SHELF VALUES (9)",
    "UPDATE SHELF SET ID = 9",
    "DELETE FROM BOOK",
    "UPSERT SHELF VALUES (9) WITH PRIMARY KEY",
    "TRUNCATE TABLE BOOK",
    "CREATE TABLE MINE (A INTEGER)",
    "DROP TABLE BOOK",
]


def refusal_of(hana: LocalHana, sql: str) -> int:
    connection = connect(hana)
    with pytest.raises(dbapi.Error) as refusal:
        connection.cursor().execute(sql)
    connection.close()
    return int(refusal.value.errorcode)


def test_the_default_access_role_leaves_the_runtime_user_what_it_gives(
    authority: Authority, module: Module
) -> None:
    with LocalHana(authority=authority, seed=module()) as hana:
        assert [refusal_of(hana, sql) for sql in WRITES] == [258] * len(WRITES)
        role = f"{hana.schema}::access_role"
        granted = "SELECT GRANTEE, GRANTEE_TYPE, PRIVILEGE FROM SYS.GRANTED_PRIVILEGES"
        assert query(hana, granted) == [(role, "ROLE", "SELECT")]
        assert query(hana, "SELECT GRANTEE, ROLE_NAME FROM SYS.GRANTED_ROLES") == [(hana.user, role)]


def test_without_a_default_access_role_the_runtime_user_writes(
    authority: Authority, module: Module, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = module(**{"src/defaults/default_access_role.hdbrole": None})
    with LocalHana(authority=authority, seed=folder) as hana:
        connect(hana).cursor().execute("INSERT INTO SHELF VALUES (9)")
    assert "src/reader.hdbrole: no default_access_role" in capfd.readouterr().err


def test_a_role_may_give_single_objects(authority: Authority, module: Module) -> None:
    given = [{"name": "SHELF", "type": "TABLE", "privileges": ["SELECT", "INSERT"]}]
    role = {"role": {"name": "reader", "object_privileges": given}}
    with LocalHana(authority=authority, seed=module(**{"src/reader.hdbrole": role})) as hana:
        connect(hana).cursor().execute("INSERT INTO SHELF VALUES (9)")
        assert refusal_of(hana, "SELECT * FROM BOOK") == 258
        assert query(hana, f"SELECT TABLE_NAME FROM SYS.TABLES WHERE SCHEMA_NAME = '{hana.schema}'") == [
            ("SHELF",)
        ]


def test_the_role_is_there_still_when_a_file_is_opened_again(
    authority: Authority, module: Module, tmp_path: Path
) -> None:
    folder, data = module(), tmp_path / "data"
    for user in ("TOKONOMA_RT", "TOKONOMA_RT", "ANOTHER_RT"):
        with LocalHana(authority=authority, seed=folder, data=data, user=user) as hana:
            assert query(hana, "SELECT COUNT(*) FROM BOOK") == [(3,)]
            assert refusal_of(hana, "DELETE FROM BOOK") == 258


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        (
            "src/P.hdbprocedure",
            "PROCEDURE P () AS BEGIN END",
            "src/P.hdbprocedure: .hdbprocedure is not read",
        ),
        ("cfg/X.hdbgrants", {}, "cfg/X.hdbgrants: .hdbgrants is not read"),
        ("src/more.csv", "A\n1\n", "src/more.csv: no .hdbtabledata names it"),
        ("src/N.hdbsynonym", {"N": {}}, "src/N.hdbsynonym: the synonym N has no target here"),
        (
            "src/N.hdbsynonym",
            {"N": {"target": {"object": "T", "remote": "R"}}},
            "src/N.hdbsynonym: the remote of the synonym N is not read",
        ),
        (
            "src/other.hdbrole",
            {"role": {"name": "other"}},
            "src/other.hdbrole: no default_access_role in a folder called defaults holds this role",
        ),
        (
            "src/reader.hdbrole",
            {"role": {"name": "reader", "global_roles": ["PUBLIC"]}},
            "src/reader.hdbrole: global_roles is not read",
        ),
        (
            "src/reader.hdbrole",
            {"role": {"name": "reader", "schema_privileges": [{"reference": "X", "privileges": ["SELECT"]}]}},
            "src/reader.hdbrole: an entry of schema_privileges with reference is not read",
        ),
        ("node_modules/m/src/.hdiconfig", {}, "node_modules/m/src: a reused module is not read"),
    ],
)
def test_what_is_not_read_is_named(
    authority: Authority,
    module: Module,
    capfd: pytest.CaptureFixture[str],
    name: str,
    content: object,
    line: str,
) -> None:
    with LocalHana(authority=authority, seed=module(**{name: content})):
        pass
    lines = capfd.readouterr().err.splitlines()
    assert [each for each in lines if line in each and each.startswith("local HANA: ")] == lines
    assert len(lines) == 1


def data(**changes: Any) -> dict[str, object]:
    """A .hdbtabledata file of one import, with parts of it changed; None removes one."""
    entry: dict[str, Any] = {
        "target_table": "SHELF",
        "source_data": {"data_type": "CSV", "file_name": "shelves.csv"},
        "import_settings": {"import_columns": ["ID"]},
        "column_mappings": {"ID": 2},
        **changes,
    }
    return {
        "format_version": 1,
        "imports": [{key: value for key, value in entry.items() if value is not None}],
    }


def source(**changes: Any) -> dict[str, Any]:
    return {"data_type": "CSV", "file_name": "shelves.csv", **changes}


ROWS = "src/data/rows.hdbtabledata"


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        (ROWS, "{", "rows.hdbtabledata:1: is not JSON"),
        (ROWS, [], "rows.hdbtabledata: must be an object with format_version 1"),
        (ROWS, data(target_table=None), "rows.hdbtabledata: import 1: target_table is missing"),
        (ROWS, {"format_version": 1, "imports": [1]}, "import 1 has a value of another kind than it must be"),
        (ROWS, data(target_table=["SHELF"]), "import 1: target_table must be a text"),
        (ROWS, data(source_data=source(type_config={"delimiter": ""})), "import 1: delimiter must be a text"),
        (
            ROWS,
            data(import_settings={"import_columns": ["ID", 1]}),
            "import 1: import_columns must be a list of names",
        ),
        (ROWS, data(target_table="NOWHERE"), "rows.hdbtabledata: 259"),
        (
            ROWS,
            data(source_data=source(data_type="PROPERTIES")),
            "import 1: data_type PROPERTIES is not read",
        ),
        (ROWS, data(source_data=source(file_name="no.csv")), "import 1: no files are called no.csv"),
        (
            ROWS,
            data(source_data=source(type_config={"do_escape": True})),
            "import 1: type_config do_escape True is not read",
        ),
        (ROWS, data(column_mappings={}), "import 1: the column ID of import_columns has no mapping"),
        (ROWS, data(column_mappings={"ID": 0}), "import 1: the file has no column 0"),
        (ROWS, data(column_mappings={"ID": 3}), "shelves.csv:1: 2 fields for 3 columns"),
        (ROWS, data(column_mappings={"ID": "Nr"}), "import 1: the file's header has no Nr"),
        (
            ROWS,
            data(column_mappings={"ID": {"type": "function", "name": "range"}}),
            "import 1: the function range of a column mapping is not read",
        ),
        (
            ROWS,
            data(import_settings={"import_columns": ["ID"], "include_filter": [{"A": "1"}]}),
            "import 1: include_filter asks for A, which is none of the import_columns",
        ),
        ("src/data/shelves.csv", "first,1\nsecond,no\n", "shelves.csv:2: 339"),
        ("src/data/shelves.csv", "first,1\nsecond,1\n", "shelves.csv:2: 301"),
        ("src/data/shelves.csv", 'first,1\n"second"x,2\n', "shelves.csv:2: a quote in the wrong place"),
        (
            "src/BOOK_SHELF.hdbconstraint",
            "CONSTRAINT X UNIQUE (A)",
            "hdbconstraint:1: must be CONSTRAINT name",
        ),
        ("src/data/shelves.csv", "first,1\nsecond,7\n", "BOOK_SHELF.hdbconstraint:1: 461"),
        ("src/BOOK_TITLE.hdbindex", "UNIQUE INDEX T ON BOOK (SHELF_ID)", "BOOK_TITLE.hdbindex:1: 301"),
        ("src/names.hdbsynonym", [], "names.hdbsynonym: must be an object of synonyms"),
        (
            "src/reader.hdbrole",
            {"role": {}},
            "reader.hdbrole: must be an object with a role, which has a name",
        ),
        (
            "src/reader.hdbrole",
            {"role": {"name": "reader", "schema_privileges": [{"privileges": ["DROP"]}]}},
            "reader.hdbrole: no role can give 'DROP' in a container",
        ),
        (
            "src/reader.hdbrole",
            {"role": {"name": "reader", "object_privileges": [{"name": "NO", "privileges": ["SELECT"]}]}},
            "reader.hdbrole: there is no NO on which a role could give something",
        ),
        (
            "src/reader.hdbrole",
            {"role": {"name": "reader", "schema_roles": [{"names": ["nobody"]}]}},
            "reader.hdbrole: there is no role nobody in these files",
        ),
        ("src/S.hdbsequence", "SEQUENCE S RESET BY SELECT 1 FROM DUMMY", "S.hdbsequence:1: 7"),
    ],
)
def test_what_does_not_fit_stops_the_start_and_is_named(
    authority: Authority, module: Module, name: str, content: object, complaint: str
) -> None:
    with pytest.raises(RuntimeError) as refusal:
        LocalHana(authority=authority, seed=module(**{name: content})).start()
    assert complaint in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", []),
        ("a", [(1, ["a"])]),
        ("a\n", [(1, ["a"])]),
        ("a,b\r\nc,d\re,f", [(1, ["a", "b"]), (2, ["c", "d"]), (3, ["e", "f"])]),
        (",", [(1, [None, None])]),
        (",\n", [(1, [None, None])]),
        ('"",\n', [(1, ["", None])]),
        ('a,"x\ny"\nb,c', [(2, ["a", "x\ny"]), (3, ["b", "c"])]),
        ('"a,"",b"', [(1, ['a,",b'])]),
        (' , "\n', [(1, [" ", ' "'])]),
        ('a"b,c', [(1, ['a"b', "c"])]),
        ("\n", [(1, [None])]),
    ],
)
def test_csv_tells_null_from_an_empty_text(
    tmp_path: Path, text: str, rows: list[tuple[int, list[str | None]]]
) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(text.encode())
    assert list(csv_rows(file)) == rows
