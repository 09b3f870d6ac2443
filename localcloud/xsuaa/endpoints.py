"""The endpoints for programs: tokens, keys, and the discovery document."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from .authorization_server import XsuaaAuthorizationServer
from .descriptor import OPENID
from .grants import GRANTS
from .zone import Zone

TOKEN = "/oauth/token"  # noqa: S105 - a path
TOKEN_KEYS = "/token_keys"  # noqa: S105 - a path


def blueprint(zone: Zone, server: XsuaaAuthorizationServer) -> Blueprint:
    endpoints = Blueprint("endpoints", __name__)

    @endpoints.post(TOKEN)
    def token() -> Response:
        return server.create_token_response()

    @endpoints.get(TOKEN_KEYS)
    def token_keys() -> Response:
        return jsonify(zone.keys.published())

    @endpoints.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        """OpenID Connect Discovery 1.0, section 3; names only what there is."""
        return jsonify(
            {
                "issuer": zone.issuer,
                "authorization_endpoint": f"{zone.url}/oauth/authorize",
                "token_endpoint": f"{zone.url}{TOKEN}",
                "jwks_uri": f"https://{zone.uaadomain}{TOKEN_KEYS}",
                "end_session_endpoint": f"{zone.url}/logout.do",
                "scopes_supported": [OPENID, *zone.descriptor.scopes],
                "response_types_supported": ["code"],
                "grant_types_supported": [grant.GRANT_TYPE for grant in GRANTS],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    return endpoints


def oauth_error(status: int, error: str, description: str) -> Response:
    """An error answer of the token endpoint (RFC 6749, section 5.2)."""
    answer = jsonify({"error": error, "error_description": description})
    answer.status_code = status
    return answer
