"""The process behind a `LocalHana` handle: commands on standard input, answers on standard output, in JSON.

The first line holds the settings. The process ends with its standard input, so it never outlives its owner.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from localcloud.server_certificate import ServerCertificate

from .errors import HanaError
from .faults import Fault
from .instance import Backend, Instance, InstanceSettings
from .wire.server import allow_many_descriptors

_STOP_SECONDS = 15.0
_EXPECTED = (OSError, ValueError, HanaError)


def serve(open_database: Callable[[InstanceSettings], Backend], commands: TextIO, answers: TextIO) -> None:
    """Run an instance, and carry out the commands until their stream ends."""

    def answer(result: object) -> None:
        answers.write(json.dumps(result) + "\n")
        answers.flush()

    first = commands.readline()
    if not first:
        return
    try:
        instance = _instance(json.loads(first), open_database)
        answer({"result": instance.start()})
    except _EXPECTED as error:
        answer(_refusal(error))
        return
    try:
        for line in commands:
            command = json.loads(line)
            try:
                answer({"result": _COMMANDS[command.pop("do")](instance, command)})
            except _EXPECTED as error:
                answer(_refusal(error))
    finally:
        # The owner is gone, so nobody else can end this process if `stop` hangs.
        last_resort = threading.Timer(_STOP_SECONDS, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()
        instance.stop()


def _refusal(error: Exception) -> dict[str, object]:
    """The error as an answer; an OSError that names no file concerns the port."""
    if isinstance(error, OSError):
        file = str(error.filename) if error.filename is not None else ""
        return {"error": error.strerror or str(error), "errno": error.errno, "file": file}
    return {"error": str(error)}


def _instance(given: dict[str, Any], open_database: Callable[[InstanceSettings], Backend]) -> Instance:
    certificate = ServerCertificate(given.pop("certificate"), given.pop("key"))
    for name in ("data", "seed"):
        given[name] = Path(given[name]) if given[name] else None
    return Instance(InstanceSettings(**given), certificate, open_database)


_COMMANDS: Mapping[str, Callable[[Instance, dict[str, Any]], object]] = {
    "restart": lambda instance, given: instance.restart(keep_data=given["keep_data"]),
    "present": lambda instance, given: instance.present(ServerCertificate(**given)),
    "fail": lambda instance, given: instance.fail(Fault(given["fault"]), given["delay"]),
    "heal": lambda instance, given: instance.heal(Fault(given["fault"])),
    "drop": lambda instance, given: instance.drop_connections(**given),
    "connections": lambda instance, _: instance.connections,
}


if __name__ == "__main__":
    from .database import open_database

    allow_many_descriptors()
    serve(open_database, sys.stdin, sys.stdout)
