"""Passwords and SCRAM: verifiers that reveal no password, and the proofs of both methods."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

PBKDF2 = "SCRAMPBKDF2SHA256"
PLAIN = "SCRAMSHA256"
METHODS = (PBKDF2, PLAIN)
"""The server's order of preference."""

ROUNDS = 15000
CHALLENGE_LENGTH = 48
_SALT_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Verifier:
    """What the server stores of a password, for one method."""

    salt: bytes
    rounds: int
    stored_key: bytes = field(repr=False)
    """H(client key): checks the client's proof."""
    server_key: bytes = field(repr=False)
    """Makes the server's own proof."""

    @classmethod
    def of(cls, method: str, password: str, salt: bytes | None = None) -> Verifier:
        """Derive a verifier from a password; PBKDF2 costs milliseconds by design."""
        salt = salt or secrets.token_bytes(_SALT_LENGTH)
        secret = password.encode()
        salted = (
            hashlib.pbkdf2_hmac("sha256", secret, salt, ROUNDS) if method == PBKDF2 else _hmac(secret, salt)
        )
        return cls(salt, ROUNDS, _hash(_hash(salted)), _hmac(salted, salt))

    def accepts(self, proof: bytes, server_challenge: bytes, client_challenge: bytes) -> bool:
        """Whether the client knows the password; in constant time."""
        signature = _hmac(self.stored_key, self.salt + server_challenge + client_challenge)
        if len(proof) != len(signature):
            return False
        client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
        return hmac.compare_digest(_hash(client_key), self.stored_key)

    def proof(self, server_challenge: bytes, client_challenge: bytes) -> bytes:
        """The server's answer, by which a client sees that the server knows the password as well."""
        return _hmac(self.server_key, client_challenge + self.salt + server_challenge)


class PasswordStore:
    """The verifiers of all users; their names are upper-cased unless quoted. Safe for use by many threads."""

    def __init__(self) -> None:
        self._verifiers: dict[str, dict[str, Verifier]] = {}
        self._lock = threading.Lock()
        self._dummy = secrets.token_bytes(32)
        self.refused: Callable[[str], None] = lambda user: None
        """Called with the name that somebody could not log on by."""

    def set(self, name: str, password: str) -> None:
        """Add a user, or change the password of one."""
        verifiers = {method: Verifier.of(method, password) for method in METHODS}
        with self._lock:
            self._verifiers[normalised(name)] = verifiers

    def verifier(self, name: str, method: str) -> tuple[Verifier, bool]:
        """The verifier, and whether there is such a user.

        An unknown user gets a verifier that nobody can satisfy, with the same salt every time, so that
        a stranger cannot tell who exists.
        """
        with self._lock:
            known = self._verifiers.get(normalised(name))
        if known is not None:
            return known[method], True
        seed = _hmac(self._dummy, f"{method} {normalised(name)}".encode(errors="surrogatepass"))
        return Verifier(seed[:_SALT_LENGTH], ROUNDS, _hash(seed), _hash(seed)), False


def normalised(name: str) -> str:
    """A user name as HANA keeps it."""
    if len(name) > 1 and name[0] == name[-1] == '"':
        return name[1:-1].replace('""', '"')
    return name.upper()


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
