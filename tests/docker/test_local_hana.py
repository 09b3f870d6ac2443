"""The image of the local HANA: built by its Dockerfile as it is, and started as an engine starts it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hdbcli import dbapi

from bench.local_hana import size
from localcloud.cloudfoundry import PROJECT
from localcloud.ports import free_port
from tests import images
from tests.images import OURS, Container

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # the first build fetches packages

PASSWORD, OWNER_PASSWORD = "Runtime1pass", "Designtime1pass"
GIVEN = {"LOCAL_HANA_PASSWORD": PASSWORD, "LOCAL_HANA_OWNER_PASSWORD": OWNER_PASSWORD}
UID = 10001


@pytest.fixture(scope="session")
def image() -> str:
    """Built from the folder that `make local-hana-image` gives to an engine."""
    return images.build("local-hana", PROJECT / "localcloud")


@contextmanager
def ready(
    image: str, output: Path, given: Mapping[str, str] = GIVEN, volumes: Mapping[Path, str] | None = None
) -> Iterator[Container]:
    """The image, started on a port of its own, when it says that it is ready."""
    port = free_port()
    here = {"LOCAL_HANA_LISTEN": "127.0.0.1", **given}
    arguments = [f"--port={port}"]
    with OURS.started(image, here, output, port, volumes=volumes, arguments=arguments) as container:
        container.wait_until_it_says(f"Local HANA at 127.0.0.1:{port} (TLS), schema")
        yield container


def connect(container: Container, user: str = "TOKONOMA_RT", password: str = PASSWORD, **more: object) -> Any:
    """A connection as from the machine that the container runs on, which trusts what lies in the volume."""
    given: dict[str, object] = {
        "address": "localhost",
        "port": container.port,
        "user": user,
        "password": password,
        "encrypt": True,
        "sslTrustStore": str(container.root / "certificates" / "authority.pem"),
        "currentSchema": "TOKONOMA",
    }
    return dbapi.connect(**given | more)


def asked(container: Container, statement: str, **more: Any) -> tuple[object, ...]:
    """The first row of the answer."""
    with closing(connect(container, **more)) as connection:
        cursor = connection.cursor()
        cursor.execute(statement)
        return tuple(cursor.fetchone())


@pytest.fixture(scope="module")
def container(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    folder = tmp_path_factory.mktemp("seed")
    table, rows = folder / "VASES.hdbtable", folder / "VASES.csv"
    table.write_text("COLUMN TABLE VASES (NAME NVARCHAR(40) PRIMARY KEY)")
    rows.write_text("NAME\nIga\nBizen\n")
    volumes = {file: f"/seed/{file.name}" for file in (table, rows)}
    with ready(image, folder / "output", volumes=volumes) as container:
        yield container


def test_it_answers_and_has_what_lies_in_its_seed(container: Container) -> None:
    assert asked(container, "SELECT COUNT(*) FROM VASES") == (2,)


def test_the_users_have_the_passwords_of_the_environment(container: Container) -> None:
    assert asked(container, "SELECT CURRENT_USER FROM DUMMY") == ("TOKONOMA_RT",)
    with closing(connect(container, "TOKONOMA_DT", OWNER_PASSWORD)) as owner:
        owner.cursor().execute("CREATE TABLE BOWLS (NAME NVARCHAR(40))")
    with pytest.raises(dbapi.Error) as refusal:
        connect(container, password="Another1pass")
    assert refusal.value.errorcode == 10


def test_it_tells_no_password_that_it_was_given(container: Container) -> None:
    assert PASSWORD not in container.output
    assert OWNER_PASSWORD not in container.output


def test_another_container_calls_it_hana(container: Container) -> None:
    named = {"sslHostNameInCertificate": "hana"}
    assert asked(container, "SELECT * FROM DUMMY", **named) == ("X",)
    with pytest.raises(dbapi.Error, match="certificate"):
        asked(container, "SELECT * FROM DUMMY", sslHostNameInCertificate="stranger")


def test_the_health_check_says_whether_it_answers(container: Container, image: str) -> None:
    kind, *program = OURS.about(image)["config"]["Healthcheck"]["Test"]
    assert kind == "CMD"
    assert container.run(*_environment_of(image), *program, f"--port={container.port}") == 0
    assert container.run(*_environment_of(image), *program, f"--port={free_port()}") == 1


def _environment_of(image: str) -> list[str]:
    found: list[str] = OURS.about(image)["config"]["Env"]
    return found


def test_no_process_of_it_is_roots(container: Container) -> None:
    assert [set(process.uids()) for process in container.processes] == [{UID}]


def test_the_data_and_the_trust_outlive_a_container(image: str, tmp_path: Path) -> None:
    kept = (
        "data/hana.db",
        "certificates/authority.pem",
        "certificates/server.pem",
        "certificates/server.key",
    )
    with ready(image, tmp_path / "first") as first:
        with closing(connect(first, "TOKONOMA_DT", OWNER_PASSWORD)) as owner:
            owner.cursor().execute("CREATE TABLE BOWLS (NAME NVARCHAR(40))")
        assert first.stop() == 0
        trusted = (first.root / "certificates" / "authority.pem").read_text()
        volumes = {}
        for place in kept:
            file = tmp_path / Path(place).name
            shutil.copy(first.root / place, file)
            os.chown(file, UID, UID)
            volumes[file] = f"/{place}"
    with ready(image, tmp_path / "second", volumes=volumes) as second:
        assert asked(second, "SELECT COUNT(*) FROM BOWLS") == (0,)
        assert (second.root / "certificates" / "authority.pem").read_text() == trusted


def test_a_seed_that_does_not_fit_is_one_sentence_with_its_file(image: str, tmp_path: Path) -> None:
    table = tmp_path / "VASES.hdbtable"
    table.write_text("COLUMN TABLE VASES (NAME NVARCHAR(40)")
    output = tmp_path / "output"
    with OURS.started(
        image, {}, output, 39015, volumes={table: "/seed/VASES.hdbtable"}, own_network=True
    ) as it:
        assert it.process.wait(60) == 1
        assert re.fullmatch(r"The local HANA cannot start: /seed/VASES\.hdbtable:1: .*\n", it.output)


def test_it_tells_its_port_and_what_to_keep(image: str) -> None:
    config = OURS.about(image)["config"]
    assert config["ExposedPorts"] == {"39015/tcp": {}}
    assert {*config["Volumes"]} == {"/data", "/certificates"}


def test_it_is_smaller_than_120_mb(image: str) -> None:
    assert size(image) < 120e6


def test_its_user_may_write_to_its_volumes_alone(image: str) -> None:
    with OURS.files(image) as root:
        for place in ("app", "venv", "seed"):
            files = [root / place, *(root / place).rglob("*")]
            links = {file for file in files if file.is_symlink()}
            assert {(f.stat().st_uid, f.stat().st_mode & 0o022) for f in {*files} - links} == {(0, 0)}
        for place in ("data", "certificates"):
            assert (root / place).stat().st_uid == UID
