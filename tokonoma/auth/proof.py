"""Proof of possession (RFC 8705): a request's client certificate, and the one that a token is bound to."""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

HEADER = "X-Forwarded-Client-Cert"
CERTIFICATE_ROUTE = ".cert."
"""In the host names of the routes where the platform asks for client certificates and writes the header."""

_ENVOY = re.compile(r'(?:^|;)Cert="([^"]*)"')
_FRAME = re.compile(r"-----(?:BEGIN|END) CERTIFICATE-----")


def forwarded_certificate(environ: Mapping[str, Any]) -> str:
    """The header's text, if the request came by a route on which it is the platform's; else empty.

    Elsewhere anybody could have written it.
    """
    if CERTIFICATE_ROUTE not in str(environ.get("HTTP_HOST", "")).partition(":")[0].lower():
        return ""
    return str(environ.get("HTTP_X_FORWARDED_CLIENT_CERT", ""))


def is_bound_to(confirmation: object, certificate: str) -> bool:
    """Whether a claim `cnf` names the certificate of a header field (RFC 8705 section 3.1)."""
    if not isinstance(confirmation, dict) or not isinstance(wanted := confirmation.get("x5t#S256"), str):
        return False
    shown = _thumbprint(certificate)
    return bool(shown) and hmac.compare_digest(shown.encode(), wanted.rstrip("=").encode())


def _thumbprint(certificate: str) -> str:
    """The SHA-256 of a certificate in base64url; empty if there is none.

    Cloud Foundry's router writes base64, Envoy `Hash=…;Cert="…"` with a PEM text in percent encoding.
    """
    if "Hash=" in certificate:
        found = _ENVOY.findall(certificate)
        if len(found) != 1:
            return ""
        certificate = "".join(_FRAME.sub("", unquote(found[0])).split())
    try:
        content = b64decode(certificate, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return urlsafe_b64encode(sha256(content).digest()).rstrip(b"=").decode() if content else ""
