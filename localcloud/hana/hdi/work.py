"""What a MAKE does to a container beside its schema: the deployed files, and the list of its objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from localcloud.hana.loading import change, run
from localcloud.hana.sql.engine.atomic import AtomicSession

from .file_system import DEPLOYED, WORK, FileSystem
from .grants import ContainerGrants
from .make import Make, planned
from .messages import Messages
from .objects import MadeObject, files_at
from .schemas import Container


@dataclass(frozen=True)
class Order:
    """What a MAKE is asked for: files to deploy and to undeploy, by whom, and how."""

    coming: Sequence[str]
    going: Sequence[str]
    user: str
    development: bool = False
    """Migration tables change as other tables do."""


def deploy(session: AtomicSession, container: Container, order: Order, messages: Messages) -> None:
    """Deploy written files and undeploy others; ContainerError naming the file that does not fit."""
    deployed, written = FileSystem(session, container, DEPLOYED), FileSystem(session, container, WORK)
    planned_change = planned(deployed.contents(), written.contents(), order.coming, order.going)
    make = Make(session, planned_change, messages, development=order.development)
    with session.acting_as(container.owner):
        make.run()
    deployed.remove(planned_change.undeploy)
    deployed.write([(path, planned_change.after[path]) for path in planned_change.deploy], order.user, None)
    list_objects(session, container, make.objects)
    ContainerGrants(session, container).apply(files_at(planned_change.after))


def list_objects(session: AtomicSession, container: Container, objects: Iterable[MadeObject]) -> None:
    """Let M_OBJECTS have these."""
    table = container.table("M_OBJECTS")
    run(session, f"DELETE FROM {table}")  # noqa: S608
    rows = [
        (container.name, each.path, container.name, each.name, each.kind, container.owner, None)
        for each in objects
    ]
    if rows:
        change(session, f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608
