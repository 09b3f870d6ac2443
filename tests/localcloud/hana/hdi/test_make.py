"""What MAKE does to the schema of a container."""

from __future__ import annotations

import pytest

from .conftest import HDICONFIG, Deployer

PERSON = "COLUMN TABLE PERSON (ID INTEGER PRIMARY KEY, NAME NVARCHAR(20) NOT NULL)"
PET = "COLUMN TABLE PET (ID INTEGER PRIMARY KEY, OWNER INTEGER, NAME NVARCHAR(20))"
MODULE = {
    "src/PERSON.hdbtable": PERSON,
    "src/PET.hdbtable": PET,
    "src/A_LIST.hdbview": "VIEW A_LIST AS SELECT NAME, OWNER_NAME FROM PETS_AND_OWNERS",
    "src/PETS.hdbview": "VIEW PETS_AND_OWNERS AS SELECT P.NAME, O.NAME AS OWNER_NAME FROM ANIMAL P "
    "LEFT JOIN PERSON O ON O.ID = P.OWNER",
    "src/names.hdbsynonym": {"ANIMAL": {"target": {"object": "PET"}}},
    "src/NUMBERS.hdbsequence": "SEQUENCE NUMBERS START WITH 7",
    "src/PET_OWNER.hdbconstraint": "CONSTRAINT PET_OWNER ON PET FOREIGN KEY (OWNER) REFERENCES PERSON (ID)",
    "src/PET_NAME.hdbindex": "INDEX PET_NAME ON PET (NAME)",
    "src/notes.txt": "For nobody but people.",
}


def fill(deployer: Deployer) -> None:
    deployer.run("INSERT INTO PERSON VALUES (1, 'Anna')")
    deployer.run("INSERT INTO PET VALUES (7, 1, 'Rex')")


def test_every_kind_of_object_is_made_in_whatever_order_works(deployer: Deployer) -> None:
    made = deployer.deploy(MODULE)
    assert (made.code, made.errors) == (0, [])
    fill(deployer)
    assert deployer.query("SELECT * FROM A_LIST") == [("Rex", "Anna")]
    assert deployer.query("SELECT NUMBERS.NEXTVAL FROM DUMMY") == [(7,)]
    assert deployer.query("SELECT CONSTRAINT_NAME FROM SYS.REFERENTIAL_CONSTRAINTS") == [("PET_OWNER",)]
    assert deployer.query("SELECT INDEX_NAME FROM SYS.INDEXES WHERE INDEX_NAME NOT LIKE '_SYS%'") == [
        ("PET_NAME",)
    ]
    assert (
        made.messages[-1]["MESSAGE"] == "Make succeeded (0 warnings): 10 files deployed, 0 files undeployed"
    )


def test_m_objects_lists_what_there_is(deployer: Deployer) -> None:
    deployer.deploy(MODULE)
    found = deployer.query(
        'SELECT PATH, OBJECT_NAME, OBJECT_TYPE FROM "C#DI".M_OBJECTS WHERE CONTAINER_NAME = ? ORDER BY PATH',
        "C",
    )
    assert found == [
        ("src/A_LIST.hdbview", "A_LIST", "VIEW"),
        ("src/NUMBERS.hdbsequence", "NUMBERS", "SEQUENCE"),
        ("src/PERSON.hdbtable", "PERSON", "TABLE"),
        ("src/PET.hdbtable", "PET", "TABLE"),
        ("src/PETS.hdbview", "PETS_AND_OWNERS", "VIEW"),
        ("src/PET_NAME.hdbindex", "PET_NAME", "INDEX"),
        ("src/PET_OWNER.hdbconstraint", "PET_OWNER", "CONSTRAINT"),
        ("src/names.hdbsynonym", "ANIMAL", "SYNONYM"),
    ]


def test_deploying_twice_changes_nothing(deployer: Deployer) -> None:
    deployer.deploy(MODULE)
    fill(deployer)
    before = deployer.catalogue()
    again = deployer.deploy(MODULE)
    assert again.code == 0
    assert deployer.call("STATUS", [("src/",)]).result == []
    assert deployer.catalogue() == before
    assert deployer.query("SELECT * FROM PET") == [(7, 1, "Rex")]


