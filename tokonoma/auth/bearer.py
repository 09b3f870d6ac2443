"""What the gates of XSUAA and IAS have in common: bearer tokens whose signatures published keys prove.

sap-xssec knows SAP's rules. What it leaves open is closed before it is asked, and the dozen kinds of
exception that it lets through are refusals here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tokonoma.auth.gate import Caller, Credentials, Gate
from tokonoma.auth.key_set import FetchedKeys
from tokonoma.auth.prescreen import BEARER, Rejected, UnverifiedToken, is_signed
from tokonoma.errors import KeysUnavailable, TokenInvalid, TokenMissing

REMEMBERED = 60.0
"""Seconds that a verified token is not verified again; sap-xssec takes a third of a millisecond for it."""


class BearerGate(Gate):
    """Turns an Authorization header into a Caller. Raises TokenMissing, TokenInvalid or KeysUnavailable."""

    def __init__(self, keys: FetchedKeys) -> None:
        super().__init__(noun="token", refusal=TokenInvalid, remembered_for=REMEMBERED)
        self._keys = keys

    @abstractmethod
    def _prescreen(self, token: str, credentials: Credentials) -> UnverifiedToken:
        """What the token says, if it can be for us at all. Raises Rejected."""

    @abstractmethod
    def _verify(self, token: str, key: str) -> Any:
        """What sap-xssec says of a token, with a key (PEM). Any exception is a refusal."""

    @abstractmethod
    def _caller(self, claims: Mapping[str, Any], verified: Any) -> Caller:
        """The caller whom verified claims describe; `verified` comes from `_verify`. Raises Rejected."""

    @property
    def usable(self) -> bool:
        return self._keys.usable

    def start(self) -> None:
        self._keys.start()

    def _read(self, environ: Mapping[str, Any]) -> Credentials:
        # Several headers are one, with commas, which is no bearer token.
        authorization = environ.get("HTTP_AUTHORIZATION")
        if authorization is None:
            raise TokenMissing
        return (("Authorization", authorization),)

    def _check(self, credentials: Credentials) -> tuple[Caller, float]:
        try:
            token = token_in(credentials)
            with refusing("the gate"):
                seen = self._prescreen(token, credentials)
            key = self._key(seen.kid)
            if not is_signed(token, seen.algorithm, key):
                raise Rejected("its signature is another key's")
            with refusing("sap-xssec"):
                verified = self._verify(token, key)
            with refusing("the gate"):
                return self._caller(seen.claims, verified), seen.expiry
        except Rejected as reason:
            raise self._refuse(str(reason)) from None

    def _key(self, kid: str) -> str:
        """The key to check with.

        Raises Rejected if it is not published, KeysUnavailable if there is no key at all.
        """
        try:
            return self._keys.key(kid)
        except LookupError:
            raise Rejected("no key has its key id") from None
        except RuntimeError:
            raise KeysUnavailable from None


@contextmanager
def refusing(who: str) -> Iterator[None]:
    """Whatever goes wrong over a token is a refusal of it; the exception's text could quote the token.

    Raises Rejected.
    """
    try:
        yield
    except Rejected:
        raise
    except Exception as error:
        raise Rejected(f"{who} says {type(error).__name__}") from None


def token_in(credentials: Credentials) -> str:
    """The token of three parts in an Authorization header, which comes first. Raises Rejected."""
    bearer = BEARER.fullmatch(credentials[0][1])
    if bearer is None:
        raise Rejected("it is no bearer token")
    return bearer[1]
