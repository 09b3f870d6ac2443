"""Commands of the distribution that need more than it always brings."""

from __future__ import annotations

import sys
from importlib import import_module


def local_xsuaa() -> int:
    """The local XSUAA alone; returns the exit code."""
    return _run("xsuaa", "localcloud.xsuaa.__main__")


def localcloud() -> int:
    """The apps of a project on stand-ins for their services; returns the exit code."""
    return _run("run", "localcloud.__main__", "yaml")


def _run(extra: str, *modules: str) -> int:
    """Run the first of the modules that a program needs, or say in one sentence what to install for them."""
    try:
        program, *_ = [import_module(each) for each in modules]
    except ModuleNotFoundError as missing:
        print(f"There is no {missing.name} here: install tokonoma-localcloud[{extra}].", file=sys.stderr)
        return 1
    code: int = program.main()
    return code