def test_making_everything_again_changes_nothing_either(deployer: Deployer) -> None:
    deployer.deploy(MODULE)
    fill(deployer)
    before = deployer.query(
        "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE_NAME FROM SYS.TABLE_COLUMNS ORDER BY 1, 2"
    )
    again = deployer.call("MAKE", [(path,) for path in MODULE], [], [])
    assert (again.code, again.errors) == (0, [])
    after = deployer.query(
        "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE_NAME FROM SYS.TABLE_COLUMNS ORDER BY 1, 2"
    )
    assert after == before
    assert deployer.query("SELECT * FROM A_LIST") == [("Rex", "Anna")]


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("(ID INTEGER PRIMARY KEY, OWNER INTEGER, NAME NVARCHAR(99))", [(7, 1, "Rex")]),
        ("(NAME NVARCHAR(20), ID INTEGER PRIMARY KEY, OWNER INTEGER)", [("Rex", 7, 1)]),
        ("(ID BIGINT PRIMARY KEY, OWNER INTEGER, NAME NVARCHAR(20), AGE INTEGER)", [(7, 1, "Rex", None)]),
        (
            "(ID INTEGER PRIMARY KEY, OWNER INTEGER, NAME NVARCHAR(20), AGE INTEGER DEFAULT 3 NOT NULL)",
            [(7, 1, "Rex", 3)],
        ),
        ("(ID INTEGER, OWNER INTEGER, NAME NVARCHAR(20) PRIMARY KEY)", [(7, 1, "Rex")]),
        (
            "(ID INTEGER PRIMARY KEY, OWNER INTEGER, NAME NVARCHAR(20), "
            "LOUD NVARCHAR(20) GENERATED ALWAYS AS (UPPER(NAME)))",
            [(7, 1, "Rex", "REX")],
        ),
    ],
)
def test_a_changed_table_keeps_its_rows(
    deployer: Deployer, table: str, rows: list[tuple[object, ...]]
) -> None:
    deployer.deploy(MODULE)
    fill(deployer)
    made = deployer.deploy({**MODULE, "src/PET.hdbtable": f"COLUMN TABLE PET {table}"})
    assert made.errors == []
    assert deployer.query("SELECT * FROM PET") == rows
    assert deployer.query("SELECT * FROM A_LIST") == [("Rex", "Anna")]
    assert deployer.query("SELECT CONSTRAINT_NAME FROM SYS.REFERENTIAL_CONSTRAINTS") == [("PET_OWNER",)]


def test_a_column_that_goes_takes_its_values_along(deployer: Deployer) -> None:
    deployer.deploy({"src/PERSON.hdbtable": PERSON})
    deployer.run("INSERT INTO PERSON VALUES (1, 'Anna')")
    for columns in ("ID INTEGER PRIMARY KEY", "ID INTEGER PRIMARY KEY, NAME NVARCHAR(20)"):
        assert deployer.deploy({"src/PERSON.hdbtable": f"COLUMN TABLE PERSON ({columns})"}).errors == []
    assert deployer.query("SELECT * FROM PERSON") == [(1, None)]


def test_a_table_that_others_refer_to_may_change(deployer: Deployer) -> None:
    pet = "COLUMN TABLE PET (ID INTEGER, OWNER INTEGER, FOREIGN KEY (OWNER) REFERENCES PERSON (ID))"
    deployer.deploy({"src/PERSON.hdbtable": PERSON, "src/PET.hdbtable": pet})
    deployer.run("INSERT INTO PERSON VALUES (1, 'Anna')")
    deployer.run("INSERT INTO PET VALUES (7, 1)")
    longer = PERSON.replace("20", "50")
    assert deployer.deploy({"src/PERSON.hdbtable": longer, "src/PET.hdbtable": pet}).errors == []
    assert deployer.query("SELECT O.NAME FROM PET P JOIN PERSON O ON O.ID = P.OWNER") == [("Anna",)]
    keyless = "COLUMN TABLE PERSON (ID INTEGER, NAME NVARCHAR(50) NOT NULL)"
    (error,) = deployer.deploy({"src/PERSON.hdbtable": keyless, "src/PET.hdbtable": pet}).errors
    assert error[0] == "src/PERSON.hdbtable"
    assert "417" in str(error[1])


