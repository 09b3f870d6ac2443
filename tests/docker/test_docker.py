"""The image: built by the Dockerfile as it is, and started with the environment that a platform sets."""

from __future__ import annotations

import json
import re
import shlex
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yaml

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.local import LocalHana
from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests import images
from tests.images import OURS, Container
from tools import landscape

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # the first build fetches packages

DOCKERFILE = (PROJECT / "Dockerfile").read_text()
TRUSTED = "/authority.pem"
READ_ONLY = re.findall(
    r"^docker run .*--read-only.*$", (PROJECT / "docs" / "docker.md").read_text(), re.MULTILINE
)
SITE = "venv/lib/python3.13/site-packages"


@pytest.fixture(scope="session")
def image() -> str:
    return images.build("tokonoma")


@pytest.fixture(scope="session")
def environment(hana: LocalHana, xsuaa: LocalXsuaa) -> dict[str, str]:
    """What somebody types behind `docker run`: the bindings, and here also where to listen."""
    services = cloudfoundry.vcap_services(
        {
            "pyhana": ("hana", "hdi-shared", hana.binding()),
            "pyuaa": ("xsuaa", "application", xsuaa.binding()),
        }
    )
    port = free_port()
    return {
        "VCAP_SERVICES": services,
        "PORT": str(port),
        "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}",
        "SSL_CERT_FILE": TRUSTED,
    }


@pytest.fixture(scope="module")
def container(
    image: str,
    environment: dict[str, str],
    authority_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Container]:
    output = tmp_path_factory.mktemp("container") / "output"
    port = int(environment["PORT"])
    started = time.monotonic()
    with OURS.started(image, environment, output, port, volumes={authority_file: TRUSTED}) as container:
        container.wait_until_it_answers()
        print(f"healthy after {time.monotonic() - started:.1f} s, {container.memory()} MB")
        yield container


def ask(container: Container, path: str, token: str = "") -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{container.port}{path}")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_it_answers_health_and_a_real_token(container: Container, xsuaa: LocalXsuaa) -> None:
    assert ask(container, "/health") == (200, '{"status":"UP"}\n')
    status, words = ask(container, "/", xsuaa.token("bob"))
    assert status == 200
    assert words.startswith("Current time is: ")
    assert ask(container, "/")[0] == 403
    assert ask(container, "/", "a.b.c")[0] == 401


def test_its_own_health_check_says_so(container: Container, image: str) -> None:
    kind, *program = OURS.about(image)["config"]["Healthcheck"]["Test"]
    assert kind == "CMD"
    port = f"PORT={container.port}"
    assert container.run(port, *program) == 0
    assert container.run("PORT=1", *program) != 0


def test_the_doctor_in_there_finds_nothing_wrong_and_what_is(
    image: str, environment: dict[str, str], authority: Authority, authority_file: Path, tmp_path: Path
) -> None:
    """With the environment of the first process, as `docker exec` gives it."""
    port, services = free_port(), json.loads(environment["VCAP_SERVICES"])
    with LocalHana(authority=authority, seed=PROJECT / "db") as museum:
        services["hana"][0]["credentials"] = museum.binding()
        own = {"VCAP_SERVICES": json.dumps(services), "PORT": str(port)}
        own["GUNICORN_CMD_ARGS"] = f"--bind=127.0.0.1:{port}"
        volumes = {authority_file: TRUSTED}
        with OURS.started(image, {**environment, **own}, tmp_path / "o", port, volumes=volumes) as container:
            container.wait_until_it_answers()
            given = [f"{name}={value}" for name, value in container.processes[0].environ().items()]
            doctor = ["python", "-m", "tokonoma.doctor", "--strict"]
            assert container.run("-i", *given, *doctor) == 0
            assert container.run("-i", *given, "VCAP_SERVICES={}", *doctor) == 1


def test_no_process_of_it_is_roots(container: Container) -> None:
    for process in container.processes:
        assert set(process.uids()) == {10001}
        assert set(process.gids()) == {10001}


def test_sigterm_reaches_gunicorn_which_leaves_in_order(
    image: str, environment: dict[str, str], authority_file: Path, tmp_path: Path
) -> None:
    port = free_port()
    own = {**environment, "PORT": str(port), "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}"}
    volumes = {authority_file: TRUSTED}
    with OURS.started(image, own, tmp_path / "output", port, volumes=volumes) as container:
        container.wait_until_it_answers()
        assert container.stop() == 0
        assert "Shutting down" in container.output


@pytest.mark.parametrize("command", READ_ONLY)
def test_as_the_page_says_it_runs_on_a_root_that_nobody_may_write_to(
    command: str,
    image: str,
    environment: dict[str, str],
    authority_file: Path,
    xsuaa: LocalXsuaa,
    tmp_path: Path,
) -> None:
    """docker run --rm --read-only --tmpfs /tmp …"""
    options = shlex.split(command)
    port = free_port()
    own = {**environment, "PORT": str(port), "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}"}
    with OURS.started(
        image,
        own,
        tmp_path / "output",
        port,
        volumes={authority_file: TRUSTED},
        read_only="--read-only" in options,
        tmpfs=options[options.index("--tmpfs") + 1],
    ) as container:
        container.wait_until_it_answers()
        assert ask(container, "/", xsuaa.token("bob"))[0] == 200
        assert container.run("touch", "/app/x") != 0
        assert container.run("sh", "-c", "touch /tmp/x && test $(du -s /tmp | cut -f1) -lt 1024") == 0
        assert container.stop() == 0
    assert "Traceback" not in container.output


