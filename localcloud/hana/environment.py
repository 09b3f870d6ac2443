"""Options of a command that the environment may give as well."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

PREFIX = "LOCAL_HANA_"
"""How the variables begin; the rest is the option in capitals, with `_` for `-`."""

_OTHERS = ("LOCAL_HANA_PORT",)
"""Variables that mean something else: Kubernetes sets this one beside a service `local-hana`."""


def arguments_of(environment: Mapping[str, str], options: Sequence[argparse.Action]) -> list[str]:
    """What would be typed to say what the environment says; an empty variable says nothing.

    It stands before what was typed, which so wins, and is read and refused in the same words.
    """
    found = []
    for option in options:
        variable = f"{PREFIX}{option.dest.upper()}"
        if variable not in _OTHERS and (value := environment.get(variable)):
            found.append(f"{option.option_strings[0]}={value}")
    return found
