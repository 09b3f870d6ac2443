"""What people see in the browser: signing in and signing out."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import parse_qsl, urlencode

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, make_response, redirect, render_template, request

from .authorization_server import XsuaaAuthorizationServer
from .redirects import origin
from .store import Session
from .zone import Zone

SESSION_COOKIE = "local_xsuaa_session"
FORM_COOKIE = "local_xsuaa_form"
AUTHORIZE = "/oauth/authorize"


def blueprint(zone: Zone, server: XsuaaAuthorizationServer) -> Blueprint:
    pages = _Pages(zone, server)
    rules = Blueprint("pages", __name__)
    rules.add_url_rule("/", view_func=pages.home)
    rules.add_url_rule(AUTHORIZE, view_func=pages.authorize)
    rules.add_url_rule("/login.do", view_func=pages.login, methods=["POST"])
    rules.add_url_rule("/logout.do", view_func=pages.logout)
    return rules


class _Pages:
    """The pages of one zone; forms carry a secret that is in a cookie too, so no other page can post them."""

    def __init__(self, zone: Zone, server: XsuaaAuthorizationServer) -> None:
        self._zone = zone
        self._server = server

    def home(self) -> Response:
        return _page("home.html", zone=self._zone, session=self._session())

    def authorize(self) -> Response:
        """RFC 6749, section 4.1.1; whoever is signed in already is sent back at once."""
        try:
            grant = self._server.get_consent_grant()
        except OAuth2Error as error:
            if not error.redirect_uri:
                known = self._server.query_client(request.args.get("client_id", ""))
                address = request.args.get("redirect_uri", "") if known else ""
                return error_page(400, error.description or error.error, address)
            refusal: Response = self._server.handle_error_response(None, error)
            return refusal
        session = self._session()
        if session is None:
            return self._sign_in(request.query_string.decode("latin-1"))
        answer: Response = self._server.create_authorization_response(grant_user=session, grant=grant)
        return answer

    def login(self) -> Response:
        wanted = request.form.get("continue", "")
        if not _is_own_form():
            return self._sign_in(wanted, 403, "This page had grown old. Please sign in again.")
        session = self._zone.sign_in(request.form.get("username", ""), request.form.get("password", ""))
        if session is None:
            return self._sign_in(wanted, 401, "The user name or the password is not right.")
        name = self._zone.sessions.new_name()
        self._zone.sessions.put(name, session)
        answer = _see_other(f"{AUTHORIZE}?{_query(wanted)}" if wanted else "/")
        answer.set_cookie(SESSION_COOKIE, name, httponly=True, samesite="Lax")
        return answer

    def logout(self) -> Response:
        """End the session and go on to `redirect` if the client `client_id` allows it, as UAA does."""
        self._zone.sessions.take(request.cookies.get(SESSION_COOKIE, ""))
        goal = request.args.get("redirect", "")
        client = self._server.query_client(request.args.get("client_id", ""))
        if client and client.check_redirect_uri(goal):
            answer = _see_other(goal)
        else:
            answer = _page("signed_out.html", refused=goal)
        answer.delete_cookie(SESSION_COOKIE, httponly=True, samesite="Lax")
        return answer

    def _session(self) -> Session | None:
        return self._zone.sessions.get(request.cookies.get(SESSION_COOKIE, ""))

    def _sign_in(self, wanted: str, status: int = 200, message: str = "") -> Response:
        """The sign-in page; `wanted` is the query of the authorize request to go on with."""
        zone = self._zone
        query = dict(parse_qsl(wanted, keep_blank_values=True))
        goal = query.get("redirect_uri", "")
        form_token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
        hint = zone.users.get(query.get("login_hint", ""))
        filled = hint.name if hint else ""
        answer = _page(
            "sign_in.html",
            status,
            # A browser holds the way back to the application to the form's policy as well.
            form_goal=origin(goal) if zone.client.check_redirect_uri(goal) else "",
            zone=zone,
            links={name: f"{AUTHORIZE}?{_query(wanted, login_hint=name)}" for name in zone.users},
            filled=filled,
            user_name=request.form.get("username", filled),
            wanted=wanted,
            message=message,
            form_token=form_token,
        )
        answer.set_cookie(FORM_COOKIE, form_token, httponly=True, samesite="Lax")
        return answer


def error_page(status: int, message: str, address: str = "") -> Response:
    return _page("error.html", status, message=message, address=address)


def _is_own_form() -> bool:
    cookie, field = request.cookies.get(FORM_COOKIE, ""), request.form.get("form_token", "")
    return bool(cookie) and hmac.compare_digest(cookie.encode(), field.encode("utf-8", "surrogatepass"))


def _query(wanted: str, **changes: str) -> str:
    """The query again, encoded afresh: what comes out of a form is not put into a header as it is."""
    return urlencode({**dict(parse_qsl(wanted, keep_blank_values=True)), **changes})


def _see_other(location: str) -> Response:
    return make_response(redirect(location, 303))


def _page(template: str, status: int = 200, form_goal: str = "", **values: object) -> Response:
    answer = make_response(render_template(template, status=status, **values), status)
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {form_goal}".rstrip()
    )
    return answer
