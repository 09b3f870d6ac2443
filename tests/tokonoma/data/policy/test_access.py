"""A policy applied to the catalogue of a real schema: who sees which object, columns, key and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from tokonoma.data.catalogue import Catalogue, read
from tokonoma.data.plan import Options, Planner
from tokonoma.data.policy import report
from tokonoma.data.policy.access import AccessControl, Applied, apply
from tokonoma.data.policy.file import parse
from tokonoma.errors import CatalogueUnavailable, HanaUnavailable, ObjectUnknown, QueryInvalid

ROLES = """\
[roles]
viewer = { xsuaa = "$XSAPPNAME.Display", cumulocity = "ROLE_VIEWER" }
curator = { xsuaa = "$XSAPPNAME.Curate" }
"""
DEFINITIONS = (
    "CREATE COLUMN TABLE ROOM (ID INTEGER PRIMARY KEY, NAME NVARCHAR(20) COMMENT 'Name of the room')",
    "CREATE COLUMN TABLE WORK (ID INTEGER PRIMARY KEY COMMENT 'Number', ROOM_ID INTEGER, TITLE NVARCHAR(40), "
    '"VALUE" DECIMAL(10,2), "odd name" INTEGER, PICTURE BLOB, FOREIGN KEY (ROOM_ID) REFERENCES ROOM (ID)) '
    "COMMENT 'Works of art'",
    'CREATE COLUMN TABLE "odd/table" (A INTEGER NOT NULL, B INTEGER NOT NULL, UNIQUE (A, B))',
    "CREATE COLUMN TABLE UNSURE (A INTEGER UNIQUE, D DOUBLE PRIMARY KEY)",
    "CREATE VIEW BY_ROOM AS SELECT ROOM_ID, COUNT(*) AS WORKS FROM WORK GROUP BY ROOM_ID",
    "CREATE SYNONYM ALIAS FOR WORK",
    "CREATE SYNONYM OTHER_ALIAS FOR WORK",
    "INSERT INTO ROOM VALUES (1, 'East')",
    "INSERT INTO ROOM VALUES (2, 'West')",
    "INSERT INTO WORK VALUES (1, 1, 'Iris', 5, 1, NULL)",
    "INSERT INTO WORK VALUES (2, 2, 'Lotus', 6, 1, NULL)",
    "INSERT INTO WORK VALUES (3, 2, 'Plum', NULL, 1, NULL)",
)


@dataclass(frozen=True)
class Person:
    scopes: frozenset[str] = frozenset()

    def has(self, scope: str) -> bool:
        return scope in self.scopes


VIEWER = Person(frozenset({"$XSAPPNAME.Display"}))
CURATOR = Person(frozenset({"$XSAPPNAME.Curate"}))
BOTH = Person(VIEWER.scopes | CURATOR.scopes)
NOBODY = Person()

Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def museum(authority: Authority) -> Iterator[LocalHana]:
    with LocalHana(authority=authority, schema="MUSEUM") as hana:
        connection = connect(hana.binding(), owner=True)
        for definition in DEFINITIONS:
            connection.cursor().execute(definition)
        connection.commit()
        connection.close()
        yield hana


@pytest.fixture(scope="module")
def ask(museum: LocalHana) -> Iterator[Ask]:
    connection = connect(museum.binding())

    def ask(sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        cursor = connection.cursor()
        cursor.execute(sql, tuple(values)) if values else cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()]

    yield ask
    connection.close()


@pytest.fixture(scope="module")
def catalogue(ask: Ask) -> Catalogue:
    return read(ask, "MUSEUM", lambda name: name == "ALIAS")


@pytest.fixture
def applied(catalogue: Catalogue, ask: Ask) -> Callable[[str], Applied]:
    return lambda objects: apply(parse(ROLES + objects), catalogue, ask)


def control(applied: Applied, platform: str = "xsuaa") -> AccessControl:
    return AccessControl(parse(ROLES), platform, lambda: applied)


def test_the_catalogue_has_tables_views_and_the_synonyms_that_were_asked_for(catalogue: Catalogue) -> None:
    assert catalogue.tables.keys() == {"ROOM", "WORK", "odd/table", "UNSURE", "BY_ROOM", "ALIAS"}
    work = catalogue.tables["WORK"]
    assert (work.kind, work.comment, work.key) == ("TABLE", "Works of art", ("ID",))
    assert work.columns[0].comment == "Number"
    [to_room] = work.foreign_keys
    assert (to_room.columns, to_room.table, to_room.referenced) == (("ROOM_ID",), "ROOM", ("ID",))
    alias = catalogue.tables["ALIAS"]
    assert (alias.name, alias.columns, alias.key) == ("WORK", work.columns, ("ID",))


def test_the_schema_is_the_current_one_where_none_is_named(ask: Ask) -> None:
    assert read(ask, "").schema == "MUSEUM"


def test_a_unique_index_without_nulls_is_a_key_and_others_are_not(catalogue: Catalogue) -> None:
    assert catalogue.tables["odd/table"].key == ("A", "B")
    assert catalogue.tables["BY_ROOM"].key == ()


def test_a_type_that_cannot_be_shown_leaves_its_column_out_and_says_why() -> None:
    """Group 5.4.29: faked rows, because the local HANA refuses these types."""
    rows: Mapping[str, list[tuple[object, ...]]] = {
        "SYS.TABLES": [("PLACE", "Places"), ("SHAPES", None)],
        "SYS.TABLE_COLUMNS": [
            ("PLACE", "ID", "INTEGER", 10, 0, "FALSE", None, None, None),
            ("PLACE", "POINT", "ST_POINT", 8, None, "TRUE", None, None, None),
            ("PLACE", "VECTOR", "REAL_VECTOR", None, None, "TRUE", None, None, None),
            ("PLACE", "$trexexternalkey$", "NVARCHAR", 9, None, "TRUE", None, None, None),
            ("SHAPES", "SHAPE", "ST_GEOMETRY", None, None, "TRUE", None, None, None),
        ],
    }

    def ask(sql: str, _values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        return [] if "IS_HIDDEN" in sql else rows.get(sql.split(" FROM ")[1].split()[0], [])

    found = read(ask, "S")
    place = found.tables["PLACE"]
    assert [column.name for column in place.columns] == ["ID"]
    assert place.left_out == {
        "POINT": "the type ST_POINT cannot be shown",
        "VECTOR": "the type REAL_VECTOR cannot be shown",
    }
    assert found.left_out == {"SHAPES": "none of its columns has a type that can be shown"}


def test_what_the_policy_does_not_name_does_not_exist(applied: Callable[[str], Applied]) -> None:
    access = control(applied('[objects.WORK]\ngrants = [{ role = "viewer" }]\n'))
    assert access.objects(VIEWER).keys() == {"WORK"}
    texts = set()
    for caller, name in (
        (VIEWER, "ROOM"),
        (VIEWER, "NOWHERE"),
        (NOBODY, "WORK"),
        (CURATOR, "WORK"),
        (VIEWER, "work"),
    ):
        with pytest.raises(ObjectUnknown) as error:
            access.object(caller, name)
        texts.add(str(error.value))
    assert len(texts) == 1


def test_the_first_grant_that_fits_decides(applied: Callable[[str], Applied]) -> None:
    """No unions: who holds both roles sees what the first grant says (5.1.7)."""
    grants = '{ role = "viewer", columns = ["ID"] }, { role = "curator" }'
    access = control(applied(f"[objects.WORK]\ngrants = [{grants}]\n"))
    assert list(access.object(BOTH, "WORK").columns) == ["ID"]
    assert len(access.object(CURATOR, "WORK").columns) == 6


def test_a_role_is_what_the_platform_calls_it(applied: Callable[[str], Applied]) -> None:
    found = applied('[objects.WORK]\ngrants = [{ role = "curator" }, { role = "viewer" }]\n')
    assert control(found, "cumulocity").objects(Person(frozenset({"ROLE_VIEWER"}))).keys() == {"WORK"}
    assert control(found, "cumulocity").objects(BOTH) == {}


def test_without_a_part_of_its_key_an_object_has_none(applied: Callable[[str], Applied]) -> None:
    """Group 5.1.4."""
    found = applied('[objects.WORK]\ngrants = [{ role = "viewer", columns = ["*", "-ID"] }]\n')
    shown = control(found).object(VIEWER, "WORK")
    assert shown.table.key == ()
    assert "'ID'" not in repr(shown.access({})).replace("referenced=('ID',)", "")


def test_a_withheld_column_is_like_one_that_does_not_exist(applied: Callable[[str], Applied]) -> None:
    """Group 5.1.3."""
    found = applied('[objects.WORK]\ngrants = [{ role = "viewer", columns = ["*", "-VALUE"] }]\n')
    access = control(found).object(VIEWER, "WORK").access({})
    planner = Planner(b"s" * 32)
    for option in ("filter", "orderby", "select"):
        messages = []
        for name in ("VALUE", "OTHER"):
            text = f"{name} eq 1" if option == "filter" else name
            with pytest.raises(QueryInvalid) as error:
                planner.plan(access, Options(**{option: text}))  # type: ignore[arg-type]
            messages.append(str(error.value).replace(name, "?"))
        assert messages[0] == messages[1]


def test_rows_follow_the_attribute_and_none_are_seen_without_it(
    applied: Callable[[str], Applied], ask: Ask
) -> None:
    """Groups 5.1.1 and 5.1.7."""
    found = applied('[objects.WORK]\ngrants = [{ role = "viewer", rows = "ROOM_ID in @user.rooms" }]\n')
    shown = control(found).object(VIEWER, "WORK")
    planner = Planner(b"s" * 32)

    def seen(**attributes: tuple[str, ...]) -> list[object]:
        plan = planner.plan(shown.access(attributes), Options(select="ID"))
        return [row[0] for row in ask(*plan.statement)]

    assert seen(rooms=("2",)) == [2, 3]
    assert seen(rooms=("1", "2")) == [1, 2, 3]
    for values in ((), ("2' or 1 eq 1 or '",), ("2) or (1 eq 1",), ("",), ("%",), ("9" * 10_000,), ("\0",)):
        assert seen(rooms=values) == []
    assert seen() == []
    assert seen(other=("2",)) == []


def test_a_rule_may_use_a_column_that_the_caller_does_not_see(
    applied: Callable[[str], Applied], ask: Ask
) -> None:
    rule = '{ role = "viewer", columns = ["ID"], rows = "ROOM_ID eq 2 or TITLE eq \'Iris\'" }'
    shown = control(applied(f"[objects.WORK]\ngrants = [{rule}]\n")).object(VIEWER, "WORK")
    plan = Planner(b"s" * 32).plan(shown.access({}), Options(filter="ID lt 3"))
    assert ask(*plan.statement) == [(1,), (2,)]  # (rule) and (filter), parentheses kept: 5.1.9


def test_names_that_are_no_identifiers_are_called_otherwise(
    applied: Callable[[str], Applied], ask: Ask
) -> None:
    """Group 5.2.16."""
    found = applied(
        '[objects."odd/table"]\ngrants = [{ role = "viewer" }]\n'
        '[objects.WORK]\ngrants = [{ role = "viewer", columns = ["ID", "odd name"] }]\n'
    )
    access = control(found)
    assert access.objects(VIEWER).keys() == {"odd_x002F_table", "WORK"}
    plan = Planner(b"s" * 32).plan(
        access.object(VIEWER, "WORK").access({}),
        Options(filter="odd_x0020_name eq 1", select="odd_x0020_name"),
    )
    assert [row[0] for row in ask(*plan.statement)] == [1, 1, 1]


MISFITS = {
    "an object that is not there": ("[objects.NOWHERE]\n", '{ role = "viewer" }', "'NOWHERE' is not shown"),
    "a column that is not there": (
        "[objects.WORK]\n",
        '{ role = "viewer", columns = ["*", "-NO"] }',
        "no column 'NO'",
    ),
    "a listed column": ("[objects.WORK]\n", '{ role = "viewer", columns = ["ID", "NO"] }', "no column 'NO'"),
    "all columns withheld": (
        "[objects.BY_ROOM]\n",
        '{ role = "viewer", columns = ["*", "-ROOM_ID", "-WORKS"] }',
        "no column of object 'BY_ROOM' is left",
    ),
    "a rule of a column that is not there": (
        "[objects.WORK]\n",
        '{ role = "viewer", rows = "NO eq 1" }',
        "object 'WORK': rows, character",
    ),
    "a rule of the wrong type": (
        "[objects.WORK]\n",
        '{ role = "viewer", rows = "ID eq \'x\'" }',
        "object 'WORK': rows, character",
    ),
    "a rule that is no condition": (
        "[objects.WORK]\n",
        '{ role = "viewer", rows = "ID add 1" }',
        "object 'WORK': rows, character",
    ),
    "an attribute below not": (
        "[objects.WORK]\n",
        '{ role = "viewer", rows = "not (ID in @user.a)" }',
        "object 'WORK': rows, character",
    ),
    "a key that is not there": ('[objects.BY_ROOM]\nkey = ["NO"]\n', '{ role = "viewer" }', "no column 'NO'"),
    "a title that is not there": (
        '[objects.WORK]\ntitle = "NO"\n',
        '{ role = "viewer" }',
        "title of object 'WORK': there is no column 'NO'",
    ),
    "a title that is no text": (
        '[objects.WORK]\ntitle = "VALUE"\n',
        '{ role = "viewer" }',
        "title of object 'WORK': 'VALUE' is a decimal",
    ),
    "a title that is large": (
        '[objects.WORK]\ntitle = "PICTURE"\n',
        '{ role = "viewer" }',
        "title of object 'WORK': 'PICTURE' is a large binary value",
    ),
    "a key that several rows share": (
        '[objects.WORK]\nkey = ["odd name"]\n',
        '{ role = "viewer" }',
        "several rows share",
    ),
    "a key with nulls": ('[objects.WORK]\nkey = ["VALUE"]\n', '{ role = "viewer" }', "has nulls"),
    "a key of a large type": (
        '[objects.WORK]\nkey = ["PICTURE"]\n',
        '{ role = "viewer" }',
        "large binary value",
    ),
}


@pytest.mark.parametrize(("head", "grant", "sentence"), MISFITS.values(), ids=MISFITS.keys())
def test_what_does_not_fit_the_schema_is_told_and_not_shown(
    applied: Callable[[str], Applied], head: str, grant: str, sentence: str
) -> None:
    found = applied(f'{head}grants = [{grant}]\n[objects.ROOM]\ngrants = [{{ role = "viewer" }}]\n')
    assert any(sentence in str(finding) for finding in found.findings), found.findings
    assert all(finding.line >= 4 for finding in found.findings)
    assert control(found).objects(VIEWER).keys() == {"ROOM"}


def test_the_policy_s_key_is_one_if_it_tells_the_rows_apart(applied: Callable[[str], Applied]) -> None:
    found = applied('[objects.BY_ROOM]\nkey = ["ROOM_ID"]\ngrants = [{ role = "viewer" }]\n')
    assert found.findings == ()
    assert control(found).object(VIEWER, "BY_ROOM").table.key == ("ROOM_ID",)


def test_a_pattern_withholds_a_column_wherever_there_is_one(applied: Callable[[str], Applied]) -> None:
    found = applied('[objects."*"]\ngrants = [{ role = "viewer", columns = ["*", "-NAME"] }]\n')
    assert found.findings == ()
    assert list(control(found).object(VIEWER, "ROOM").columns) == ["ID"]
    assert "BY_ROOM" in control(found).objects(VIEWER)


def test_the_title_is_the_policy_s_if_it_is_seen_and_else_the_usual_one(
    applied: Callable[[str], Applied],
) -> None:
    found = applied(
        '[objects.WORK]\ntitle = "TITLE"\ngrants = [{ role = "curator" }, '
        '{ role = "viewer", columns = ["*", "-TITLE"] }]\n'
        '[objects."R*"]\ntitle = "NOWHERE"\ngrants = [{ role = "viewer" }]\n'
        '[objects."odd/table"]\ngrants = [{ role = "viewer" }]\n'
    )
    assert found.findings == ()
    access = control(found)
    assert access.object(CURATOR, "WORK").title == "TITLE"
    assert access.object(VIEWER, "WORK").title == ""
    assert access.object(VIEWER, "ROOM").title == "NAME"
    assert access.object(VIEWER, "odd_x002F_table").title == ""


def test_another_grant_has_another_fingerprint(applied: Callable[[str], Applied]) -> None:
    grants = '{ role = "viewer", rows = "ID eq 1" }, { role = "curator", rows = "ID eq 2" }'
    access = control(applied(f"[objects.WORK]\ngrants = [{grants}]\n"))
    assert access.object(VIEWER, "WORK").fingerprint != access.object(CURATOR, "WORK").fingerprint


def test_a_schema_that_cannot_be_read_yet_is_told_as_what_it_is(applied: Callable[[str], Applied]) -> None:
    def fail() -> Applied:
        raise HanaUnavailable("pyhana")

    with pytest.raises(HanaUnavailable):
        AccessControl(parse(ROLES), "xsuaa", fail).objects(VIEWER)

    def break_down() -> Applied:
        raise RuntimeError("a fault of ours")

    with pytest.raises(CatalogueUnavailable):
        AccessControl(parse(ROLES), "xsuaa", break_down).objects(VIEWER)


def test_the_last_good_catalogue_serves_while_the_next_cannot_be_read(
    applied: Callable[[str], Applied], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, calls = applied('[objects.WORK]\ngrants = [{ role = "viewer" }]\n'), []

    def load() -> Applied:
        calls.append(1)
        if len(calls) > 1:
            raise HanaUnavailable("pyhana")
        return found

    access = AccessControl(parse(ROLES), "xsuaa", load)
    assert access.objects(VIEWER).keys() == {"WORK"}
    monkeypatch.setattr("tokonoma.data.refreshed.PAUSE", 0.0)
    access.suspect()
    assert access.objects(VIEWER).keys() == {"WORK"}


def test_the_report_says_who_sees_what_and_what_nobody_sees(applied: Callable[[str], Applied]) -> None:
    text = (
        '[objects.WORK]\ngrants = [{ role = "curator" }, '
        '{ role = "viewer", columns = ["*", "-VALUE"], rows = "ID eq 1" }]\n'
        '[objects."R*"]\ngrants = [{ role = "viewer" }]\n[objects.NO]\ngrants = [{ role = "viewer" }]\n'
    )
    told = "\n".join(report.check(parse(ROLES + text), applied(text)))
    assert "viewer   WORK    all but VALUE  ID eq 1" in told
    assert "curator  WORK    all 6          all" in told
    assert "Nobody may see: ALIAS, BY_ROOM, UNSURE, odd/table" in told
    assert "The pattern R* (line 6) matches today: ROOM" in told
    assert "policy line 8: object 'NO' is not shown" in told


def test_explain_knows_an_object_by_its_name_in_hana_and_by_that_of_callers(
    applied: Callable[[str], Applied],
) -> None:
    found = applied('[objects."odd/table"]\ngrants = [{ role = "viewer" }]\n')
    for name in ("odd/table", "odd_x002F_table"):
        told = report.explain(found, name, ["viewer"], {})
        assert (told["visible"], told["line"], told["object"]) == (True, 5, "odd_x002F_table")
    broken = applied('[objects."odd/table"]\nkey = ["C"]\ngrants = [{ role = "viewer" }]\n')
    for name in ("odd/table", "odd_x002F_table"):
        assert "there is no column 'C'" in str(report.explain(broken, name, ["viewer"], {})["why"])


def test_a_column_that_is_left_out_is_told_with_the_reason(ask: Ask, catalogue: Catalogue) -> None:
    room = replace(catalogue.tables["ROOM"], left_out={"SHAPE": "the type ST_POINT cannot be shown"})
    found = replace(catalogue, tables={"ROOM": room})
    policy = parse(ROLES + '[objects.ROOM]\ngrants = [{ role = "viewer" }]\n')
    told = list(report.check(policy, apply(policy, found, ask)))
    assert "  ROOM.SHAPE: the type ST_POINT cannot be shown" in told
    policy = parse(ROLES + '[objects.ROOM]\nkey = ["SHAPE"]\ngrants = [{ role = "viewer" }]\n')
    [finding] = apply(policy, found, ask).findings
    assert "'SHAPE' is left out, because the type ST_POINT cannot be shown" in str(finding)


def test_a_synonym_is_told_by_its_own_name_and_not_by_that_of_its_target(
    applied: Callable[[str], Applied],
) -> None:
    policy = '[objects.ALIAS]\ngrants = [{ role = "viewer", columns = ["*", "-VALUE"] }]\n'
    found = applied(policy)
    assert "ALIAS" not in report.unseen(found)
    assert "WORK" in report.unseen(found)
    told = "\n".join(report.check(parse(ROLES + policy), found))
    assert "viewer  ALIAS   all but VALUE  all" in told


def test_explain_names_the_line_that_decides_or_why_there_is_none(applied: Callable[[str], Applied]) -> None:
    found = applied(
        '[objects.WORK]\ngrants = [\n{ role = "curator" },\n{ role = "viewer", rows = "ID eq 1" },\n]\n'
    )
    assert report.explain(found, "WORK", ["viewer"], {})["line"] == 7
    assert report.explain(found, "WORK", ["viewer", "curator"], {})["line"] == 6
    assert "no role is held" in str(report.explain(found, "WORK", [], {})["why"])
    assert report.explain(found, "ROOM", ["viewer"], {})["why"] == "the policy does not name it"
    assert "no table" in str(report.explain(found, "NOWHERE", ["viewer"], {})["why"])


def test_a_draft_names_every_object_and_shows_none(catalogue: Catalogue, ask: Ask) -> None:
    text = "\n".join(report.draft(catalogue))
    assert apply(parse(text), catalogue, ask).shown == {}
    lines = [line.removeprefix("# ") for line in text.splitlines() if "columns:" not in line]
    live = "\n".join(line for line in lines[1:] if not line.startswith("key = "))
    found = apply(parse(live), catalogue, ask)
    assert found.findings == ()
    assert found.shown.keys() == {"ROOM", "WORK", "odd_x002F_table", "UNSURE", "BY_ROOM", "ALIAS"}
