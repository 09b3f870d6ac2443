"""From outside: health, the way to the identity provider, its sign-in page, headers, each cookie."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit

from tokonoma.doctor import http
from tokonoma.doctor.checkup import Check, Seen
from tokonoma.doctor.http import HttpAnswer, NoAnswer
from tokonoma.doctor.place import AppPlace

HEADERS = ("Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options")
"""Which a page of the approuter has, by web/xs-app.json."""
MOST_REDIRECTS = 3
STICKY = "__VCAP_ID__"
"""The cookie by which Cloud Foundry's router keeps people with an instance of the app."""

_AUTHORIZE = re.compile(r"https?://[^\s\"'<>\\]+/oauth2?/authorize\?[^\s\"'<>\\]+")
_REDIRECT = re.compile(r"redirect[_ ]ur[il]", re.IGNORECASE)
_CLIENT = re.compile(
    r"invalid_client|unauthorized_client|\bclient\b[^.<]{0,80}(not|no)\b|\bno client\b", re.IGNORECASE
)
_NO_USER = re.compile(r"scope[^.<]{0,40}uaa\.user", re.IGNORECASE)
_ERROR_PAGE = re.compile(r"uh oh|something went amiss", re.IGNORECASE)


@dataclass
class Outside:
    """What somebody sees who opens the approuter's address `url`."""

    url: str
    place: AppPlace | None = None
    """Where the service runs, if that is looked at too."""
    public: HttpAnswer | None = None
    """One of the approuter's own pages; that from which people go to sign in has headers of its own."""
    page: HttpAnswer | None = None
    authorize: str = ""

    def checks(self) -> list[Check]:
        return [
            Check("url.health", self._health, when_late="url.unreachable"),
            Check("url.login", self._login, needs=("url.health",)),
            Check("url.client", self._client, needs=("url.login",)),
            Check("url.sign_in", self._sign_in, needs=("url.login",)),
            Check("url.headers", self._headers, needs=("url.login",)),
            Check("url.cookie", self._each_cookie, needs=("url.login",)),
            Check("url.session", self._session, needs=("url.login",)),
        ]

    def _health(self) -> Iterator[Seen]:
        url = f"{self.url}/health"
        try:
            answer = http.exchange("GET", url)
        except NoAnswer as error:
            yield error.seen(unreachable="url.unreachable", certificate="url.certificate")
            return
        self.public = answer
        router = answer.headers.get("X-Cf-RouterError", "")
        if answer.status == HTTPStatus.OK:
            yield Seen(f"{url} answers {answer.status}")
        elif router:
            word = router if re.fullmatch(r"[\w-]{1,40}", router) else "an error"
            yield Seen(f"the platform's router answers {answer.status}: {word}", "url.route")
        else:
            yield Seen(f"{url} answers {answer.status}", "url.answer")

    def _login(self) -> Iterator[Seen]:
        url = f"{self.url}/"
        for _ in range(MOST_REDIRECTS):
            try:
                answer = http.exchange("GET", url, headers={"Accept": "text/html"})
            except NoAnswer as error:
                yield error.seen(unreachable="url.answer", certificate="url.certificate")
                return
            location = answer.headers.get("Location", "")
            found = _AUTHORIZE.search(location) or _AUTHORIZE.search(html.unescape(answer.body))
            if found:
                self.page, self.authorize = answer, found[0]
                parts = urlsplit(self.authorize)
                callback = parse_qs(parts.query).get("redirect_uri", ["?"])[0]
                yield Seen(f"people are sent to {_host(parts)}, and back to {_without_user(callback)}")
                return
            if answer.status // 100 != 3 or not location:
                break
            url = urljoin(url, location)
        yield Seen(f"{urlsplit(url).path} answers {answer.status}, and leads to no sign-in page", "url.login")

    def _client(self) -> Iterator[Seen]:
        """Whether people sign in at the client whose tokens the service takes."""
        taken = [each.clientid for each in (self.place.xsuaa, self.place.ias) if each] if self.place else []
        given = parse_qs(urlsplit(self.authorize).query).get("client_id", [""])[0]
        if not taken or not given:
            return
        # Bindings of XSUAA's plan broker have ids of their own before the bar.
        if given.rpartition("|")[2] in {each.rpartition("|")[2] for each in taken}:
            yield Seen("people sign in at the client whose tokens the service takes")
        else:
            yield Seen("people sign in at another client than the service's", "url.foreign")

    def _sign_in(self) -> Iterator[Seen]:
        url = self.authorize
        host = _host(urlsplit(url))
        for _ in range(MOST_REDIRECTS):
            try:
                answer = http.exchange("GET", url, headers={"Accept": "text/html"})
            except NoAnswer as error:
                yield error.seen(unreachable="url.authorize", certificate="url.certificate")
                return
            location = urljoin(url, answer.headers.get("Location", ""))
            # An error comes back to us in the address (RFC 6749 section 4.1.2.1), or on a page.
            told = answer.body + location.partition("?")[2] if "error" in location else answer.body
            is_bad = answer.status >= HTTPStatus.BAD_REQUEST or "error=" in location
            if is_bad or _ERROR_PAGE.search(told):
                yield Seen(f"{host} answers {answer.status} with an error", _meaning(told))
                return
            if answer.status // 100 != 3:
                break
            url = location
        yield Seen(f"{host} shows its sign-in page")

    def _headers(self) -> Iterator[Seen]:
        # The page that sends people to sign in is the approuter's own and has them as well.
        assert self.page is not None
        missing = [name for name in HEADERS if name not in self.page.headers]
        if missing:
            yield Seen(f"missing: {', '.join(missing)}", "url.headers")
        else:
            yield Seen(f"{len(HEADERS)} headers for security are there")

    def _each_cookie(self) -> Iterator[Seen]:
        assert self.page is not None
        loose, count = [], 0
        for line in self.page.headers.get_list("Set-Cookie"):
            # RFC 6265 section 4.1.1: the pair, then attributes in any capitals.
            pair, *attributes = (part.strip() for part in line.split(";"))
            count += 1
            if "secure" not in map(str.lower, attributes):
                loose.append(pair.partition("=")[0])
        if loose:
            yield Seen(f"not Secure: {', '.join(loose)}", "url.cookie")
        else:
            yield Seen(f"{count} set, all of them Secure")

    def _session(self) -> Iterator[Seen]:
        """What becomes of a session in a frame of another page, and beside a second instance."""
        assert self.page is not None
        given = {}
        for line in self.page.headers.get_list("Set-Cookie"):
            pair, *attributes = (part.strip() for part in line.split(";"))
            given[pair.partition("=")[0]] = {each.lower() for each in attributes}
        session = given.get("JSESSIONID", {"samesite=none", "partitioned"})
        assert self.public is not None
        elsewhere = _others_may_frame(self.public.headers.get("Content-Security-Policy", ""))
        if elsewhere and not {"samesite=none", "partitioned"} <= session:
            yield Seen("other pages may frame it, and its cookie is not for frames", "url.frame")
        # Cloud Foundry's router answers with this header, and keeps people with an instance by the cookie.
        if "X-Vcap-Request-Id" in self.page.headers and "JSESSIONID" in given and STICKY not in given:
            yield Seen(f"a session begins without {STICKY}", "url.sticky")


def _host(parts: SplitResult) -> str:
    """Host and port, without a user and a password."""
    return parts.netloc.rpartition("@")[2]


def _without_user(address: str) -> str:
    """An address as it is told: without a user, a query or a fragment."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "no address"
    return f"{parts.scheme}://{_host(parts)}{parts.path}" if parts.netloc else address[:100]


def _others_may_frame(policies: str) -> bool:
    """Whether Content-Security-Policies let pages of other origins frame this one (CSP3 section 6.4.2).

    Several come with commas in between, and each of them has to allow it.
    """
    told = []
    for directive in policies.replace(",", ";").split(";"):
        name, *sources = directive.split() or [""]
        if name.lower() == "frame-ancestors":
            told.append({each.lower() for each in sources} - {"'self'", "'none'"})
    return bool(told) and all(told)


def _meaning(told: str) -> str:
    if _NO_USER.search(told):
        return "url.scope"
    if _REDIRECT.search(told):
        return "url.redirect"
    return "url.client" if _CLIENT.search(told) else "url.authorize"