def test_an_identity_column_goes_on_counting(deployer: Deployer) -> None:
    table = "COLUMN TABLE T (ID INTEGER GENERATED BY DEFAULT AS IDENTITY, A INTEGER{})"
    deployer.deploy({"src/T.hdbtable": table.format("")})
    deployer.run("INSERT INTO T (A) VALUES (1)")
    assert deployer.deploy({"src/T.hdbtable": table.format(", B INTEGER")}).errors == []
    deployer.run("INSERT INTO T (A) VALUES (2)")
    assert deployer.query("SELECT ID, A FROM T ORDER BY ID") == [(1, 1), (2, 2)]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("COLUMN TABLE PET (ID INTEGER PRIMARY KEY, OWNER INTEGER, NAME INTEGER)", "339"),
        ("COLUMN TABLE PET (ID INTEGER PRIMARY KEY, OWNER INTEGER, NAME NVARCHAR(2))", "274"),
        (
            "COLUMN TABLE PET (ID INTEGER PRIMARY KEY, OWNER INTEGER, NAME NVARCHAR(20), A INTEGER NOT NULL)",
            "287",
        ),
    ],
)
def test_rows_that_do_not_fit_a_changed_table_stop_the_make(
    deployer: Deployer, table: str, code: str
) -> None:
    deployer.deploy(MODULE)
    fill(deployer)
    before = deployer.catalogue()
    made = deployer.deploy({**MODULE, "src/PET.hdbtable": table})
    assert made.code == -1
    ((path, text, _),) = made.errors
    assert (path, code in str(text)) == ("src/PET.hdbtable", True)
    assert deployer.catalogue() == before
    assert deployer.query("SELECT * FROM PET") == [(7, 1, "Rex")]


def test_views_follow_the_tables_that_they_read(deployer: Deployer) -> None:
    module = {"src/PERSON.hdbtable": PERSON, "src/V.hdbview": "VIEW V AS SELECT * FROM PERSON"}
    deployer.deploy(module)
    types = "SELECT COLUMN_NAME, LENGTH FROM SYS.VIEW_COLUMNS WHERE VIEW_NAME = 'V' ORDER BY POSITION"
    assert deployer.query(types) == [("ID", 10), ("NAME", 20)]
    deployer.deploy(
        {**module, "src/PERSON.hdbtable": PERSON.replace("20", "50").replace(")", "), B DATE", 1)}
    )
    assert deployer.query(types)[1] == ("NAME", 50)


def test_what_is_undeployed_is_gone_and_the_rest_stays(deployer: Deployer) -> None:
    deployer.deploy(MODULE)
    fill(deployer)
    kept = {path: MODULE[path] for path in ("src/PERSON.hdbtable", "src/NUMBERS.hdbsequence")}
    made = deployer.deploy(kept)
    assert made.errors == []
    assert sorted(key for _, key in deployer.catalogue()[0]) == ["NUMBERS", "PERSON"]
    assert deployer.query("SELECT * FROM PERSON") == [(1, "Anna")]
    assert made.messages[-1]["MESSAGE"] == "Make succeeded (0 warnings): 0 files deployed, 7 files undeployed"


def test_what_is_not_named_for_undeploying_stays(deployer: Deployer) -> None:
    deployer.deploy(MODULE)
    before = deployer.catalogue()
    assert deployer.deploy({}, undeploy=False).errors == []
    assert deployer.catalogue() == before
    assert {row["STATUS"] for row in deployer.call("STATUS", [("/",)]).result} == {"D"}


def test_what_a_view_needs_cannot_be_undeployed(deployer: Deployer) -> None:
    deployer.deploy(MODULE)
    before = deployer.catalogue()
    made = deployer.deploy({**MODULE, "src/names.hdbsynonym": None})
    assert [error[0] for error in made.errors] == ["src/A_LIST.hdbview"]
    assert deployer.catalogue() == before


def test_an_object_may_move_to_another_file_and_keep_its_rows(deployer: Deployer) -> None:
    deployer.deploy(MODULE)
    fill(deployer)
    moved = {**MODULE, "src/PET.hdbtable": None, "src/animals/PET.hdbtable": PET}
    assert deployer.deploy(moved).errors == []
    assert deployer.query("SELECT * FROM PET") == [(7, 1, "Rex")]


