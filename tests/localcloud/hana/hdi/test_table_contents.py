"""The rows that .hdbtabledata files import: theirs, whoever changed them."""

from __future__ import annotations

import pytest

from localcloud.hana.model import Value

from .conftest import Deployer, tabledata

TABLE = "COLUMN TABLE UNIT (CODE NVARCHAR(5) PRIMARY KEY, NAME NVARCHAR(20), ORIGIN NVARCHAR(2))"
CSV = "CODE,NAME,ORIGIN\nKG,Kilogram,02\nM,Metre,02\n"
COLUMNS = ("CODE", "NAME", "ORIGIN")
MODULE = {
    "src/UNIT.hdbtable": TABLE,
    "src/UNIT.csv": CSV,
    "src/UNIT.hdbtabledata": tabledata("UNIT", "UNIT.csv", *COLUMNS),
}
PRICE_UNIT = "CONSTRAINT PRICE_UNIT ON PRICE FOREIGN KEY (UNIT) REFERENCES UNIT (CODE)"
FILTERED = tabledata("UNIT", "UNIT.csv", *COLUMNS, include_filter=[{"ORIGIN": "02"}])


def mapped(**mappings: object) -> dict[str, object]:
    data = tabledata("UNIT", "UNIT.csv", *COLUMNS)
    data["imports"][0]["column_mappings"] = {column: column for column in COLUMNS} | mappings  # type: ignore[index]
    return data


def delimited(delimiter: str) -> dict[str, object]:
    data = tabledata("UNIT", "UNIT.csv", *COLUMNS)
    data["imports"][0]["source_data"]["type_config"] = {"delimiter": delimiter}  # type: ignore[index]
    return data


def units(deployer: Deployer) -> list[tuple[Value, ...]]:
    return deployer.query("SELECT CODE, NAME FROM UNIT ORDER BY CODE")


def test_rows_are_loaded(deployer: Deployer) -> None:
    made = deployer.deploy(MODULE)
    assert made.errors == []
    assert units(deployer) == [("KG", "Kilogram"), ("M", "Metre")]
    assert '2 rows imported into "UNIT"' in [each["MESSAGE"] for each in made.messages]


def test_a_changed_csv_file_takes_the_place_of_all_rows(deployer: Deployer) -> None:
    deployer.deploy(MODULE)
    deployer.run("INSERT INTO UNIT VALUES ('X', 'of a user', '10')")
    deployer.deploy({**MODULE, "src/UNIT.csv": CSV.replace("Metre", "Meter") + "S,Second,02\n"})
    assert units(deployer) == [("KG", "Kilogram"), ("M", "Meter"), ("S", "Second")]


def test_with_a_filter_only_its_rows_are_replaced(deployer: Deployer) -> None:
    module = {**MODULE, "src/UNIT.hdbtabledata": FILTERED}
    deployer.deploy(module)
    deployer.run("INSERT INTO UNIT VALUES ('X', 'of a user', '10')")
    deployer.run("INSERT INTO UNIT VALUES ('Y', 'of nobody', NULL)")
    deployer.run("UPDATE UNIT SET NAME = 'changed' WHERE CODE = 'KG'")
    deployer.deploy({**module, "src/UNIT.csv": "CODE,NAME,ORIGIN\nKG,Kilo,02\n"})
    assert units(deployer) == [("KG", "Kilo"), ("X", "of a user"), ("Y", "of nobody")]


def test_rows_that_are_excluded_belong_to_others(deployer: Deployer) -> None:
    data = tabledata("UNIT", "UNIT.csv", *COLUMNS, exclude_filter=[{"ORIGIN": "10"}])
    deployer.deploy({**MODULE, "src/UNIT.hdbtabledata": data})
    deployer.run("INSERT INTO UNIT VALUES ('X', 'of a user', '10')")
    deployer.run("INSERT INTO UNIT VALUES ('Y', 'of nobody', NULL)")
    deployer.deploy(
        {**MODULE, "src/UNIT.hdbtabledata": data, "src/UNIT.csv": "CODE,NAME,ORIGIN\nS,Second,02\n"}
    )
    assert units(deployer) == [("S", "Second"), ("X", "of a user")]


def test_what_no_file_changes_stays_as_users_left_it(deployer: Deployer) -> None:
    deployer.deploy(MODULE)
    deployer.run("UPDATE UNIT SET NAME = 'changed' WHERE CODE = 'KG'")
    deployer.deploy({**MODULE, "src/V.hdbview": "VIEW V AS SELECT * FROM UNIT"})
    assert units(deployer) == [("KG", "changed"), ("M", "Metre")]


