"""Commands: errors repeat nothing that was typed, which may be a password; and how a command ends."""

from __future__ import annotations

import argparse
import io
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

_QUOTED = re.compile(r"(['\"]).*\1", re.DOTALL)

INTERRUPTED, TERMINATED = 128 + 2, 128 + 15
"""The exit codes after Ctrl-C and after SIGTERM, as shells give them."""


def run(main: Callable[[], int], nobody_reads: int) -> NoReturn:
    """Run a command, and end the process: without a traceback when it is stopped, or nobody reads its output.

    `nobody_reads` is the exit code for the latter. What the terminal cannot show is escaped.
    """
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(TERMINATED))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        code = nobody_reads
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SystemExit as end:
        code = int(end.code or 0)
        sys.stderr.flush()
    # A thread in which hdbcli waits for HANA, or a pipe is read, would have Python end by SIGABRT.
    os._exit(code)


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
