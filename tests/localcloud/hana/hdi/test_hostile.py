"""Files of any content: each is deployed, or refused in words, and then nothing has changed."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from .conftest import HDICONFIG, Deployer, tabledata

MODULE: dict[str, object] = {
    "src/.hdiconfig": HDICONFIG,
    "src/.hdinamespace": {"name": "", "subfolder": "ignore"},
    "src/T.hdbtable": "COLUMN TABLE T (ID INTEGER PRIMARY KEY, A NVARCHAR(9) DEFAULT 'x' NOT NULL, B BLOB)",
    "src/U.hdbtable": "COLUMN TABLE U (ID INTEGER, T_ID INTEGER)",
    "src/V.hdbview": 'VIEW V ("N", "A") AS SELECT COUNT(*), A FROM S WHERE ID > 0 GROUP BY A',
    "src/names.hdbsynonym": {"S": {"target": {"object": "T"}}, "R": {}},
    "src/names.hdbsynonymconfig": {"R": {"target": {"object": "U"}}},
    "src/N.hdbsequence": "SEQUENCE N START WITH 7 INCREMENT BY 2",
    "src/U_T.hdbconstraint": "CONSTRAINT U_T ON U FOREIGN KEY (T_ID) REFERENCES T (ID)",
    "src/T_A.hdbindex": "UNIQUE INDEX T_A ON T (A)",
    "src/M.hdbmigrationtable": "== version=2\nCOLUMN TABLE M (ID INTEGER, A INTEGER)\n\n"
    "== migration=2\nALTER TABLE M ADD (A INTEGER)\n",
    "src/T.csv": 'ID,A\n1,"a ""b"""\n2,c\n',
    "src/T.hdbtabledata": tabledata("T", "T.csv", "ID", "A", include_filter=[{"A": "c"}, {"ID": "1"}]),
    "src/r.hdbrole": {"role": {"name": "r", "object_privileges": [{"name": "T", "privileges": ["SELECT"]}]}},
    "src/defaults/default_access_role.hdbrole": {
        "role": {"name": "default_access_role", "schema_roles": [{"names": ["r"]}]}
    },
}
VALUES: list[Any] = [None, True, 0, -1, 1.5, "", "x", "\0", [], [[]], {}, {"a": 1}, ["SELECT"], 10**30]
PIECES = [
    '"',
    "'",
    "(",
    ")",
    ";",
    "\0",
    "--",
    "/*",
    "?",
    ":x",
    "{",
    "NULL",
    " SELECT ",
    "\n== version=3\n",
    "é",
]


def changed(value: Any, random: Random) -> Any:
    """A JSON value with something taken away, added or replaced."""
    if isinstance(value, Mapping) and value and random.random() < 0.8:
        key, rest = random.choice(list(value)), dict(value)
        if random.random() < 0.25:
            del rest[key]
        else:
            rest[key] = changed(value[key], random)
        return rest
    if isinstance(value, list) and value and random.random() < 0.8:
        place = random.randrange(len(value))
        return [*value[:place], changed(value[place], random), *value[place + 1 :]]
    return random.choice(VALUES)


def rewritten(text: str, random: Random) -> str:
    """A text with pieces of it gone, and others put in."""
    for _ in range(random.randrange(1, 4)):
        place = random.randrange(len(text) + 1)
        gone = random.randrange(6) if random.random() < 0.5 else 0
        text = text[:place] + ("" if gone else random.choice(PIECES)) + text[place + gone :]
    return text


def without_config(files: Mapping[str, object]) -> dict[str, object]:
    """As the deployer gets them: a file that says null is a file."""
    return {path: "null" if content is None else content for path, content in files.items()}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_any_change_of_any_file_is_deployed_or_refused(deployer: Deployer, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - the same tries each time
    assert deployer.deploy(MODULE).errors == []
    for _ in range(40):
        path = random.choice(list(MODULE))
        content = MODULE[path]
        made = rewritten(content, random) if isinstance(content, str) else changed(content, random)
        before = deployer.catalogue()
        answer = deployer.deploy(without_config({**MODULE, path: made}))
        shown = f"{path}: {made!r}: {answer.errors}"
        assert (answer.code == -1) == bool(answer.errors), shown
        assert "Error(" not in str(answer.errors), shown
        assert "general error" not in str(answer.errors), shown
        if answer.code == -1:
            assert deployer.catalogue() == before, shown
    assert deployer.deploy(MODULE).errors == []
