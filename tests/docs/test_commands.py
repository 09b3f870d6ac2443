"""What the pages tell people to type is run by a test, or marked as needing an account.

A command is a line of a `sh` block, or an indented line that begins with a program's name. The mark is the
comment `<!-- needs an account -->`, above the commands and below the heading that they belong to.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from hdbcli import dbapi

from localcloud.hana.local import LocalHana
from tokonoma import errors
from tokonoma.odata.batch_json import DEPENDENCY_FAILED
from tools import landscape
from tools.landscape import PROJECT

MARK = "<!-- needs an account -->"
DOCS = PROJECT / "docs"
APPS = {app["name"] for app in landscape.manifest()["applications"]}
OF_A_CLOUD = {"cf", "btp"}
PROGRAMS = {*OF_A_CLOUD, "curl", "docker", "eval", "export", "git", "make", "node", "npm", "podman", "python"}

# Pages that have a test for each of their blocks.
WHOLE_PAGES = {
    "any-app.md": "tests/docs/test_any_app.py",
    "architecture.md": "tests/docs/test_architecture.py",
    "local-hana.md": "tests/docs/test_local_hana.py",
    "own-view.md": "tests/docs/test_own_view.py",
}
HERE = "tests/docs/test_commands.py::test_a_command_of_the_project_works"
IDENTITY = "tests/chain/test_localcloud_identity.py::"
LOCALCLOUD = "tests/chain/test_localcloud.py::"
# Every other command, and what runs it.
RUN_BY = {
    "make run": f"{LOCALCLOUD}test_the_banner_names_the_address_and_the_people",
    'make run ARGS="--identity ias"': f"{IDENTITY}test_a_token_from_the_command_opens_the_service",
    'make run ARGS="--identity both"': f"{IDENTITY}test_a_token_from_the_command_opens_the_service",
    'make run ARGS="--identity ias --certificates"': (
        f"{IDENTITY}test_a_token_from_the_command_opens_the_service"
    ),
    "make test": ".ci/run::make test",
    "make check": ".ci/run::make check",
    "make barista": 'tests/barista/test_coffeebar.py::parametrize("arguments", [""',
    'make barista ARGS="--rate 5000"': 'tests/barista/test_coffeebar.py::make barista ARGS="--rate 5000"',
    "make deployment": HERE,
    "make mta": HERE,
    "make sbom": "tests/deploy/test_sbom.py::bills",
    'curl -H "Authorization: Bearer $(python -m localcloud token alice)" http://127.0.0.1:3000/': (
        f"{LOCALCLOUD}test_the_commands_of_the_banner_work_as_they_stand"
    ),
    """curl -H "Authorization: Bearer $TOKEN" """
    "'http://127.0.0.1:3000/odata/WORK?$select=ID,TITLE,ROOM_ID&$top=2&$count=true'": (
        f"{LOCALCLOUD}test_the_first_minute_shows_each_person_other_works"
    ),
    """curl -H "Authorization: Bearer $TOKEN" """
    "'http://127.0.0.1:3000/data/WORK.csv?$select=ID,TITLE,ROOM_ID'": (
        f"{LOCALCLOUD}test_the_first_minute_shows_each_person_other_works"
    ),
    'eval "$(python -m localcloud env myapp)" && python any_other_server.py': (
        f"{LOCALCLOUD}test_any_program_runs_against_it_with_the_printed_environment"
    ),
    "kafka-configs.sh --bootstrap-server kafka:9092 --alter --entity-type topics --entity-name orders "
    "--add-config compression.type=uncompressed,max.message.bytes=262144": (
        "tests/barista/test_memory.py::kafka-configs.sh"
    ),
    'curl --user "user:$PASSWORD" http://127.0.0.1:8080/metrics': (
        "tests/barista/test_actuator.py::test_the_command_of_the_page_shows_the_operator_the_counters"
    ),
    "docker build -t tokonoma .": 'tests/docker/test_docker.py::images.build("tokonoma")',
    "docker build -t barista --target barista .": 'tests/docker/test_barista.py::images.build("barista")',
    "docker run --rm -p 3000:3000 -e VCAP_SERVICES tokonoma": (
        "tests/docker/test_docker.py::test_it_listens_on_port_3000_unless_told_otherwise"
    ),
    "docker run --rm --read-only --tmpfs /tmp -p 3000:3000 -e VCAP_SERVICES tokonoma": (
        "tests/docker/test_docker.py::test_as_the_page_says_it_runs_on_a_root_that_nobody_may_write_to"
    ),
    "docker pull python:3.13-slim": "tests/docker/test_docker.py::test_the_base_can_be_given_by_its_digest",
    "docker build --build-arg "
    "BASE=\"$(docker inspect --format '{{index .RepoDigests 0}}' python:3.13-slim)\" -t tokonoma .": (
        "tests/docker/test_docker.py::test_the_base_can_be_given_by_its_digest"
    ),
    'eval "$(python -m localcloud env myapp)"': (
        f"{LOCALCLOUD}test_any_program_runs_against_it_with_the_printed_environment"
    ),
    "docker run --rm --network host -e PORT=3080 -e VCAP_SERVICES -e SSL_CERT_FILE=/authority.pem "
    '-v "$SSL_CERT_FILE:/authority.pem:ro" tokonoma': (
        "tests/docker/test_docker.py::test_it_answers_health_and_a_real_token"
    ),
    'curl -H "Authorization: Bearer $(python -m localcloud token alice)" http://127.0.0.1:3080/': (
        "tests/docker/test_docker.py::test_it_answers_health_and_a_real_token"
    ),
    "make local-hana-image": "tests/test_makefile.py::local-hana-image",
    "docker run --rm -p 39015:39015 -e LOCAL_HANA_PASSWORD=Hana1234 local-hana": (
        "tests/docker/test_local_hana.py::test_the_users_have_the_passwords_of_the_environment"
    ),
    "make cumulocity": "tests/cumulocity/test_zip.py::tools.cumulocity",
    "make doctor": f"{LOCALCLOUD}test_the_doctor_finds_nothing_wrong_with_the_chain",
    "python -m localcloud doctor": f"{LOCALCLOUD}test_the_doctor_finds_nothing_wrong_with_the_chain",
    "python -m localcloud sql": f"{LOCALCLOUD}test_the_commands_of_the_banner_work_as_they_stand",
}


@dataclass(frozen=True)
class Command:
    """A line that a page tells people to type."""

    page: str
    line: int
    text: str
    is_marked: bool

    def __str__(self) -> str:
        return f"{self.page}:{self.line} {self.text}"


def commands_of(page: Path) -> Iterator[Command]:
    marked, language = False, None
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        if fence := re.match(r"```(\w*)", line):
            language = fence[1] if language is None else None
        elif language is None and line.startswith("#"):
            marked = False
        elif language is None and line.strip() == MARK:
            marked = True
        else:
            text = re.sub(r"\s+#.*", "", line).strip()
            is_indented = language is None and line.startswith("    ")
            if text and (language == "sh" or (is_indented and text.split()[0] in PROGRAMS)):
                yield Command(page.name, number, text, marked)


PAGES = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
COMMANDS = [command for page in PAGES if page.name not in WHOLE_PAGES for command in commands_of(page)]
CLOUD = [command for command in COMMANDS if command.text.split()[0] in OF_A_CLOUD]
OWN = [command for command in COMMANDS if command not in CLOUD and not command.is_marked]


@pytest.mark.parametrize("command", CLOUD, ids=str)
def test_what_needs_an_account_is_marked(command: Command) -> None:
    assert command.is_marked


@pytest.mark.parametrize("command", OWN, ids=str)
def test_everything_else_is_run(command: Command) -> None:
    file, _, words = RUN_BY[command.text].partition("::")
    assert words in (PROJECT / file).read_text()


def test_no_command_is_run_that_no_page_tells() -> None:
    assert RUN_BY.keys() == {command.text for command in OWN}


@pytest.mark.parametrize("command", [text for text, test in RUN_BY.items() if test == HERE])
def test_a_command_of_the_project_works(command: str) -> None:
    done = subprocess.run(["/bin/sh", "-ec", command], cwd=PROJECT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", CLOUD, ids=str)
def test_a_command_for_the_cloud_names_what_there_is(command: Command) -> None:
    words = shlex.split(command.text)
    for option in ("-c", "-e", "-f", "--vars-file"):
        if option in words:
            assert (PROJECT / words[words.index(option) + 1]).is_file()
    match words[1:]:
        case ["create-service", offering, plan, name, *_] if name in landscape.SERVICES:
            assert (offering, plan) == landscape.SERVICES[name]
        case ["bind-service" | "unbind-service" | "restart" | "scale" | "logs" | "unmap-route", app, *_]:
            assert app in APPS
        case ["run-task", app, "--process", kind, *_]:
            assert kind in landscape.process_types(PROJECT / app)
        case ["push", app, *_] if not app.startswith("-"):
            assert app in APPS
        case ["add-network-policy", source, target, *_]:
            assert {source, target} < APPS


def test_a_stranger_can_create_every_service_by_the_readme_alone() -> None:
    created = {
        command.text.split()[4]
        for command in CLOUD
        if command.page == "README.md" and "create-" in command.text
    }
    assert created == landscape.created(landscape.variables())


@pytest.mark.parametrize("name", WHOLE_PAGES.values())
def test_a_page_with_a_test_of_its_own_has_it(name: str) -> None:
    assert (PROJECT / name).exists()


def test_the_statement_about_connections_counts_this_one(hana: LocalHana) -> None:
    [statement] = re.findall(r"```sql\n(.*?)```", (DOCS / "scaling.md").read_text(), re.DOTALL)
    binding = hana.binding()
    with closing(
        dbapi.connect(
            address=binding["host"],
            port=int(binding["port"]),
            user=binding["user"],
            password=binding["password"],
            encrypt=True,
            sslTrustStore=binding["certificate"],
        )
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(statement)
        assert dict(cursor.fetchall())[binding["user"]] >= 1


def test_every_word_of_the_log_that_a_page_quotes_is_in_the_code() -> None:
    code = "".join(file.read_text() for file in (PROJECT / "tokonoma").rglob("*.py"))
    code = re.sub(r'"\s*f?"', "", code)  # texts that go over several lines
    page = (DOCS / "troubleshooting.md").read_text()
    tables = re.findall(r"^\| log of myapp .*\n\|.*\n((?:\|.*\n)+)", page, re.MULTILINE)
    quoted = [
        words
        for table in tables
        for row in table.splitlines()
        for words in re.findall(r"`([^`]+)`", row.split("|")[1])
    ]
    assert len(quoted) > 20
    assert [words for words in quoted if words not in code] == []


def test_every_problem_that_a_page_names_is_one() -> None:
    page = (DOCS / "troubleshooting.md").read_text()
    known = {answer.problem for answer in errors._ANSWERS.values()} | {DEPENDENCY_FAILED.problem}
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", page)) - {"x-correlationid", "hana-cloud", "hdi-shared"}
    assert named
    assert named <= known
