"""Gives the services of a project: by a stand-in, by a file, or not at all, with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Any

from localcloud.certificates import Authority
from localcloud.cloudfoundry import TAGS
from localcloud.hana.local import LocalHana
from localcloud.ias.local import LocalIas
from localcloud.xsuaa.descriptor import read_descriptor
from localcloud.xsuaa.local import LocalXsuaa
from localcloud.xsuaa.users import User, demo_users

from .declared import ProjectError, Service
from .documents import Section, read_json
from .foreign_scopes import without_foreign_scopes

HANA, XSUAA, IDENTITY = "hana", "xsuaa", "identity"
STAND_INS = (HANA, XSUAA, IDENTITY)
"""What can be imitated, by the label of the service."""
_PLANS = {HANA: "hdi-shared", XSUAA: "application", IDENTITY: "application"}
_HANA_PLANS = ("hdi-shared", "schema")
_NAMED_LIKE = {
    HANA: re.compile(r"hana|hdi|database|(^|[-_])db([-_]|$)", re.IGNORECASE),
    XSUAA: re.compile(r"uaa|(^|[-_])auth([-_]|$)", re.IGNORECASE),
    IDENTITY: re.compile(r"identity|(^|[-_])(py)?ias([-_]|$)", re.IGNORECASE),
}


@dataclass(frozen=True)
class Provided:
    """One service that apps can be bound to."""

    label: str
    plan: str
    tags: tuple[str, ...]
    credentials: Mapping[str, Any] = field(repr=False)
    told: str = ""
    """Where it is, for people."""
    people: tuple[User, ...] = ()


def settled(service: Service, given: str | None) -> tuple[Service, str]:
    """`service` with a label, and a sentence where it had to be guessed from its name.

    `given` is the word or file of `--service`; one of STAND_INS decides.
    """
    if given in STAND_INS:
        return _as(service, str(given)), ""
    if service.label or given:
        return service, ""
    for label, like in _NAMED_LIKE.items():
        if like.search(service.name):
            other = f"--service {quote(service.name)}=FILE"
            return _as(service, label), f"{service.name} is taken for {label} by its name; if not: {other}"
    return service, ""


def _as(service: Service, label: str) -> Service:
    told = service.plan and (label != HANA or service.plan in _HANA_PLANS)
    plan = service.plan if told else _PLANS[label]
    return Service(service.name, label, plan, service.tags, service.parameters)


def why_not(service: Service) -> str:
    """Why there is no stand-in for a service; empty if there is one."""
    if service.credentials is not None or service.label in (XSUAA, IDENTITY):
        return ""
    if service.label == HANA:
        if service.plan in _HANA_PLANS:
            return ""
        return f"{service.name} is left out: of HANA there are the plans {' and '.join(_HANA_PLANS)} here"
    kind = f"{service.label} has no stand-in here" if service.label else "its kind is not told"
    words = f", --service {quote(service.name)}=KIND says which of {', '.join(STAND_INS)} it is"
    words = "" if service.label else words
    given = f"--service {quote(service.name)}=FILE gives its credentials"
    return f"{service.name} is left out: {kind}; {given}{words}"


def from_file(service: Service, file: Path) -> Provided:
    """A service by the JSON of a service key, of an entry of VCAP_SERVICES, or of bare credentials."""
    document = read_json(file)
    inside = document.part("credentials") if "credentials" in document.entries else document
    if not inside.entries:
        raise ProjectError(f"{file}: has no credentials")
    label = service.label or document.text("label", "user-provided")
    tags = service.tags or document.texts("tags") or TAGS.get(label, ())
    plan = service.plan or document.text("plan")
    return Provided(label, plan, tuple(tags), inside.entries, f"as {file} says")


class StandIns:
    """Starts the stand-ins of a project, and ends them with `stack`."""

    def __init__(self, stack: ExitStack, authority: Authority, take_port: Callable[[int], int]) -> None:
        self._stack = stack
        self._authority = authority
        self._take_port = take_port
        self._xsuaa: LocalXsuaa | None = None
        """The first one, whose people IAS knows too."""

    def hana(self, service: Service, tables: Path | None) -> Provided:
        """A HANA of its own for a service. Raises OSError, and RuntimeError where the tables do not fit."""
        schema = _schema(service)
        hana = self._stack.enter_context(
            LocalHana(
                port=self._take_port(39015),
                authority=self._authority,
                user=f"{schema}_RT",
                schema=schema,
                seed=tables,
            )
        )
        binding = hana.binding()
        if service.plan != "hdi-shared":
            # Such a binding's user owns the schema.
            binding |= {"user": binding.pop("hdi_user"), "password": binding.pop("hdi_password")}
        told = f"HANA at {hana.host}:{hana.port}, TLS, schema {schema}"
        told += f", with what {tables} says" if tables else ", without tables"
        return Provided(HANA, service.plan, service.tags or TAGS[HANA], binding, told)

    def xsuaa(self, service: Service, document: Mapping[str, Any], redirect_uris: Sequence[str]) -> Provided:
        """An XSUAA of its own for a service. Raises OSError, and DescriptorError for what it is to be."""
        name = document.get("xsappname") or re.sub(r"[^\w/\\-]", "-", service.name, flags=re.ASCII)
        own, foreign = without_foreign_scopes(document)
        xsuaa = self._stack.enter_context(
            LocalXsuaa(
                {**own, "xsappname": name},
                authority=self._authority,
                redirect_uris=redirect_uris,
                http_port=self._take_port(5051),
                tls_port=self._take_port(5052),
            )
        )
        self._xsuaa = self._xsuaa or xsuaa
        told = f"XSUAA at {xsuaa.url}, its keys at https://{xsuaa.uaadomain}"
        told += f", without the scopes {', '.join(foreign)} of other applications" if foreign else ""
        people = tuple(xsuaa.users.values())
        return Provided(XSUAA, service.plan, service.tags or TAGS[XSUAA], xsuaa.binding(), told, people)

    def identity(
        self, service: Service, document: Mapping[str, Any], redirect_uris: Sequence[str]
    ) -> Provided:
        """An IAS tenant for a service, whose bindings have a secret. Raises OSError, and DescriptorError.

        Its people are those of the first XSUAA, which takes its tokens in exchange; without one, those whom
        the roles in `document` make.
        """
        xsuaa = self._xsuaa
        own, _ = without_foreign_scopes(document)
        people = xsuaa.users if xsuaa else demo_users(read_descriptor({"xsappname": "-", **own}))
        ias = self._stack.enter_context(
            LocalIas(
                authority=self._authority,
                port=self._take_port(5054),
                pages_port=self._take_port(5053),
                redirect_uris=redirect_uris,
                people=people,
                app_tid=str(xsuaa.binding()["zoneid"]) if xsuaa else None,
            )
        )
        if xsuaa:
            ias.exchange_with(xsuaa)
        told = f"IAS at {ias.tenant.pages_url}, its keys at {ias.tenant.url}"
        tags = service.tags or TAGS[IDENTITY]
        return Provided(IDENTITY, service.plan, tags, ias.binding(), told, tuple(people.values()))


def of_the_user(service: Service) -> Provided:
    """A user-provided service."""
    return Provided("user-provided", "", service.tags, dict(service.credentials or {}), "as it is declared")


def _schema(service: Service) -> str:
    """The one that the service is created with, else one named after it: a name that needs no quotes."""
    wanted = Section(service.name, service.parameters).text("schema", service.name)
    name = re.sub(r"\W", "_", wanted, flags=re.ASCII).upper()[:100].strip("_")
    return name if re.match(r"(?!SYS)[A-Z]", name) else f"S_{name}"
