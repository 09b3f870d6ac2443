"""The page that says how to take a view of a table away: files, addresses, and lines for other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from tokonoma.data.columns import LARGE, Column
from tokonoma.data.policy.access import Shown

from . import addresses, lines, words
from .headings import headings
from .state import State
from .visit import Visit

LONGEST_ADDRESS = 8000
"""Characters of an address that servers and approuters take for sure."""


@dataclass(frozen=True, slots=True)
class File:
    """Something to download: the name of its text, and its address."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class TakeAwayPage:
    """All that the template shows."""

    shown: Shown
    sentence: str
    problems: Sequence[str]
    files: Sequence[File]
    odata: str
    """The whole address of the rows by OData; "" for an object without a key, which OData does not show."""
    lines: Sequence[lines.Lines]
    rows: str
    """The address of the table that the reader came from."""


def page(visit: Visit, shown: Shown, state: State, problems: Sequence[str]) -> TakeAwayPage:
    """The page for one view, whatever place of it the reader was at."""
    state, told, text = state.first_page(), headings(shown.columns), visit.language.text
    options = exported(state, shown.columns)
    query = "&".join(f"${name}={quote(value, safe='')}" for name, value in options.items())
    excel = "&".join(filter(None, ["for=excel", query]))
    name = quote(shown.name)
    csv = _address(f"data/{name}.csv", query)
    odata = _address(f"odata/{name}", query) if shown.table.key else ""
    problems = list(problems)
    if not options.get("select"):
        problems.append(text("only_large"))
    elif len(csv) > LONGEST_ADDRESS:
        problems.append(text("address_too_long"))
    found: list[lines.Lines] = []
    files: list[File] = []
    if options.get("select"):
        files = [
            File("file_csv", visit.root + csv),
            File("file_excel", visit.root + _address(f"data/{name}.csv", excel)),
            File("file_jsonl", visit.root + _address(f"data/{name}.jsonl", query)),
        ]
        found = lines.every(visit.home + csv, f"{shown.name}.csv")
        if odata:
            found.append(lines.ui5(visit.outside + "odata/", shown.name, options))
    return TakeAwayPage(
        shown=shown,
        sentence=words.described(text("all_rows"), state, told, visit.language),
        problems=problems,
        files=files,
        odata=visit.home + odata if odata else "",
        lines=found,
        rows=visit.root + addresses.table(shown.name, state),
    )


def exported(state: State, columns: Mapping[str, Column]) -> dict[str, str]:
    """The query options of a view, by name without $: what it shows, filtered and sorted as it is.

    Units come along with their numbers; large values stay out. `select` is missing if nothing is left.
    """
    told = headings(columns)
    names = [name for name in state.shown(columns) if columns[name].kind not in LARGE]
    names += [told[name].unit for name in names if told[name].unit]
    options = {
        "filter": state.filter_text(columns),
        "orderby": state.order_text(),
        "select": ",".join(dict.fromkeys(names)),
    }
    return {name: value for name, value in options.items() if value}


def _address(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
