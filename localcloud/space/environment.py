"""The environment that the platform and its buildpacks would give an app."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from localcloud.cloudfoundry import service_entry, vcap_application
from localcloud.ports import LOOPBACK

from .declared import App
from .java import is_java, java_variables
from .provided import Provided
from .start_command import is_router, package_of
from .trust import TRUST_FILE

_PYTHON = ("requirements.txt", "Pipfile", "setup.py", "environment.yml")
# What Cloud Foundry's Python buildpack starts gunicorn with.
_GUNICORN = "--access-logfile -"


def environment_of(
    app: App,
    port: int,
    env: Mapping[str, str],
    provided: Mapping[str, Provided],
    trust: Mapping[str, str],
    commands: Iterable[str] = (),
) -> dict[str, str]:
    """What `app` gets, its declared variables `env` among it; they come before what a buildpack says."""
    java = is_java(app.folder, commands)
    return {
        **trust,
        **_of_buildpack(app.folder, port),
        **env,
        **_of_gunicorn(app.folder, port, env),
        **(java_variables(port, Path(trust[TRUST_FILE]), env) if java else {}),
        "PORT": str(port),
        "VCAP_APPLICATION": vcap_application(app.name, port),
        "VCAP_SERVICES": json.dumps(bound_services(app, provided)),
        "CF_INSTANCE_INDEX": "0",
    }


def bound_services(app: App, provided: Mapping[str, Provided]) -> dict[str, list[dict[str, Any]]]:
    """VCAP_SERVICES: the entries of the bound services by their labels; those left out are not there."""
    found: dict[str, list[dict[str, Any]]] = {}
    for binding in app.bindings:
        if service := provided.get(binding.service):
            entry = service_entry(
                binding.service, service.label, service.plan, service.credentials, service.tags, binding.name
            )
            found.setdefault(service.label, []).append(entry)
    return found


def _of_buildpack(folder: Path, port: int) -> dict[str, str]:
    if is_router(folder):
        return {"NODE_ENV": "production", "XS_BIND_ADDRESS": LOOPBACK}
    if package_of(folder).entries:
        return {"NODE_ENV": "production"}
    if _is_python(folder):
        return {"PYTHONUNBUFFERED": "1", "FORWARDED_ALLOW_IPS": "*"}
    return {}


def _of_gunicorn(folder: Path, port: int, env: Mapping[str, str]) -> dict[str, str]:
    """Gunicorn listens on every address unless told otherwise; what a command says comes before this."""
    if not _is_python(folder):
        return {}
    return {"GUNICORN_CMD_ARGS": f"{env.get('GUNICORN_CMD_ARGS', _GUNICORN)} --bind={LOOPBACK}:{port}"}


def _is_python(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _PYTHON)
