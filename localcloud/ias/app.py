"""What the tenant answers. What of IAS is not here is refused: by 404, or by OAuth's own error."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from localcloud.listener import HEADERS

from .signing_in import AUTHORIZE, LOGOUT, TOKEN
from .signing_in import blueprint as signing_in
from .tenant import Tenant

DISCOVERY = "/.well-known/openid-configuration"
CERTS = "/oauth2/certs"


def create_app(tenant: Tenant) -> Flask:
    app = Flask(__name__)
    app.register_blueprint(signing_in(tenant))

    @app.get(DISCOVERY)
    def discovery() -> Response:
        """OpenID Connect Discovery 1.0 section 4.2."""
        return jsonify(
            issuer=tenant.url,
            jwks_uri=f"{tenant.url}{CERTS}",
            authorization_endpoint=f"{tenant.url}{AUTHORIZE}",
            token_endpoint=f"{tenant.url}{TOKEN}",
            end_session_endpoint=f"{tenant.url}{LOGOUT}",
            grant_types_supported=["authorization_code", "refresh_token", "client_credentials"],
            code_challenge_methods_supported=["S256"],
            response_types_supported=["code"],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256"],
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

    return app