def test_without_a_folder_that_it_may_write_to_it_says_what_to_mount(image: str, tmp_path: Path) -> None:
    with OURS.started(image, {}, tmp_path / "output", 3000, own_network=True, read_only=True) as container:
        assert container.process.wait(60) != 0
        assert "mount one at /tmp" in container.output
        assert "Traceback" not in container.output


def test_nothing_of_a_container_is_left_behind(
    image: str, environment: dict[str, str], authority_file: Path, tmp_path: Path
) -> None:
    port = free_port()
    own = {**environment, "PORT": str(port), "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}"}
    with OURS.started(image, own, tmp_path / "output", port, volumes={authority_file: TRUSTED}) as container:
        container.wait_until_it_answers()
        processes = container.processes
    assert len(processes) >= 2
    assert psutil.wait_procs(processes, timeout=10)[1] == []


def test_without_a_binding_it_says_what_is_missing_and_stops(image: str, tmp_path: Path) -> None:
    with OURS.started(image, {}, tmp_path / "output", 3000, own_network=True) as container:
        assert container.process.wait(60) != 0
        assert "No XSUAA service is bound" in container.output
        assert "Traceback" not in container.output


def test_it_listens_on_port_3000_unless_told_otherwise(
    image: str, environment: dict[str, str], authority_file: Path, tmp_path: Path
) -> None:
    """As `docker run -e VCAP_SERVICES=… -p 3000:3000`: nothing else is said."""
    only = {"VCAP_SERVICES": environment["VCAP_SERVICES"]}
    _, *program = OURS.about(image)["config"]["Healthcheck"]["Test"]
    with OURS.started(image, only, tmp_path / "output", 3000, own_network=True) as container:
        deadline = time.monotonic() + 60
        while container.run("PORT=3000", *program) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert container.run("PORT=3000", *program) == 0
    assert OURS.about(image)["config"]["ExposedPorts"] == {"3000/tcp": {}}


def test_the_image_holds_what_runs_and_nothing_else(image: str) -> None:
    with OURS.files(image) as root:
        assert {p.name for p in (root / "app").iterdir()} == {
            "server.py",
            "gunicorn.conf.py",
            "policy.toml",
            "tokonoma",
            "__pycache__",
        }
        compilers = [tool for tool in ("gcc", "cc", "g++", "make") if (root / "usr/bin" / tool).exists()]
        assert not compilers
        installed = {p.name.partition("-")[0].lower() for p in (root / SITE).glob("*.dist-info")}
        assert not installed & {"pip", "setuptools", "pytest", "mypy", "joserfc", "authlib", "honcho"}
        pinned = re.findall(r"^([\w.-]+)==", (PROJECT / "requirements.txt").read_text(), re.MULTILINE)
        assert installed <= {name.lower().replace("-", "_").replace(".", "_") for name in pinned}


def test_the_image_is_as_small_as_the_pages_say(image: str) -> None:
    """45 MB on top of the base; a dependency may grow a little before somebody has to look."""
    with OURS.files(image) as root:
        ours = [*(root / "venv").rglob("*"), *(root / "app").rglob("*")]
        size = sum(file.lstat().st_size for file in ours if file.is_file() and not file.is_symlink())
    assert size < 50e6


def test_nothing_in_the_image_can_be_changed_by_its_user(image: str) -> None:
    with OURS.files(image) as root:
        ours = [root / "app", *(root / "app").rglob("*"), root / "venv", *(root / SITE).iterdir()]
        assert {(path.stat().st_uid, path.stat().st_mode & 0o022) for path in ours} == {(0, 0)}


def test_on_cloud_foundry_it_takes_the_place_of_the_droplet_and_changes_nothing_else() -> None:
    [app] = yaml.safe_load((PROJECT / "deploy" / "docker" / "manifest.yml").read_text())["applications"]
    [droplet] = [each for each in landscape.manifest()["applications"] if each["name"] == "myapp"]
    assert app.pop("docker") == {"image": "((image))", "username": "((registry-user))"}
    for of_a_droplet in ("path", "stack", "buildpacks"):
        del droplet[of_a_droplet]
    assert app == droplet


def test_the_python_is_the_line_of_the_droplet() -> None:
    [line] = re.findall(r"^python-(3\.\d+)\.x$", (PROJECT / "runtime.txt").read_text(), re.MULTILINE)
    assert f"python:{line}-slim" == images.BASE
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    assert bases == {"${BASE}", "house", "service"}


def test_the_base_can_be_given_by_its_digest() -> None:
    """docker build --build-arg BASE=…@sha256:…: another digest is another image, which is not here."""
    images.base()
    digest = OURS.buildah("inspect", "--type=image", "--format={{.FromImageDigest}}", images.BASE)
    name = f"docker.io/library/{images.BASE}"
    built = [
        "bud",
        *images.BUILD,
        "--format=docker",
        "--target=tokonoma",
        "--tag=localhost/tokonoma-test:pinned",
    ]
    OURS.buildah(*built, f"--build-arg=BASE={name}@{digest}", PROJECT)
    other = f"sha256:{digest.removeprefix('sha256:')[::-1]}"
    with pytest.raises(RuntimeError, match="buildah bud failed"):
        OURS.buildah(*built, f"--build-arg=BASE={name}@{other}", PROJECT)
