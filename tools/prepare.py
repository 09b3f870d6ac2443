"""Installs what the commands of the Makefile need, into the project's folder and nowhere else.

Runs on the machine's Python with the standard library alone; what is there already is not installed again.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parent.parent
VENV = PROJECT / os.environ.get("VENV", ".venv")
PYTHON = VENV / "bin" / "python"
PIP_INSTALL = (PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes")
REQUIREMENTS = {
    "run": ("requirements.txt", "requirements/localcloud.txt"),
    "test": ("requirements.txt", "requirements/dev.txt"),
    "check": ("requirements.txt", "requirements/dev.txt"),
    "barista": ("requirements/barista.txt",),
    "sbom": ("requirements/sbom.txt",),
}
NODE_FOLDERS = {
    "run": ("web",),
    "test": ("web", "tests/node", "tests/projects", "tests/cap"),
    "check": (),
    "barista": (),
    "sbom": ("web",),
}
NODE_VERSIONS = ("v22.", "v24.")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def main() -> int:
    """Prepare for the goal named on the command line: run, test, check, barista or sbom."""
    goal = sys.argv[1]
    if sys.version_info < (3, 11):
        version = ".".join(map(str, sys.version_info[:2]))
        return _fail(
            f"Python 3.11 or newer is needed, and this is {version}: try `make {goal} PYTHON=python3.13`."
        )
    try:
        _environment()
        _packages(goal)
        if NODE_FOLDERS[goal]:
            _node()
        for folder in NODE_FOLDERS[goal]:
            _npm(folder)
        if goal == "test":
            _browser()
    except KeyboardInterrupt:
        return _fail("Interrupted; the next call goes on from here.")
    except subprocess.CalledProcessError as error:
        print(error.output or "", file=sys.stderr)
        return _fail(f"`{' '.join(map(str, error.cmd))}` failed; its output is above.")
    return 0


def _environment() -> None:
    marker = VENV / ".python"
    this = sys.version
    if marker.exists() and marker.read_text() == this and PYTHON.exists():
        return
    try:
        import ensurepip  # noqa: F401 - Debian keeps it in a package of its own
    except ImportError:
        sys.exit(
            _fail("This Python lacks venv's ensurepip: on Debian and Ubuntu, `apt install python3-venv`.")
        )
    if VENV.exists() and any(VENV.iterdir()) and not marker.exists():
        sys.exit(_fail(f"{VENV} was not made by this project: move it away, or name another folder in VENV."))
    with _step(f"Creating {VENV.name} with Python {sys.version.split()[0]}"):
        shutil.rmtree(VENV, ignore_errors=True)
        VENV.mkdir()
        marker.touch()  # ours from now on, even if this is interrupted
        _call(sys.executable, "-m", "venv", VENV)
    marker.write_text(this)


def _packages(goal: str) -> None:
    files = REQUIREMENTS[goal]
    stamp = VENV / f".packages-{goal}"
    if _unchanged(stamp, *(PROJECT / file for file in files)):
        return
    arguments = [argument for file in files for argument in ("-r", file)]
    with _step(f"Installing Python packages ({', '.join(files)})"):
        _call(*PIP_INSTALL, *arguments)
    _stamp(stamp, *(PROJECT / file for file in files))


def _node() -> None:
    """Find a Node that the approuter supports, or install one into the virtual environment."""
    if _fitting_node():
        return
    with _step("Installing Node into the virtual environment (none that fits was found)"):
        _call(*PIP_INSTALL, "-r", "requirements/node.txt")


def _fitting_node() -> str:
    """The version of the Node that will be used, the virtual environment's first; empty if none fits."""
    node, npm = shutil.which("node", path=_path()), shutil.which("npm", path=_path())
    if not (node and npm):
        return ""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = answer.stdout.strip()
    return version if version.startswith(NODE_VERSIONS) else ""


def _npm(folder: str) -> None:
    if not (PROJECT / folder / "package-lock.json").exists():
        return
    modules = PROJECT / folder / "node_modules"
    stamp = modules / ".tokonoma"
    lock = PROJECT / folder / "package-lock.json"
    if _unchanged(stamp, lock):
        return
    with _step(f"Installing the Node packages of {folder}/"):
        _call("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", cwd=PROJECT / folder)
    modules.mkdir(exist_ok=True)
    _stamp(stamp, lock)


def _browser() -> None:
    """Have a Chromium for the browser tests; without one they say how to get one."""
    if any(shutil.which(browser) for browser in BROWSERS):
        return
    folder = VENV / "browsers"
    if folder.exists():
        return
    try:
        with _step("Fetching Playwright's Chromium (none is installed)"):
            os.environ["PLAYWRIGHT_BROWSERS_PATH"] = str(folder)
            _call(PYTHON, "-m", "playwright", "install", "chromium")
    except subprocess.CalledProcessError:
        shutil.rmtree(folder, ignore_errors=True)
        print("  It cannot be fetched; the browser tests will say what they miss.")


def _call(*command: str | Path, cwd: Path = PROJECT) -> None:
    environment = {**os.environ, "PATH": _path()}
    subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _path() -> str:
    return os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _unchanged(stamp: Path, *files: Path) -> bool:
    return stamp.exists() and stamp.read_text() == _digest(*files)


def _stamp(stamp: Path, *files: Path) -> None:
    stamp.write_text(_digest(*files))


@contextmanager
def _step(text: str) -> Iterator[None]:
    """Print one line, and keep something moving behind it while it takes long."""
    started = time.monotonic()
    done = threading.Event()
    terminal = sys.stdout.isatty()
    print(f"  {text} ", end="" if terminal else "\n", flush=True)

    def move() -> None:
        for tick in itertools.cycle("|/-\\"):
            if done.wait(0.2 if terminal else 10):
                return
            seconds = time.monotonic() - started
            print(
                f"\r  {text} {tick} {seconds:.0f} s " if terminal else f"    … {seconds:.0f} s",
                end="" if terminal else "\n",
                flush=True,
            )

    mover = threading.Thread(target=move, daemon=True)
    mover.start()
    try:
        yield
        outcome = "done"
    except BaseException:
        outcome = "failed"
        raise
    finally:
        done.set()
        mover.join()
        seconds = time.monotonic() - started
        print(
            f"\r  {text}: {outcome} ({seconds:.0f} s)" if terminal else f"    {outcome} ({seconds:.0f} s)",
            flush=True,
        )


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