FAULTS = [
    ("src/V.hdbview", "VIEW V AS\n  SELECT *\n  FROM NOWHERE", "3", "Database error 259: invalid table name"),
    (
        "src/V.hdbview",
        "-- a comment\n\nVIEW V AS SELEC 1 FROM DUMMY",
        "3",
        "Database error 257: sql syntax error",
    ),
    ("src/V.hdbview", "VIEW V AS SELECT MISSING FROM PERSON", "1", "Database error 260: invalid column name"),
    (
        "src/T.hdbtable",
        "VIEW T AS SELECT 1 AS A FROM DUMMY",
        "1",
        "must hold the statement that makes a table",
    ),
    ("src/T.hdbtable", "", "1", "must hold the statement that makes a table"),
    ("src/T.hdbtable", "COLUMN TABLE OTHER.T (A INTEGER)", "1", "must name no schema, and names OTHER"),
    (
        "src/T.hdbtable",
        "COLUMN TABLE PERSON (A INTEGER)",
        "",
        '"PERSON" is made by "src/PERSON.hdbtable" already',
    ),
    ("src/T.hdbtable", b"COLUMN TABLE T (A INTEGER) -- \xff", "", "not in UTF-8"),
    (
        "src/V.hdbview",
        "VIEW V AS SELECT 1 AS A FROM DUMMY WHERE EXISTS (SELECT * FROM SYS.TABLES)",
        "1",
        "must name no schema, and names SYS",
    ),
    ("src/I.hdbindex", "INDEX I ON NOWHERE (A)", "1", "Database error 259: invalid table name"),
    ("src/C.hdbconstraint", "CONSTRAINT C UNIQUE (A)", "1", "must be CONSTRAINT name ON table FOREIGN KEY"),
    (
        "src/S.hdbsequence",
        "SEQUENCE S RESET BY SELECT 1 FROM DUMMY",
        "1",
        "Database error 7: feature not supported",
    ),
    ("src/s.hdbsynonym", {"S": {}}, "", "the synonym S has no target here"),
    ("src/s.hdbsynonym", "[", "1", "is not JSON"),
    ("src/r.hdbrole", {"role": {}}, "", "must be an object with a role, which has a name"),
    (
        "src/r.hdbrole",
        {"role": {"name": "r", "object_privileges": [{"name": "NO", "privileges": ["SELECT"]}]}},
        "",
        "there is no NO on which a role could give something",
    ),
    (
        "src/P.hdbprocedure",
        "PROCEDURE P AS BEGIN END",
        "",
        'feature not supported: files with the suffix "hdbprocedure"',
    ),
    ("src/F.hdbfunction", "FUNCTION F", "", 'feature not supported: files with the suffix "hdbfunction"'),
    (
        "src/V.hdbcalculationview",
        "<x/>",
        "",
        'feature not supported: files with the suffix "hdbcalculationview"',
    ),
    (
        "src/x.hdbtextconfig",
        "{}",
        "",
        '"src/.hdiconfig" configures no plug-in for files with the suffix "hdbtextconfig"',
    ),
    ("cfg/x.hdbtable", PERSON, "", 'no .hdiconfig in the folder of "cfg/x.hdbtable" or above it'),
    ("src/sub/.hdiconfig", "{}", "", "must be an object with file_suffixes"),
    ("src/sub/.hdinamespace", "{}", "", "must be an object with a name"),
    ("src/sub/.hdinamespace", {"name": "x", "subfolder": "no"}, "", 'subfolder must be "append" or "ignore"'),
]


@pytest.mark.parametrize(("path", "content", "line", "text"), FAULTS, ids=[each[0] for each in FAULTS])
def test_a_faulty_file_fails_the_whole_make_and_nothing_of_it_stays(
    deployer: Deployer, path: str, content: object, line: str, text: str
) -> None:
    deployer.deploy({"src/PERSON.hdbtable": PERSON})
    deployer.run("INSERT INTO PERSON VALUES (1, 'Anna')")
    before = deployer.catalogue()
    made = deployer.deploy(
        {"src/PERSON.hdbtable": PERSON.replace("20", "50"), "src/PET.hdbtable": PET, path: content}
    )
    assert made.code == -1
    ((where, said, location),) = made.errors
    assert (where, location) == (path, line)
    assert text in str(said)
    assert deployer.catalogue() == before
    assert deployer.query("SELECT * FROM PERSON") == [(1, "Anna")]
    status = {row["PATH"]: row["STATUS"] for row in deployer.call("STATUS", [("/",)]).result}
    assert (status["src/PERSON.hdbtable"], status["src/PET.hdbtable"], status[path]) == ("M", "A", "A")
    assert str(made.messages[-1]["MESSAGE"]).startswith("Make failed (1 errors, 0 warnings)")


