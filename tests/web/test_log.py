"""What the approuter prints: no code, no token, no password, and a line for an entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from localcloud import cloudfoundry
from localcloud.ports import LOOPBACK, free_port
from localcloud.xsuaa import HttpFault, LocalXsuaa
from tests.chain.people import TOKEN, Person
from tests.programs import Program
from tests.web.wire import BROWSER, exchange, node, request, told_by_node

TOKENS = "/oauth/token"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


@pytest.fixture(scope="module", params=["error", "debug"])
def router(
    run_router: Callable[..., Any], router_port: int, request: pytest.FixtureRequest
) -> Iterator[Program]:
    with run_router(router_port, XS_APP_LOG_LEVEL=request.param, REQUEST_TRACE="true") as program:
        yield program


@pytest.mark.parametrize("fault", [HttpFault.STATUS, HttpFault.GARBAGE, HttpFault.HTML, HttpFault.DROP])
def test_a_code_that_cannot_be_exchanged_is_not_in_the_log(
    own_xsuaa: LocalXsuaa, router: Program, fault: HttpFault
) -> None:
    with own_xsuaa.failing(TOKENS, fault), Person(router.port) as person:
        landed = person.sign_in("alice")
    assert landed.status_code == 500
    [code] = parse_qs(urlsplit(landed.url).query)["code"]
    assert "/login/callback?code=***&state=" in router.output
    assert code not in router.output


def test_a_sign_in_that_works_leaves_no_secret_in_the_log(own_xsuaa: LocalXsuaa, router: Program) -> None:
    with Person(router.port) as person:
        landed = person.sign_in("alice")
        [code] = parse_qs(urlsplit(landed.history[-1].url).query)["code"]
        person.get("/user-api/currentUser")
        person.get("/myapp/")  # 502: nothing listens there
        cookie = person.get("/index.html").request.headers["Cookie"]
    output = router.output
    assert code not in output
    assert own_xsuaa.binding()["clientsecret"] not in output
    assert not TOKEN.search(output)
    session = cookie.partition("JSESSIONID=")[2].partition(";")[0]
    assert session
    assert session not in output


@pytest.fixture(scope="module")
def plain_router(
    run_router: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """An approuter that logs texts as they come, as on a platform that it does not know."""
    file = tmp_path_factory.mktemp("plain") / "loopback.js"
    file.write_text(
        "const { Server } = require('node:net'); const { listen } = Server.prototype;"
        "Server.prototype.listen = function (port, ...rest)"
        f" {{ return listen.call(this, port, '{LOOPBACK}', ...rest); }};"
    )
    line = cloudfoundry.router_line()
    command = line.replace(
        "exec node", f"exec env -u XS_BIND_ADDRESS -u VCAP_APPLICATION node --require {file}"
    )
    assert command != line
    with run_router(free_port(), command) as program:
        yield program


@pytest.mark.parametrize("path", ["/%2e%2e/%0aforged", "/%252e%252e%250aforged", "/%0aforged/../"])
def test_a_caller_writes_no_line_of_their_own(plain_router: Program, path: str) -> None:
    assert exchange(plain_router.port, request(path, BROWSER)).status < 500
    assert "\\nforged" in plain_router.output
    assert not [line for line in plain_router.output.splitlines() if line.startswith("forged")]


def printed(entries: list[str]) -> list[str]:
    script = "const { printable } = require('./log.js'); console.log(JSON.stringify(input.map(printable)))"
    answer: list[str] = told_by_node(script, entries)
    return answer


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("GET /login/callback?code=abc&state=d failed", "GET /login/callback?code=***&state=d failed"),
        ("GET /login/callback?state=d&code=abc failed", "GET /login/callback?state=d&code=*** failed"),
        ("grant_type=x&code=abc&client_secret=d&e=f", "grant_type=x&code=***&client_secret=***&e=f"),
        ('{"access_token":"abc","expires_in":9}', '{"access_token":"***","expires_in":9}'),
        (r'got: "{\"refresh_token\":\"abc\"}"', r'got: "{\"refresh_token\":\"***\"}"'),
        ("{ client_secret: 'abc', code: 'ECONNRESET' }", "{ client_secret: '***', code: 'ECONNRESET' }"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("authorization: 'Basic YTpi=='", "authorization: 'Basic ***'"),
        (f"the token {JWT} is bad", "the token *** is bad"),
        (f"GET /?a=Bearer%20{JWT}&b failed", "GET /?a=Bearer%***&b failed"),
        ("status code: 500, postcode=x", "status code: 500, postcode=x"),
    ],
)
def test_secrets_are_masked(entry: str, line: str) -> None:
    assert printed([entry]) == [line]


@pytest.mark.parametrize(
    "part",
    ["-eyJ", "eyJ", "eyJa.eyJ", "Bearer ", "Basic\t\t", "code=", "password: ", "password", ' "', "a.", "\n"],
)
def test_an_entry_takes_time_by_its_length_and_no_more(part: str) -> None:
    """Callers choose what is in it. Twelve times the longest path there is, and a bound of seconds."""
    script = (
        "const { printable } = require('./log.js'); const since = performance.now();"
        "printable(input); console.log(JSON.stringify(performance.now() - since))"
    )
    assert told_by_node(script, (part * 200_000)[:200_000]) < 10_000


def test_an_entry_is_one_line() -> None:
    entry = "a\nb\r\nc\x1b[31md\u2028e\tf\n"
    assert printed([entry]) == ["a\\nb\\u000d\\nc\\u001b[31md\\u2028e\tf\n"]


def test_both_streams_are_masked() -> None:
    answer = node("require('./log.js'); console.log('code=abc'); console.error('code=abc\\nforged')", {})
    assert (answer.stdout, answer.stderr) == ("code=***\n", "code=***\\nforged\n")
