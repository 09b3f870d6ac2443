"""IAS's public keys, from the tenant of the binding and from nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from tokonoma.auth.bounded_client import BoundedClient
from tokonoma.auth.key_set import FetchedKeys
from tokonoma.bindings import IdentityBinding


class IasKeySet(FetchedKeys):
    """The keys of a bound IAS tenant.

    The headers tell IAS who asks: it refuses (400) a client that does not belong to the tenant.
    """

    def __init__(self, binding: IdentityBinding, stale_hours: int) -> None:
        super().__init__("IAS", stale_hours)
        self.address = f"{binding.url}/oauth2/certs"
        self._headers = {
            "x-client_id": binding.clientid,
            "x-app_tid": binding.app_tid,
            "x-azp": binding.clientid,
        }

    def _fetch(self, client: BoundedClient) -> Mapping[str, str]:
        status, body = client.get(self.address, headers=self._headers)
        if status != HTTPStatus.OK:
            raise ValueError("no key set")
        entries = [key for key in json.loads(body)["keys"] if isinstance(key.get("kid"), str)]
        found = {key["kid"]: _pem(key) for key in entries if key.get("kty") == "RSA"}
        return {kid: pem for kid, pem in found.items() if pem}


def _pem(entry: Mapping[str, Any]) -> str:
    """The public key of an entry (RFC 7518 section 6.3.1); empty if it is unreadable or private."""
    try:
        key = RSAAlgorithm.from_jwk(dict(entry))
    except (InvalidKeyError, ValueError, TypeError):
        return ""
    if not isinstance(key, RSAPublicKey):
        return ""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
