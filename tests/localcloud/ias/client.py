"""What a browser and an OAuth client do at the local IAS, step by step."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from localcloud.ias.app import TOKEN
from localcloud.ias.local import LocalIas
from localcloud.ias.pages import AUTHORIZE

CALLBACK = "http://localhost:5000/login/callback"
REGISTERED = ["http://localhost:5000/**"]


class Client:
    """One browser, and the application behind it with a binding of any type."""

    def __init__(self, ias: LocalIas, trust: Path, binding: dict[str, Any], folder: Path) -> None:
        self.ias = ias
        self.binding = binding
        self.browser = requests.Session()
        self.verifier = secrets.token_urlsafe(48)
        self._trust = str(trust)
        self._shown: tuple[str, str] | None = None
        if "certificate" in binding:
            certificate, key = folder / "client.pem", folder / "client.key"
            certificate.write_text(binding["certificate"])
            key.write_text(binding["key"])
            self._shown = (str(certificate), str(key))

    def wish(self, **changes: str | None) -> dict[str, str]:
        """The parameters of the approuter's authorize request."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        wish = {
            "response_type": "code",
            "client_id": self.binding["clientid"],
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "app_tid": "",
            "state": "a state",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**wish, **changes}.items() if value is not None}

    def get(self, path: str, **parameters: str) -> requests.Response:
        address = self.ias.tenant.pages_url + path
        return self.browser.get(address, params=parameters, allow_redirects=False, timeout=30)

    def authorize(self, **changes: str | None) -> requests.Response:
        return self.get(AUTHORIZE, **self.wish(**changes))

    def sign_in(self, page: requests.Response, name: str, password: str = "") -> requests.Response:
        """Fill in the form of the sign-in page, and follow to what the authorize endpoint says."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
        fields = {each: html.unescape(value) for each, value in found}
        answer = self.browser.post(
            self.ias.tenant.pages_url + "/login.do",
            data={**fields, "username": name, "password": password or name},
            allow_redirects=False,
            timeout=30,
        )
        return self.get(answer.headers["Location"]) if answer.status_code == 303 else answer

    def code(self, name: str = "alice", **changes: str | None) -> str:
        return landing(self.sign_in(self.authorize(**changes), name))["code"]

    def token(self, grant: str, **fields: str) -> requests.Response:
        """The token endpoint, as the approuter asks it; a client with a certificate shows it."""
        form = {"grant_type": grant, "client_id": self.binding["clientid"], **fields}
        if not self._shown:
            form.setdefault("client_secret", self.binding["clientsecret"])
        address = self.ias.tenant.url + TOKEN
        return requests.post(address, data=form, cert=self._shown, verify=self._trust, timeout=30)

    def exchange(self, code: str, **changes: str) -> requests.Response:
        fields = {"code": code, "redirect_uri": CALLBACK, "code_verifier": self.verifier, **changes}
        return self.token("authorization_code", **fields)


def landing(answer: requests.Response) -> dict[str, str]:
    """What the client is told at its redirect address."""
    assert answer.status_code == 303, answer.text
    location = answer.headers["Location"]
    assert location.startswith(CALLBACK + "?")
    return {name: value for name, [value] in parse_qs(urlsplit(location).query).items()}


def refusal(answer: requests.Response) -> tuple[int, str]:
    """Status and error of RFC 6749 section 5.2, and nothing else."""
    assert answer.json().keys() <= {"error", "error_description"}
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()["error"]
