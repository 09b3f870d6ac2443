"""The small commands beside a running local cloud: a token, an environment, a SQL prompt."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from .hana.connecting import connect
from .ports import LOOPBACK, free_port
from .running import recall


def token(folder: Path, user: str, scopes: Sequence[str]) -> int:
    """Print a bearer token for a demo user, got by the password grant as any program would."""
    xsuaa = recall(folder).xsuaa
    form = {
        "grant_type": "password",
        "username": user,
        "password": user,
        "client_id": xsuaa["clientid"],
        "client_secret": xsuaa["clientsecret"],
    }
    if scopes:
        form["scope"] = " ".join(scope.replace("$XSAPPNAME", xsuaa["xsappname"]) for scope in scopes)
    request = Request(f"{xsuaa['url']}/oauth/token", urlencode(form).encode())  # noqa: S310 - always http
    try:
        # A proxy has no business between two programs of one laptop.
        with build_opener(ProxyHandler({})).open(request, timeout=10) as response:
            print(json.load(response)["access_token"])
    except HTTPError as refusal:
        answer = json.load(refusal)
        print(f"No token: {answer.get('error_description') or answer.get('error')}", file=sys.stderr)
        return 1
    return 0


def environment(folder: Path, app: str) -> int:
    """Print `export` lines for any other program to run in the place of `app`, on a port of its own."""
    running = recall(folder).environments[app]
    port = str(free_port())
    values = {**running, "PORT": port}
    if "GUNICORN_CMD_ARGS" in values:
        values["GUNICORN_CMD_ARGS"] = values["GUNICORN_CMD_ARGS"].replace(
            f"{LOOPBACK}:{running['PORT']}", f"{LOOPBACK}:{port}"
        )
    for name, value in values.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def sql(folder: Path) -> int:
    """A small prompt on the local HANA, through hdbcli: a statement a line, or several lines up to a `;`."""
    from hdbcli import dbapi

    hana = recall(folder).hana
    connection = connect(hana)
    interactive = sys.stdin.isatty()
    if interactive:
        print(f"Local HANA, schema {hana['schema']}. End a statement with ; and leave with Ctrl-D.")
    failures = 0
    for statement in _statements(interactive):
        cursor = connection.cursor()
        try:
            cursor.execute(statement)
            _show(cursor)
        except dbapi.Error as error:
            failures += 1
            print(f"{error.errorcode}: {error.errortext}", file=sys.stderr)
        finally:
            cursor.close()
    connection.close()
    return 1 if failures and not interactive else 0


def _statements(interactive: bool) -> Any:
    pending: list[str] = []
    while True:
        try:
            line = input(("  ... " if pending else "hana> ") if interactive else "")
        except EOFError:
            break
        except KeyboardInterrupt:
            print()
            pending.clear()
            continue
        pending.append(line)
        if line.rstrip().endswith(";"):
            yield "\n".join(pending).rstrip().rstrip(";")
            pending.clear()
    if "".join(pending).strip():
        yield "\n".join(pending)


def _show(cursor: Any) -> None:
    if cursor.description is None:
        print(f"{cursor.rowcount} rows affected" if cursor.rowcount != 1 else "1 row affected")
        return
    rows = [["?" if value is None else str(value) for value in row] for row in cursor.fetchall()]
    heads = [column[0] for column in cursor.description]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for cells in (heads, ["-" * width for width in widths], *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
    print(f"{len(rows)} rows" if len(rows) != 1 else "1 row")
