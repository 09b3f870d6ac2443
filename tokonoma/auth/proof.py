"""Proof of possession (RFC 8705): a request's client certificate, and the one that a token is bound to."""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

HEADER = "X-Forwarded-Client-Cert"
CERTIFICATE_ROUTE = ".cert."
"""In the host names of the routes where the platform asks for client certificates and writes the header."""

_ENVOY = re.compile(r'(?:^|;)Cert="([^"]*)"')
_FRAME = re.compile(r"-----(?:BEGIN|END) CERTIFICATE-----")


def certificate_hosts(routes: object) -> frozenset[str]:
    """The hosts of an app's routes (`application_uris` of VCAP_APPLICATION) that ask for certificates."""
    found = routes if isinstance(routes, list) else []
    hosts = {_host(each) for each in found if isinstance(each, str)}
    return frozenset(host for host in hosts if CERTIFICATE_ROUTE in host)


def forwarded_certificate(environ: Mapping[str, Any], hosts: Collection[str]) -> str:
    """The header's text, if the request came by one of `hosts`, on which it is the platform's; else empty.

    Elsewhere anybody could have written it.
    """
    if _host(str(environ.get("HTTP_HOST", ""))) not in hosts:
        return ""
    return str(environ.get("HTTP_X_FORWARDED_CLIENT_CERT", ""))


def _host(address: str) -> str:
    """The host name in `host:port/path`, which may have less."""
    return address.partition("/")[0].partition(":")[0].lower()


def is_bound_to(confirmation: object, certificate: str) -> bool:
    """Whether a claim `cnf` names the certificate of a header field (RFC 8705 section 3.1)."""
    if not isinstance(confirmation, dict) or not isinstance(wanted := confirmation.get("x5t#S256"), str):
        return False
    shown = _thumbprint(certificate)
    # The other one is not verified yet, and may be any text.
    return bool(shown) and wanted.isascii() and hmac.compare_digest(shown, wanted.rstrip("="))


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
