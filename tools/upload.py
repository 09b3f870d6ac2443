"""`python -m tools.upload FOLDER`: lays out what `cf push` would upload, and the MTA descriptor beside it.

`cf deploy` reads no .cfignore and would take everything that lies about.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import landscape
from .deployment import MTAD
from .landscape import DESCRIPTOR, PROJECT

# What the cf command leaves out by itself.
_NEVER = (".cfignore", ".DS_Store", ".git", ".gitignore", ".hg", ".svn", "_darcs", "CVS")


def uploaded(folder: Path) -> list[Path]:
    """The files of an app's folder that `cf push` uploads, relative to it.

    A .cfignore is read as git reads a .gitignore, so git reads it here.
    """
    with tempfile.TemporaryDirectory() as nowhere:
        subprocess.run(["git", "init", "--quiet", "--bare", nowhere], check=True)
        command = ["git", f"--git-dir={nowhere}", f"--work-tree={folder}", "ls-files", "--others", "-z"]
        command += [f"--exclude={name}" for name in _NEVER]
        if (folder / ".cfignore").exists():
            command.append("--exclude-from=.cfignore")
        listed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    return [Path(name) for name in sorted(listed.split("\0")) if name]


def copy(folder: Path, target: Path) -> None:
    """Copy what would be uploaded of `folder` to `target`."""
    for file in uploaded(folder):
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / file, target / file)


def main() -> int:
    """Lay the MTA out in the folder that the command line names."""
    target = Path(sys.argv[1])
    shutil.rmtree(target, ignore_errors=True)
    for app in landscape.manifest()["applications"]:
        copy(PROJECT / app["path"], target / app["name"])
    for file in (MTAD, DESCRIPTOR):
        shutil.copy2(file, target)
    print(f"{target} is ready: cf deploy {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
