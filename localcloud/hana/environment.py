"""Options of a command that the environment may give as well."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

PREFIX = "LOCAL_HANA_"
"""How the variables begin; the rest is the option in capitals, with `_` for `-`."""

_OTHERS = ("LOCAL_HANA_PORT",)
"""Variables that mean something else: Kubernetes sets this one beside a service `local-hana`."""


def take_defaults(actions: list[argparse.Action], environment: Mapping[str, str]) -> None:
    """Make what the environment says the default of each option; an empty variable says nothing.

    argparse reads a default as it reads what is typed, and refuses it in the same words.
    """
    for action in actions:
        variable = f"{PREFIX}{action.dest.upper()}"
        if variable not in _OTHERS and (value := environment.get(variable)):
            action.default = value
