"""What the Python programs that run the steps of tests/clients/steps.py have in common."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol

PARSERS: dict[str, Callable[[str], Any]] = {
    "int": int,
    "decimal": Decimal,
    "double": float,
    "text": str,
    "bytes": bytes.fromhex,
    "boolean": lambda text: text == "true",
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timestamp": datetime.fromisoformat,
}

Place = dict[str, Any]
Answer = dict[str, Any]
Given = tuple[str, Any]
"""The kind of a parameter, and its value."""


class Session(Protocol):
    """A connection of a client; autocommit is on until `begin`."""

    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...
    def execute(self, sql: str, given: Sequence[Given], timeout: int) -> Answer: ...
    def batch(self, sql: str, rows: Sequence[Sequence[Given]]) -> Answer: ...


def rows_answer(names: Iterable[str], rows: Iterable[Iterable[Any]]) -> Answer:
    return {"names": list(names), "types": [], "rows": [[shown(each) for each in row] for row in rows]}


def shown(found: Any) -> str | None:
    """A value as text; a long one as its length and its digest."""
    if found is None:
        return None
    if isinstance(found, bytes | memoryview):
        text = bytes(found).hex()
    elif isinstance(found, bool):
        text = str(found).lower()
    else:
        text = str(found)
    if len(text) <= 1000:
        return text
    return f"{len(text)} {hashlib.sha256(text.encode()).hexdigest()}"


def refusal(error: BaseException) -> Answer:
    """The driver's error, however many layers are wrapped around it."""
    inner: Any = error
    while inner is not None:
        told = getattr(inner, "orig", None) or inner
        if hasattr(told, "errorcode"):
            return {"error": {"code": told.errorcode, "text": told.errortext}}
        inner = inner.__cause__ or inner.__context__
    return {"error": {"code": -1, "text": f"{type(error).__name__}: {error}"}}


def serve(connect: Callable[[Place], Session]) -> None:
    """Answer the questions on standard input until it ends."""
    for line in sys.stdin:
        print(json.dumps(_answers(connect, json.loads(line))), flush=True)


def _answers(connect: Callable[[Place], Session], asked: dict[str, Any]) -> list[Answer]:
    sessions: list[Session] = []
    try:
        sessions.extend(connect(asked["connection"]) for _ in range(asked["sessions"]))
    except Exception as error:
        return [refusal(error)]
    answers = []
    for step in asked["steps"]:
        try:
            answers.append(_answer(sessions[step.get("session", 0)], step))
        except Exception as error:
            answers.append(refusal(error))
    for session in sessions:
        session.close()
    return answers


def _answer(session: Session, step: dict[str, Any]) -> Answer:
    match step["do"]:
        case "execute":
            return session.execute(step["sql"], _values(step.get("parameters", ())), step.get("timeout", 0))
        case "batch":
            return session.batch(step["sql"], [_values(row) for row in step["rows"]])
        case "begin":
            session.begin()
        case "commit":
            session.commit()
        case "rollback":
            session.rollback()
    return {}


def _values(parameters: Sequence[Sequence[Any]]) -> list[Given]:
    return [(parameter[0], _value(*parameter)) for parameter in parameters]


def _value(kind: str, text: str | None, times: int = 1) -> Any:
    if text is None:
        return None
    if kind == "long text":
        return text * times
    return bytes.fromhex(text * times) if kind == "long bytes" else PARSERS[kind](text)
