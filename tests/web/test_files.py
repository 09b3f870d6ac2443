"""What can be promised of the approuter's files without starting it."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

WEB = Path(__file__).parents[2] / "web"
PAGES = sorted(str(path.relative_to(WEB)) for path in (WEB / "resources").rglob("*.html"))


def read_json(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((WEB / name).read_text(encoding="utf-8"))
    return document


@cache
def routing() -> dict[str, Any]:
    return read_json("xs-app.json")


def route_of(address: str, method: str = "GET") -> dict[str, Any]:
    """The first route that matches, which is the one that the approuter takes."""
    route: dict[str, Any] = next(
        r
        for r in routing()["routes"]
        if re.search(r["source"], address) and method in r.get("httpMethods", [method])
    )
    return route


def is_public(address: str) -> bool:
    return route_of(address).get("authenticationType") == "none"


def file_of(address: str) -> Path:
    """The file that a route with a local folder serves."""
    route = route_of(address)
    target = re.sub(r"\$(\d)", r"\\\1", route["target"])
    file: Path = WEB / route["localDir"] / re.sub(route["source"], target, address)
    return file


class Page(HTMLParser):
    """The tags of a page, and what its Content-Security-Policy would stop."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.title = ""
        self._open = ""
        self.inline: list[str] = []
        self.feed((WEB / name).read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag
        self.inline += [f"{tag} {name}" for name, _ in attrs if name == "style" or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        if self._open in ("script", "style") and data.strip():
            self.inline.append(data)
        if self._open == "title":
            self.title += data.strip()

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def loads(self) -> list[str]:
        """Addresses of what the page fetches by itself."""
        fetching = [attributes for tag, attributes in self.tags if tag != "a"]
        found = [attributes.get(key) for attributes in fetching for key in ("src", "href")]
        return [address.partition("#")[0] for address in found if address]


def test_every_dependency_is_exact_and_locked() -> None:
    wanted = read_json("package.json")
    locked = read_json("package-lock.json")["packages"]
    for name, version in {**wanted["dependencies"], **wanted["overrides"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert locked[f"node_modules/{name}"]["version"] == version
    assert locked[""]["engines"] == wanted["engines"]


def test_the_lock_has_a_hash_for_every_package_and_names_no_download_address() -> None:
    locked = read_json("package-lock.json")["packages"]
    for path, package in locked.items():
        assert "resolved" not in package, path
        assert not path or package["integrity"].startswith("sha512-"), path


def test_the_tutorials_route_leads_to_the_service_and_needs_a_login() -> None:
    route = route_of("/myapp/")
    assert (route["source"], route["target"], route["destination"]) == ("^/myapp/(.*)$", "$1", "myapp")
    assert "authenticationType" not in route
    assert route["csrfProtection"] is True


@pytest.mark.parametrize(
    "address",
    [
        "/myapp/odata/$batch",
        "/myapp/odata/$batch?sap-client=100",
        "/myapp/odata/WORK/$query",
        "/myapp/odata/WORK/$count/$query",
    ],
)
def test_what_reads_by_post_gets_through_without_a_csrf_token(address: str) -> None:
    """The service refuses every part of a batch that would write (data-traps 5.8.40)."""
    route = route_of(address, "POST")
    assert (route["destination"], route["csrfProtection"]) == ("myapp", False)
    assert route["httpMethods"] == ["POST"]
    assert re.sub(route["source"], r"\1", address) == address.removeprefix("/myapp/")


@pytest.mark.parametrize(
    "address",
    [
        "/myapp/",
        "/myapp/odata/",
        "/myapp/odata/WORK",
        "/myapp/odata/WORK(1)",
        "/myapp/odata/WORK/$query/more",
        "/myapp/odata/$batches",
        "/myapp/odata/$batch/more",
        "/myapp/other?odata/$batch",
        "/myapp/x/odata/$batch",
        "/myapp/odata/a/b/$query",
    ],
)
def test_nothing_else_gets_through_by_post(address: str) -> None:
    assert "destination" not in route_of(address, "POST")


def test_only_what_the_door_itself_needs_is_public() -> None:
    public = {route["source"] for route in routing()["routes"] if "authenticationType" in route}
    assets = r"^/myapp/(assets/[\w-]+(?:\.[\w-]+)+)$"
    assert public == {"^/health$", r"^/favicon\.ico$", "^/public/(.*)$", assets}
    assert routing()["authenticationMethod"] == "route"
    assert {route.get("authenticationType") for route in routing()["routes"]} == {"none", None}


def test_every_local_folder_exists() -> None:
    for route in routing()["routes"]:
        if "localDir" in route:
            assert (WEB / route["localDir"]).is_dir()


def test_health_says_that_the_router_is_up() -> None:
    assert json.loads(file_of("/health").read_text(encoding="utf-8")) == {"status": "UP"}


def test_nobody_is_signed_out_by_a_foreign_page() -> None:
    logout = routing()["logout"]
    assert logout["logoutMethod"] == "POST"
    assert logout["csrfProtection"] is True


def test_the_page_after_signing_out_is_public() -> None:
    page = routing()["logout"]["logoutPage"]
    assert is_public(page)
    assert file_of(page).is_file()


def test_scripts_and_styles_come_from_this_host_only() -> None:
    headers = {header["name"]: header["value"] for header in routing()["responseHeaders"]}
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" in headers


def test_error_pages_exist() -> None:
    for entry in routing()["errorPage"]:
        assert (WEB / entry["file"]).is_file()


def test_answers_that_a_file_would_spoil_have_no_error_page() -> None:
    # A file drops the headers of the error: `x-csrf-token: Required` of 403, `Allow` of 405.
    # After a timeout the approuter 23 reports a second error, which a page that is being read collides with:
    # measured were 502 with a stack trace, and answers that never ended.
    with_page: set[int] = set()
    for entry in routing()["errorPage"]:
        status = entry["status"]
        with_page |= set(status if isinstance(status, list) else [status])
    assert with_page.isdisjoint({403, 405, 504})


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_language_title_heading_and_fits_a_phone(name: str) -> None:
    page = Page(name)
    assert page.named("html") == [{"lang": "en"}]
    assert "Tokonoma" in page.title
    assert len(page.named("h1")) == 1
    assert any(meta.get("name") == "viewport" for meta in page.named("meta"))
    assert all("alt" in image for image in page.named("img"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_nothing_that_its_security_policy_stops(name: str) -> None:
    assert Page(name).inline == []


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_loads_is_a_file_of_this_host(name: str) -> None:
    for address in Page(name).loads:
        assert re.match(r"/(?!/)", address)
        assert file_of(address).is_file()


@pytest.mark.parametrize("name", [page for page in PAGES if page != "resources/index.html"])
def test_a_page_for_people_without_a_session_loads_only_public_files(name: str) -> None:
    assert all(is_public(address) for address in Page(name).loads)


def test_the_way_to_the_application_needs_no_script() -> None:
    assert any(link.get("href") == "/myapp/" for link in Page("resources/index.html").named("a"))


def test_the_script_asks_only_for_addresses_that_the_router_knows() -> None:
    script = (WEB / "resources/start.js").read_text(encoding="utf-8")
    addresses = re.findall(r'ask\("([^"]+)"', script)
    assert len(addresses) == 5
    everything_else = routing()["routes"][-1]
    for address in addresses:
        assert address == routing()["logout"]["logoutEndpoint"] or route_of(address) is not everything_else


def palettes() -> tuple[dict[str, str], dict[str, str]]:
    """The colours of the light and of the dark look, by name."""
    sheet = (WEB / "resources/public/tokonoma.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    colours = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")
    return dict(colours.findall(light)), dict(colours.findall(dark))


def luminance(colour: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("look", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("text", "page"),
        ("text", "surface"),
        ("text", "wall"),
        ("text", "error-surface"),
        ("label", "surface"),
        ("link", "surface"),
        ("link", "error-surface"),
        ("link", "button"),
        ("link", "button-hover"),
        ("error-text", "error-surface"),
        ("emphasized-text", "emphasized"),
        ("emphasized-text", "emphasized-hover"),
    ],
)
def test_text_can_be_read(look: int, ink: str, ground: str) -> None:
    colours = palettes()[look]
    lighter, darker = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5  # WCAG 2.2, success criterion 1.4.3


@pytest.mark.parametrize("page", [name for name in PAGES if "/errors/" in name])
def test_every_page_of_an_error_names_the_doctor(page: str) -> None:
    assert "<code>python -m tokonoma.doctor --cf</code> says why" in (WEB / page).read_text()
