"""What must hold of the house itself."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import tokonoma
from tests.test_house import Source, imported, sources, spoken_of, texts_of

PROJECT = Path(__file__).parents[2]
SERVICE = [*sorted((PROJECT / "tokonoma").rglob("*.py")), PROJECT / "server.py", PROJECT / "gunicorn.conf.py"]


def libraries(file: Source) -> set[str]:
    """The top packages that a file imports."""
    found: set[str] = set()
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


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


FILES = {file.module.removeprefix("tokonoma."): file for file in sources("tokonoma")}
"""The service's files by their names below `tokonoma`."""


FILES_OF_AUTH = [file.module for name, file in FILES.items() if name.startswith("auth.")]


def reaching(name: str) -> set[str]:
    """The files that a file imports, and those that these import, by their names below `tokonoma`."""
    found, waiting = set[str](), [name]
    while waiting:
        names = imported(FILES[waiting.pop()], [file.module for file in FILES.values()])
        new = {each.removeprefix("tokonoma.") for each in names} - found
        found |= new
        waiting += new
    return found - {"tokonoma"}


# Flask ------------------------------------------------------------------------------------------

FLASK = {
    "app": "it makes the app",
    "auth.gate": "it stands in front of the doors, and asks Flask which request a thread serves",
    "odata.door": "a door",
    "pages.assets": "a door",
    "pages.blueprint": "a door",
    "pages.error_pages": "it answers the errors of doors",
    "pages.rendering": "it makes responses of templates",
    "pages.visit": "it reads what a request for a page asks for",
    "wsgi.negotiation": "it asks Flask what the request accepts",
    "wsgi.problems": "it answers every error of the app",
}
"""The files that know Flask, beside the doors in `views`, and why."""


def test_nothing_below_a_door_knows_flask() -> None:
    knowing = {name for name, file in FILES.items() if "flask" in libraries(file)}
    assert {name for name in knowing if not name.startswith("views.")} == FLASK.keys()


@pytest.mark.parametrize("folder", ["data", "hana", "telemetry"])
def test_no_flask_is_loaded_by_what_lies_below(folder: str) -> None:
    below = {each for name in FILES if name.startswith(f"{folder}.") for each in {name, *reaching(name)}}
    assert len(below) > 3
    assert below.isdisjoint(FLASK)


# Tokens -----------------------------------------------------------------------------------------

CREDENTIALS = frozenset({"HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_X_XSRF_TOKEN", "HTTP_TFATOKEN"})
"""Where in a WSGI environment a request's credentials stand."""
CHECKING = frozenset({"jwt", "sap"})
"""Libraries that read tokens."""


def test_nothing_behind_the_gate_knows_tokens() -> None:
    """Files outside of `auth` neither read credentials nor check them; they get a Caller."""
    knowing = {
        name
        for name, file in FILES.items()
        if libraries(file) & CHECKING or spoken_of(file.tree) & {*CREDENTIALS, "authorization", "cookies"}
    }
    assert knowing
    assert {name for name in knowing if not name.startswith("auth.")} == set()


def test_only_platforms_choose_a_gate() -> None:
    """Everybody else knows `auth.gate` alone; `data` and `hana` not even that."""
    for name, file in FILES.items():
        used = {each for each in imported(file, [*FILES_OF_AUTH]) if each != "tokonoma.auth.gate"}
        assert not used or name.startswith(("auth.", "platforms.")), name
        if name.startswith(("data.", "hana.")):
            assert not imported(file, FILES_OF_AUTH), name


# SQL --------------------------------------------------------------------------------------------

_SYSTEM_VIEW = re.compile(r"\b(SYS|_SYS_[A-Z]+)\.[A-Z_{]")
_STATEMENT = re.compile(
    r"\s*(SELECT|WITH|INSERT|UPDATE|UPSERT|DELETE|MERGE|CALL|DO|CREATE|ALTER|DROP|SET|GRANT|TRUNCATE) "
)
_CLAUSE = re.compile(r"\b(FROM|JOIN|INTO|WHERE|ORDER BY|GROUP BY) ")
SQL = {
    "hana.connector": "CHECK_SQL, which shows that HANA answers",
    "views.clock": "HANA's time, which is in no table",
}
"""The files outside of `data` that have SQL in them, and what it is."""


def has_sql(file: Source) -> bool:
    return any(_STATEMENT.match(text) or _CLAUSE.search(text) for text in texts_of(file.tree))


