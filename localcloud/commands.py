"""The commands `token`, `env`, `policy` and `doctor`, which ask a running local cloud."""

from __future__ import annotations

import json
import os
import shlex
import ssl
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from .cloudfoundry import PROJECT
from .ports import LOOPBACK, free_port
from .running_cloud import RunningCloud, recall
from .server_certificate import ServerCertificate


def token(folder: Path, user: str, scopes: Sequence[str]) -> int:
    """Print a bearer token for a demo user, got by the password grant as any program would.

    With both identity services it is XSUAA's. IAS knows no scopes to ask for.
    """
    running = recall(folder)
    bound = running.xsuaa or running.ias or {}
    if not bound:
        print("No token: no identity service is running here.", file=sys.stderr)
        return 1
    form = {
        "grant_type": "password",
        "username": user,
        "password": user,
        "client_id": bound["clientid"],
    }
    context = ssl.create_default_context(cafile=running.authority)
    if "clientsecret" in bound:
        form["client_secret"] = bound["clientsecret"]
    else:
        with TemporaryDirectory() as place:
            pair = ServerCertificate(bound["certificate"], bound["key"])
            context.load_cert_chain(*pair.write(Path(place), "client"))
    if scopes and running.xsuaa is None:
        print("No token: tokens of IAS have no scopes.", file=sys.stderr)
        return 1
    if scopes:
        form["scope"] = " ".join(scope.replace("$XSAPPNAME", bound["xsappname"]) for scope in scopes)
    path = "/oauth/token" if running.xsuaa else "/oauth2/token"
    request = Request(f"{bound['url']}{path}", urlencode(form).encode())  # noqa: S310 - http or https
    trust = HTTPSHandler(context=context)
    try:
        # Never by a proxy: both programs are on this laptop.
        with build_opener(ProxyHandler({}), trust).open(request, timeout=10) as response:
            print(json.load(response)["access_token"])
    except HTTPError as refusal:
        answer = json.load(refusal)
        print(f"No token: {answer.get('error_description') or answer.get('error')}", file=sys.stderr)
        return 1
    except OSError:
        print(f"No token: nobody answers at {bound['url']}.", file=sys.stderr)
        return 1
    return 0


def environment(folder: Path, app: str) -> int:
    """Print `export` lines for any other program to run in the place of `app`, on a port of its own."""
    environments = recall(folder).environments
    if app not in environments:
        print(f"There is no app {app}; there are: {', '.join(environments)}", file=sys.stderr)
        return 1
    running = environments[app]
    port = str(free_port())
    values = {**running, "PORT": port}
    if "GUNICORN_CMD_ARGS" in values:
        values["GUNICORN_CMD_ARGS"] = values["GUNICORN_CMD_ARGS"].replace(
            f"{LOOPBACK}:{running['PORT']}", f"{LOOPBACK}:{port}"
        )
    for name, value in values.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def policy(folder: Path, arguments: Sequence[str]) -> int:
    """Run the service's command about its policy file, in the environment of `myapp`."""
    return _in_place_of_myapp(recall(folder), ["-m", "tokonoma.data.policy", *arguments])


def doctor(folder: Path, arguments: Sequence[str]) -> int:
    """Run the service's doctor in the place of `myapp`, and from outside; or as the arguments say."""
    if {"--cf", "--url"} & {each.partition("=")[0] for each in arguments}:
        command = [sys.executable, "-m", "tokonoma.doctor", *arguments]
        return subprocess.run(command, check=False).returncode  # noqa: S603
    running = recall(folder)
    return _in_place_of_myapp(
        running, ["-m", "tokonoma.doctor", "--here", "--url", running.address, *arguments]
    )


def _in_place_of_myapp(running: RunningCloud, arguments: Sequence[str]) -> int:
    if "myapp" not in running.environments or not (PROJECT / "tokonoma").is_dir():
        print("Only Tokonoma's own service has this command, and it does not run here.", file=sys.stderr)
        return 1
    environment = {**os.environ, **running.environments["myapp"]}
    return subprocess.run([sys.executable, *arguments], env=environment, check=False).returncode  # noqa: S603
