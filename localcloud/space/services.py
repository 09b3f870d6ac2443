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
from .provided import HANA, STAND_INS, Provided, StandIns, from_file, of_the_user, why_not

DESCRIPTOR = "xs-security.json"


def provide(
    plan: StartPlan, options: Options, stack: ExitStack, authority: Authority, in_use: PortsInUse
) -> Iterator[tuple[Service, Provided | str]]:
    """Each service and how it is provided, or the sentence that says why it is not.

    What is started ends with `stack`. Raises ProjectError, OSError, and RuntimeError where tables do not fit.
    """
    stand_ins = StandIns(stack, authority, in_use.take)
    for service in plan.services:
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
            yield service, _xsuaa(stand_ins, service, plan)


def _xsuaa(stand_ins: StandIns, service: Service, plan: StartPlan) -> Provided:
    file, document = descriptor_of(service, plan.space.folder)
    redirect_uris = [
        f"http://{host}:{port}/**" for port in plan.ports.values() for host in ("localhost", LOOPBACK)
    ]
    try:
        return stand_ins.xsuaa(service, plan.places.here_in(document), redirect_uris)
    except DescriptorError as error:
        raise ProjectError(f"{file}: {error}") from None


def descriptor_of(service: Service, project: Path) -> tuple[str, Mapping[str, Any]]:
    """What an XSUAA is created with, and where that stands; nothing at all where the project says nothing."""
    file = project / DESCRIPTOR
    if service.parameters or not file.is_file():
        return f"{service.name}, its parameters", service.parameters
    return str(file), read_json(file).entries