def test_nothing_but_the_catalogue_reads_system_views() -> None:
    reading = {n for n, file in FILES.items() if any(map(_SYSTEM_VIEW.search, texts_of(file.tree)))}
    assert reading == {"data.catalogue"}


def test_nothing_but_data_makes_sql() -> None:
    making = {name for name, file in FILES.items() if has_sql(file)}
    assert {"data.catalogue", "data.select"} <= making
    assert {name for name in making if not name.startswith("data.")} == SQL.keys()


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("sql = 'SELECT 1 FROM DUMMY'", True),
        ("sql = f'SELECT {columns}'", True),
        ("sql = f'{start} FROM {table}'", True),
        ("sql = 'DROP TABLE T'", True),
        ("def f() -> None:\n    'SELECT * FROM T'", False),
        ("cause = 'a privilege is missing: grant SELECT on the object'", False),
    ],
)
def test_sql_is_found(code: str, found: bool) -> None:
    assert has_sql(Source("tokonoma.made_up", code)) == found


# Tests ------------------------------------------------------------------------------------------

TESTED_ELSEWHERE = {
    "auth.cumulocity": "cumulocity/test_gate.py",
    "auth.hybrid": "tokonoma/auth/test_ias.py",
    "auth.ias_token": "tokonoma/auth/test_ias.py",
    "auth.bearer": "tokonoma/auth/test_attacks.py",
    "data.cells": "tokonoma/odata/test_values.py",
    "data.ordering": "tokonoma/data/test_paging.py",
    "data.policy.__main__": "tokonoma/data/policy/test_command.py",
    "data.policy.report": "tokonoma/data/policy/test_access.py",
    "pages.texts": "tokonoma/pages/test_language.py",
    "data.query.binding": "tokonoma/data/test_compiler.py",
    "data.query.checks": "tokonoma/data/test_parser.py",
    "data.query.compiler": "tokonoma/data/test_compiler.py",
    "data.query.cursor": "tokonoma/data/test_parser.py",
    "data.query.expressions": "tokonoma/data/test_parser.py",
    "data.query.functions": "tokonoma/data/test_compiler.py",
    "data.query.literals": "tokonoma/data/test_parser.py",
    "data.query.parser": "tokonoma/data/test_parser.py",
    "data.query.sql": "tokonoma/data/test_compiler.py",
    "data.query.tokens": "tokonoma/data/test_parser.py",
    "data.query_options": "tokonoma/odata/test_pages.py",
    "data.query.tree": "tokonoma/data/test_parser.py",
    "data.probe": "tokonoma/doctor/test_database.py",
    "hana.one_logon": "tokonoma/doctor/test_database.py",
    "command_line": "tokonoma/doctor/test_command.py",
    "doctor.__main__": "tokonoma/doctor/test_command.py",
    "doctor.report": "tokonoma/doctor/test_command.py",
    "doctor.certificates": "tokonoma/doctor/test_place.py",
    "doctor.http": "tokonoma/doctor/test_outside.py",
    "doctor.cf": "tokonoma/doctor/test_beside.py",
    "doctor.services": "tokonoma/doctor/test_beside.py",
    "doctor.routes": "tokonoma/doctor/test_beside.py",
    "doctor.bound": "tokonoma/doctor/test_beside.py",
    "doctor.own_platform": "cumulocity/test_doctor.py",
    "doctor.failures.failure": "tokonoma/doctor/test_table.py",
    "doctor.failures.table": "tokonoma/doctor/test_table.py",
    "doctor.failures.in_place": "tokonoma/doctor/test_table.py",
    "doctor.failures.beside": "tokonoma/doctor/test_table.py",
    "doctor.failures.token": "tokonoma/doctor/test_table.py",
    "doctor.failures.outside": "tokonoma/doctor/test_table.py",
    "hana.schema": "tokonoma/hana/test_pool.py",
    "odata.batch_json": "tokonoma/odata/test_batch.py",
    "odata.batch_multipart": "tokonoma/odata/test_batch.py",
    "odata.batch_parts": "tokonoma/odata/test_batch.py",
    "odata.csdl_json": "tokonoma/odata/test_metadata.py",
    "odata.csdl_xml": "tokonoma/odata/test_metadata.py",
    "odata.door": "tokonoma/odata/test_hostile_requests.py",
    "odata.errors": "tokonoma/odata/test_hostile_requests.py",
    "odata.messages": "tokonoma/odata/test_header_fields.py",
    "odata.model": "tokonoma/odata/test_metadata.py",
    "odata.payload": "tokonoma/odata/test_values.py",
    "odata.resource_path": "tokonoma/odata/test_keys.py",
    "odata.service": "tokonoma/odata/test_pages.py",
    "odata.versions": "tokonoma/odata/test_formats.py",
    "odata.vocabularies": "tokonoma/odata/test_metadata.py",
    "platforms.cloud_foundry": "tokonoma/platforms/test_platform.py",
    "platforms.cumulocity": "tokonoma/platforms/test_platform.py",
    "platforms.unknown": "tokonoma/platforms/test_platform.py",
    "views.actuator": "tokonoma/test_views.py",
    "views.clock": "tokonoma/test_views.py",
    "views.export": "tokonoma/views/exports/test_answers.py",
    "views.policy": "tokonoma/test_default_deny.py",
    "views.health": "tokonoma/test_views.py",
    "views.hello": "tokonoma/test_views.py",
}
"""Files without a test file of their own, and the one that tries them: through what calls them."""
BARISTA_TESTED_ELSEWHERE = {
    "__main__": "barista/test_worker.py",
    "bound_service": "barista/test_wiring.py",
    "headers": "barista/test_memory.py",
    "health": "barista/test_worker.py",
    "properties": "barista/test_wiring.py",
    "supervisor": "barista/test_worker.py",
    "transaction_loop": "barista/test_exactly_once.py",
}
"""The same for the barista."""


