from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokonoma.data.columns import Column
from tokonoma.data.plan import Options
from tokonoma.pages.conditions import Condition
from tokonoma.pages.language import LANGUAGES
from tokonoma.pages.state import State, StateReader

COLUMNS = {
    "ID": Column("ID", "INTEGER"),
    "TITLE": Column("TITLE", "NVARCHAR", 100),
    "MADE": Column("MADE", "DATE"),
    "PICTURE": Column("PICTURE", "BLOB"),
}


def read(query: str) -> tuple[State, list[str], bool]:
    reader = StateReader(COLUMNS, LANGUAGES["en"])
    state = reader.read(parse_qsl(query, keep_blank_values=True))
    return state, reader.problems, reader.is_form


def test_nothing_said_is_the_first_page_of_everything() -> None:
    state, problems, is_form = read("")
    assert (state, problems, is_form, state.query()) == (State(), [], False, "")
    assert state.options(COLUMNS) == Options(select="ID,TITLE,MADE")


def test_an_address_says_it_all() -> None:
    query = "TITLE.contains=a%26b&ID.from=3&sort=-MADE,ID&columns=ID,TITLE&size=25&at=tok-en"
    state, problems, _ = read(query)
    assert not problems
    assert state.query() == query
    assert state.options(COLUMNS) == Options(
        filter="contains(tolower(TITLE),tolower('a&b')) and ID ge 3",
        orderby="MADE desc,ID",
        select="ID,TITLE",
    )
    assert (state.size, state.at) == (25, "tok-en")


_CONDITIONS = st.one_of(
    st.builds(Condition, st.just("TITLE"), st.sampled_from(["is", "contains", "not"]), st.text(min_size=1)),
    st.builds(Condition, st.just("ID"), st.sampled_from(["is", "from"]), st.integers().map(str)),
    st.builds(Condition, st.just("MADE"), st.just("to"), st.dates().map(str)),
)
_STATES = st.builds(
    State,
    conditions=st.lists(_CONDITIONS, max_size=5, unique=True).map(tuple),
    filter=st.sampled_from(["", "ID eq 1 or ID eq 2", "TITLE eq '&=?#+%'"]),
    sort=st.lists(
        st.tuples(st.sampled_from(["ID", "TITLE"]), st.booleans()), max_size=2, unique_by=lambda each: each[0]
    ).map(tuple),
    columns=st.lists(st.sampled_from(list(COLUMNS)), unique=True).map(tuple),
    size=st.sampled_from([25, 100, 250]),
    at=st.sampled_from(["", "abc_-"]),
)


@given(_STATES)
def test_every_state_comes_back_from_its_address(state: State) -> None:
    query = state.query()
    assert query.isascii()
    assert read(query) == (state, [], False)


@given(st.text(max_size=300))
def test_no_address_is_a_fault(query: str) -> None:
    state, _, _ = read(query)
    state.options(COLUMNS)
    assert read(state.query())[0] == state


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("NOPE.is=1", "There is no column “NOPE”."),
        ("TITLE.near=1", "“near” cannot be asked of TITLE."),
        ("PICTURE.is=1", "“is” cannot be asked of PICTURE."),
        ("ID.is=abc", "ID: “abc” cannot be a whole number."),
        ("MADE.from=2026-13-01", "MADE: “2026-13-01” cannot be a date."),
        ("sort=-NOPE", "There is no column “NOPE”."),
        ("columns=ID,NOPE", "There is no column “NOPE”."),
        ("size=7", "A page has 25, 100, 250 rows; “7” is none of these."),
        ("colour=red", "“colour” means nothing here."),
        ("filter=ID eq", "The filter is left out."),
        ("filter=NOPE eq 1", "The filter is left out."),
    ],
)
def test_what_is_wrong_is_told_and_the_rest_is_kept(query: str, problem: str) -> None:
    state, [told], _ = read(f"ID.from=3&{query}")
    assert told.startswith(problem)
    assert Condition("ID", "from", "3") in state.conditions


def test_large_values_are_not_sorted_by_and_not_read() -> None:
    state, _, _ = read("sort=PICTURE,-ID&columns=PICTURE,ID")
    assert state.sort == (("ID", True),)
    assert state.options(COLUMNS).select == "ID"


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("TITLE.contains=&ID.from=3", "ID.from=3"),
        ("column=ID&operator=from&value=3", "ID.from=3"),
        ("TITLE.is=a&column=ID&operator=from&value=3&go=1", "TITLE.is=a&ID.from=3"),
        ("go=1&columns=ID&columns=TITLE", "columns=ID,TITLE"),
        ("sort=", ""),
    ],
)
def test_what_a_form_sends_is_turned_into_a_states_address(query: str, address: str) -> None:
    state, problems, is_form = read(query)
    assert (state.query(), problems, is_form) == (address, [], True)


def test_columns_that_are_asked_for_are_all_that_is_read() -> None:
    assert read("columns=MADE")[0].options(COLUMNS).select == "MADE"


def test_a_free_filter_stays_whole_beside_conditions() -> None:
    state, _, _ = read("ID.from=3&filter=ID eq 1 or ID eq 5")
    assert state.filter_text(COLUMNS) == "ID ge 3 and (ID eq 1 or ID eq 5)"
