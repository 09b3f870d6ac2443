"""What visits of pages in a browser have in common."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from localcloud.cloudfoundry import PROJECT

PAGES = (
    "data/",
    "data/?search=zzz",
    "data/WORK",
    "data/WORK?ROOM_ID.is=IRIS&sort=-VALUE&nope=1",
    "data/NOPE",
    "filter/WORK?ROOM_ID.is=IRIS&VALUE.above=100",
    "pictures/CLIMATE?split=ROOM_ID",
    "pictures/WORK?x=HEIGHT&y=WIDTH",
    "pictures/WORK?x=ARTIST_ID",
    "pictures/WORK?x=ACQUIRED&y=*",
    "data/WORK/5?sort=-VALUE",
    "data/ROOM/IRIS",
    "data/ARTIST/3",
    "take/WORK?ROOM_ID.is=IRIS",
    "policy/explain?object=WORK&scopes=Display",
)
"""Addresses below `/myapp/`: one of each kind of page."""

Visit = Callable[..., Page]
"""Signs somebody in and goes to a page below `/myapp/`; more arguments are Playwright's for a context."""

AXE = (PROJECT / "tests" / "node" / "node_modules" / "axe-core" / "axe.min.js").read_text


def sign_in(page: Page, user: str) -> None:
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password").fill(user)
    page.get_by_role("button", name="Sign in", exact=True).click()


def accessibility_faults(page: Page) -> list[str]:
    """What axe-core finds, a line for each fault."""
    page.evaluate(AXE())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 5
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def layout_shifts(page: Page) -> float:
    """How much has moved since the page came."""
    found: float = page.evaluate(
        """() => new Promise(done => {
          let sum = 0;
          new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; })
            .observe({type: 'layout-shift', buffered: true});
          setTimeout(() => done(sum), 300);
        })"""
    )
    return found
