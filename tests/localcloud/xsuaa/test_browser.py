"""The sign-in page in a real browser, which holds it to its own security policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask, request
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from localcloud.listener import Listener
from localcloud.xsuaa import LocalXsuaa


@pytest.fixture(scope="module")
def client_address() -> Iterator[str]:
    """A client at `localhost`, as the approuter is: another origin than the sign-in page."""
    app = Flask("client")
    app.add_url_rule("/login/callback", view_func=lambda: f"Welcome back, {request.args['state']}")
    listener = Listener(app)
    listener.start()
    yield f"http://localhost:{listener.port}"
    listener.stop()


@pytest.fixture
def sign_in(descriptor: Path, browser: Browser, client_address: str) -> Iterator[Page]:
    """The sign-in page; what it asks of other hosts, or what the browser complains of, fails the test."""
    with LocalXsuaa(descriptor, redirect_uris=[f"{client_address}/**"]) as xsuaa:
        context = browser.new_context()
        page = context.new_page()
        complaints: list[str] = []

        def hear(message: ConsoleMessage) -> None:
            if not message.location["url"].startswith(client_address):
                complaints.append(message.text)

        def see(asked: Request) -> None:
            if not asked.url.startswith((xsuaa.url, client_address)):
                complaints.append(asked.url)

        page.on("console", hear)
        page.on("request", see)
        wish = {
            "response_type": "code",
            "client_id": "sb-myapp!t1",
            "redirect_uri": f"{client_address}/login/callback",
            "state": "traveller",
        }
        page.goto(f"{xsuaa.url}/oauth/authorize?{urlencode(wish)}")
        yield page
        context.close()
    # A wrong password is a 401, which the browser mentions; nothing else may be said.
    assert [each for each in complaints if "401" not in each] == []


def wait_for_cursor(page: Page, place: str) -> None:
    """The browser moves it some time after the page is there."""
    expect(page.locator(place)).to_be_focused()


def test_a_person_signs_in_by_keyboard_and_arrives_at_the_client(sign_in: Page) -> None:
    wait_for_cursor(sign_in, "#username")
    sign_in.keyboard.type("alice")
    sign_in.keyboard.press("Tab")
    sign_in.keyboard.type("alice")
    sign_in.keyboard.press("Enter")
    sign_in.wait_for_url("**/login/callback?**")
    assert "Welcome back, traveller" in sign_in.content()


def test_a_click_on_a_person_and_enter_are_enough(sign_in: Page) -> None:
    sign_in.get_by_role("link", name="bob").click()
    sign_in.wait_for_url("**login_hint=bob**")
    assert sign_in.get_by_label("User name").input_value() == "bob"
    wait_for_cursor(sign_in, "button")
    sign_in.keyboard.press("Enter")
    sign_in.wait_for_url("**/login/callback?**")


def test_after_a_wrong_password_the_cursor_waits_for_the_right_one(sign_in: Page) -> None:
    sign_in.get_by_label("User name").fill("carol")
    sign_in.get_by_label("Password").fill("wrong")
    sign_in.get_by_role("button", name="Sign in").click()
    assert "not right" in sign_in.get_by_role("alert").inner_text()
    assert sign_in.get_by_label("User name").input_value() == "carol"
    assert sign_in.get_by_label("Password").input_value() == ""
    wait_for_cursor(sign_in, "#password")
    sign_in.keyboard.type("carol")
    sign_in.keyboard.press("Enter")
    sign_in.wait_for_url("**/login/callback?**")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(sign_in: Page, scheme: str) -> None:
    """WCAG 2.2, success criterion 1.4.3: 4.5 to 1."""
    sign_in.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    sign_in.get_by_label("User name").fill("alice")
    sign_in.get_by_label("Password").fill("wrong")
    sign_in.get_by_role("button", name="Sign in").click()
    sign_in.get_by_role("alert").wait_for()
    faint = sign_in.evaluate(_FAINT_TEXTS)
    assert faint == []


def test_the_page_fits_a_telephone(sign_in: Page) -> None:
    sign_in.set_viewport_size({"width": 320, "height": 640})
    assert sign_in.evaluate("document.documentElement.scrollWidth") <= 320


_FAINT_TEXTS = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((v) => v / 255)
      .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const says = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!says && element.tagName !== "INPUT") continue;
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(`${element.textContent.trim()}: ${contrast.toFixed(2)}`);
  }
  return found;
}"""
