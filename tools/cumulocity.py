"""`make cumulocity`: packs the service as a Cumulocity microservice, ready to be uploaded.

It leaves in build/cumulocity/

    tokonoma-<version>.zip    image.tar and cumulocity.json
    cumulocity.json, docker/  the same as the platform's microservice utility tool wants to find it
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from tokonoma import __version__

PROJECT = Path(__file__).parent.parent
FOLDER = PROJECT / "build" / "cumulocity"
ENGINES = ("docker", "podman", "buildah")
ANSWER_S = 30
"""Seconds that an engine may take to say that it works."""
MAX_IMAGE = 500 * 10**6
"""Bytes; the platform takes no larger image (its page "Quotas")."""

_GZIP = b"\x1f\x8b"


class PackingError(Exception):
    """It cannot be packed; the message is one sentence."""


@dataclass(frozen=True)
class Engine:
    """A program that builds images: `command` is how to call it, `options` go to its builds."""

    command: tuple[str, ...]
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return Path(self.command[0]).name

    def build(self, context: Path, tag: str) -> None:
        """The last stage of the Dockerfile in `context`, for the machines that Cumulocity has."""
        verb = "bud" if self.name == "buildah" else "build"
        self._run(verb, "--platform=linux/amd64", *self.options, f"--tag={tag}", str(context))

    def save(self, tag: str, archive: Path) -> None:
        """The image as one file."""
        match self.name:
            case "buildah":
                self._run("push", tag, f"docker-archive:{archive}:{tag}")
            case "podman":
                self._run("save", "--format=docker-archive", f"--output={archive}", tag)
            case _:
                self._run("save", f"--output={archive}", tag)

    def _run(self, *arguments: str) -> None:
        # OCI's own format knows no HEALTHCHECK, and attestations make an index out of an image.
        environment = {**os.environ, "BUILDAH_FORMAT": "docker", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
        done = subprocess.run([*self.command, *arguments], env=environment, check=False)
        if done.returncode:
            raise PackingError(f"`{self.name} {arguments[0]}` failed; what it printed is above.")


def find_engine() -> Engine:
    """The first engine that answers: a client may be installed without its daemon. Raises PackingError."""
    silent = []
    for name in filter(shutil.which, ENGINES):
        if _answers(name):
            return Engine((name,))
        silent.append(name)
    found = f"{' and '.join(silent)} did not answer" if silent else "none was found"
    raise PackingError(f"Building an image needs docker, podman or buildah, and {found}.")


def _answers(name: str) -> bool:
    try:
        done = subprocess.run([name, "info"], capture_output=True, timeout=ANSWER_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def manifest() -> dict[str, Any]:
    """cumulocity.json with the service's version, which stands in no other place."""
    template = json.loads((PROJECT / "deploy" / "cumulocity" / "cumulocity.json").read_text())
    return {"apiVersion": template.pop("apiVersion"), "version": __version__, **template}


def lay_out(folder: Path) -> None:
    """Write `docker/` and `cumulocity.json`, as the microservice utility tool expects them."""
    docker = folder / "docker"
    shutil.rmtree(docker, ignore_errors=True)
    docker.mkdir(parents=True)
    for line in (PROJECT / ".dockerignore").read_text().splitlines():
        if line.startswith("!"):
            _copy(Path(line[1:]), docker)
    shutil.copy2(PROJECT / ".dockerignore", docker)
    # The tool names no stage, and so gets the last one.
    dockerfile = (PROJECT / "Dockerfile").read_text()
    # A stage that adds nothing makes buildah 1.28 forget a container.
    (docker / "Dockerfile").write_text(f"{dockerfile}\n\nFROM cumulocity AS microservice\nEXPOSE 80\n")
    (folder / "cumulocity.json").write_text(json.dumps(manifest(), indent=2) + "\n")


