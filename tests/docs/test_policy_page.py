"""What docs/data.md says of the policy: its example fits the demo schema, its sentences are those printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from localcloud.certificates import Authority
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from tokonoma.data import catalogue
from tokonoma.data.catalogue import Catalogue
from tokonoma.data.policy import file as policy_file
from tokonoma.data.policy.access import MAX_CHECKED_ROWS, apply
from tokonoma.errors import PolicyError

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text()
[EXAMPLE] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
_, _OF_THE_FILE, _OF_THE_SCHEMA = PAGE.split("| in the file | the sentence |\n|---|---|\n")
START = '[roles]\nviewer = { xsuaa = "$XSAPPNAME.Display" }\n[objects.WORK]\n'

Select = Callable[..., list[Any]]


def rows(text: str) -> list[tuple[str, str]]:
    """The lines of a table: a piece of a policy file, and a sentence."""
    return re.findall(r"^\| `(.*?)` \| `(.*)` \|$", text.partition("\n\n")[0], re.MULTILINE)


def whole(piece: str) -> str:
    """A policy file with a piece of the object WORK in it."""
    return START + piece + ("" if "grants" in piece else '\ngrants = [{ role = "viewer" }]')


@pytest.fixture(scope="module")
def select(authority: Authority) -> Iterator[Select]:
    with LocalHana(authority=authority, seed=PROJECT / "db") as hana:
        connection = connect(hana.binding())

        def select(sql: str, values: Sequence[object] = ()) -> list[Any]:
            cursor = connection.cursor()
            cursor.execute(sql, tuple(values)) if values else cursor.execute(sql)
            return list(cursor.fetchall())

        yield select
        connection.close()


@pytest.fixture(scope="module")
def museum(select: Select) -> Catalogue:
    return catalogue.read(select, "")


def test_the_example_uses_every_option_and_fits_the_schema(select: Select, museum: Catalogue) -> None:
    policy = policy_file.parse(EXAMPLE)
    applied = apply(policy, museum, select)
    assert applied.findings == ()
    assert set(applied.shown) == {"WORK", "ARTIST", "CLIMATE_BY_DAY", "CLIMATE"}
    table = PAGE.partition("| option | what it does |\n|---|---|\n")[2].partition("\n\n")[0]
    for name in re.findall(r"^\| `([a-z_]+)", table, re.MULTILINE):
        assert name in EXAMPLE, name
    assert f"At most {MAX_CHECKED_ROWS:,} rows are looked at" in table
    assert f"1 to {policy_file.MAX_PAGE_SIZE:,}; {policy_file.PAGE_SIZE} |" in table


@pytest.mark.parametrize(("piece", "sentence"), rows(_OF_THE_FILE))
def test_a_fault_of_the_file_is_told_in_the_sentence_on_the_page(piece: str, sentence: str) -> None:
    with pytest.raises(PolicyError) as error:
        policy_file.parse(whole(piece))
    [told] = [each.partition(": ")[2] for each in error.value.faults]
    assert told == sentence


@pytest.mark.parametrize(("piece", "sentence"), rows(_OF_THE_SCHEMA))
def test_a_fault_that_the_schema_shows_is_told_in_the_sentence_on_the_page(
    select: Select, museum: Catalogue, piece: str, sentence: str
) -> None:
    [finding] = apply(policy_file.parse(whole(piece)), museum, select).findings
    assert finding.is_fault
    assert f"{finding.sentence}." == sentence


def test_the_tables_have_rows() -> None:
    assert (len(rows(_OF_THE_FILE)) > 8, len(rows(_OF_THE_SCHEMA)) > 5) == (True, True)
