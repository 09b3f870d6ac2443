"""Signing in, as the local XSUAA and the local IAS have it: the page, its form, and the session behind it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request

from .redirects import origin
from .store import ExpiringStore, Session, begin_session
from .users import User

LOGIN = "/login.do"
_SESSION_LIFETIME = 12 * 3600


class SignIn:
    """Forms carry a secret that is in a cookie too, so no other page can post them."""

    def __init__(
        self,
        users: Mapping[str, User],
        *,
        cookies: str,
        application: str,
        authorize: str,
        is_allowed: Callable[[str], bool],
    ) -> None:
        """Signs `users` in for `application`, and goes on to the path `authorize`.

        Cookies begin with `cookies`, because browsers tell hosts apart and ports not. `is_allowed` says
        whether the application may be returned to at an address.
        """
        self._users = users
        self._session_cookie, self._form_cookie = f"{cookies}_session", f"{cookies}_form"
        self._application = application
        self._authorize = authorize
        self._is_allowed = is_allowed
        self._sessions: ExpiringStore[Session] = ExpiringStore(_SESSION_LIFETIME)

    def session(self) -> Session | None:
        """Whoever is signed in with the browser that asks."""
        return self._sessions.get(request.cookies.get(self._session_cookie, ""))

    def login(self) -> Response:
        """Take the form, and go on with the authorize request that it names."""
        wanted = request.form.get("continue", "")
        if not self._is_own_form():
            return self.page(wanted, 403, "This page had grown old. Please sign in again.")
        form = request.form
        session = begin_session(self._users, form.get("username", ""), form.get("password", ""))
        if session is None:
            return self.page(wanted, 401, "The user name or the password is not right.")
        name = self._sessions.new_name()
        self._sessions.put(name, session)
        answer = see_other(f"{self._authorize}?{_query(wanted)}" if wanted else "/")
        answer.set_cookie(self._session_cookie, name, httponly=True, samesite="Lax")
        return answer

    def end(self, answer: Response) -> Response:
        """End the session of the browser that asks, and have `answer` say so."""
        self._sessions.take(request.cookies.get(self._session_cookie, ""))
        answer.delete_cookie(self._session_cookie, httponly=True, samesite="Lax")
        return answer

    def page(self, wanted: str, status: int = 200, message: str = "") -> Response:
        """The sign-in page; `wanted` is the query of the authorize request to go on with."""
        query = dict(parse_qsl(wanted, keep_blank_values=True))
        goal = query.get("redirect_uri", "")
        form_token = request.cookies.get(self._form_cookie) or secrets.token_urlsafe(24)
        hint = self._users.get(query.get("login_hint", ""))
        filled = hint.name if hint else ""
        answer = page(
            "sign_in.html",
            status,
            # A browser holds the way back to the application to the form's policy as well.
            form_goal=origin(goal) if self._is_allowed(goal) else "",
            application=self._application,
            people=self._users.values(),
            links={name: f"{self._authorize}?{_query(wanted, login_hint=name)}" for name in self._users},
            filled=filled,
            user_name=request.form.get("username", filled),
            wanted=wanted,
            message=message,
            form_token=form_token,
        )
        answer.set_cookie(self._form_cookie, form_token, httponly=True, samesite="Lax")
        return answer

    def _is_own_form(self) -> bool:
        cookie, field = request.cookies.get(self._form_cookie, ""), request.form.get("form_token", "")
        return bool(cookie) and hmac.compare_digest(cookie.encode(), field.encode("utf-8", "surrogatepass"))


class Pages(Protocol):
    """What people see of an identity service."""

    sign_in: SignIn

    def home(self) -> Response: ...

    def authorize(self) -> Response: ...

    def logout(self) -> Response: ...


def page_rules(pages: Pages, authorize: str, logout: str) -> Blueprint:
    """The pages at their paths."""
    rules = Blueprint("pages", __name__)
    rules.add_url_rule("/", view_func=pages.home)
    rules.add_url_rule(authorize, view_func=pages.authorize)
    rules.add_url_rule(LOGIN, view_func=pages.sign_in.login, methods=["POST"])
    rules.add_url_rule(logout, view_func=pages.logout)
    return rules


def page(template: str, status: int = 200, form_goal: str = "", **values: object) -> Response:
    """One of the templates; a form of it may go to this server and to `form_goal`."""
    answer = make_response(render_template(template, status=status, **values), status)
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {form_goal}".rstrip()
    )
    return answer


def error_page(status: int, message: str, address: str = "") -> Response:
    return page("error.html", status, message=message, address=address)


def see_other(location: str) -> Response:
    return make_response(redirect(location, 303))


def _query(wanted: str, **changes: str) -> str:
    """The query again, encoded afresh: what comes out of a form is not put into a header as it is."""
    return urlencode({**dict(parse_qsl(wanted, keep_blank_values=True)), **changes})
