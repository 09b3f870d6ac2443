"""The zip that is uploaded: what it holds, and that the image in it does its work behind the gateway."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

import tokonoma
from localcloud.cloudfoundry import PROJECT
from localcloud.cumulocity.local import LocalCumulocity
from localcloud.ports import free_port
from tests import images
from tests.images import OURS, Container, Store
from tokonoma.platforms.platform import MASK
from tools import cumulocity
from tools.cumulocity import ENGINES, MAX_IMAGE, PackingError, find_engine, make_classic, manifest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # the first build fetches packages

HEALTHY = ("python", "/usr/local/lib/healthy.py")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What `make cumulocity` leaves behind."""
    images.base()
    folder = tmp_path_factory.mktemp("cumulocity")
    command = [sys.executable, "-m", "tools.cumulocity", f"--folder={folder}"]
    command += [f"--engine={shlex.join(OURS.command)}", f"--build-options={shlex.join(images.BUILD)}"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stdout.startswith("The image is built with buildah.\n")
    print(done.stdout.splitlines()[-1])
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def zipped(folder: Path) -> Path:
    [zipped] = folder.glob("*.zip")
    return zipped


@pytest.fixture(scope="module")
def archive(zipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with zipfile.ZipFile(zipped) as content:
        archive = Path(content.extract("image.tar", tmp_path_factory.mktemp("zip")))
    yield archive
    archive.unlink()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A machine that has seen nothing of the build."""
    store = Store(tmp_path_factory.mktemp("elsewhere"))
    yield store
    store.buildah("rmi", "--all", "--force")


@pytest.fixture(scope="module")
def image(elsewhere: Store, archive: Path) -> str:
    return elsewhere.load(archive)


@pytest.fixture(scope="module")
def platform() -> Iterator[LocalCumulocity]:
    with LocalCumulocity() as platform:
        yield platform


@pytest.fixture(scope="module")
def microservice(
    elsewhere: Store, image: str, platform: LocalCumulocity, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Container]:
    """Started with what the platform sets; only the port is another, as all share this machine's."""
    port = free_port()
    environment = platform.environment() | {
        "PORT": str(port),
        "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}",
    }
    output = tmp_path_factory.mktemp("microservice") / "output"
    platform.serve(port)
    with elsewhere.started(image, environment, output, port) as container:
        container.wait_until_it_answers()
        yield container


def ask(url: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    try:
        request = urllib.request.Request(url, headers=headers or {})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_user_of_a_subscribed_tenant_is_answered(
    microservice: Container, platform: LocalCumulocity
) -> None:
    assert ask(f"{platform.service}/health", platform.basic("t100", "anna")) == (200, {"status": "UP"})
    status, told = ask(f"{platform.service}/hello", platform.basic("t100", "anna"))
    assert status == 200
    assert told["platformUrl"] == platform.url
    assert told["tenant"] == "management"
    assert told["user"] == "servicebootstrap_tokonoma"
    assert told["password"] == MASK
    assert told["microserviceIsolation"] == "MULTI_TENANT"
    assert ask(f"{platform.service}/", platform.basic("t100", "anna"))[1]["title"] == "HANA is not bound"


def test_the_ways_to_sign_in_work_through_the_gateway(
    microservice: Container, platform: LocalCumulocity
) -> None:
    session = platform.sign_in("t100", "anna")
    bearer = {"Authorization": f"Bearer {session.token}"}
    cookie = {"Cookie": f"authorization={session.token}", "X-XSRF-TOKEN": session.xsrf}
    second = {**platform.basic("t100", "tess"), "tfatoken": platform.user("t100", "tess").tfa}
    for headers in (bearer, cookie, second):
        assert ask(f"{platform.service}/hello", headers)[0] == 200
    assert ask(f"{platform.service}/hello", {"Cookie": cookie["Cookie"]})[0] == 401


def test_all_others_are_refused(microservice: Container, platform: LocalCumulocity) -> None:
    direct = f"http://127.0.0.1:{microservice.port}/hello"
    wrong = platform.basic("t100", "anna", "wrong")
    assert ask(f"{platform.service}/hello", wrong)[0] == ask(direct, wrong)[0] == 401
    assert ask(f"{platform.service}/hello")[0] == ask(direct)[0] == 401
    assert ask(f"{platform.service}/hello", platform.basic("t900", "anna"))[0] == 403
    # In the other subscribed tenant anna is somebody else, without the role and with another password.
    assert ask(f"{platform.service}/hello", platform.basic("t200", "anna"))[0] == 403
    password = platform.user("t100", "anna").password
    assert ask(f"{platform.service}/hello", platform.basic("t200", "anna", password))[0] == 401


def test_no_secret_is_in_the_log(microservice: Container, platform: LocalCumulocity) -> None:
    headers = platform.basic("t100", "anna")
    assert ask(f"{platform.service}/hello", headers)[0] == 200
    assert '"type": "request"' in microservice.output
    secrets = [headers["Authorization"].split()[1], platform.user("t100", "anna").password]
    secrets.append(platform.environment()["C8Y_BOOTSTRAP_PASSWORD"])
    assert not [secret for secret in secrets if secret in microservice.output]


def test_it_listens_on_port_80_as_the_platform_wants(
    elsewhere: Store, image: str, platform: LocalCumulocity, tmp_path: Path
) -> None:
    environment = platform.environment()
    with elsewhere.started(image, environment, tmp_path / "output", 80, own_network=True) as container:
        deadline = time.monotonic() + 60
        while container.run("PORT=80", *HEALTHY) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert container.run("PORT=80", *HEALTHY) == 0
        assert container.stop() == 0


def test_the_image_is_for_the_platforms_machines(elsewhere: Store, image: str) -> None:
    about = elsewhere.about(image)
    assert (about["os"], about["architecture"]) == ("linux", "amd64")
    assert about["config"]["ExposedPorts"] == {"80/tcp": {}}


def test_the_zip_holds_the_image_and_the_manifest(zipped: Path, archive: Path) -> None:
    assert zipped.name == f"tokonoma-{tokonoma.__version__}.zip"
    with zipfile.ZipFile(zipped) as content:
        assert sorted(content.namelist()) == ["cumulocity.json", "image.tar"]
        assert json.loads(content.read("cumulocity.json")) == manifest()
    assert archive.stat().st_size < MAX_IMAGE
    with tarfile.open(archive) as saved:
        names = saved.getnames()
    assert {"manifest.json", "repositories"} <= set(names)
    assert "index.json" not in names


def test_the_version_stands_in_one_place() -> None:
    assert manifest()["version"] == tokonoma.__version__
    assert "version" not in json.loads((PROJECT / "deploy" / "cumulocity" / "cumulocity.json").read_text())


def test_the_manifest_keeps_the_platforms_rules() -> None:
    """Its page "Microservice manifest" has them."""
    told = manifest()
    assert re.fullmatch(r"v?[1-9]\d*", told["apiVersion"])
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[\w.-]+)?", told["version"])
    assert re.fullmatch(r"[a-z0-9-]{1,23}", told["name"])
    assert told["provider"]["name"]
    assert told["isolation"] == "MULTI_TENANT"
    assert told["scale"] in ("NONE", "AUTO")
    assert 2 <= told["replicas"] <= 5
    assert all(re.fullmatch(r"ROLE_[A-Z_]+_(READ|ADMIN|CREATE)", role) for role in told["roles"])
    assert told["requiredRoles"] == []
    for probe in ("livenessProbe", "readinessProbe"):
        assert told[probe]["httpGet"] == {"path": "/health", "port": 80}
    assert told.keys() <= {
        "apiVersion",
        "version",
        "name",
        "contextPath",
        "provider",
        "isolation",
        "scale",
        "replicas",
        "resources",
        "requestedResources",
        "requiredRoles",
        "roles",
        "livenessProbe",
        "readinessProbe",
    }


def test_the_utility_tools_layout_is_what_the_image_is_built_of(folder: Path) -> None:
    """The tool builds docker/ and names no stage."""
    assert json.loads((folder / "cumulocity.json").read_text()) == manifest()
    assert sorted(path.name for path in (folder / "docker").iterdir()) == [
        ".dockerignore",
        "Dockerfile",
        "barista",  # older engines build all stages that stand before the one that is wanted
        "deploy",
        "gunicorn.conf.py",
        "policy.toml",
        "requirements",
        "requirements.txt",
        "server.py",
        "tokonoma",
    ]
    dockerfile = (folder / "docker" / "Dockerfile").read_text()
    assert dockerfile.startswith((PROJECT / "Dockerfile").read_text())
    assert dockerfile.splitlines()[-2] == "FROM cumulocity AS microservice"


@pytest.mark.parametrize("packed", [False, True])
def test_what_newer_engines_save_becomes_classic(tmp_path: Path, packed: bool) -> None:
    """Those write an OCI layout, in which layers may be packed, with the classic manifest beside it."""
    images.needs_buildah()
    store = Store(tmp_path / "store")
    (tmp_path / "file").write_text("kept")
    container = store.buildah("from", "scratch")
    store.buildah("add", "--quiet", container, tmp_path / "file", "/one")
    store.buildah("commit", "--quiet", "--format=docker", container, "localhost/small:1")
    plain = tmp_path / "plain.tar"
    store.buildah("push", "--quiet", "localhost/small:1", f"docker-archive:{plain}:small:1")

    newer = tmp_path / "image.tar"
    with tarfile.open(plain) as saved, tarfile.open(newer, "w") as target:
        [described] = json.load(member(saved, "manifest.json"))

        def blob(name: str, squeeze: bool) -> str:
            content = member(saved, name).read()
            content = gzip.compress(content) if squeeze else content
            path = f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"
            put(target, path, content)
            return path

        described["Config"] = blob(described["Config"], False)
        described["Layers"] = [blob(name, packed) for name in described["Layers"]]
        put(target, "manifest.json", json.dumps([described]).encode())
        put(target, "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')

    make_classic(newer)
    with tarfile.open(newer) as classic:
        names = classic.getnames()
    assert not [name for name in names if name.startswith(("blobs", "oci-"))]
    assert "repositories" in names
    elsewhere = Store(tmp_path / "elsewhere")
    with elsewhere.files(elsewhere.load(newer)) as root:
        assert (root / "one").read_text() == "kept"


def member(archive: tarfile.TarFile, name: str) -> Any:
    return archive.extractfile(name)


def put(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, BytesIO(content))


def test_without_an_engine_it_says_what_is_needed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.cumulocity", f"--folder={tmp_path}"],
        cwd=PROJECT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "Building an image needs docker, podman or buildah, and none was found.\n"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs engines that run these scripts, and takes all others away."""

    def install(**scripts: str) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        for name, script in scripts.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)

    return install


SILENT = ["exit 1", "exec /bin/sleep 60"]


@pytest.mark.parametrize("silent", SILENT, ids=["without-a-daemon", "hangs"])
def test_an_engine_that_does_not_answer_stands_in_no_other_ones_way(
    installed: Callable[..., None], monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    """With the real buildah: a docker client has no daemon on many machines that build with it."""
    images.needs_buildah()
    real = shutil.which("buildah", path=os.defpath)
    monkeypatch.setattr(cumulocity, "ANSWER_S", 10)
    installed(docker=silent, podman="exit 125", buildah=f'PATH={os.defpath} exec {real} "$@"')
    assert find_engine().name == "buildah"


def test_the_first_that_answers_is_taken(installed: Callable[..., None]) -> None:
    installed(**dict.fromkeys(ENGINES, "exit 0"))
    assert find_engine().name == ENGINES[0]


def test_without_an_answer_it_says_who_gave_none(
    installed: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cumulocity, "ANSWER_S", 0.5)
    installed(docker=SILENT[0], podman=SILENT[1])
    with pytest.raises(PackingError, match="and docker and podman did not answer"):
        find_engine()
