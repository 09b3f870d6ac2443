"""What a browser and an OAuth client do, step by step, so that a test can go astray at any step."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from localcloud.xsuaa import LocalXsuaa

CALLBACK = "http://localhost:5000/login/callback"


class Walk:
    """One browser and the client behind it."""

    def __init__(self, xsuaa: LocalXsuaa) -> None:
        self.xsuaa = xsuaa
        self.browser = requests.Session()
        self.binding = xsuaa.binding()
        self.client = (self.binding["clientid"], self.binding["clientsecret"])
        self.verifier = secrets.token_urlsafe(48)

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def wish(self, **changes: str | None) -> dict[str, str]:
        """The parameters of the approuter's authorize request."""
        wish = {
            "response_type": "code",
            "client_id": self.client[0],
            "redirect_uri": CALLBACK,
            "state": "a state",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**wish, **changes}.items() if value is not None}

    def get(self, path: str, **parameters: Any) -> requests.Response:
        return self.browser.get(self.xsuaa.url + path, params=parameters, allow_redirects=False, timeout=10)

    def authorize(self, **changes: str | None) -> requests.Response:
        return self.get("/oauth/authorize", **self.wish(**changes))

    def sign_in(self, page: requests.Response, name: str, password: str | None = None) -> requests.Response:
        """Fill in the form of the sign-in page, send it, and follow to what the authorize endpoint says."""
        fields = {**hidden_fields(page), "username": name, "password": name if password is None else password}
        answer = self.browser.post(
            self.xsuaa.url + "/login.do", data=fields, allow_redirects=False, timeout=10
        )
        return self.get(answer.headers["Location"]) if answer.status_code == 303 else answer

    def code(self, name: str = "alice", **changes: str | None) -> str:
        return landing(self.sign_in(self.authorize(**changes), name))["code"]

    def token(self, form: dict[str, Any], auth: tuple[str, str] | None = None) -> requests.Response:
        """The token endpoint, by Basic authentication unless the form brings its own secret."""
        auth = auth or (None if "client_secret" in form else self.client)
        return requests.post(self.xsuaa.url + "/oauth/token", data=form, auth=auth, timeout=10)

    def exchange(self, code: str, /, **changes: str | None) -> requests.Response:
        """The approuter's token request: credentials in the body."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "client_id": self.client[0],
            "client_secret": self.client[1],
            "code_verifier": self.verifier,
            **changes,
        }
        return self.token({name: value for name, value in form.items() if value is not None})

    def refresh(self, refresh_token: str, **more: str) -> requests.Response:
        """The approuter's refresh: Basic, and an empty app_tid."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "app_tid": "", **more}
        return self.token(form)


def hidden_fields(page: requests.Response) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    return {name: html.unescape(value) for name, value in found}


def landing(answer: requests.Response) -> dict[str, str]:
    """What the client is told at its redirect address."""
    assert answer.status_code == 302, answer.text
    location = answer.headers["Location"]
    assert location.startswith(CALLBACK + "?")
    return {name: value for name, [value] in parse_qs(urlsplit(location).query).items()}


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return decoded


def header(token: str) -> dict[str, Any]:
    return claims("." + token.split(".")[0])


def assert_refused(answer: requests.Response, error: str, status: int = 400) -> None:
    """An error of RFC 6749, section 5.2, and nothing else."""
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json().keys() <= {"error", "error_description"}
