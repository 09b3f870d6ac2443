"""A person at the approuter, without a browser: keeps cookies, follows links, fills in the sign-in page."""

from __future__ import annotations

import html
import re
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import requests

PATIENCE = 30


class Person:
    """Signs in and asks for pages; browsers take Secure cookies from localhost, so this does, too."""

    def __init__(self, port: int) -> None:
        self.home = f"http://localhost:{port}"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(secure_protocols=("http", "https")))

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

    def post(self, path: str, **headers: str) -> requests.Response:
        return self._session.post(
            f"{self.home}{path}", headers=headers, allow_redirects=False, timeout=PATIENCE
        )

    def follow(self, address: str) -> requests.Response:
        """Go to an address anywhere, and on to where it sends us."""
        return self._session.get(address, timeout=PATIENCE)

    def csrf_token(self) -> str:
        """The token that the approuter wants to see on every request that changes something."""
        return self.get("/index.html", **{"x-csrf-token": "fetch"}).headers["x-csrf-token"]

    def sign_in(self, user: str, path: str = "/index.html") -> requests.Response:
        """Ask for `path`, go where the approuter sends us, fill in the form; returns where we land."""
        page = self._session.get(self._where_it_sends_us(self.get(path)), timeout=PATIENCE)
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

    @staticmethod
    def _where_it_sends_us(answer: requests.Response) -> str:
        """The approuter's page keeps the fragment in a script; the address stands in it."""
        found = re.search(r'(http://127\.0\.0\.1:\d+/oauth/authorize[^"\']*)', answer.text)
        assert found, answer.text
        return html.unescape(found[1]).replace("\\/", "/")
