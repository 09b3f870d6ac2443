"""The blocks of docs/local-hana.md.

A block is the file that its introduction names (in back-ticks, in a line that ends with a colon), or it runs,
and prints the `text` block that follows it, in which `…` stands for what is different every time.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localcloud import cloudfoundry
from tests.programs import Program, running, skip_or_fail
from tests.wheel import Installed

PAGE = (cloudfoundry.PROJECT / "docs" / "local-hana.md").read_text()
NODE_MODULES = cloudfoundry.PROJECT / "tests" / "node" / "node_modules"
INTERPRETERS = {"js": ("node",), "python": ("python",), "sh": ("sh", "-eu")}
# What the page says, and every test has its own of.
PORT = "39015"
TRUST = ".localcloud/hana/authority.pem"
PASSWORD = "Hana1234"


@dataclass(frozen=True)
class Block:
    """A fenced block of the page."""

    line: int
    language: str
    text: str
    file: str
    """The file that it is; empty for an example that runs."""
    output: str
    """What the example prints."""

    def __str__(self) -> str:
        return f"{self.language}, line {self.line}"


def blocks() -> list[Block]:
    found: list[Block] = []
    output = ""
    for match in reversed(list(re.finditer(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))):
        language, text = match.groups()
        if language == "text":
            output = text
            continue
        introduction = PAGE[: match.start()].rstrip().rpartition("\n")[2]
        name = re.search(r"`([\w./-]+\.\w+)`[^`]*:$", introduction)
        line = PAGE.count("\n", 0, match.start()) + 1
        found.append(Block(line, language, text, name[1] if name else "", output))
        output = ""
    return found[::-1]


BLOCKS = blocks()
[SERVER] = [block for block in BLOCKS if block.text.startswith("local-hana ")]
[REAL_HANA] = [block for block in BLOCKS if "HANA_ADDRESS" in block.text]
EXAMPLES = [block for block in BLOCKS if not block.file and block not in (SERVER, REAL_HANA)]
CLIENTS = [block for block in EXAMPLES if TRUST in block.text]


def write_files(folder: Path, port: str) -> None:
    """The files of the page, in a project of its reader's."""
    for block in BLOCKS:
        if block.file:
            file = folder / block.file
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text.replace(PORT, port))
    (folder / "node_modules").symlink_to(NODE_MODULES)


@contextmanager
def started(installed: Installed, folder: Path, port: str) -> Iterator[Program]:
    """The page's local HANA, once it listens."""
    environment = installed.environment()
    line = SERVER.text.replace(PORT, port)
    command = f"PATH={shlex.quote(environment.pop('PATH'))}; exec {line}"
    with running(command, environment, folder, folder / "printed", int(port)) as program:
        program.wait_until_it_says("Ctrl-C")
        yield program


def run(installed: Installed, block: Block, folder: Path, port: str) -> subprocess.CompletedProcess[str]:
    """Run an example as its reader would, in the project's folder."""
    example = folder / f"example.{block.language}"
    example.write_text(block.text.replace(PORT, port))
    interpreter = INTERPRETERS[block.language]
    if block.language == "js":
        node = shutil.which("node", path=installed.environment()["PATH"])
        if not (node and NODE_MODULES.exists()):
            skip_or_fail("Node or tests/node/node_modules is missing; `make test` installs both")
    return installed.run(*interpreter, example.name, folder=folder, COLUMNS="80")


def fits(printed: str, shown: str) -> bool:
    """Whether it is what the page shows."""
    pattern = r"[^\n]*".join(map(re.escape, shown.split("…")))
    return re.fullmatch(pattern, printed) is not None


def column(heading: str) -> list[str]:
    """The names in the first column of the page's table under `heading`."""
    table = PAGE.partition(f"\n| {heading} |")[2].partition("\n\n")[0]
    return re.findall(r"`([\w-]+)`", " ".join(re.findall(r"^\| ([^|]*)\|", table, re.MULTILINE)))
