"""The pages in a real browser, through the real approuter: with script and without, by keyboard, on paper."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.chain.slow_way import slow_way
from tests.chain.visits import PAGES, Visit, accessibility_faults, layout_shifts

EVERY = (
    "ID,INVENTORY_NUMBER,TITLE,ARTIST_ID,ROOM_ID,TECHNIQUE,YEAR_MADE,ACQUIRED,VALUE,CURRENCY,HEIGHT,WIDTH,"
    "ON_LOAN,EXAMINED_AT"
)
"""All columns of WORK."""


@pytest.mark.slow
def test_axe_finds_nothing(visit: Visit, home: str) -> None:
    page = visit("alice")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for path in PAGES:
            page.goto(f"{home}/myapp/{path}")
            assert accessibility_faults(page) == [], f"{path}, {scheme}"


def test_the_pages_fit_every_screen(visit: Visit, home: str, artefacts: Path) -> None:
    page = visit("alice")
    for width in (320, 768, 2560):
        page.set_viewport_size({"width": width, "height": 800})
        for path in PAGES:
            page.goto(f"{home}/myapp/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        page.goto(f"{home}/myapp/data/WORK")
        page.screenshot(path=artefacts / f"table-{width}.png")


def test_a_walk_without_script_is_the_same_as_with_one(visit: Visit) -> None:
    """From the overview to a table, filtered by its address, sorted, paged and back."""
    for script in (True, False):
        page = visit("alice", java_script_enabled=script)
        page.get_by_role("link", name="Works", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Works"))
        pager = page.get_by_role("navigation", name="Pages")
        pager.get_by_role("link", name="25", exact=True).click()
        expect(page.get_by_text("Rows 1 to 25 of 240")).to_be_visible()
        page.get_by_role("columnheader", name="Title").get_by_role("link").click()
        expect(page.get_by_role("columnheader", name="Title")).to_have_attribute("aria-sort", "ascending")
        page.get_by_role("link", name="Next").click()
        expect(page.get_by_text("Rows 26 to 50 of 240")).to_be_visible()
        page.get_by_role("link", name="Previous").click()
        expect(page.get_by_text("Rows 1 to 25 of 240")).to_be_visible()
        page.go_back()
        expect(page.get_by_text("Rows 26 to 50 of 240")).to_be_visible()
        page.get_by_text("Columns", exact=True).click()
        page.get_by_label("Technique").uncheck()
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.get_by_role("columnheader", name="Technique")).to_have_count(0)
        assert "columns=" in page.url
        assert "go=" not in page.url


def test_the_script_swaps_the_content_and_keeps_focus_and_place(visit: Visit) -> None:
    page = visit("bob", "data/WORK")
    page.evaluate("window.stays = 1")
    page.get_by_role("columnheader", name="Title").get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Title")).to_have_attribute("aria-sort", "ascending")
    assert page.evaluate("window.stays") == 1
    assert page.evaluate("document.activeElement.textContent.trim()") == "Title"
    assert "sort=TITLE" in page.url
    page.reload()
    expect(page.get_by_role("columnheader", name="Title")).to_have_attribute("aria-sort", "ascending")


def test_by_keyboard_one_comes_from_the_top_to_the_rows(visit: Visit) -> None:
    page = visit("alice")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Artists":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Artists"))


def test_by_keyboard_one_passes_by_the_filters(visit: Visit) -> None:
    page = visit("alice", "data/WORK", viewport={"width": 1700, "height": 900})
    page.wait_for_load_state("networkidle")
    page.evaluate("window.stays = document.getElementById('content')")
    page.get_by_role("link", name="Skip the filters").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("columnheader", name="Work", exact=True).get_by_role("link")).to_be_focused()
    assert page.evaluate("window.stays.isConnected")


def test_bob_sees_less_and_carol_nothing_by_the_same_address(visit: Visit) -> None:
    address = "data/WORK?sort=-YEAR_MADE"
    expect(visit("alice", address).get_by_text("240 rows")).to_be_visible()
    bob = visit("bob", address)
    expect(bob.get_by_text("101 rows")).to_be_visible()
    expect(bob.get_by_text("Insured value")).to_have_count(0)
    expect(visit("carol", address).get_by_role("heading", level=1)).to_have_text("Not found")
    expect(visit("carol").get_by_text("nothing here that you may see")).to_be_visible()


def test_cells_are_copied_with_their_exact_values(visit: Visit) -> None:
    page = visit("alice", "data/WORK?columns=ID,VALUE&ID.is=119", locale="de-DE")
    expect(page.get_by_text("4.704.600,00")).to_be_visible()
    copied = page.evaluate(
        """() => {
          getSelection().selectAllChildren(document.querySelector('tbody'));
          const event = new ClipboardEvent('copy', {clipboardData: new DataTransfer(), bubbles: true});
          document.querySelector('td').dispatchEvent(event);
          return event.clipboardData.getData('text/plain');
        }"""
    )
    assert copied == "119\t4704600"


def test_a_page_is_light_and_quick_to_come(visit: Visit, home: str) -> None:
    page = visit("alice")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{home}/myapp/data/WORK")
    page.wait_for_load_state("networkidle")
    assert len(requests) < 10
    assert all(each.startswith(home) for each in requests)
    sizes = page.evaluate("performance.getEntries().map(each => each.encodedBodySize || 0)")
    transferred = sum(sizes)
    assert transferred < 60_000
    assert layout_shifts(page) == 0


def test_a_page_that_comes_slowly_moves_nothing(visit: Visit, home: str) -> None:
    page = visit("alice")
    with slow_way(to=urlsplit(home).port or 0) as slow:
        for path in ("data/WORK", "data/", "data/WORK/5", "pictures/WORK?x=ARTIST_ID"):
            page.goto(f"http://localhost:{slow}/myapp/{path}")
            assert layout_shifts(page) == 0, path


def test_on_paper_the_rows_are_there_without_buttons(visit: Visit, artefacts: Path) -> None:
    page = visit("alice", "data/ROOM")
    page.emulate_media(media="print")
    expect(page.locator("table.rows")).to_be_visible()
    expect(page.locator(".shellbar")).to_be_hidden()
    expect(page.locator(".toolbar")).to_be_hidden()
    page.pdf(path=artefacts / "table.pdf")
    assert (artefacts / "table.pdf").stat().st_size > 5_000


def test_on_paper_nothing_is_cut_off(visit: Visit, home: str) -> None:
    """A sheet of A4 has room for 703 pixels between margins of 12 mm."""
    page = visit("alice", viewport={"width": 703, "height": 990})
    page.emulate_media(media="print")
    for path in (*PAGES, "data/CLIMATE_BY_DAY", "data/PURCHASE", f"data/WORK?columns={EVERY}"):
        page.goto(f"{home}/myapp/{path}")
        ends = page.locator("table").evaluate_all(
            "all => all.map(each => each.getBoundingClientRect().right)"
        )
        assert max(ends, default=0) <= 703, path
        assert page.evaluate("document.documentElement.scrollWidth") <= 703, path


@pytest.mark.parametrize(
    ("user", "amount", "tables"),
    [
        ("alice", "7 tables and views.", 7),
        ("bob", "6 tables and views. How much you see of them depends on your rooms: IRIS, LOTUS.", 6),
        ("carol", "There is nothing here that you may see. If you expected something, ask for a role.", 0),
    ],
)
def test_the_start_page_says_what_one_may_see_and_leads_there(
    visit: Visit, user: str, amount: str, tables: int, artefacts: Path
) -> None:
    page = visit(user, "../")
    expect(page.locator("#amount")).to_have_text(amount)
    expect(page.locator("#objects a")).to_have_count(tables)
    expect(page.locator("#hana-time")).to_have_text(re.compile("UTC$"))
    page.screenshot(path=artefacts / f"start-page-{user}.png")
    assert accessibility_faults(page) == []
    if tables:
        page.locator("#objects").get_by_role("link", name="Works", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Works WORK")
        page.go_back()
    page.get_by_role("link", name="Look at the data").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tables and views")


def test_rows_are_counted_when_the_overview_is_there(visit: Visit) -> None:
    page = visit("bob")
    expect(page.locator("[data-part=WORK]")).to_have_text("101")
    expect(page.get_by_role("link", name="Count the rows")).to_be_hidden()
    plain = visit("bob", java_script_enabled=False)
    expect(plain.locator("[data-part=WORK]")).to_have_text("…")
    plain.get_by_role("link", name="Count the rows").click()
    expect(plain.locator("[data-part=WORK]")).to_have_text("101")


def test_counts_that_do_not_come_can_be_asked_for(visit: Visit) -> None:
    page = visit("bob", "data/NOPE")
    page.route("**/data/?*counts=yes", lambda route: route.fulfill(status=503, content_type="text/html"))
    with page.expect_response("**/data/?*counts=yes"):
        page.get_by_role("link", name="To the tables and views").click()
    page.evaluate("new Promise(done => setTimeout(done, 100))")  # until the script has read the answer
    expect(page.get_by_role("link", name="Count the rows")).to_be_visible()
    expect(page.locator("[data-part=WORK]")).to_have_text("…")


def test_from_an_error_one_comes_to_the_start_page_and_out(visit: Visit) -> None:
    page = visit("carol", "data/WORK")
    page.get_by_role("link", name="Start page").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("signed out", re.IGNORECASE))


@pytest.mark.parametrize("script", [True, False])
def test_from_a_row_to_its_record_its_neighbour_and_what_it_points_to(
    visit: Visit, script: bool, artefacts: Path
) -> None:
    page = visit("bob", "data/WORK?ROOM_ID.is=IRIS&sort=-ID", java_script_enabled=script)
    page.locator("tbody tr").first.get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/data/WORK/\d+"))
    first = page.get_by_role("heading", level=1).text_content()
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(first or "")
    page.get_by_role("link", name="Previous", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(first or "")
    page.get_by_role("link", name="Iris Pavilion").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Iris Pavilion IRIS")
    page.screenshot(path=artefacts / "record.png", full_page=True)
    page.get_by_role("link", name="52 rows: show in the table").click()
    expect(page.get_by_text("52 rows with Room = “Iris Pavilion”")).to_be_visible()
    page.go_back()
    page.go_back()
    page.get_by_role("link", name="Back to the rows").click()
    expect(page.get_by_role("columnheader", name="Work", exact=True)).to_have_attribute(
        "aria-sort", "descending"
    )


def test_files_of_a_view_are_downloaded(visit: Visit) -> None:
    page = visit("bob", "data/WORK?ROOM_ID.is=IRIS&columns=ID,TITLE")
    page.get_by_role("link", name="Take away").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV", exact=True).click()
    assert waiting.value.suggested_filename == "WORK.csv"
    assert Path(waiting.value.path()).read_text().count("\n") == 53
