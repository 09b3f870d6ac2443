"""A person at the approuter, without a browser: keeps cookies, follows links, fills in the sign-in page."""

from __future__ import annotations

import html
import re
from http.cookiejar import Cookie
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urljoin

import requests
from requests.cookies import RequestsCookieJar

PATIENCE = 30
TOKEN = re.compile(r"eyJ[\w-]{8,}\.")
"""How a JWT begins: a header in base64url and a dot. Random ids may well have the first three letters."""


class _TrustingJar(RequestsCookieJar):
    """Sends Secure cookies over http as well; browsers do it for localhost."""

    def set_cookie(self, cookie: Cookie, *args: Any, **kwargs: Any) -> None:
        cookie.secure = False
        super().set_cookie(cookie, *args, **kwargs)


class Person:
    """Signs in and asks for pages."""

    def __init__(self, port: int, trust: Path | None = None) -> None:
        """`trust` is the file with the root of an identity provider that speaks TLS."""
        self.home = f"http://localhost:{port}"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(trust) if trust else True
        # The approuter protects browsers with state and PKCE, and knows them by this.
        self._session.headers["User-Agent"] = "Mozilla/5.0"
        self._session.cookies = _TrustingJar()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._session.close()

    def get(self, path: str, **headers: str) -> requests.Response:
        """One request, not followed."""
        return self._session.get(
            f"{self.home}{path}", headers=headers, allow_redirects=False, timeout=PATIENCE
        )

    def post(self, path: str, body: str = "", **headers: str) -> requests.Response:
        return self._session.post(
            f"{self.home}{path}", body, headers=headers, allow_redirects=False, timeout=PATIENCE
        )

    def follow(self, address: str) -> requests.Response:
        """Go to an address anywhere, and on to where it sends us."""
        return self._session.get(address, timeout=PATIENCE)

    def csrf_token(self) -> str:
        """The token that the approuter wants to see on every request that changes something."""
        return self.get("/index.html", **{"x-csrf-token": "fetch"}).headers["x-csrf-token"]

    def sign_in(self, user: str, path: str = "/index.html") -> requests.Response:
        """Ask for `path`, go where the approuter sends us, fill in the form; returns where we land."""
        page = self._session.get(self._run_script_of(self.get(path), path), timeout=PATIENCE)
        form = re.search(r"<form[^>]*>.*?</form>", page.text, re.DOTALL)
        assert form, page.text
        action = re.search(r'action="([^"]*)"', form[0])
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
        fields = {name: html.unescape(value) for name, value in hidden.items()}
        return self._session.post(
            urljoin(page.url, html.unescape(action[1]) if action else ""),
            data={**fields, "username": user, "password": user},
            timeout=PATIENCE,
        )

    def _run_script_of(self, answer: requests.Response, path: str) -> str:
        """Do what the script of the approuter's page does: keep three cookies, and go where it says."""
        address = re.search(r'location="([^"]*/oauth2?/authorize[^"]*)"', answer.text)
        signature = re.search(r'signature=([^;"]+)', answer.text)
        assert address, answer.text
        assert signature, answer.text
        cookies = {
            "fragmentAfterLogin": "",
            "locationAfterLogin": quote(path, safe=""),
            "signature": signature[1],
        }
        for name, value in cookies.items():
            self._session.cookies.set(name, value, domain="localhost.local", path="/")
        return address[1]
