"""What the clients of the local HANA are made to do, whatever language they are written in.

Each client is a program that reads questions from standard input, one a line, as JSON, and writes a line with
an answer for each step of the question to standard output:

    {"connection": {host, port, user, password, schema, files to trust}, "sessions": 1, "steps": [...]}

    {"do": "execute", "sql": ..., "parameters": [...]}   {"names", "types", "rows"} or {"count"}
    {"do": "batch", "sql": ..., "rows": [[...], ...]}    {"counts"}, of failed rows -3, and maybe {"error"}
    {"do": "call", "sql": ..., "parameters", "outs"}     {"outs", "results"}: of Java alone
    {"do": "begin"}, "commit", "rollback"                {}; autocommit is off from `begin` on

A step may name its `session`, counted from 0. A parameter is its kind and a text (or null): `["int", "5"]`,
decimal, double, text, bytes (as hexadecimal digits), boolean, date, time, timestamp; what is repeated has a
number more: `["long text", "abc", 1000]`. Values come back as text, those of more
than 1,000 characters as their length and their SHA-256. A refusal is {"error": {"code", "text"}}, with the
position if the client tells it; where the logon is refused, that is the only answer.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from localcloud.hana.local import LocalHana

PROJECT = Path(__file__).parents[2]

Step = dict[str, Any]
Answer = dict[str, Any]


def execute(sql: str, *parameters: Sequence[object], **more: object) -> Step:
    """A statement, prepared if it has parameters."""
    return {"do": "execute", "sql": sql, **({"parameters": parameters} if parameters else {}), **more}


def batch(sql: str, rows: Sequence[Sequence[Sequence[object]]]) -> Step:
    """A statement with many rows of parameters."""
    return {"do": "batch", "sql": sql, "rows": rows}


def code(answer: Answer) -> int:
    """The code of a refusal."""
    return int(answer["error"]["code"])


class Client:
    """A program that runs steps, for as long as a `with` block."""

    def __init__(self, name: str, command: tuple[str, ...], trust: Path) -> None:
        self.name = name
        self._command = command
        self.trust = trust
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()

    def __call__(
        self, hana: LocalHana, *steps: Step, sessions: int = 1, trust: Path | None = None, **changed: object
    ) -> list[Answer]:
        folder = trust or self.trust
        connection = {
            "host": "localhost",
            "port": hana.port,
            "user": hana.hdi_user,
            "password": hana.hdi_password,
            "schema": hana.schema,
            "certificate": str(folder / "authority.pem"),
            "der": str(folder / "authority.cer"),
            "trust_store": str(folder / "authority.p12"),
            **changed,
        }
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        question = {"connection": connection, "sessions": sessions, "steps": steps}
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"{self.name} has ended, exit code {self._process.wait()}"
        answers: list[Answer] = json.loads(line)
        return answers
