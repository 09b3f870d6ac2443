"""What somebody typed to start a program that is both a module and a console command."""

from __future__ import annotations

import sys
from pathlib import Path


def program_name(module: str) -> str:
    """The console command, or `python -m` and the module's name: for usage lines."""
    called = Path(sys.argv[0]).name
    return f"python -m {module}" if called == "__main__.py" else called
