"""IAS's OAuth 2.0: the sign-in page, the token endpoint and signing out; other grants are refused by name."""

from __future__ import annotations

import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, render_template_string, request
from werkzeug.wrappers import Response as AnyResponse

from localcloud.xsuaa.redirects import is_allowed

from .tenant import Tenant

AUTHORIZE, TOKEN, LOGOUT = "/oauth2/authorize", "/oauth2/token", "/oauth2/logout"
CODE_SECONDS = 60.0

_FORM = """<!doctype html><html lang="en"><title>Local IAS</title><h1>Local IAS</h1>
{% if refused %}<p role="alert">The user name or the password is not right.</p>{% endif %}
<form method="post"><label>User <input name="username" autofocus></label>
<label>Password <input name="password" type="password"></label><button>Sign in</button></form>"""


@dataclass(frozen=True)
class _Code:
    """An authorization code on its way to the client (RFC 6749 section 4.1.2, RFC 7636 section 4.4)."""

    person: str
    redirect_uri: str
    challenge: str
    nonce: str
    until: float


def blueprint(tenant: Tenant) -> Blueprint:
    pages = _SigningIn(tenant)
    rules = Blueprint("signing_in", __name__)
    rules.add_url_rule(AUTHORIZE, view_func=pages.authorize, methods=["GET", "POST"])
    rules.add_url_rule(TOKEN, view_func=pages.token, methods=["POST"])
    rules.add_url_rule(LOGOUT, view_func=pages.logout)
    return rules


class _SigningIn:
    """Codes and refresh tokens are good once."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._codes: dict[str, _Code] = {}
        self._refresh_tokens: dict[str, str] = {}

    def authorize(self) -> AnyResponse | tuple[AnyResponse | str, int]:
        """RFC 6749 section 4.1.1. IAS looks at a redirect address without its query."""
        asked = request.args
        goal = asked.get("redirect_uri", "")
        if asked.get("client_id") != self._tenant.clientid:
            return _refusal("invalid_client", 400)
        if not is_allowed(goal.partition("?")[0], self._tenant.redirect_uris):
            return _refusal("invalid_request", 400, "The redirect_uri is not registered.")
        if asked.get("response_type") != "code":
            return _refusal("unsupported_response_type", 400)
        if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            return _refusal("invalid_request", 400, "The code_challenge_method has to be S256.")
        name = request.form.get("username", "")
        if request.method == "GET":
            return render_template_string(_FORM, refused=False), 200
        # The password is the name, as in the local XSUAA.
        is_right = hmac.compare_digest(name.encode(), request.form.get("password", "").encode())
        if name not in self._tenant.people or not is_right:
            return render_template_string(_FORM, refused=True), 401
        code = secrets.token_urlsafe(24)
        until = time.monotonic() + CODE_SECONDS
        challenge, nonce = asked.get("code_challenge", ""), asked.get("nonce", "")
        self._codes[code] = _Code(name, goal, challenge, nonce, until)
        query = urlencode({"code": code, **({"state": asked["state"]} if "state" in asked else {})})
        return redirect(f"{goal}{'&' if '?' in goal else '?'}{query}", 303)

    def token(self) -> tuple[Response, int]:
        """RFC 6749 section 3.2, for the three grants that are here."""
        if not self._is_client():
            return _refusal("invalid_client", 401)
        match request.form.get("grant_type"):
            case "authorization_code":
                return self._by_code()
            case "refresh_token":
                person = self._refresh_tokens.pop(request.form.get("refresh_token", ""), None)
                return self._answer(person) if person else _refusal("invalid_grant", 400)
            case "client_credentials":
                return self._of_the_client(), 200
        return _refusal("unsupported_grant_type", 400)

    def logout(self) -> AnyResponse | tuple[AnyResponse | str, int]:
        """OpenID Connect RP-Initiated Logout 1.0 section 2."""
        goal = request.args.get("post_logout_redirect_uri", "")
        is_ours = request.args.get("client_id") == self._tenant.clientid
        if is_ours and is_allowed(goal, self._tenant.redirect_uris):
            return redirect(goal, 303)
        return "<!doctype html><html lang=en><title>Local IAS</title><p>Signed out.", 200

    def _is_client(self) -> bool:
        """By Basic or in the form (RFC 6749 section 2.3.1); certificates are not taken here yet."""
        given = request.authorization
        if given is not None and given.type == "basic":
            name, secret = given.username or "", given.password or ""
        else:
            name, secret = request.form.get("client_id", ""), request.form.get("client_secret", "")
        known = (self._tenant.clientid, self._tenant.clientsecret)
        return hmac.compare_digest(f"{name}\n{secret}".encode(), "\n".join(known).encode())

    def _by_code(self) -> tuple[Response, int]:
        code = self._codes.pop(request.form.get("code", ""), None)
        if code is None or time.monotonic() > code.until:
            return _refusal("invalid_grant", 400)
        digest = sha256(request.form.get("code_verifier", "").encode()).digest()
        is_proven = not code.challenge or code.challenge == urlsafe_b64encode(digest).rstrip(b"=").decode()
        if code.redirect_uri != request.form.get("redirect_uri") or not is_proven:
            return _refusal("invalid_grant", 400)
        return self._answer(code.person, code.nonce)

    def _answer(self, person: str, nonce: str = "") -> tuple[Response, int]:
        claims = self._tenant.claims(person)
        refresh_token = secrets.token_urlsafe(24)
        self._refresh_tokens[refresh_token] = person
        id_claims: Mapping[str, Any] = {**claims, **({"nonce": nonce} if nonce else {}), "at_hash": "-"}
        body = jsonify(
            access_token=self._tenant.mint(claims),
            id_token=self._tenant.mint(id_claims),
            refresh_token=refresh_token,
            token_type="Bearer",  # noqa: S106 - a kind of token
            expires_in=self._tenant.token_lifetime,
        )
        return body, 200

    def _of_the_client(self) -> Response:
        claims = self._tenant.client_claims()
        return jsonify(
            access_token=self._tenant.mint(claims),
            token_type="Bearer",  # noqa: S106 - a kind of token
            expires_in=self._tenant.token_lifetime,
        )


def _refusal(error: str, status: int, description: str = "") -> tuple[Response, int]:
    """RFC 6749 section 5.2."""
    return jsonify(error=error, **({"error_description": description} if description else {})), status
