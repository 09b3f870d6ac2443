"""What a table can be narrowed by: a form whose address is a state of the table's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tokonoma.data.policy.access import Shown
from tokonoma.data.reader import Reader
from tokonoma.errors import HanaTimeout

from . import addresses, words
from .budget import STATEMENT_SECONDS
from .conditions import Condition
from .facets import Facet, FacetMaker
from .headings import headings
from .state import State
from .visit import Visit


@dataclass(frozen=True, slots=True)
class FilterPage:
    """All that the template shows."""

    shown: Shown
    sentence: str
    problems: Sequence[str]
    facets: Sequence[Facet]
    hidden: Sequence[tuple[str, str]]
    """The rest of the state, which goes along."""
    rows: str
    """The address of the table's page with this state."""
    all_rows: str
    """That without conditions; "" if there are none."""
    action: str


def filter_page(
    reader: Reader, visit: Visit, shown: Shown, state: State, problems: Sequence[str]
) -> FilterPage:
    """The page for one caller and state. Raises QueryError, DataError or HanaError."""
    state = state.first_page()
    known = headings(shown.columns)
    sentence = words.sentence(_count(reader, visit, shown, state), state, known, visit.language)
    maker = FacetMaker(reader, visit, shown, state)
    facets = [facet for each in known.values() if (facet := maker.facet(each))]
    # What can be chosen at a glance comes first.
    facets.sort(key=lambda each: not each.choices)
    bare = replace(state, conditions=(), filter="")
    return FilterPage(
        shown=shown,
        sentence=sentence,
        problems=problems,
        facets=facets,
        hidden=[
            *((each.parameter, each.value) for each in _without_field(state, facets)),
            *state.pairs_without("conditions"),
        ],
        rows=visit.root + addresses.table(shown.name, state),
        all_rows="" if bare == state else visit.root + addresses.table(shown.name, bare),
        action=visit.root + addresses.table(shown.name),
    )


def _count(reader: Reader, visit: Visit, shown: Shown, state: State) -> int | None:
    """How many rows are left; None if they are not counted in time."""
    options = state.options(shown.columns)
    try:
        return reader.count_up_to(visit.caller, shown, options, words.COUNTED, timeout=STATEMENT_SECONDS)
    except HanaTimeout:
        return None


def _without_field(state: State, facets: Sequence[Facet]) -> list[Condition]:
    """The conditions that no field has: of those with one operator, a text field has the first."""
    room = Counter(name for facet in facets for name in set(facet.names()))
    chosen = {each.name for facet in facets for each in facet.choices}
    found = []
    for each in state.conditions:
        if each.parameter in chosen:
            continue
        if room[each.parameter]:
            room[each.parameter] -= 1
        else:
            found.append(each)
    return found