def _copy(path: Path, target: Path) -> None:
    (target / path).parent.mkdir(parents=True, exist_ok=True)
    if (PROJECT / path).is_dir():
        shutil.copytree(PROJECT / path, target / path, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(PROJECT / path, target / path)


def make_classic(archive: Path) -> None:
    """Rewrite what newer engines save (an OCI layout with a manifest.json) as `docker save` once wrote it."""
    with tarfile.open(archive) as saved:
        [image] = json.load(_member(saved, "manifest.json"))
        if not any(name.startswith("blobs/") for name in (image["Config"], *image["Layers"])):
            return
        with tempfile.NamedTemporaryFile(dir=archive.parent, delete=False) as anew:
            try:
                with tarfile.open(fileobj=anew, mode="w") as classic:
                    _rewrite(saved, image, classic)
                Path(anew.name).replace(archive)
            finally:
                Path(anew.name).unlink(missing_ok=True)


def _rewrite(saved: tarfile.TarFile, image: dict[str, Any], classic: tarfile.TarFile) -> None:
    config = _member(saved, image["Config"]).read()
    config_name = f"{Path(image['Config']).name}.json"
    layers = []
    for name, diff_id in zip(image["Layers"], json.loads(config)["rootfs"]["diff_ids"], strict=True):
        layer = f"{diff_id.removeprefix('sha256:')}/layer.tar"
        with _unpacked(_member(saved, name)) as content:
            _add(classic, layer, content)
        layers.append(layer)
    top = Path(layers[-1]).parent.name
    repositories = dict(tag.rsplit(":", 1) for tag in image["RepoTags"])
    _add(classic, config_name, BytesIO(config))
    described = [{"Config": config_name, "RepoTags": image["RepoTags"], "Layers": layers}]
    _add(classic, "manifest.json", BytesIO(json.dumps(described).encode()))
    tops = {repository: {tag: top} for repository, tag in repositories.items()}
    _add(classic, "repositories", BytesIO(json.dumps(tops).encode()))


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    assert found is not None
    return found


def _unpacked(layer: IO[bytes]) -> IO[bytes]:
    """The layer as a file on disk that ends where it ends; some engines keep layers packed."""
    packed = layer.read(2) == _GZIP
    layer.seek(0)
    whole = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    if packed:
        with gzip.open(layer) as content:
            shutil.copyfileobj(content, whole)
    else:
        shutil.copyfileobj(layer, whole)
    whole.seek(0)
    return whole


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = content.seek(0, os.SEEK_END)
    content.seek(0)
    archive.addfile(entry, content)


def pack(engine: Engine, folder: Path) -> Path:
    """Build the image, save it, and zip it with the manifest; returns the zip. Raises PackingError."""
    lay_out(folder)
    tag = f"tokonoma:{__version__}"
    engine.build(folder / "docker", tag)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        image = Path(place) / "image.tar"
        engine.save(tag, image)
        make_classic(image)
        size = image.stat().st_size
        if size > MAX_IMAGE:
            raise PackingError(f"The image has {size / 1e6:.0f} MB, and Cumulocity takes 500 at most.")
        zipped = folder / f"tokonoma-{__version__}.zip"
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            archive.write(folder / "cumulocity.json", "cumulocity.json")
            archive.write(image, "image.tar")
    print(f"{zipped}: {zipped.stat().st_size / 1e6:.0f} MB, the image in it {size / 1e6:.0f} MB")
    return zipped


def main() -> int:
    """Pack it by the command line."""
    parser = argparse.ArgumentParser(prog="make cumulocity ARGS=…", description="Packs the microservice.")
    parser.add_argument(
        "--engine", help="docker, podman or buildah, with its own options (default: the first that answers)"
    )
    parser.add_argument("--build-options", default="", help="for the engine's build")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to leave it")
    arguments = parser.parse_args()
    try:
        command = tuple(shlex.split(arguments.engine)) if arguments.engine else find_engine().command
        engine = Engine(command, tuple(shlex.split(arguments.build_options)))
        print(f"The image is built with {engine.name}.", flush=True)
        pack(engine, arguments.folder)
    except PackingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