@pytest.mark.parametrize(
    ("config", "path", "name", "fits"),
    [
        ({"name": "a.b"}, "src/T.hdbtable", "a.b::T", True),
        ({"name": "a.b"}, "src/x/y/T.hdbtable", "a.b.x.y::T", True),
        ({"name": "a.b", "subfolder": "ignore"}, "src/x/y/T.hdbtable", "a.b::T", True),
        ({"name": ""}, "src/x/T.hdbtable", "x::T", True),
        ({"name": "", "subfolder": "ignore"}, "src/x/T.hdbtable", "T", True),
        ({"name": "a.b"}, "src/T.hdbtable", "T", False),
        ({"name": "a.b"}, "src/T.hdbtable", "a::T", False),
        (None, "src/T.hdbtable", "a::T", False),
    ],
)
def test_names_have_the_namespace_of_their_folder(
    deployer: Deployer, config: object, path: str, name: str, fits: bool
) -> None:
    made = deployer.deploy({"src/.hdinamespace": config, path: f'COLUMN TABLE "{name}" (A INTEGER)'})
    assert (made.code == 0) is fits
    assert [each[0] for each in made.errors] == ([] if fits else [path])


def test_a_make_may_be_simulated(deployer: Deployer) -> None:
    before = deployer.catalogue()
    made = deployer.deploy(MODULE, SIMULATE_MAKE="TRUE")
    assert made.code == 0
    assert (
        made.messages[-1]["MESSAGE"] == "Make simulated (0 warnings): 10 files deployed, 0 files undeployed"
    )
    assert deployer.catalogue() == before
    assert deployer.query('SELECT STATUS FROM "C#DI".M_JOBS') == [("SIMULATED",)]


def test_warnings_may_count_as_errors(deployer: Deployer) -> None:
    role = {"role": {"name": "r", "global_roles": ["PUBLIC"]}}
    made = deployer.deploy({"src/r.hdbrole": role}, TREAT_WARNINGS_AS_ERRORS="TRUE")
    assert made.code == -1
    made = deployer.deploy({"src/r.hdbrole": role})
    assert made.code == 1
    warned = [(each["PATH"], each["MESSAGE"]) for each in made.messages if each["SEVERITY"] == "WARNING"]
    assert warned == [("src/r.hdbrole", "global_roles is not read")]


def test_a_parameter_that_is_not_known_is_refused_by_name(deployer: Deployer) -> None:
    made = deployer.deploy(MODULE, OPTIMISE="TRUE")
    assert made.errors == [("", 'feature not supported: the parameter "OPTIMISE"', "")]
    made = deployer.deploy(MODULE, SIMULATE_MAKE="PERHAPS")
    assert made.errors == [("", 'the parameter "SIMULATE_MAKE" is TRUE or FALSE, and not "PERHAPS"', "")]


def test_a_parameter_of_a_plug_in_is_named_where_it_is_not_read(deployer: Deployer) -> None:
    deployer.write({"src/.hdiconfig": HDICONFIG, "src/T.hdbtable": PERSON})
    paths = [("src/.hdiconfig",), ("src/T.hdbtable",)]
    given = [("src/T.hdbtable", "com.sap.hana.di.table/y", "true")]
    made = deployer.call("MAKE", paths, [], given, **{"com.sap.hana.di.view/x": "1"})
    assert made.code == 1
    assert [each["MESSAGE"] for each in made.messages if each["SEVERITY"] == "WARNING"] == [
        "the parameter COM.SAP.HANA.DI.VIEW/X is not read",
        "the parameter com.sap.hana.di.table/y is not read",
    ]


def test_a_parameter_about_speed_or_traces_is_no_warning(deployer: Deployer) -> None:
    deployer.write({"src/.hdiconfig": HDICONFIG, "src/T.hdbtable": PERSON})
    paths = [("src/.hdiconfig",), ("src/T.hdbtable",)]
    fast = "com.sap.hana.di.table/try_fast_table_migration"
    given = [("src/T.hdbtable", fast, "true")]
    parameters = {fast: "true", "trace_level.di": "info", "max_parallel_jobs": "2"}
    made = deployer.call("MAKE", paths, [], given, **parameters, TREAT_WARNINGS_AS_ERRORS="TRUE")
    assert (made.code, made.errors) == (0, [])


