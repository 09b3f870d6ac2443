"""Reads an application security descriptor (xs-security.json) the way XSUAA's service broker does.

Rules: SAP, "Application Security Descriptor Configuration Syntax".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9_/\\-]{1,128}")
_ATTRIBUTE = re.compile(r"[A-Za-z0-9_]{1,64}")
_VALUE_TYPES = ("string", "s", "int", "integer", "date")
_OWN = "$XSAPPNAME."
_DEFAULT_TOKEN_VALIDITY = 43_200
_DEFAULT_REFRESH_TOKEN_VALIDITY = 24_192_000

OPENID = "openid"
PLATFORM_SCOPES = ("uaa.user", "uaa.resource")
"""Scopes that belong to the platform and may be named in a descriptor without being declared."""


class DescriptorError(ValueError):
    """The descriptor cannot be used; the message names the file, the place in it, and what is wrong."""


@dataclass(frozen=True)
class RoleCollection:
    """What an administrator assigns to a person; `scopes` are fully qualified (`myapp!t1.Display`)."""

    name: str
    description: str
    scopes: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """User attributes and the values that its roles give to them; one without a value is not there."""

    @property
    def values(self) -> str:
        """The attributes in words, `rooms IRIS, LOTUS`; empty where there are none."""
        return "; ".join(f"{name} {', '.join(values)}" for name, values in self.attributes.items())


@dataclass(frozen=True)
class _RoleTemplate:
    """One role template, and the default role that XSUAA makes of it."""

    name: str
    description: str
    scopes: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]
    """The default values of its attributes."""
    unanswered: str
    """An attribute whose values an administrator has to enter: there is no default role. Mostly empty."""


@dataclass(frozen=True)
class Descriptor:
    """One application as XSUAA knows it; scopes are fully qualified, validities are seconds."""

    xsappname: str
    tenant_mode: str
    scopes: Mapping[str, str]
    """Scope to its description, in the order of the file."""
    role_collections: tuple[RoleCollection, ...]
    authorities: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    token_validity: int
    refresh_token_validity: int

    @property
    def application(self) -> str:
        """The name as it stands in the file."""
        return self.xsappname.partition("!")[0]

    @property
    def client_id(self) -> str:
        return f"sb-{self.xsappname}"


def read_descriptor(source: Path | Mapping[str, Any]) -> Descriptor:
    """Read the descriptor at a path, or one that was read already; raises DescriptorError."""
    if not isinstance(source, Path):
        return _Reader(source).read()
    try:
        document = json.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise DescriptorError(f"{source}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise DescriptorError(f"{source}: is not JSON ({error})") from None
    try:
        return _Reader(document).read()
    except DescriptorError as error:
        raise DescriptorError(f"{source}: {error}") from None


class _Reader:
    """Walks one descriptor; every complaint names the place."""

    def __init__(self, document: Any) -> None:
        if not isinstance(document, dict):
            raise DescriptorError("must be a JSON object")
        self._document = document
        name = document.get("xsappname")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise DescriptorError("xsappname must be 1 to 128 letters, digits, '-', '_', '/' or '\\'")
        self._plain_name = name
        # The platform appends '!t<number>' so that the name is unique in the landscape.
        self._xsappname = f"{name}!t1"

    def read(self) -> Descriptor:
        scopes = {self._qualify(scope): scope.get("description", "") for scope in self._named("scopes")}
        required = self._attributes()
        templates = {
            template["name"]: self._template(template, scopes, required)
            for template in self._named("role-templates")
        }
        oauth = self._document.get("oauth2-configuration", {})
        if not isinstance(oauth, dict):
            raise DescriptorError("oauth2-configuration must be an object")
        return Descriptor(
            xsappname=self._xsappname,
            tenant_mode=self._document.get("tenant-mode", "dedicated"),
            scopes=scopes,
            role_collections=self._role_collections(templates),
            authorities=self._authorities(scopes),
            redirect_uris=self._texts(oauth, "redirect-uris", "oauth2-configuration"),
            token_validity=self._seconds(oauth, "token-validity", 300, _DEFAULT_TOKEN_VALIDITY),
            refresh_token_validity=self._seconds(
                oauth, "refresh-token-validity", 600, _DEFAULT_REFRESH_TOKEN_VALIDITY
            ),
        )

    def _named(self, key: str) -> list[dict[str, Any]]:
        """The objects of one list; each has a name that occurs once."""
        entries = self._document.get(key, [])
        if not isinstance(entries, list):
            raise DescriptorError(f"{key} must be a list")
        seen: set[str] = set()
        for number, entry in enumerate(entries):
            name = entry.get("name") if isinstance(entry, dict) else None
            if not isinstance(name, str) or not name:
                raise DescriptorError(f"{key}[{number}] needs a name")
            if name in seen:
                raise DescriptorError(f"{key} has {name!r} twice")
            seen.add(name)
        return entries

    def _qualify(self, scope: Mapping[str, Any]) -> str:
        name: str = scope["name"]
        return self._own(name) or name

    def _own(self, reference: str) -> str | None:
        if not reference.startswith(_OWN):
            return None
        return f"{self._xsappname}.{reference.removeprefix(_OWN)}"

    def _attributes(self) -> dict[str, bool]:
        """The declared user attributes; true for those of which every role needs values."""
        required: dict[str, bool] = {}
        for entry in self._named("attributes"):
            name = entry["name"]
            if not _ATTRIBUTE.fullmatch(name):
                raise DescriptorError(f"attributes {name!r} must be 1 to 64 letters, digits or '_'")
            if entry.get("valueType") not in _VALUE_TYPES:
                raise DescriptorError(f"valueType of attributes {name!r} must be string, int or date")
            required[name] = entry.get("valueRequired", True)
            if not isinstance(required[name], bool):
                raise DescriptorError(f"valueRequired of attributes {name!r} must be true or false")
        return required

    def _template(
        self, template: dict[str, Any], scopes: Mapping[str, str], required: Mapping[str, bool]
    ) -> _RoleTemplate:
        place = f"role-templates {template['name']!r}"
        references = self._texts(template, "scope-references", place)
        references += self._texts(template, "foreign-scope-references", place)
        values = self._default_values(template, required, place)
        return _RoleTemplate(
            template["name"],
            template.get("description", ""),
            tuple(self._known(reference, scopes, place) for reference in references),
            {name: given for name, given in values.items() if given},
            next((name for name, given in values.items() if required[name] and not given), ""),
        )

    def _default_values(
        self, template: dict[str, Any], required: Mapping[str, bool], place: str
    ) -> dict[str, tuple[str, ...]]:
        """Every attribute that a template refers to, with its default values."""
        references = template.get("attribute-references", [])
        if not isinstance(references, list):
            raise DescriptorError(f"attribute-references in {place} must be a list")
        found: dict[str, tuple[str, ...]] = {}
        for reference in references:
            entry = reference if isinstance(reference, dict) else {"name": reference}
            name = str(entry.get("name"))
            if name not in required:
                raise DescriptorError(f"{place} refers to the attribute {name!r}, which is not declared")
            found[name] = self._texts(entry, "default-values", f"the attribute {name!r} of {place}")
        return found

    def _known(self, reference: str, scopes: Mapping[str, str], place: str) -> str:
        scope = self._own(reference) or reference
        if scope in scopes or scope in PLATFORM_SCOPES:
            return scope
        if reference.startswith("$XS") and scope == reference:
            raise DescriptorError(
                f"{place} refers to another application ({reference}); there is none on a laptop"
            )
        raise DescriptorError(f"{place} refers to the scope {reference!r}, which is not declared")

    def _role_collections(self, templates: Mapping[str, _RoleTemplate]) -> tuple[RoleCollection, ...]:
        """The declared collections; templates that stand in none get a collection of their own.

        On the platform an administrator would make that collection by hand.
        """
        collections = []
        collected: set[str] = set()
        for entry in self._named("role-collections"):
            place = f"role-collections {entry['name']!r}"
            names = [
                reference.removeprefix(_OWN)
                for reference in self._texts(entry, "role-template-references", place)
            ]
            for name in names:
                self._check_template(name, templates, place)
            collected.update(names)
            held = [templates[name] for name in names]
            collections.append(_collection(entry["name"], entry.get("description", ""), held))
        alone = (template for template in templates.values() if template.name not in collected)
        collections += [_collection(each.name, each.description, [each]) for each in alone]
        return tuple(collections)

    @staticmethod
    def _check_template(name: str, templates: Mapping[str, _RoleTemplate], place: str) -> None:
        """A collection can only hold roles that XSUAA makes by itself."""
        if name not in templates:
            raise DescriptorError(f"{place} refers to the role template {name!r}, which is not declared")
        if attribute := templates[name].unanswered:
            raise DescriptorError(
                f"{place} refers to the role template {name!r}, of which there is no default role: give its "
                f"attribute {attribute!r} default-values, or declare it with valueRequired false"
            )

    def _authorities(self, scopes: Mapping[str, str]) -> tuple[str, ...]:
        """What the application itself may do with client credentials."""
        granted: list[str] = []
        for reference in self._texts(self._document, "authorities", "the descriptor"):
            if reference == "$ACCEPT_GRANTED_AUTHORITIES":
                granted += self._granted_to_itself()
            else:
                granted.append(self._known(reference, scopes, "authorities"))
        return tuple(dict.fromkeys(granted))

    def _granted_to_itself(self) -> list[str]:
        itself = ("$XSAPPNAME", f"$XSAPPNAME(application,{self._plain_name})")
        return [
            self._qualify(scope)
            for scope in self._named("scopes")
            if any(app in itself for app in self._texts(scope, "grant-as-authority-to-apps", scope["name"]))
        ]

    @staticmethod
    def _texts(holder: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
        texts = holder.get(key, [])
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise DescriptorError(f"{key} in {place} must be a list of texts")
        return tuple(texts)

    @staticmethod
    def _seconds(oauth: Mapping[str, Any], key: str, least: int, default: int) -> int:
        seconds = oauth.get(key, default)
        if not isinstance(seconds, int) or isinstance(seconds, bool) or not least <= seconds <= 99_999_999:
            raise DescriptorError(f"oauth2-configuration.{key} must be {least} to 99999999 seconds")
        return seconds


def _collection(name: str, description: str, templates: Iterable[_RoleTemplate]) -> RoleCollection:
    """A collection of the default roles of `templates`; each scope is there once."""
    roles = list(templates)
    scopes = dict.fromkeys(scope for role in roles for scope in role.scopes)
    return RoleCollection(name, description, tuple(scopes), merged(role.attributes for role in roles))


def merged(attributes: Iterable[Mapping[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """Attributes of several roles together: all the values of each, once."""
    found: dict[str, dict[str, None]] = {}
    for role in attributes:
        for name, values in role.items():
            found.setdefault(name, {}).update(dict.fromkeys(values))
    return {name: tuple(values) for name, values in found.items()}
