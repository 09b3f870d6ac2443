"""Commands of the distribution that need more than it always brings."""

from __future__ import annotations

import sys


def local_xsuaa() -> int:
    """The local XSUAA alone, or one sentence about the packages that it lacks; returns the exit code."""
    try:
        from .xsuaa.__main__ import main
    except ModuleNotFoundError as missing:
        print(f"There is no {missing.name} here: install tokonoma-localcloud[xsuaa].", file=sys.stderr)
        return 1
    return main()
