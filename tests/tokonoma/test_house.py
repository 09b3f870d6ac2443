"""What must hold of the house itself."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import tokonoma

PROJECT = Path(__file__).parents[2]
SERVICE = [*sorted((PROJECT / "tokonoma").rglob("*.py")), PROJECT / "server.py", PROJECT / "gunicorn.conf.py"]


def imports_of(file: Path) -> set[str]:
    """Every module that `file` imports, by its absolute name."""
    package = file.relative_to(PROJECT).with_suffix("").parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("file", SERVICE, ids=lambda file: str(file.relative_to(PROJECT)))
def test_the_service_never_imports_what_is_not_pushed(file: Path) -> None:
    roots = {name.partition(".")[0] for name in imports_of(file)}
    assert not roots & {"localcloud", "barista", "tests", "tools", "bench"}


def test_the_rooms_of_the_service_import_in_no_circle() -> None:
    files = {
        ".".join(f.relative_to(PROJECT).with_suffix("").parts): f for f in SERVICE if "tokonoma" in f.parts
    }
    rooms = {name.removesuffix(".__init__"): file for name, file in files.items()}
    below = {room: imports_of(file) & (rooms.keys() - {room, "tokonoma"}) for room, file in rooms.items()}
    while ground := [room for room, needs in below.items() if not needs]:
        for room in ground:
            del below[room]
        below = {room: needs - set(ground) for room, needs in below.items()}
    assert not below, f"these rooms import each other: {sorted(below)}"


@pytest.mark.parametrize(
    "layer",
    [
        "hana/schema",
        "hana/stream",
        "deadline",
        "binding_sources",
        "auth/bounded_client",
        "auth/cumulocity",
        "auth/key_set",
        "auth/prescreen",
        "auth/sap_xssec",
        "auth/throttle",
        "auth/xsuaa",
        "hana/error_mapping",
        "bindings",
        "errors",
        "settings",
        "telemetry/request_notes",
    ],
)
def test_nothing_below_a_view_knows_flask(layer: str) -> None:
    assert "flask" not in {
        name.partition(".")[0] for name in imports_of(PROJECT / "tokonoma" / f"{layer}.py")
    }


def test_one_file_alone_knows_sap_xssec() -> None:
    """It replaces parts of the library that are not documented, and says which."""
    knowing = {file.name for file in SERVICE if any(n.partition(".")[0] == "sap" for n in imports_of(file))}
    assert knowing == {"sap_xssec.py"}


def test_the_version_is_one() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert project["version"] == tokonoma.__version__


@pytest.mark.parametrize(
    ("group", "file"),
    [
        ("", "requirements.txt"),
        ("localcloud", "localcloud.txt"),
        ("dev", "dev.txt"),
        ("node", "node.txt"),
        ("sbom", "sbom.txt"),
    ],
)
def test_the_pinned_requirements_follow_the_readable_list(group: str, file: str) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    wanted = project["dependency-groups"][group] if group else project["project"]["dependencies"]
    path = PROJECT / ("requirements" if group else "") / file
    pinned = set(re.findall(r"^([\w.-]+==[\w.]+)", path.read_text(), re.MULTILINE))
    direct = {each.lower() for each in wanted if isinstance(each, str) and "==" in each}
    assert direct
    assert direct <= {each.lower() for each in pinned}


def test_every_pinned_package_is_hashed() -> None:
    for file in [PROJECT / "requirements.txt", *(PROJECT / "requirements").glob("*.txt")]:
        for block in re.split(r"\n(?=\S)", file.read_text().strip()):
            assert block.startswith("#") or "--hash=sha256:" in block, block


def test_the_droplet_runs_a_python_line_and_not_a_patch() -> None:
    assert re.fullmatch(r"python-3\.\d+\.x\n", (PROJECT / "runtime.txt").read_text())


def test_the_readme_draws_every_folder() -> None:
    readme = (PROJECT / "README.md").read_text()
    house = readme[readme.index("\n## The house\n") :]
    rooms = {f"{file.parent.name}/" for file in (PROJECT / "tokonoma").glob("*/__init__.py")}
    assert rooms
    assert {room for room in rooms if room not in house} == set()
