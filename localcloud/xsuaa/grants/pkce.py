"""Proof Key for Code Exchange (RFC 7636) by S256 alone: a plain challenge gives its secret away."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge


class S256Challenge(CodeChallenge):
    """A request may do without a challenge, as XSUAA allows; one that has a challenge must keep to it."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        parameters = grant.request.payload.data
        if parameters.get("code_challenge") and parameters.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge_method must be S256.")
        super().validate_code_challenge(grant, redirect_uri)
