"""What people see in the browser: signing in and signing out, on the local XSUAA's page."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from localcloud.xsuaa.redirects import is_allowed
from localcloud.xsuaa.sign_in import SignIn, error_page, page, page_rules, see_other

from .grants import Grants, SignedInCode
from .tenant import Tenant

AUTHORIZE, LOGOUT, CERTS = "/oauth2/authorize", "/oauth2/logout", "/oauth2/certs"
APPLICATION = "Tokonoma"
_SUSPICIOUS = re.compile(r"[\x00-\x20\x7f-\x9f\\#]")
_NOT_HERE = {"request": "request_not_supported", "request_uri": "request_uri_not_supported"}
"""Parameters that OpenID Connect Core 1.0 section 3.1.2.6 has errors for."""


def blueprint(tenant: Tenant, grants: Grants) -> Blueprint:
    return page_rules(_Pages(tenant, grants), AUTHORIZE, LOGOUT)


class _Pages:
    """The pages of one tenant."""

    def __init__(self, tenant: Tenant, grants: Grants) -> None:
        self._tenant = tenant
        self._grants = grants
        self.sign_in = SignIn(
            tenant.people,
            cookies="local_ias",
            application=APPLICATION,
            authorize=AUTHORIZE,
            is_allowed=self._is_allowed,
        )

    def home(self) -> Response:
        return page(
            "home.html",
            application=APPLICATION,
            client_id=self._tenant.clientid,
            keys=f"{self._tenant.url}{CERTS}",
            logout=LOGOUT,
            people=self._tenant.people.values(),
            session=self.sign_in.session(),
        )

    def authorize(self) -> Response:
        """RFC 6749 section 4.1.1; whoever is signed in already is sent back at once."""
        asked = request.args
        goal = asked.get("redirect_uri", "")
        if asked.get("client_id") != self._tenant.clientid:
            return error_page(400, "invalid_client: there is no such application.")
        if not self._is_allowed(goal):
            return error_page(400, "invalid_request: the redirect_uri is not registered.", goal)
        if error := self._error(goal):
            return error
        session = self.sign_in.session()
        if session is None or asked.get("prompt") == "login":
            if asked.get("prompt") == "none":
                return self._back(goal, error="login_required")
            return self.sign_in.page(urlencode({k: v for k, v in asked.items() if k != "prompt"}))
        code = self._grants.codes.new_name()
        challenge, nonce = asked.get("code_challenge", ""), asked.get("nonce", "")
        self._grants.codes.put(code, SignedInCode(session.user.name, goal, challenge, nonce))
        return self._back(goal, code=code)

    def logout(self) -> Response:
        """OpenID Connect RP-Initiated Logout 1.0 section 2; the client says who it is by its id."""
        goal = request.args.get("post_logout_redirect_uri", "")
        is_ours = request.args.get("client_id") == self._tenant.clientid and self._is_allowed(goal)
        return self.sign_in.end(see_other(goal) if is_ours else page("signed_out.html", refused=goal))

    def _error(self, goal: str) -> Response | None:
        """What is wrong with an authorize request, told to the client (RFC 6749 section 4.1.2.1)."""
        asked = request.args
        for name, error in _NOT_HERE.items():
            if name in asked:
                return self._back(goal, error=error)
        if asked.get("response_type") != "code":
            return self._back(goal, error="unsupported_response_type")
        if "openid" not in asked.get("scope", "").split():
            return self._back(goal, error="invalid_scope", error_description="The scope is openid.")
        if asked.get("response_mode", "query") != "query":
            return self._back(goal, error="invalid_request", error_description="response_mode is query.")
        if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            what = "code_challenge_method is S256."
            return self._back(goal, error="invalid_request", error_description=what)
        return None

    def _back(self, goal: str, **answer: str) -> Response:
        state = {"state": request.args["state"]} if "state" in request.args else {}
        return see_other(f"{goal}{'&' if '?' in goal else '?'}{urlencode({**answer, **state})}")

    def _is_allowed(self, goal: str) -> bool:
        """IAS looks at an address without its query, in which nothing may stand that ends a header."""
        address, _, query = goal.partition("?")
        return is_allowed(address, self._tenant.redirect_uris) and not _SUSPICIOUS.search(query)