def test_undeploying_takes_the_rows_out(deployer: Deployer) -> None:
    module = {**MODULE, "src/UNIT.hdbtabledata": FILTERED}
    deployer.deploy(module)
    deployer.run("INSERT INTO UNIT VALUES ('X', 'of a user', '10')")
    assert deployer.deploy({"src/UNIT.hdbtable": TABLE}).errors == []
    assert units(deployer) == [("X", "of a user")]


def test_two_files_may_fill_one_table(deployer: Deployer) -> None:
    other = tabledata("UNIT", "MORE.csv", *COLUMNS, include_filter=[{"ORIGIN": "03"}])
    module = {
        **MODULE,
        "src/UNIT.hdbtabledata": FILTERED,
        "src/MORE.hdbtabledata": other,
        "src/MORE.csv": "CODE,NAME,ORIGIN\nS,Second,03\n",
    }
    deployer.deploy(module)
    assert len(units(deployer)) == 3
    assert deployer.deploy({**module, "src/MORE.csv": "CODE,NAME,ORIGIN\nA,Ampere,03\n"}).errors == []
    assert units(deployer) == [("A", "Ampere"), ("KG", "Kilogram"), ("M", "Metre")]


def decoding(column: str) -> dict[str, object]:
    data = tabledata("PICTURE", "PICTURE.csv", "ID", "BYTES")
    function = {"name": "DecodeBASE64", "type": "function", "parameters": {"column_name": column}}
    data["imports"][0]["column_mappings"] = {"ID": "ID", "BYTES": function}  # type: ignore[index]
    return data


def test_bytes_may_be_written_in_base_64(deployer: Deployer) -> None:
    module = {
        "src/PICTURE.hdbtable": "COLUMN TABLE PICTURE (ID INTEGER, BYTES BLOB)",
        "src/PICTURE.csv": "ID,BYTES\n1,3q2+7w==\n2,\n",
        "src/PICTURE.hdbtabledata": decoding("BYTES"),
    }
    assert deployer.deploy(module).errors == []
    found = deployer.query("SELECT ID, BYTES FROM PICTURE ORDER BY ID")
    assert found == [(1, bytes.fromhex("deadbeef")), (2, None)]
    made = deployer.deploy({**module, "src/PICTURE.csv": "ID,BYTES\n1,3q2!\n"})
    assert made.errors == [("src/PICTURE.csv", "holds a value that is not in base 64", "2")]
    made = deployer.deploy({**module, "src/PICTURE.hdbtabledata": decoding("NO")})
    assert [each[0] for each in made.errors] == ["src/PICTURE.hdbtabledata"]


def test_bytes_may_come_from_a_column_by_its_number(deployer: Deployer) -> None:
    data = decoding("BYTES")
    entry = data["imports"][0]  # type: ignore[index]
    entry["source_data"]["has_header"] = False
    entry["column_mappings"]["ID"] = 1
    entry["column_mappings"]["BYTES"]["parameters"] = {"column_index": 3}
    module = {
        "src/PICTURE.hdbtable": "COLUMN TABLE PICTURE (ID INTEGER, BYTES BLOB)",
        "src/PICTURE.csv": "1,,3q2+7w==\n",
        "src/PICTURE.hdbtabledata": data,
    }
    assert deployer.deploy(module).errors == []
    assert deployer.query("SELECT ID, BYTES FROM PICTURE") == [(1, bytes.fromhex("deadbeef"))]
    made = deployer.deploy({**module, "src/PICTURE.csv": "1,3q2+7w==\n"})
    assert made.errors == [("src/PICTURE.csv", "2 fields for 3 columns", "1")]


def test_null_is_null_in_constants_and_filters(deployer: Deployer) -> None:
    data = mapped(NAME={"type": "constant", "value": None})
    data["imports"][0]["import_settings"]["include_filter"] = [{"ORIGIN": None}]  # type: ignore[index]
    module = {**MODULE, "src/UNIT.hdbtabledata": data, "src/UNIT.csv": CSV + "S,Second,\n"}
    assert deployer.deploy(module).errors == []
    assert units(deployer) == [("S", None)]
    deployer.run("INSERT INTO UNIT VALUES ('X', 'of a user', '10')")
    assert deployer.deploy({**module, "src/UNIT.csv": "CODE,NAME,ORIGIN\nA,Ampere,\n"}).errors == []
    assert units(deployer) == [("A", None), ("X", "of a user")]


