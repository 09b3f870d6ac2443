"""Which scopes a token gets when a request names some."""

from __future__ import annotations

from collections.abc import Sequence

from authlib.oauth2.rfc6749 import InvalidScopeError

from localcloud.xsuaa.zone import Zone


def narrow(zone: Zone, held: Sequence[str], requested: str | None) -> list[str]:
    """The scopes in `held` that are `requested` (blank-separated), or all of them where none is requested.

    Raises InvalidScopeError for a scope that the application does not know, and where nothing is left,
    as UAA does.
    """
    wanted = set((requested or "").split())
    if not wanted <= zone.known_scopes:
        raise InvalidScopeError("The application has no such scope.")
    granted = [scope for scope in held if not wanted or scope in wanted]
    if wanted and not granted:
        raise InvalidScopeError("None of the requested scopes is granted.")
    return granted
