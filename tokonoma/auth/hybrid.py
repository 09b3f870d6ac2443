"""The gate where XSUAA and IAS are both bound: a token's own claims say which of the two checks it.

Never one after the other: a token that is refused by its own gate is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokonoma.auth.bearer import REMEMBERED, refusing, token_in
from tokonoma.auth.gate import Caller, Credentials, Gate
from tokonoma.auth.ias import IasGate
from tokonoma.auth.ias_token import claims_of, is_of_xsuaa
from tokonoma.auth.prescreen import Rejected
from tokonoma.auth.xsuaa import XsuaaGate
from tokonoma.errors import TokenInvalid


class HybridGate(Gate):
    """Turns an Authorization header into a Caller. Raises TokenMissing, TokenInvalid or KeysUnavailable."""

    kind = "xsuaa"

    def __init__(self, xsuaa: XsuaaGate, ias: IasGate) -> None:
        super().__init__(noun="token", refusal=TokenInvalid, remembered_for=REMEMBERED)
        self._xsuaa = xsuaa
        self._ias = ias

    @property
    def kinds(self) -> tuple[str, ...]:
        return (self._xsuaa.kind, self._ias.kind)

    @property
    def usable(self) -> bool:
        """Whether one of the two can check.

        When one is away, it is away for every instance. A platform that took them all for not ready would
        send nobody to any, and keep out those whom the other one vouches for. Its own callers get 503, and
        when to come again.
        """
        # Both begin to fetch, whatever the first one says.
        usable = (self._xsuaa.usable, self._ias.usable)
        return any(usable)

    def start(self) -> None:
        self._xsuaa.start()
        self._ias.start()

    def _read(self, environ: Mapping[str, Any]) -> Credentials:
        return self._ias.read(environ)

    def _check(self, credentials: Credentials) -> tuple[Caller, float]:
        try:
            with refusing("the gate"):
                of_xsuaa = is_of_xsuaa(claims_of(token_in(credentials)))
        except Rejected as reason:
            raise self._refuse(str(reason)) from None
        return self._xsuaa.check(credentials[:1]) if of_xsuaa else self._ias.check(credentials)
