"""Who signs people in on the laptop: the local XSUAA, the local IAS, or both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .ports import LOOPBACK

if TYPE_CHECKING:
    from .certificates import Authority
    from .ias.local import LocalIas
    from .xsuaa.local import LocalXsuaa
    from .xsuaa.users import User

IDENTITIES = ("xsuaa", "ias", "both")

Bindings = dict[str, tuple[str, str, Mapping[str, Any]]]
"""Label, plan and credentials by the binding's name."""


@dataclass(frozen=True)
class IdentityPorts:
    """Where the two listen; 0 is any."""

    xsuaa: int = 0
    xsuaa_tls: int = 0
    ias: int = 0
    ias_tls: int = 0


@dataclass(frozen=True)
class IdentityServices:
    """What runs of the two, as the apps are bound to it."""

    xsuaa: LocalXsuaa | None
    ias: LocalIas | None
    bindings: Bindings
    """Of both apps: the approuter signs people in with what is bound to it."""

    @property
    def people(self) -> Sequence[User]:
        users = self.ias.tenant.people if self.ias else self.xsuaa.users if self.xsuaa else {}
        return list(users.values())


@contextmanager
def identity_services(
    identity: str,
    authority: Authority,
    web: Sequence[int],
    ports: IdentityPorts | None = None,
    credential_type: str = "SECRET",
) -> Iterator[IdentityServices]:
    """Run one of IDENTITIES for approuters on the ports `web`, until the block ends.

    With both, XSUAA takes IAS's tokens in exchange, and the two know the same people. `credential_type` is
    that of the binding of IAS: SECRET or X509_GENERATED. Raises OSError.
    """
    # Late, since `python -m localcloud` reads this file for every command.
    from .cloudfoundry import PROJECT
    from .ias.local import LocalIas
    from .xsuaa.descriptor import read_descriptor
    from .xsuaa.local import LocalXsuaa
    from .xsuaa.users import demo_users

    at = ports or IdentityPorts()
    descriptor = PROJECT / "xs-security.json"
    addresses = [f"http://{host}:{port}/**" for host in ("localhost", LOOPBACK) for port in web]
    xsuaa: LocalXsuaa | None = None
    ias: LocalIas | None = None
    with ExitStack() as stack:
        if identity != "ias":
            xsuaa = stack.enter_context(
                LocalXsuaa(
                    descriptor,
                    authority=authority,
                    redirect_uris=addresses,
                    http_port=at.xsuaa,
                    tls_port=at.xsuaa_tls,
                )
            )
        if identity != "xsuaa":
            ias = stack.enter_context(
                LocalIas(
                    authority=authority,
                    redirect_uris=addresses,
                    port=at.ias_tls,
                    pages_port=at.ias,
                    people=xsuaa.users if xsuaa else demo_users(read_descriptor(descriptor)),
                    app_tid=str(xsuaa.binding()["zoneid"]) if xsuaa else None,
                )
            )
        bindings: Bindings = {}
        if xsuaa:
            bindings["pyuaa"] = ("xsuaa", "application", xsuaa.binding())
        if ias:
            bindings["pyias"] = ("identity", "application", ias.binding(credential_type))
        if xsuaa and ias:
            ias.exchange_with(xsuaa)
        yield IdentityServices(xsuaa, ias, bindings)
