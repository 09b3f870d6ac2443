"""What a table can be narrowed by: a form whose address is a state of the table's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from tokonoma.data.policy.access import Shown
from tokonoma.data.reader import Reader

from . import addresses, words
from .budget import STATEMENT_SECONDS, Budget
from .conditions import Condition
from .facets import Facet, FacetMaker
from .headings import headings
from .state import State
from .table import Link
from .visit import Visit

MOST_COLUMNS = 40
"""Of one form: without script a browser sends all of its fields."""
PART = "part"
"""The parameter that says which columns."""


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
    parts: Sequence[Link]
    """The same page with other columns, if there are many."""


def filter_page(
    reader: Reader, visit: Visit, shown: Shown, state: State, problems: Sequence[str], part: int = 1
) -> FilterPage:
    """The page for one caller and state; `part` says which of the columns, if there are many.

    Raises QueryError, DataError or HanaError.
    """
    state, budget = state.first_page(), Budget()
    known = headings(shown.columns)
    count = budget.read(lambda: _count(reader, visit, shown, state))
    maker = FacetMaker(reader, visit, shown, state, budget)
    parts = _parts(state, list(known))
    part = min(max(part, 1), len(parts))
    names = parts[part - 1]
    facets = [facet for name in names if (facet := maker.facet(known[name]))]
    # What can be chosen at a glance comes first.
    facets.sort(key=lambda each: not each.choices)
    bare = replace(state, conditions=(), filter="")
    return FilterPage(
        shown=shown,
        sentence=words.sentence(count, state, known, visit.language, maker.labels.label),
        problems=problems,
        facets=facets,
        hidden=[
            *((each.parameter, each.value) for each in _without_field(state, facets)),
            *state.pairs_without("conditions"),
        ],
        rows=visit.root + addresses.table(shown.name, state),
        all_rows="" if bare == state else visit.root + addresses.table(shown.name, bare),
        action=visit.root + addresses.table(shown.name),
        parts=_links(visit, shown, state, [len(each) for each in parts], part),
    )


def _parts(state: State, names: Sequence[str]) -> list[list[str]]:
    """The columns of each part; what is asked about or shown stands in the first, as far as it has room."""
    asked = [each.column for each in state.conditions]
    order = list(dict.fromkeys([*asked, *state.columns, *names]))
    places = {name: place for place, name in enumerate(names)}
    slices = (order[start : start + MOST_COLUMNS] for start in range(0, len(order), MOST_COLUMNS))
    return [sorted(each, key=places.__getitem__) for each in slices]


def _links(visit: Visit, shown: Shown, state: State, sizes: Sequence[int], current: int) -> list[Link]:
    """The way to each part; none if there is one alone."""
    if len(sizes) == 1:
        return []
    address = visit.root + addresses.table(shown.name, state, "filter")
    address += f"{'&' if '?' in address else '?'}{PART}="
    ends = list(accumulate(sizes, initial=0))
    return [
        Link(
            f"{address}{number}",
            visit.language.text("some_columns", first=ends[number - 1] + 1, last=ends[number]),
            number == current,
        )
        for number in range(1, len(sizes) + 1)
    ]


def _count(reader: Reader, visit: Visit, shown: Shown, state: State) -> int:
    options = state.options(shown.columns)
    return reader.count_up_to(visit.caller, shown, options, words.COUNTED, timeout=STATEMENT_SECONDS)


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
