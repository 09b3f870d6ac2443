"""The policy file by itself: what it may say, and one sentence with its line for each thing it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokonoma.data.policy.file import LARGEST, MAX_PAGE_SIZE, parse, read
from tokonoma.errors import PolicyError

ROLES = """\
[roles]
viewer = { xsuaa = "$XSAPPNAME.Display", cumulocity = "ROLE_TOKONOMA_DISPLAY_READ" }
curator = { xsuaa = "$XSAPPNAME.Curate" }
"""
GOOD = (
    ROLES
    + """
[objects.WORK]
label = "Works"
title = "INVENTORY"
grants = [
  { role = "curator" },
  { role = "viewer", columns = ["*", "-VALUE"], rows = "ROOM_ID in @user.rooms" },
]

[objects.CLIMATE_BY_DAY]
key = ["ROOM_ID", "DAY"]
page_size = 50
max_rows = 1000
grants = [{ role = "viewer", columns = ["ROOM_ID", "DAY"] }]

[objects."Z*"]
grants = [{ role = "curator" }]
"""
)


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as error:
        parse(text)
    return error.value.faults


def test_what_a_file_says_is_read() -> None:
    policy = parse(GOOD)
    assert policy.roles["viewer"] == {
        "xsuaa": "$XSAPPNAME.Display",
        "cumulocity": "ROLE_TOKONOMA_DISPLAY_READ",
    }
    work = policy.rule_for("WORK")
    assert work is not None
    assert (work.label, work.title, work.page_size, work.max_rows) == ("Works", "INVENTORY", 100, None)
    first, second = work.grants
    assert (first.role, first.takes_all, first.withheld, first.rows) == ("curator", True, frozenset(), "")
    assert (second.role, second.withheld, second.rows) == (
        "viewer",
        frozenset({"VALUE"}),
        "ROOM_ID in @user.rooms",
    )
    assert [first.line, second.line] == [9, 10]
    days = policy.rule_for("CLIMATE_BY_DAY")
    assert days is not None
    assert (days.key, days.page_size, days.max_rows, days.line) == (("ROOM_ID", "DAY"), 50, 1000, 13)
    assert days.title == ""


@pytest.mark.parametrize(
    "text", ["\ufeff" + GOOD, GOOD.replace("\n", "\r\n")], ids=["byte order mark", "CRLF"]
)
def test_files_of_windows_are_read_with_the_same_lines(text: str, tmp_path: Path) -> None:
    """Group 5.1.10."""
    file = tmp_path / "policy.toml"
    file.write_bytes(text.encode())
    assert read(file) == parse(GOOD)


def test_grants_may_be_tables_of_their_own() -> None:
    policy = parse(ROLES + '[[objects.A.grants]]\nrole = "viewer"\n[[objects.A.grants]]\nrole = "curator"\n')
    rule = policy.rule_for("A")
    assert rule is not None
    assert [(grant.role, grant.line) for grant in rule.grants] == [("viewer", 5), ("curator", 7)]


@pytest.mark.parametrize(
    ("name", "decides"),
    [("ZA", "ZA"), ("ZAB", "ZA*"), ("ZB", "Z*"), ("zb", None), ("A", None), ("Z[1]", "Z[*")],
)
def test_an_exact_name_beats_a_pattern_and_the_longer_pattern_the_shorter(
    name: str, decides: str | None
) -> None:
    rules = "".join(
        f'[objects."{n}"]\ngrants = [{{ role = "viewer" }}]\n' for n in ("Z*", "ZA*", "ZA", "Z[*")
    )
    rule = parse(ROLES + rules).rule_for(name)
    assert (rule.name if rule else None) == decides


OBJECT = ROLES + "[objects.A]\n"
BAD = {
    "no TOML": ("[roles", "is no TOML"),
    "an object twice": (ROLES + '[objects.A]\ngrants=[{role="viewer"}]\n[objects.A]\n', "is no TOML"),
    "an unknown table": ("[role]\n", "the file has 'role'"),
    "roles that are no table": ("roles = 1\n", "roles should be a table"),
    "a role without platforms": ("[roles]\nviewer = {}\n", "line 2: role 'viewer' needs a table"),
    "a role that is a text": ('[roles]\nviewer = "Display"\n', "line 2: role 'viewer' needs a table"),
    "a role of an unknown platform": ('[roles]\nv = { azure = "x" }\n', "line 2: role 'v' has 'azure'"),
    "a scope that is a number": ("[roles]\nv = { xsuaa = 1 }\n", "line 2: role 'v', xsuaa should be"),
    "a role's odd name": ('[roles]\n"a b" = { xsuaa = "x" }\n', "line 2: role 'a b' is no name"),
    "no grants": (OBJECT, "line 4: object 'A' needs grants"),
    "empty grants": (OBJECT + "grants = []", "line 4: object 'A' needs grants"),
    "grants that are a text": (OBJECT + 'grants = "viewer"', "line 4: object 'A' needs grants"),
    "an unknown role": (
        OBJECT + 'grants = [{ role = "boss" }]',
        "line 5: grant 1 of object 'A' names the role 'boss'",
    ),
    "a grant without a role": (OBJECT + 'grants = [{ rows = "A eq 1" }]', "role of grant 1 of object 'A'"),
    "a misspelt option": (
        OBJECT + 'grants = [{ role = "viewer", row = "x" }]',
        "line 5: grant 1 of object 'A' has 'row'",
    ),
    "an option of the object": (OBJECT + 'grant = [{ role = "viewer" }]', "line 4: object 'A' has 'grant'"),
    "the same role twice": (
        OBJECT + 'grants = [\n{ role = "viewer" },\n{ role = "viewer", columns = ["B"] },\n]',
        "line 7: grant 2 of object 'A' can never be reached",
    ),
    "two names for one scope": (
        '[roles]\na = { xsuaa = "S" }\nb = { xsuaa = "S" }\n'
        '[objects.A]\ngrants = [{ role = "a" }, { role = "b" }]',
        "grant 2 of object 'A' can never be reached",
    ),
    "columns that are a text": (
        OBJECT + 'grants = [{ role = "viewer", columns = "*" }]',
        "should be a list of texts",
    ),
    "no columns": (OBJECT + 'grants = [{ role = "viewer", columns = [] }]', "is empty"),
    "a column twice": (
        OBJECT + 'grants = [{ role = "viewer", columns = ["B", "B"] }]',
        "names a column twice",
    ),
    "a column beside all": (OBJECT + 'grants = [{ role = "viewer", columns = ["*", "B"] }]', "beside '*'"),
    "a column out of none": (
        OBJECT + 'grants = [{ role = "viewer", columns = ["B", "-C"] }]',
        "begin with '*'",
    ),
    "rows that are empty": (OBJECT + 'grants = [{ role = "viewer", rows = "" }]', "rows of grant 1"),
    "rows that are true": (OBJECT + 'grants = [{ role = "viewer", rows = true }]', "rows of grant 1"),
    "a label of two lines": (
        OBJECT + 'label = "a\\nb"\ngrants = [{ role = "viewer" }]',
        "label of object 'A'",
    ),
    "a title that is a list": (
        OBJECT + 'title = ["B"]\ngrants = [{ role = "viewer" }]',
        "line 4: title of object 'A' should be",
    ),
    "a title that is empty": (OBJECT + 'title = ""\ngrants = [{ role = "viewer" }]', "title of object 'A'"),
    "a key with a column twice": (
        OBJECT + 'key = ["B", "B"]\ngrants = [{ role = "viewer" }]',
        "key of object 'A'",
    ),
    "a page of nothing": (
        OBJECT + 'page_size = 0\ngrants = [{ role = "viewer" }]',
        "page_size of object 'A'",
    ),
    "a page that is too large": (
        OBJECT + f'page_size = {MAX_PAGE_SIZE + 1}\ngrants = [{{ role = "viewer" }}]',
        f"from 1 to {MAX_PAGE_SIZE}",
    ),
    "a page that is true": (
        OBJECT + 'page_size = true\ngrants = [{ role = "viewer" }]',
        "page_size of object 'A'",
    ),
    "a cap below one": (OBJECT + 'max_rows = -1\ngrants = [{ role = "viewer" }]', "max_rows of object 'A'"),
}


@pytest.mark.parametrize(("text", "sentence"), BAD.values(), ids=BAD.keys())
def test_what_is_wrong_is_told_with_its_line(text: str, sentence: str) -> None:
    """Group 5.1.10."""
    assert any(sentence in fault for fault in faults(text)), faults(text)


def test_all_faults_are_told_at_once() -> None:
    assert len(faults(OBJECT + 'label = 1\npage_size = 0\ngrants = [{ role = "boss" }]')) == 3


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    for name, content, sentence in (
        ("absent.toml", None, "cannot be read: No such file"),
        ("large.toml", b"#" * (LARGEST + 1), "is larger than"),
        ("latin1.toml", "label = 'ä'".encode("latin-1"), "is not UTF-8"),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(PolicyError, match=sentence):
            read(tmp_path / name)


@pytest.mark.parametrize("depth", [100, 5000])
def test_deep_nesting_is_no_crash(depth: int) -> None:
    assert faults("a = " + "[" * depth + "]" * depth)
