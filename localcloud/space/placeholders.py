"""Puts values into the placeholders of an MTA: `${parameter}` and `~{provided/property}`.

Rules: SAP, "Parameters and Placeholders" of the MTA descriptor. A text that is nothing but a placeholder
takes the value as it is, a list say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .declared import ProjectError
from .documents import as_text

_PLACEHOLDER = re.compile(r"([$~])\{([^{}]+)\}")


class Values:
    """What the placeholders of one module or resource stand for."""

    def __init__(
        self, where: str, parameters: Mapping[str, Any], provided: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.where = where
        self._parameters = parameters
        self._provided = provided

    def put(self, value: Any, required: str = "") -> Any:
        """`value` with everything in it replaced; `~{property}` is one of the set `required`.

        Raises ProjectError for what is not known, or goes round in a circle.
        """
        try:
            return self._put(value, required)
        except RecursionError:
            raise ProjectError(f"{self.where}: placeholders stand for each other") from None

    def _put(self, value: Any, required: str) -> Any:
        if isinstance(value, dict):
            return {key: self._put(each, required) for key, each in value.items()}
        if isinstance(value, list):
            return [self._put(each, required) for each in value]
        if not isinstance(value, str):
            return value
        if whole := _PLACEHOLDER.fullmatch(value):
            return self._value(whole[1], whole[2].strip(), required)
        return _PLACEHOLDER.sub(
            lambda found: as_text(self._value(found[1], found[2].strip(), required)), value
        )

    def _value(self, kind: str, name: str, required: str) -> Any:
        if kind == "$":
            if name not in self._parameters:
                raise ProjectError(
                    f"{self.where}: ${{{name}}} has no value here; --var {name}=VALUE gives it one"
                )
            return self._put(self._parameters[name], required)
        provider, _, key = name.rpartition("/")
        properties = self._provided.get(provider or required)
        if properties is None:
            raise ProjectError(
                f"{self.where}: nothing provides {provider or name}, of which ~{{{name}}} is a part"
            )
        if key not in properties:
            raise ProjectError(f"{self.where}: {provider or required} provides no {key} for ~{{{name}}}")
        return properties[key]