def files_without_tests(wing: str) -> set[str]:
    """The files of a wing, by their names below it, that have no test file in the same place."""
    missing = set()
    for file in sources(wing):
        parts = file.module.split(".")
        place = PROJECT.joinpath("tests", *parts[:-1], f"test_{parts[-1]}.py")
        if not (file.is_package or place.exists()):
            missing.add(".".join(parts[1:]))
    return missing


def test_every_file_has_a_test_file() -> None:
    assert files_without_tests("tokonoma") == TESTED_ELSEWHERE.keys()
    assert files_without_tests("barista") == BARISTA_TESTED_ELSEWHERE.keys()


def test_a_test_file_elsewhere_is_there_and_has_tests() -> None:
    for place in {*TESTED_ELSEWHERE.values(), *BARISTA_TESTED_ELSEWHERE.values()}:
        assert "\ndef test_" in (PROJECT / "tests" / place).read_text(), place


# Packages and versions --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("library", "room"),
    [
        ("sap", "auth.sap_xssec"),
        ("gunicorn", "wsgi."),
        ("hdbcli", "hana."),
        ("prometheus_client", "telemetry.metrics"),
        ("httpx", ("auth.", "doctor.http")),
    ],
)
def test_one_room_alone_knows_a_library(library: str, room: str | tuple[str, ...]) -> None:
    """What a new release of it changes, is changed there."""
    knowing = {name for name, file in FILES.items() if library in libraries(file)}
    assert knowing
    assert {name for name in knowing if not name.startswith(room)} == set()


def test_the_doors_of_packages_are_empty() -> None:
    """Who imports one file gets no other one with it: `tokonoma` itself has the version, and that is all."""
    behind = {
        name: [ast.unparse(node) for node in file.tree.body if not isinstance(node, ast.Expr)]
        for name, file in FILES.items()
        if file.is_package
    }
    assert len(behind) > 8
    assert {name for name, code in behind.items() if code} == {"tokonoma"}
    assert behind["tokonoma"] == [f"__version__ = {tokonoma.__version__!r}"]


def test_nobody_but_a_platform_knows_its_name() -> None:
    """What differs is asked of the platform. A policy's role says what each kind of gate calls it."""
    names = {"cloud-foundry", "cumulocity"}
    knowing = {name for name, file in FILES.items() if texts_of(file.tree) & names}
    assert {"platforms.cloud_foundry", "platforms.cumulocity"} <= knowing
    assert {name for name in knowing if not name.startswith(("platforms.", "auth."))} == {"data.policy.file"}


def test_the_version_is_one() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert project["version"] == tokonoma.__version__


@pytest.mark.parametrize(
    ("group", "file"),
    [
        ("", "requirements.txt"),
        ("localcloud", "localcloud.txt"),
        ("local-hana", "../localcloud/requirements.txt"),
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
    image = PROJECT / "localcloud" / "requirements.txt"
    for file in [PROJECT / "requirements.txt", image, *(PROJECT / "requirements").glob("*.txt")]:
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
