"""From outside: the local XSUAA's real pages, and an approuter's answers as they were recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.wrappers import Request, Response

from localcloud.certificates import Authority
from localcloud.listener import Listener
from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.doctor.conftest import Diagnose, Report, run_doctor

CALLBACK = "https://web-yourname.cfapps.eu20.hana.ondemand.com/login/callback"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
Page = Callable[[str], Response]


def test_what_is_told_of_an_address_holds_no_password() -> None:
    authorize = (
        "https://u:Geheim-1@idp.invalid/oauth/authorize?redirect_uri=https%3A%2F%2Fu%3AGeheim-2%40web%2Fx"
    )
    with approuter(leading_to(authorize)) as url:
        report = run_doctor("--url", url)
    assert "Geheim" not in str(report.findings)
    assert "idp.invalid, and back to https://web/x" in str(report.findings)


@pytest.mark.parametrize(
    ("client", "failures"),
    [("{}", set()), ("sb-1!b1|{}", set()), ("sb-other!t1", {"url.foreign"}), ("", set())],
)
def test_a_client_that_is_not_the_services_is_named(
    diagnose: Diagnose, xsuaa: LocalXsuaa, client: str, failures: set[str]
) -> None:
    named = client.format(xsuaa.binding()["clientid"])
    callback = quote(CALLBACK, safe="")
    authorize = f"{xsuaa.url}/oauth/authorize?client_id={quote(named)}&redirect_uri={callback}"
    with approuter(leading_to(authorize)) as url:
        report = diagnose("--here", "--url", url)
        assert "url.foreign" not in run_doctor("--url", url).failures
    assert report.failures & {"url.foreign"} == failures


@contextmanager
def approuter(page: Page) -> Iterator[str]:
    """Something that answers like an approuter whose pages are `page`."""

    def app(environ: Any, start_response: Any) -> Any:
        return page(Request(environ).path)(environ, start_response)

    listener = Listener(app, 0)
    listener.start()
    try:
        yield f"http://127.0.0.1:{listener.port}"
    finally:
        listener.stop()


def leading_to(authorize: str, **headers: str) -> Page:
    """Pages that lead to sign in, as the approuter does it: by a script."""

    def page(path: str) -> Response:
        if path == "/health":
            policy = headers.get("Content-Security-Policy", HEADERS["Content-Security-Policy"])
            return Response("{}", headers={"Content-Security-Policy": policy})
        # That of the approuter's page for signing in, whatever is configured.
        given = {**HEADERS, "Set-Cookie": "JSESSIONID=x; Secure; HttpOnly", **headers}
        if given["Content-Security-Policy"]:
            given["Content-Security-Policy"] = "script-src 'self'; frame-ancestors *"
        return Response(
            f'<script>location="{authorize}"</script>',
            headers={name: value for name, value in given.items() if value},
        )

    return page


def diagnosed(page: Page, *arguments: str) -> Report:
    with approuter(page) as url:
        return run_doctor("--url", url, *arguments)


def authorize(xsuaa: LocalXsuaa, client: str = "", callback: str = CALLBACK) -> str:
    clientid = client or xsuaa.binding()["clientid"]
    return (
        f"{xsuaa.url}/oauth/authorize?response_type=code&client_id={quote(clientid)}"
        f"&redirect_uri={quote(callback, safe='')}"
    )


def test_a_healthy_way_in_has_no_problem_and_no_note(xsuaa: LocalXsuaa) -> None:
    report = diagnosed(leading_to(authorize(xsuaa)), "--strict")
    assert report.failures == set()
    assert report.code == 0


@pytest.mark.parametrize(
    ("client", "callback", "failure"),
    [
        ("", "https://web.example.com/login/callback", "url.redirect"),
        ("sb-nobody!t1", CALLBACK, "url.client"),
    ],
)
def test_what_the_identity_provider_refuses_is_named(
    xsuaa: LocalXsuaa, client: str, callback: str, failure: str
) -> None:
    assert diagnosed(leading_to(authorize(xsuaa, client, callback))).failures == {failure}


def test_an_identity_provider_that_is_away_is_named() -> None:
    page = leading_to(f"http://127.0.0.1:{free_port()}/oauth/authorize?client_id=c")
    assert diagnosed(page).failures == {"url.authorize"}


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Response("no", 404, headers={"X-Cf-RouterError": "unknown_route"}), "url.route"),
        (Response("no", 502), "url.answer"),
    ],
)
def test_an_address_without_an_approuter_is_named(answer: Response, failure: str) -> None:
    report = diagnosed(lambda _path: answer)
    assert report.failures == {failure}
    assert report.status("url.sign_in") == {"not looked at"}


def test_an_address_where_nobody_listens_is_named() -> None:
    assert run_doctor("--url", f"http://127.0.0.1:{free_port()}").failures == {"url.unreachable"}


def test_a_certificate_that_is_not_trusted_is_named(xsuaa: LocalXsuaa, authority: Authority) -> None:
    assert run_doctor("--url", f"https://{xsuaa.uaadomain}").failures == {"url.certificate"}


def test_a_page_without_a_way_to_sign_in_is_named() -> None:
    assert diagnosed(lambda _path: Response("{}")).failures == {"url.login"}


def test_lost_headers_and_loose_cookies_are_notes(xsuaa: LocalXsuaa) -> None:
    page = leading_to(
        authorize(xsuaa), **{"Content-Security-Policy": "", "Set-Cookie": "JSESSIONID=x; HttpOnly"}
    )
    report = diagnosed(page)
    assert report.failures == {"url.headers", "url.cookie"}
    assert report.code == 0
    assert diagnosed(page, "--strict").code == 1


FRAMED = {"Content-Security-Policy": "default-src 'self'; frame-ancestors 'self' https://portal.example.com"}


@pytest.mark.parametrize(
    ("headers", "failures"),
    [
        ({**FRAMED, "Set-Cookie": "JSESSIONID=x; Secure; HttpOnly; SameSite=Lax"}, {"url.frame"}),
        ({**FRAMED, "Set-Cookie": "JSESSIONID=x; Secure; HttpOnly; SameSite=None"}, {"url.frame"}),
        ({**FRAMED, "Set-Cookie": "JSESSIONID=x; Secure; HttpOnly; SameSite=None; Partitioned"}, set()),
        ({"Set-Cookie": "JSESSIONID=x; Secure; HttpOnly; SameSite=Lax"}, set()),
        ({"Content-Security-Policy": "frame-ancestors 'self', script-src 'self'"}, set()),
        ({"Content-Security-Policy": "frame-ancestors *, frame-ancestors 'none'"}, set()),
        ({"X-Vcap-Request-Id": "1-2"}, {"url.sticky"}),
        ({"X-Vcap-Request-Id": "1-2", "Set-Cookie": "other=x; Secure; HttpOnly"}, set()),
    ],
)
def test_a_session_that_frames_or_instances_lose_is_noted(
    xsuaa: LocalXsuaa, headers: dict[str, str], failures: set[str]
) -> None:
    report = diagnosed(leading_to(authorize(xsuaa), **headers))
    assert report.failures == failures
    assert report.code == 0


def test_a_router_that_keeps_people_with_their_instance_is_no_failure(xsuaa: LocalXsuaa) -> None:
    def page(path: str) -> Response:
        answer = leading_to(authorize(xsuaa), **{"X-Vcap-Request-Id": "1-2"})(path)
        answer.headers.add("Set-Cookie", "__VCAP_ID__=a; Secure; HttpOnly")
        return answer

    assert diagnosed(page).failures == set()


def test_a_scope_that_xsuaa_misses_is_named() -> None:
    """The words of Tutorials#2911, on an error page."""

    def page(path: str) -> Response:
        if path.startswith("/oauth/authorize"):
            return Response("The token does not include scope uaa.user", 403)
        return leading_to(f"{url[0]}/oauth/authorize?client_id=c")(path)

    url: list[str] = []
    with approuter(page) as address:
        url.append(address)
        assert run_doctor("--url", address).failures == {"url.scope"}
