"""Puts the pages and endpoints of the local XSUAA together."""

from __future__ import annotations

from flask import Flask, Response, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from . import endpoints, pages
from .authorization_server import XsuaaAuthorizationServer
from .sign_in import error_page
from .zone import Zone

# No other name can be pointed at this laptop's loopback to read its pages (DNS rebinding).
BOUNDS = {"TRUSTED_HOSTS": ["127.0.0.1", "localhost"], "MAX_CONTENT_LENGTH": 64 * 1024}
_REGISTERED = Markup(
    "<code>xs-security.json</code>, under <code>oauth2-configuration</code>, <code>redirect-uris</code>"
)


def create_app(zone: Zone) -> Flask:
    """The WSGI application of one zone."""
    app = Flask(__name__)
    app.context_processor(lambda: {"provider": "Local XSUAA", "registered": _REGISTERED})
    app.config.update(BOUNDS)
    server = XsuaaAuthorizationServer(zone)
    app.register_blueprint(endpoints.blueprint(zone, server))
    app.register_blueprint(pages.blueprint(zone, server))
    app.register_error_handler(HTTPException, _refuse)
    app.after_request(harden)
    return app


def _refuse(error: HTTPException) -> Response:
    """An error as the client reads it: OAuth's JSON at the token endpoint, a page everywhere else."""
    if request.path == endpoints.TOKEN:
        answer = endpoints.oauth_error(error.code or 400, "invalid_request", error.name)
    else:
        answer = error_page(error.code or 400, error.name)
    if error.get_response().headers.get("Allow"):
        answer.headers["Allow"] = error.get_response().headers["Allow"]
    return answer


def harden(response: Response) -> Response:
    """What every answer of an identity provider says to browsers."""
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    # The address of the sign-in page holds the state and the code challenge.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
