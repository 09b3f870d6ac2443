"""How the local IAS refuses: by OAuth's own error, with words that name what it does not do."""

from __future__ import annotations

from flask import Response, jsonify


class Refused(Exception):
    """An error of the token endpoint (RFC 6749 section 5.2)."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        super().__init__(description or error)
        self.error = error
        self.description = description
        self.status = status

    def answer(self) -> Response:
        described = {"error_description": self.description} if self.description else {}
        answer = jsonify(error=self.error, **described)
        answer.status_code = self.status
        return answer


NOT_HERE = {
    "/oauth2/userinfo": "a userinfo endpoint",
    "/oauth2/introspect": "token introspection",
    "/oauth2/revoke": "token revocation",
    "/saml2/": "SAML",
    "/scim/": "SCIM",
    "/service/": "administration by SCIM",
    "/sap/rest/": "tenantLoginInfo",
    "/Applications/": "administration of applications",
}
"""What real tenants have, by the beginning of its path."""
