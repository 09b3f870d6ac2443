"""What the tenant answers. What of IAS is not here is refused by name."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, NotFound

from localcloud.listener import HEADERS
from localcloud.xsuaa import app as shared
from localcloud.xsuaa.sign_in import error_page

from .client import authenticate
from .grants import Grants
from .pages import AUTHORIZE, CERTS, LOGOUT
from .pages import blueprint as pages
from .refusal import NOT_HERE, Refused
from .tenant import Tenant

DISCOVERY = "/.well-known/openid-configuration"
TOKEN = "/oauth2/token"  # noqa: S105 - a path
_REGISTERED = Markup("<code>redirect-uris</code> of its instance")


def create_app(tenant: Tenant) -> Flask:
    """The WSGI application of one tenant; templates and styles are the local XSUAA's."""
    app = Flask(shared.__name__)
    app.config.update(shared.BOUNDS)
    app.context_processor(lambda: {"provider": "Local IAS", "registered": _REGISTERED})
    grants = Grants(tenant)
    app.register_blueprint(pages(tenant, grants))
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(Refused, Refused.answer)
    app.after_request(shared.harden)

    @app.get(DISCOVERY)
    def discovery() -> Response:
        """OpenID Connect Discovery 1.0 section 4.2."""
        return jsonify(
            issuer=tenant.url,
            jwks_uri=f"{tenant.url}{CERTS}",
            authorization_endpoint=f"{tenant.pages_url}{AUTHORIZE}",
            token_endpoint=f"{tenant.url}{TOKEN}",
            end_session_endpoint=f"{tenant.pages_url}{LOGOUT}",
            grant_types_supported=grants.names,
            code_challenge_methods_supported=["S256"],
            response_types_supported=["code"],
            scopes_supported=["openid"],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256"],
            token_endpoint_auth_methods_supported=[
                *("client_secret_basic", "client_secret_post", "tls_client_auth"),
            ],
            tls_client_certificate_bound_access_tokens=True,
        )

    @app.get(CERTS)
    def certs() -> tuple[Response, int]:
        """The keys, for a client of this tenant; IAS answers 400 to others."""
        expected = {"x-client_id": tenant.clientid, "x-app_tid": tenant.app_tid, "x-azp": tenant.clientid}
        given = request.environ[HEADERS]
        wrong = [name for name, value in expected.items() if given.get(name, value) != value]
        if wrong or "x-client_id" not in given:
            return jsonify(error="invalid_request"), 400
        return jsonify(tenant.published()), 200

    @app.post(TOKEN)
    def token() -> Response:
        return jsonify(grants.answer(authenticate(tenant)))

    return app


def _refuse(error: HTTPException) -> Response:
    """An error as the client reads it: OAuth's JSON for programs, a page for people."""
    path = request.path
    if isinstance(error, NotFound):
        for beginning, what in NOT_HERE.items():
            if path.startswith(beginning):
                return Refused("not_supported", f"The local IAS has no {what}.", 501).answer()
    code = error.code or 400
    is_for_programs = path in (TOKEN, CERTS, DISCOVERY)
    answer = Refused("invalid_request", error.name, code).answer() if is_for_programs else None
    answer = answer or error_page(code, error.name)
    if error.get_response().headers.get("Allow"):
        answer.headers["Allow"] = error.get_response().headers["Allow"]
    return answer
