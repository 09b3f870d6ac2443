"""Spring's properties, in every form in which Data Flow and its platforms hand them over.

    exec style, arguments     --spring.cloud.stream.bindings.hot.drink.destination=hotDrinks
    boot style, JSON          {"spring.cloud.stream.bindings.hot.drink.destination": "hotDrinks"}
                              in SPRING_APPLICATION_JSON
    shell style, environment  SPRING_CLOUD_STREAM_BINDINGS_HOT_DRINK_DESTINATION=hotDrinks

The first that has a property wins, as with Spring Boot. Names are compared by their letters and digits alone,
because the forms spell the same name with dots, dashes, underscores, brackets or capitals.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

JSON = "SPRING_APPLICATION_JSON"
FILE = Path("/config/application.properties")
"""Where Data Flow on Kubernetes writes the number of an instance, which is in no variable there."""


class PropertiesError(ValueError):
    """A source of properties cannot be read."""


class Properties:
    """All properties, looked up by their dotted name."""

    def __init__(self, *sources: Mapping[str, str]) -> None:
        """The `sources` by rank; an empty value counts as not there."""
        self._sources = [{_bare(name): value for name, value in each.items() if value} for each in sources]

    @classmethod
    def read(
        cls, arguments: Sequence[str], environ: Mapping[str, str], bound: Mapping[str, str] | None = None
    ) -> Properties:
        """Read the command line, JSON, the environment, `FILE`, and what a bound service says, in this order.

        Raises PropertiesError when SPRING_APPLICATION_JSON is no JSON object.
        """
        given = _of_arguments(arguments)
        # Spring takes the JSON as an argument as well.
        inline = cls(given)["spring.application.json"] or environ.get(JSON, "")
        return cls(given, _of_json(inline), environ, _of_file(FILE), bound or {})

    def __getitem__(self, name: str) -> str:
        """The value; empty if nobody has given one."""
        bare = _bare(name)
        return next((source[bare] for source in self._sources if bare in source), "")

    def items(self, name: str) -> list[str]:
        """The values of a list: written with commas, or one by one as `name[0]`, `name[1]` …"""
        bare = _bare(name)
        for source in self._sources:
            numbered = [key for key in source if re.fullmatch(rf"{bare}\d{{1,6}}", key)]
            texts = [source[key] for key in sorted(numbered, key=lambda key: int(key[len(bare) :]))]
            if bare in source:
                texts.insert(0, source[bare])
            if found := [item for text in texts for item in map(str.strip, text.split(",")) if item]:
                return found
        return []


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def _of_arguments(arguments: Sequence[str]) -> dict[str, str]:
    """`--name=value`; whatever else stands there (Data Flow adds a bare version) is for somebody else."""
    found: dict[str, str] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if name.startswith("--") and equals and value:
            # Spring reads an argument that is repeated as a list.
            found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _of_json(text: str) -> dict[str, str]:
    try:
        read = json.loads(text or "{}")
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise PropertiesError(f"{JSON} is not a JSON object.")
    return dict(flat("", read))


def _of_file(file: Path) -> dict[str, str]:
    """`name=value` lines; empty without the file."""
    found: dict[str, str] = {}
    with suppress(OSError, ValueError):
        for line in file.read_text().splitlines():
            name, equals, value = line.partition("=")
            if equals and not name.lstrip().startswith(("#", "!")):
                found[name.strip()] = value.strip()
    return found


def flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Dotted names and their values, from a JSON value: nested objects mean the same as names with dots."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(f"{name}.{key}", inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from flat(f"{name}[{place}]", inner)
    elif value is not None:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)