def test_what_was_not_written_cannot_be_deployed(deployer: Deployer) -> None:
    made = deployer.call("MAKE", [("src/T.hdbtable",)], [], [])
    assert made.errors == [("src/T.hdbtable", '"src/T.hdbtable" was not written', "")]


def test_a_file_that_is_only_copied_makes_nothing_whatever_its_suffix(deployer: Deployer) -> None:
    copied = {"file_suffixes": {"hdbtable": {"plugin_name": "com.sap.hana.di.copyonly"}}}
    module = {"src/PET.hdbtable": PET, "src/old/X.hdbtable": "no table"}
    assert deployer.deploy({**module, "src/old/.hdiconfig": copied}).errors == []
    assert [key for _, key in deployer.catalogue()[0]] == ["PET"]
    assert deployer.deploy({"src/.hdiconfig": {**HDICONFIG, **copied}, "src/PET.hdbtable": PET}).errors == []
    assert deployer.catalogue()[0] == {}


def test_the_plug_in_that_is_configured_decides_what_a_file_is(deployer: Deployer) -> None:
    tables = {"file_suffixes": {"ddl": {"plugin_name": "com.sap.hana.di.table"}}}
    made = deployer.deploy({"src/x/.hdiconfig": tables, "src/x/PET.ddl": PET})
    assert made.errors == []
    assert deployer.query("SELECT * FROM PET") == []
    ((path, said, _),) = deployer.deploy({"src/x/.hdiconfig": tables, "src/x/PET.ddl": "VIEW V"}).errors
    assert (path, str(said)[:45]) == ("src/x/PET.ddl", "must hold the statement that makes a table, w")


def test_a_table_that_no_file_has_made_is_not_taken_over(deployer: Deployer) -> None:
    deployer.run("CREATE TABLE PET (A INTEGER)")
    deployer.run("INSERT INTO PET VALUES (5)")
    made = deployer.deploy({"src/PET.hdbtable": PET})
    text = '"PET" is there already, and no file of this container has made it'
    assert made.errors == [("src/PET.hdbtable", text, "1")]
    assert deployer.query("SELECT * FROM PET") == [(5,)]


def test_a_type_that_does_not_fit_is_told_where_it_stands(deployer: Deployer) -> None:
    deployer.deploy({"src/PET.hdbtable": PET})
    changed = PET.replace("OWNER INTEGER", "\n OWNER DATE")
    text = "Database error 266: inconsistent datatype: INTEGER is not compatible with DATE (column 2)"
    assert deployer.deploy({"src/PET.hdbtable": changed}).errors == [("src/PET.hdbtable", text, "2")]


MORE_FAULTS = [
    ("src/s.hdbsynonym", '{"S": {}, "n": NaN}', "", "is not JSON (NaN)"),
    ("src/s.hdbsynonym", '{\n"S": ' + "1" * 5000 + "}", "2", "has a number of 1000 digits or more"),
    ("src/sub/.hdiconfig", "1" * 5000, "1", "has a number of 1000 digits or more"),
    ("src/s.hdbsynonym", {"S": {"target": {"object": "S"}}}, "", '"S" leads back to itself'),
    (
        "src/s.hdbsynonym",
        {"A": {"target": {"object": "B"}}, "B": {"target": {"object": "A"}}},
        "",
        '"A" leads back to itself',
    ),
    (
        "src/V.hdbview",
        "OR REPLACE VIEW V AS SELECT 1 AS A FROM DUMMY",
        "1",
        "that makes a view, without CREATE",
    ),
    ("src/I.hdbindex", "\n INDEX I ON PET (NO)", "2", "invalid column name: NO"),
    ("src/T.hdbtable", "COLUMN TABLE T (\n A FOO)", "2", "264: invalid datatype: FOO (column 4)"),
    ("src/T.hdbtable", "/* x */ COLUMN TABLE T (A FOO)", "1", "264: invalid datatype: FOO (column 27)"),
]


def test_more_faulty_files_are_told_with_their_places(deployer: Deployer) -> None:
    deployer.deploy({"src/PET.hdbtable": PET})
    before = deployer.catalogue()
    for path, content, line, text in MORE_FAULTS:
        made = deployer.deploy({"src/PET.hdbtable": PET, path: content})
        assert [(where, location) for where, _, location in made.errors] == [(path, line)], made.errors
        assert text in str(made.errors[0][1])
        assert deployer.catalogue() == before
