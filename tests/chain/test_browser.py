"""The whole walk of a person: start page, sign in, read the time, sign out, and in again."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from localcloud.cloudfoundry import PROJECT
from localcloud.ports import free_port
from tests.chain.people import TOKEN
from tests.chain.visits import sign_in
from tests.programs import Program, needs_node, running

HANA_TIME = re.compile(r"^\d\d:\d\d:\d\d UTC$")


@pytest.fixture(
    scope="module",
    params=[
        "xsuaa",
        pytest.param("ias", marks=pytest.mark.slow),
        pytest.param("both", marks=pytest.mark.slow),
        pytest.param("ias --certificates", marks=pytest.mark.slow),
    ],
)
def identity(request: pytest.FixtureRequest) -> str:
    """Who signs people in."""
    return str(request.param)


@pytest.fixture(scope="module")
def home(
    identity: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The approuter's address; with IAS it is the one of `make run ARGS="--identity ..."`."""
    if identity == "xsuaa":
        router: Program = request.getfixturevalue("router")
        yield f"http://localhost:{router.port}"
        return
    needs_node()
    folder, port = tmp_path_factory.mktemp("cloud"), free_port()
    command = f"exec {sys.executable} -m localcloud --folder {folder} --port {port} --identity {identity}"
    with running(command, {}, PROJECT, folder / "output", port) as cloud:
        cloud.wait_until_it_says("Ctrl-C")
        yield f"http://localhost:{port}"


def test_from_the_start_page_to_the_time_and_out_again(
    page: Page, home: str, identity: str, artefacts: Path
) -> None:
    page.goto(home)
    expect(page).to_have_title(re.compile("Sign in"))
    page.screenshot(path=artefacts / "sign-in.png")

    sign_in(page, "alice")
    expect(page).to_have_title("Tokonoma")
    expect(page.locator("#hana-time")).to_have_text(HANA_TIME)
    expect(page.locator("#person")).not_to_be_empty()
    # In IAS nobody has scopes; with both the approuter has XSUAA's.
    if identity.startswith("ias"):
        expect(page.locator("#user-scopes")).to_be_hidden()
    else:
        expect(page.locator("#user-scopes")).to_contain_text("openid")
    page.screenshot(path=artefacts / "start-page.png")

    page.get_by_role("link", name="My Python Application").click()
    expect(page.locator("body")).to_have_text(re.compile(r"^Current time is: \d{4}-\d\d-\d\d "))
    assert page.url == f"{home}/myapp/"
    page.screenshot(path=artefacts / "clock.png")

    page.go_back()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    page.screenshot(path=artefacts / "signed-out.png")

    page.get_by_role("link", name="Sign in again").click()
    sign_in(page, "bob")
    expect(page.locator("#hana-time")).to_have_text(HANA_TIME)


def test_a_wrong_password_is_told_and_a_right_one_still_works(page: Page, home: str) -> None:
    page.goto(f"{home}/myapp/")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    sign_in(page, "alice")
    expect(page.locator("body")).to_have_text(re.compile("^Current time is: "))


def test_the_time_is_read_again_on_a_click(page: Page, home: str) -> None:
    page.goto(home)
    sign_in(page, "carol")
    time = page.locator("#hana-time")
    expect(time).to_have_text(HANA_TIME)
    first = time.get_attribute("datetime")
    page.get_by_role("button", name="Read again").click()
    expect(time).not_to_have_attribute("datetime", first or "")


def test_the_walk_needs_no_other_host(page: Page, home: str) -> None:
    hosts: set[str | None] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.goto(home)
    sign_in(page, "alice")
    expect(page.locator("#hana-time")).to_have_text(HANA_TIME)
    assert hosts == {"localhost", "127.0.0.1"}


def test_the_browser_holds_a_session_and_never_a_token(page: Page, home: str) -> None:
    page.goto(home)
    sign_in(page, "alice")
    expect(page.locator("#hana-time")).to_have_text(HANA_TIME)
    kept = str(page.context.cookies()) + page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}])"
    )
    assert not TOKEN.search(kept)
    session = [cookie for cookie in page.context.cookies() if cookie.get("name") == "JSESSIONID"]
    assert all(cookie["httpOnly"] for cookie in session)
    assert session


@pytest.mark.parametrize("width", [1200, 360])
def test_the_start_page_fits_the_screen(page: Page, home: str, width: int, artefacts: Path) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(home)
    sign_in(page, "alice")
    expect(page.locator("#hana-time")).to_have_text(HANA_TIME)
    page.screenshot(path=artefacts / f"start-page-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
@pytest.mark.parametrize("identity", ["ias", "both", "ias --certificates"], indirect=True)
def test_bob_sees_the_works_of_two_rooms_by_his_group_and_his_claim(page: Page, home: str) -> None:
    """As by scope and user attribute: the policy is the same."""
    page.goto(f"{home}/myapp/data/WORK?size=25")
    sign_in(page, "bob")
    expect(page.get_by_text("Rows 1 to 25 of 101")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Insured value")).to_have_count(0)
    page.goto(f"{home}/index.html")
    expect(page.locator("#user-roles")).to_have_text("viewer")
    expect(page.locator("#amount")).to_contain_text("rooms: IRIS, LOTUS")