def test_filters_compare_as_the_column_does(deployer: Deployer) -> None:
    data = tabledata("N", "N.csv", "ID", "A", include_filter=[{"ID": "1"}, {"ID": 2}])
    module = {
        "src/N.hdbtable": "COLUMN TABLE N (ID DECIMAL(5,2), A INTEGER)",
        "src/N.csv": "ID,A\n01,1\n2.00,2\n3,3\n",
        "src/N.hdbtabledata": data,
    }
    for _ in range(2):
        assert deployer.deploy(module).errors == []
        assert deployer.query("SELECT A FROM N ORDER BY A") == [(1,), (2,)]
        module["src/N.csv"] = str(module["src/N.csv"]) + "4,4\n"
    made = deployer.deploy(
        {**module, "src/N.hdbtabledata": tabledata("N", "N.csv", "ID", "A", include_filter=[{"ID": "x"}])}
    )
    assert made.errors == [
        ("src/N.hdbtabledata", "Database error 339: invalid number: not a valid number string 'x'", "")
    ]


@pytest.mark.parametrize(
    ("changed", "path", "line", "text"),
    [
        ({"src/UNIT.csv": CSV + "TOOLONG,x,02\n"}, "src/UNIT.csv", "4", "Database error 274"),
        ({"src/UNIT.csv": CSV + "KG,x,02\n"}, "src/UNIT.csv", "4", "Database error 301"),
        ({"src/UNIT.csv": CSV + "S\n"}, "src/UNIT.csv", "4", "1 fields for 3 columns"),
        ({"src/UNIT.csv": 'CODE,NAME,ORIGIN\nS,"Second'}, "src/UNIT.csv", "2", "a quote in the wrong place"),
        (
            {"src/UNIT.hdbtabledata": tabledata("UNIT", "NO.csv", *COLUMNS)},
            "src/UNIT.hdbtabledata",
            "",
            "no files are called NO.csv",
        ),
        (
            {"src/UNIT.hdbtabledata": tabledata("NOWHERE", "UNIT.csv", *COLUMNS)},
            "src/UNIT.hdbtabledata",
            "",
            "Database error 259: invalid table name: Could not find table/view NOWHERE in schema C",
        ),
        (
            {"src/UNIT.hdbtabledata": "[]"},
            "src/UNIT.hdbtabledata",
            "",
            "must be an object with format_version 1",
        ),
    ],
)
def test_rows_that_do_not_fit_stop_the_make_and_are_named(
    deployer: Deployer, changed: dict[str, object], path: str, line: str, text: str
) -> None:
    deployer.deploy(MODULE)
    made = deployer.deploy({**MODULE, **changed})
    ((where, said, location),) = made.errors
    assert (where, location) == (path, line)
    assert text in str(said)
    assert units(deployer) == [("KG", "Kilogram"), ("M", "Metre")]


def test_a_key_that_leads_nowhere_names_its_constraint(deployer: Deployer) -> None:
    module = {
        **MODULE,
        "src/PRICE.hdbtable": "COLUMN TABLE PRICE (ID INTEGER PRIMARY KEY, UNIT NVARCHAR(5))",
        "src/PRICE.csv": "ID,UNIT\n1,KG\n2,NO\n",
        "src/PRICE.hdbtabledata": tabledata("PRICE", "PRICE.csv", "ID", "UNIT"),
        "src/PRICE_UNIT.hdbconstraint": PRICE_UNIT,
    }
    ((path, text, _),) = deployer.deploy(module).errors
    assert path == "src/PRICE_UNIT.hdbconstraint"
    assert "Database error 461" in str(text)
    assert deployer.query("SELECT COUNT(*) FROM SYS.TABLES WHERE SCHEMA_NAME = 'C'") == [(0,)]


def test_rows_that_others_refer_to_may_be_loaded_again(deployer: Deployer) -> None:
    module = {
        **MODULE,
        "src/PRICE.hdbtable": "COLUMN TABLE PRICE (ID INTEGER PRIMARY KEY, UNIT NVARCHAR(5))",
        "src/PRICE_UNIT.hdbconstraint": PRICE_UNIT,
    }
    deployer.deploy(module)
    deployer.run("INSERT INTO PRICE VALUES (1, 'KG')")
    assert deployer.deploy({**module, "src/UNIT.csv": CSV.replace("Kilogram", "Kilo")}).errors == []
    assert deployer.query("SELECT U.NAME FROM PRICE P JOIN UNIT U ON U.CODE = P.UNIT") == [("Kilo",)]


def test_mappings_and_delimiters_that_are_not_read_are_named(deployer: Deployer) -> None:
    not_read = [
        (mapped(NAME=1.0), "a column mapping is a name or a whole number, and not 1.0"),
        (mapped(NAME=True), "a column mapping is a name or a whole number, and not True"),
        (mapped(NAME={"type": "constant", "value": []}), "a constant must be a text, a number"),
        *((delimited(each), f"the delimiter {each!r} is not read") for each in ("||", "\n", '"')),
    ]
    for data, text in not_read:
        ((path, said, location),) = deployer.deploy({**MODULE, "src/UNIT.hdbtabledata": data}).errors
        assert (path, location) == ("src/UNIT.hdbtabledata", "")
        assert text in str(said)
