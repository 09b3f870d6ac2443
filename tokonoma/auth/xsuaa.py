"""XSUAA's gate: lets callers in who have an access token of the bound XSUAA.

sap-xssec knows SAP's rules of audience, broker and attributes. What it leaves open is closed here and in
`prescreen`: what a header may look like, and the dozen kinds of exception that it lets through.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tokonoma.auth import sap_xssec
from tokonoma.auth.gate import NO_ATTRIBUTES, Caller, Credentials, Gate
from tokonoma.auth.key_set import KeySet
from tokonoma.auth.prescreen import BEARER, Rejected, UnverifiedToken, is_signed, prescreen
from tokonoma.bindings import XsuaaBinding
from tokonoma.errors import KeysUnavailable, TokenInvalid, TokenMissing

REMEMBERED = 60.0
"""Seconds that a verified token is not verified again; sap-xssec takes a third of a millisecond for it."""


class XsuaaGate(Gate):
    """Turns an Authorization header into a Caller. Raises TokenMissing, TokenInvalid or KeysUnavailable."""

    kind = "xsuaa"

    def __init__(self, binding: XsuaaBinding, keys: KeySet) -> None:
        super().__init__(noun="token", refusal=TokenInvalid, remembered_for=REMEMBERED)
        self._binding = binding
        self._keys = keys

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
        [(_, authorization)] = credentials
        bearer = BEARER.fullmatch(authorization)
        if bearer is None:
            raise self._refuse("it is no bearer token")
        token = bearer[1]
        try:
            seen = prescreen(token, self._binding.zone)
            key = self._key(seen)
            if not is_signed(token, seen.algorithm, key):
                raise Rejected("its signature is another key's")
        except Rejected as reason:
            raise self._refuse(str(reason)) from None
        try:
            context = sap_xssec.verify(token, self._binding.credentials, key)
        except Exception as error:
            raise self._refuse(f"sap-xssec says {type(error).__name__}") from None
        caller = self._caller(seen.claims, str(context.get_logon_name() or context.get_clientid()))
        return caller, seen.expiry

    def _key(self, seen: UnverifiedToken) -> str:
        """The key to check with.

        Raises Rejected if XSUAA does not publish it, KeysUnavailable if there is no key at all.
        """
        try:
            return self._keys.key(seen.kid)
        except LookupError:
            raise Rejected("no key has its key id") from None
        except RuntimeError:
            raise KeysUnavailable from None

    def _caller(self, claims: Mapping[str, Any], name: str) -> Caller:
        """The caller whom verified claims describe."""
        identity = claims.get("user_uuid") or claims.get("user_id") or claims["cid"]
        if not (name.isprintable() and identity.isprintable()):
            raise self._refuse("the user's name or id has control characters")
        return Caller(
            name=name,
            id=identity,
            zone=self._binding.zone,
            scopes=frozenset(claims.get("scope") or ()),
            xsappname=self._binding.xsappname,
            attributes=self._attributes(claims),
        )

    def _attributes(self, claims: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
        """The user's attributes; none from a token of another client, whose attributes mean other things.

        Place and rule are those of sap-xssec's `get_attribute`.
        """
        given = (claims.get("ext_cxt") or claims).get("xs.user.attributes")
        if not given or claims["cid"] != self._binding.clientid:
            return NO_ATTRIBUTES
        return MappingProxyType({name: tuple(values) for name, values in given.items()})
