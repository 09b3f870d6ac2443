"""Command lines whose errors repeat nothing that was typed: it may be a password in the wrong place."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

_QUOTED = re.compile(r"(['\"]).*\1", re.DOTALL)


class DiscreetParser(argparse.ArgumentParser):
    """Says which option is wrong, and how many arguments are unknown; options are never abbreviated."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **options})

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self.error(f"{len(unknown)} of the arguments are unknown; they are not repeated here")
        return found

    def error(self, message: str) -> NoReturn:
        """Print it without what it quotes, and exit with 2."""
        super().error(_QUOTED.sub("what was given", message))
