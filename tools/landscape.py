"""Reads what the project says of its deployment, for the checks and for what is written from it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parent.parent
MANIFEST = PROJECT / "manifest.yml"
VARIABLES = PROJECT / "vars.yml"
DESCRIPTOR = PROJECT / "xs-security.json"

DOCKER = PROJECT / "deploy" / "docker" / "manifest.yml"

SERVICES = {
    "pyhana": ("hana", "hdi-shared"),
    "pyuaa": ("xsuaa", "application"),
    "pyias": ("identity", "application"),
}
"""Each service that somebody creates before the first push: its offering and its plan."""
IDENTITY = {"xsuaa": ("pyuaa",), "ias": ("pyias",), "both": ("pyuaa", "pyias")}
"""Who signs people in, by what `identity` in vars.yml says."""

_VARIABLE = re.compile(r"\(\(([\w-]+)\)\)")


def manifest() -> Any:
    """manifest.yml, its variables as they stand."""
    return yaml.safe_load(MANIFEST.read_text())


def variables() -> Any:
    """vars.yml."""
    return yaml.safe_load(VARIABLES.read_text())


def identity(values: Any) -> tuple[str, ...]:
    """The services that sign people in, by vars.yml; XSUAA where it says nothing that can be understood."""
    said = values.get("identity") if isinstance(values, Mapping) else None
    return IDENTITY.get(str(said), IDENTITY["xsuaa"])


def created(values: Any) -> set[str]:
    """The services that there are before the first push, by vars.yml."""
    return {"pyhana", *identity(values)}


def with_identity(document: Any, names: tuple[str, ...]) -> Any:
    """A manifest whose apps are bound to the services `names`, wherever they are bound to such a one."""
    every = {name for form in IDENTITY.values() for name in form}

    def change(app: Any) -> Any:
        services = app.get("services") if isinstance(app, Mapping) else None
        if not isinstance(services, list) or not any(name in every for name in services if _is_text(name)):
            return app
        others = [name for name in services if not (_is_text(name) and name in every)]
        return {**app, "services": [*others, *names]}

    if not isinstance(document, Mapping) or not isinstance(document.get("applications"), list):
        return document
    return {**document, "applications": [change(app) for app in document["applications"]]}


def text_with_identity(manifest: str, names: tuple[str, ...]) -> str:
    """The same for a manifest's text, which keeps its comments."""
    lines = re.compile(r"^( *)- py(?:uaa|ias)\n(?:\1- py(?:uaa|ias)\n)*", re.MULTILINE)
    return lines.sub(lambda found: "".join(f"{found[1]}- {name}\n" for name in names), manifest)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def version() -> str:
    """The project's, from pyproject.toml."""
    text: str = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    return text


def routing(folder: Path) -> dict[str, Any]:
    """xs-app.json of an approuter's folder; empty where there is none."""
    file = folder / "xs-app.json"
    document: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return document


def is_hdi_module(folder: Path) -> bool:
    """Whether a folder holds the design-time files of a schema, and the deployer that takes them to HANA."""
    return (folder / "src" / ".hdiconfig").exists()


def process_types(folder: Path) -> set[str]:
    """The process types of the folder's Procfile; none without one."""
    file = folder / "Procfile"
    lines = file.read_text().splitlines() if file.exists() else []
    return {line.partition(":")[0] for line in lines if ":" in line}


def variables_of(document: Any) -> set[str]:
    """The names in double parentheses, anywhere in a document."""
    return set(_VARIABLE.findall("\n".join(texts_of(document))))


def texts_of(document: Any) -> Iterator[str]:
    """Every text in a document, keys left out."""
    if isinstance(document, Mapping):
        document = list(document.values())
    if isinstance(document, list):
        for each in document:
            yield from texts_of(each)
    if isinstance(document, str):
        yield document


def with_texts(document: Any, change: Callable[[str], Any]) -> Any:
    """A document with every text of it changed; keys stay."""
    if isinstance(document, Mapping):
        return {key: with_texts(value, change) for key, value in document.items()}
    if isinstance(document, list):
        return [with_texts(value, change) for value in document]
    return change(document) if isinstance(document, str) else document


def filled_in(document: Any, values: Mapping[str, Any]) -> Any:
    """A document with `values` for its variables, as `cf push --vars-file` does it; unknown ones stay."""
    return with_texts(
        document, lambda text: _VARIABLE.sub(lambda found: str(values.get(found[1], found[0])), text)
    )
