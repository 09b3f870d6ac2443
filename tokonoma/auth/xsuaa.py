"""XSUAA's gate: lets callers in who have an access token of the bound XSUAA."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tokonoma.auth import sap_xssec
from tokonoma.auth.bearer import BearerGate
from tokonoma.auth.gate import NO_ATTRIBUTES, Caller, Credentials
from tokonoma.auth.key_set import KeySet
from tokonoma.auth.prescreen import Rejected, UnverifiedToken, prescreen
from tokonoma.bindings import XsuaaBinding
from tokonoma.plain_text import is_plain


class XsuaaGate(BearerGate):
    """Turns an Authorization header into a Caller. Raises TokenMissing, TokenInvalid or KeysUnavailable."""

    kind = "xsuaa"

    def __init__(self, binding: XsuaaBinding, keys: KeySet) -> None:
        super().__init__(keys)
        self._binding = binding

    def _prescreen(self, token: str, credentials: Credentials) -> UnverifiedToken:
        return prescreen(token, self._binding.zone)

    def _verify(self, token: str, key: str) -> Any:
        return sap_xssec.verify(token, self._binding.credentials, key)

    def _caller(self, claims: Mapping[str, Any], verified: Any) -> Caller:
        name = str(verified.get_logon_name() or verified.get_clientid())
        identity = claims.get("user_uuid") or claims.get("user_id") or claims["cid"]
        if not (is_plain(name) and is_plain(identity)):
            raise Rejected("the user's name or id has control characters")
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
