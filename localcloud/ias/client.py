"""Who asks at the token endpoint: the client, by its secret or by its certificate."""

from __future__ import annotations

import hmac
import ssl
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from flask import request

from localcloud.listener import CONNECTION

from .refusal import Refused
from .tenant import Tenant


def authenticate(tenant: Tenant) -> str:
    """The thumbprint of the certificate by which the client has signed in; empty where it was the secret.

    RFC 6749 section 2.3.1, RFC 8705 section 2. Raises Refused.
    """
    form, basic = request.form, request.authorization
    name, secret = form.get("client_id", ""), form.get("client_secret")
    if basic is not None and basic.type == "basic":
        # The id and the secret are form-encoded first, by some clients at least.
        basic_name, basic_secret = unquote(basic.username or ""), unquote(basic.password or "")
        # The approuter says both in both places.
        if name not in ("", basic_name) or secret not in (None, basic_secret):
            raise Refused("invalid_request", "The client says who it is in two different ways.")
        name, secret = basic_name, basic_secret
    if not _is_same(name, tenant.clientid):
        raise Refused("invalid_client", "Client not found", 401)
    if secret is not None:
        if not _is_same(secret, tenant.clientsecret):
            raise Refused("invalid_client", status=401)
        return ""
    thumbprint = _shown()
    if thumbprint not in tenant.certificates:
        raise Refused("invalid_client", "Neither the secret nor a certificate of the client.", 401)
    return thumbprint


def thumbprint_of(certificate: bytes) -> str:
    """The SHA-256 of a certificate (DER), as the claim `cnf` has it (RFC 8705 section 3.1)."""
    return urlsafe_b64encode(sha256(certificate).digest()).rstrip(b"=").decode()


def _shown() -> str:
    """The thumbprint of the certificate that the connection was made with; empty without one."""
    connection: Any = request.environ.get(CONNECTION)
    certificate = connection.getpeercert(binary_form=True) if isinstance(connection, ssl.SSLSocket) else None
    return thumbprint_of(certificate) if certificate else ""


def _is_same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode())
