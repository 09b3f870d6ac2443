"""Provides the services of a planned start, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from localcloud.certificates import Authority
from localcloud.ports import LOOPBACK
from localcloud.xsuaa.descriptor import DescriptorError

from .declared import ProjectError, Service
from .documents import read_json
from .plan import Options, PortsInUse, StartPlan
from .provided import HANA, IDENTITY, STAND_INS, XSUAA, Provided, StandIns, from_file, of_the_user, why_not

DESCRIPTOR = "xs-security.json"


def provide(
    plan: StartPlan, options: Options, stack: ExitStack, authority: Authority, in_use: PortsInUse
) -> Iterator[tuple[Service, Provided | str]]:
    """Each service and how it is provided, or the sentence that says why it is not.

    What is started ends with `stack`. Raises ProjectError, OSError, and RuntimeError where tables do not fit.
    """
    stand_ins = StandIns(stack, authority, in_use.take)
    # IAS knows the people of the XSUAA.
    for service in sorted(plan.services, key=lambda each: each.label == IDENTITY):
        given = options.services.get(service.name)
        if given and given not in STAND_INS:
            yield service, from_file(service, Path(given))
        elif reason := why_not(service):
            yield service, reason
        elif service.credentials is not None:
            yield service, of_the_user(service)
        elif service.label == HANA:
            yield service, stand_ins.hana(service, plan.tables[service.name])
        else:
            yield service, _of_people(stand_ins, service, plan)


def _of_people(stand_ins: StandIns, service: Service, plan: StartPlan) -> Provided:
    """An XSUAA, or an IAS."""
    file, document = descriptor_of(service, plan.space.folder)
    redirect_uris = [
        f"http://{host}:{port}/**" for port in plan.ports.values() for host in ("localhost", LOOPBACK)
    ]
    start = stand_ins.xsuaa if service.label == XSUAA else stand_ins.identity
    try:
        return start(service, plan.places.here_in(document), redirect_uris)
    except DescriptorError as error:
        raise ProjectError(f"{file}: {error}") from None


def descriptor_of(service: Service, project: Path) -> tuple[str, Mapping[str, Any]]:
    """The roles of a service, and where they stand; for an IAS those of the project. There may be none."""
    file = project / DESCRIPTOR
    if service.label == IDENTITY:
        return str(file), read_json(file).entries if file.is_file() else {}
    if service.parameters or not file.is_file():
        return f"{service.name}, its parameters", service.parameters
    return str(file), read_json(file).entries
