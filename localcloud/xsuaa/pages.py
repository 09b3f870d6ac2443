"""What people see in the browser: signing in and signing out."""

from __future__ import annotations

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, request

from .authorization_server import XsuaaAuthorizationServer
from .endpoints import TOKEN_KEYS
from .sign_in import SignIn, error_page, page, page_rules, see_other
from .zone import Zone

AUTHORIZE = "/oauth/authorize"
LOGOUT = "/logout.do"


def blueprint(zone: Zone, server: XsuaaAuthorizationServer) -> Blueprint:
    return page_rules(_Pages(zone, server), AUTHORIZE, LOGOUT)


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
