"""Reads the YAML and JSON files of a project; every complaint names the file and the place in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .declared import ProjectError, unprintable

_LARGEST = 100_000
"""Values of a YAML file, those counted again that an alias repeats."""


@dataclass(frozen=True)
class Section:
    """A mapping in a file, and where it stands there."""

    where: str
    entries: Mapping[str, Any]

    def text(self, key: str, default: str = "") -> str:
        """A text; numbers and truth values are taken as they are written."""
        value = self.entries.get(key)
        if value is None:
            return default
        if isinstance(value, dict | list):
            raise self.wrong(key, "must be a text")
        return as_text(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one text."""
        value = self.entries.get(key)
        values = [] if value is None else value if isinstance(value, list) else [value]
        if any(isinstance(each, dict | list) or each is None for each in values):
            raise self.wrong(key, "must be a list of texts")
        return tuple(as_text(each) for each in values)

    def flag(self, key: str) -> bool:
        return self.text(key).lower() == "true"

    def count(self, key: str, default: int) -> int:
        """A number that is not negative."""
        text = self.text(key, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 7):
            raise self.wrong(key, "must be a number")
        return int(text)

    def part(self, key: str) -> Section:
        """A mapping; empty where there is none."""
        value = self.entries.get(key)
        return mapping(f"{self.where}: {key}", {} if value is None else value)

    def parts(self, key: str) -> list[Section]:
        """A list of mappings; empty where there is none."""
        values = self.entries.get(key)
        if values is None:
            return []
        if not isinstance(values, list):
            raise self.wrong(key, "must be a list")
        return [mapping(self._where_in(key, number, each), each) for number, each in enumerate(values)]

    def name(self) -> str:
        """The text behind `name`, which has to be there."""
        found = self.text("name")
        if not found:
            raise ProjectError(f"{self.where}: a name is missing")
        if not found.isprintable():
            raise unprintable(self.where, found)
        return found

    def wrong(self, key: str, why: str) -> ProjectError:
        return ProjectError(f"{self.where}: {key} {why}")

    def _where_in(self, key: str, number: int, entry: object) -> str:
        name = entry.get("name") if isinstance(entry, dict) else None
        told = isinstance(name, str) and name and name.isprintable()
        return f"{self.where}: {key} {name if told else f'no. {number + 1}'}"


def mapping(where: str, value: object) -> Section:
    """`value` as a mapping whose keys are texts. Raises ProjectError."""
    if not isinstance(value, dict):
        raise ProjectError(f"{where}: must be a mapping of names to values")
    return Section(where, {as_text(key): entry for key, entry in value.items()})


def read_yaml(file: Path) -> Section:
    """The mapping in a YAML file. Raises ProjectError."""
    text = text_of(file)
    try:
        document = _constructed(file, text)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ProjectError(f"{file}{line}: is not YAML ({error.problem})") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ProjectError(f"{file}: is not YAML ({error})") from None
    except RecursionError:
        raise ProjectError(f"{file}: is nested too deep") from None
    return mapping(str(file), {} if document is None else _plain(file, document))


def _constructed(file: Path, text: str) -> Any:
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        # Before anything is made of it: merge keys repeat as aliases do.
        if _size(node, {}) > _LARGEST:
            raise ProjectError(f"{file}: has aliases that make more than {_LARGEST} values of it")
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _size(node: yaml.Node, known: dict[yaml.Node, int]) -> int:
    """How many values a document has; `known` has the sizes of its parts."""
    if node not in known:
        inner: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            inner = [each for pair in node.value for each in pair]
        elif isinstance(node, yaml.SequenceNode):
            inner = node.value
        known[node] = 1 + sum(_size(each, known) for each in inner)
    return known[node]


def read_json(file: Path) -> Section:
    """The mapping in a JSON file. Raises ProjectError."""
    return mapping(str(file), json_of(file, text_of(file)))


def json_of(where: object, text: str) -> Any:
    """What a text says in JSON; `where` is named when it does not. Raises ProjectError."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ProjectError(f"{where}:{error.lineno}: is not JSON ({error.msg})") from None
    except (RecursionError, ValueError):
        raise ProjectError(f"{where}: is not JSON that can be read") from None
    return _plain(where, document)


def text_of(file: Path) -> str:
    """What a file says. Raises ProjectError."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ProjectError(f"{file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ProjectError(f"{file}: not in UTF-8") from None


def _plain(where: object, document: Any) -> Any:
    """A document whose keys are texts. Raises ProjectError for texts that no program can be given."""
    try:
        return _with_sound_texts(where, document)
    except RecursionError:  # a document of YAML may contain itself
        raise ProjectError(f"{where}: is nested too deep") from None


def _with_sound_texts(where: object, value: Any) -> Any:
    if isinstance(value, dict):
        return {_sound(where, as_text(key)): _with_sound_texts(where, each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_sound_texts(where, each) for each in value]
    return _sound(where, value) if isinstance(value, str) else value


def _sound(where: object, text: str) -> str:
    """A text that has a place in UTF-8 and in an environment."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ProjectError(f"{where}: has half a character in a text") from None
    if "\0" in text:
        raise ProjectError(f"{where}: has a NUL character in a text")
    return text


def as_text(value: Any) -> str:
    """A value as an environment variable carries it: JSON for lists and mappings."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value, default=str)
    return "" if value is None else str(value)
