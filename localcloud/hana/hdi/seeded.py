"""Lets what a seed has made count as deployed, so that a deployer goes on from there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from localcloud.hana.source_files import StoredFile
from localcloud.hana.sql.catalogue.catalogue import DEPLOYMENT_USER
from localcloud.hana.sql.engine.atomic import atomically
from localcloud.hana.sql.engine.database import Database

from .configuration import CONFIGURATION, PLUGINS, suffix_of
from .file_system import DEPLOYED, FileSystem
from .messages import ContainerError
from .objects import MadeObject, files_at, objects_of
from .schemas import Container
from .work import list_objects


def count_as_deployed(database: Database, container: Container, module: Path) -> None:
    """Remember the files of a module that seeded the container's schema."""
    files = _files(module)
    objects: list[MadeObject] = []
    for path in list(files):
        try:
            objects += objects_of([files[path]])
        except ContainerError:
            del files[path]  # the seed did without it
    with atomically(database, DEPLOYMENT_USER, container.name) as session:
        written = [(path, file.content) for path, file in files.items()]
        FileSystem(session, container, DEPLOYED).write(written, container.user, None)
        list_objects(session, container, objects)


def _files(module: Path) -> dict[str, StoredFile]:
    found: Iterable[Path] = (each for root in ("src", "cfg") for each in (module / root).rglob("*"))
    files = {
        each.relative_to(module).as_posix(): each
        for each in sorted(found)
        if each.is_file() and (each.name in CONFIGURATION or suffix_of(each.name) in PLUGINS)
    }
    return files_at({path: file.read_bytes() for path, file in files.items()})
