"""Filters and pictures in a real browser: with script and without, beside the rows and on a phone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.chain.visits import PAGES, Visit, accessibility_faults, layout_shifts


def test_what_a_table_can_be_narrowed_by_needs_no_script(visit: Visit) -> None:
    for script in (True, False):
        page = visit("alice", "data/WORK?sort=TITLE", java_script_enabled=script)
        page.get_by_role("link", name="Filters").click()
        page.get_by_role("checkbox", name="Iris Pavilion").check()
        page.get_by_role("group", name="Title").get_by_label("contains").fill("the")
        page.get_by_role("button", name="Show rows").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Works"))
        assert page.url.endswith("/data/WORK?ROOM_ID.is=IRIS&TITLE.contains=the&sort=TITLE")
        page.go_back()
        picture = page.get_by_role("group", name="How Year of creation is distributed")
        bar = picture.get_by_role("link", name=re.compile("^1930 to")).first
        name = re.search(r"(\d+) to (\d+): (\d+) rows", bar.text_content() or "")
        assert name
        bar.click()
        expect(page.get_by_text(f"{name[3]} rows with")).to_be_visible()
        assert f"YEAR_MADE.from={name[1]}&YEAR_MADE.to={name[2]}" in page.url


def test_a_click_in_the_panel_filters_the_rows_beside_it(visit: Visit) -> None:
    page = visit("alice", "data/WORK", viewport={"width": 1500, "height": 900})
    page.evaluate("window.stays = 1")
    panel = page.locator(".panel")
    room = panel.get_by_role("checkbox", name="Iris Pavilion")
    room.check()
    expect(page.locator(".sentence")).to_have_text(re.compile("^52 rows"))
    assert page.url.endswith("/data/WORK?ROOM_ID.is=IRIS")
    expect(room).to_be_focused()
    expect(panel).not_to_have_attribute("aria-busy", "true")
    # Another room can be chosen, and its rows are counted.
    panel.get_by_text("Lotus Pavilion 49").click()
    expect(page.locator(".sentence")).to_have_text(re.compile("^101 rows"))
    expect(panel).not_to_have_attribute("aria-busy", "true")
    panel.get_by_role("group", name="How Height (cm) is distributed").get_by_role("link").first.click()
    expect(page.locator(".sentence")).to_have_text(re.compile("Height"))
    assert "?ROOM_ID.is=IRIS&ROOM_ID.is=LOTUS&HEIGHT.from=" in page.url
    assert page.evaluate("window.stays") == 1
    panel.locator("summary").first.click()
    expect(room).to_be_hidden()


def test_a_field_of_the_panel_keeps_the_focus_and_a_panel_that_fails_is_a_link(visit: Visit) -> None:
    page = visit("alice", "data/WORK", viewport={"width": 1500, "height": 900})
    panel = page.locator(".panel")
    field = panel.get_by_role("group", name="Title", exact=True).get_by_label("contains")
    field.fill("the")
    field.press("Enter")
    expect(page.locator(".sentence")).to_have_text(re.compile("Title containing"))
    expect(panel).not_to_have_attribute("aria-busy", "true")
    expect(field).to_be_focused()
    page.route("**/filter/**", lambda route: route.abort())
    page.get_by_role("columnheader", name="Title").get_by_role("link").click()
    expect(panel.get_by_role("link", name="Filters")).to_be_visible()
    expect(panel.get_by_role("checkbox")).to_have_count(0)


def test_the_panel_moves_nothing_when_it_comes_and_axe_finds_nothing_in_it(visit: Visit, home: str) -> None:
    page = visit("alice", viewport={"width": 1500, "height": 900})
    page.goto(f"{home}/myapp/data/WORK")
    expect(page.locator(".panel").get_by_role("checkbox").first).to_be_visible()
    assert layout_shifts(page) == 0
    assert accessibility_faults(page) == []


def test_texts_in_pictures_can_be_read_on_a_phone(visit: Visit, home: str) -> None:
    page = visit("alice", viewport={"width": 320, "height": 800})
    for path in PAGES:
        if not path.startswith("pictures/"):
            continue
        page.goto(f"{home}/myapp/{path}")
        sizes = page.evaluate(
            """() => [...document.querySelectorAll('.picture')].filter(each => each.checkVisibility())
              .map(svg => parseFloat(getComputedStyle(svg.querySelector('text')).fontSize)
                * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)"""
        )
        assert len(sizes) == 1
        assert sizes[0] >= 11, path
