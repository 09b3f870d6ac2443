"""Commands of the distribution that need more than it always brings."""

from __future__ import annotations

import sys
from importlib import import_module


def local_xsuaa() -> int:
    """The local XSUAA alone; returns the exit code."""
    return _run("localcloud.xsuaa.__main__", "xsuaa")


def localcloud() -> int:
    """The apps of a project on stand-ins for their services; returns the exit code."""
    return _run("localcloud.__main__", "run")


def _run(module: str, extra: str) -> int:
    """Run a program, or say in one sentence what to install for it."""
    try:
        program = import_module(module)
    except ModuleNotFoundError as missing:
        print(f"There is no {missing.name} here: install tokonoma-localcloud[{extra}].", file=sys.stderr)
        return 1
    code: int = program.main()
    return code
