"""What people see in the browser: signing in and signing out."""

from __future__ import annotations

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, request

from .authorization_server import XsuaaAuthorizationServer
from .endpoints import TOKEN_KEYS
from .sign_in import LOGIN, SignIn, page, see_other
from .zone import Zone

AUTHORIZE = "/oauth/authorize"
LOGOUT = "/logout.do"


def blueprint(zone: Zone, server: XsuaaAuthorizationServer) -> Blueprint:
    pages = _Pages(zone, server)
    rules = Blueprint("pages", __name__)
    rules.add_url_rule("/", view_func=pages.home)
    rules.add_url_rule(AUTHORIZE, view_func=pages.authorize)
    rules.add_url_rule(LOGIN, view_func=pages.sign_in.login, methods=["POST"])
    rules.add_url_rule(LOGOUT, view_func=pages.logout)
    return rules


class _Pages:
    """The pages of one zone."""

    def __init__(self, zone: Zone, server: XsuaaAuthorizationServer) -> None:
        self._zone = zone
        self._server = server
        self.sign_in = SignIn(
            zone.users,
            cookies="local_xsuaa",
            application=zone.descriptor.application,
            authorize=AUTHORIZE,
            is_allowed=zone.client.check_redirect_uri,
        )

    def home(self) -> Response:
        zone = self._zone
        return page(
            "home.html",
            application=zone.descriptor.application,
            client_id=zone.client.client_id,
            keys=f"https://{zone.uaadomain}{TOKEN_KEYS}",
            logout=LOGOUT,
            people=zone.users.values(),
            session=self.sign_in.session(),
        )

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
        session = self.sign_in.session()
        if session is None:
            return self.sign_in.page(request.query_string.decode("latin-1"))
        answer: Response = self._server.create_authorization_response(grant_user=session, grant=grant)
        return answer

    def logout(self) -> Response:
        """End the session and go on to `redirect` if the client `client_id` allows it, as UAA does."""
        goal = request.args.get("redirect", "")
        client = self._server.query_client(request.args.get("client_id", ""))
        is_allowed = bool(client and client.check_redirect_uri(goal))
        return self.sign_in.end(see_other(goal) if is_allowed else page("signed_out.html", refused=goal))


def error_page(status: int, message: str, address: str = "") -> Response:
    return page("error.html", status, message=message, address=address)
