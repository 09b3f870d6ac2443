"""The keys that sign tokens, as XSUAA publishes and rotates them."""

from __future__ import annotations

import secrets
from typing import Any

from joserfc.jwk import KeySet, RSAKey


class SigningKeys:
    """The newest key signs; older ones stay published, and their tokens good, until they are retired."""

    def __init__(self) -> None:
        self._keys = [_new_key()]

    @property
    def current(self) -> RSAKey:
        return self._keys[-1]

    @property
    def verification_key(self) -> str:
        """The public half of the signing key, PEM text, as a binding carries it."""
        return _public_pem(self.current)

    def rotate(self) -> RSAKey:
        self._keys = [*self._keys, _new_key()]
        return self.current

    def retire_old(self) -> None:
        self._keys = [self.current]

    def published(self) -> dict[str, Any]:
        """The answer of /token_keys. Libraries read the PEM in `value`, not `n` and `e`."""
        return {"keys": [_entry(key) for key in self._keys]}

    def key_set(self) -> KeySet:
        return KeySet(list(self._keys))


def _new_key() -> RSAKey:
    # sap-xssec remembers keys by kid; a fresh kid keeps it from taking an earlier run's key for this one's.
    return RSAKey.generate_key(
        2048, {"kid": f"local-key-{secrets.token_hex(4)}", "use": "sig", "alg": "RS256"}
    )


def _entry(key: RSAKey) -> dict[str, Any]:
    return {**key.as_dict(private=False), "value": _public_pem(key)}


def _public_pem(key: RSAKey) -> str:
    return key.as_pem(private=False).decode()
