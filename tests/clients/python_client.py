"""Runs the steps of tests/clients/steps.py through hdbcli."""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from hdbcli import dbapi

PARSERS: dict[str, Any] = {
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


def value(kind: str, text: str | None, times: int = 1) -> Any:
    if text is None:
        return None
    if kind == "long text":
        return text * times
    return bytes.fromhex(text * times) if kind == "long bytes" else PARSERS[kind](text)


def shown(found: Any) -> str | None:
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


def answer(session: Any, step: dict[str, Any]) -> dict[str, Any]:
    cursor = session.cursor()
    match step["do"]:
        case "begin":
            session.setautocommit(False)
        case "commit":
            session.commit()
        case "rollback":
            session.rollback()
        case "batch":
            rows = [[value(*each) for each in row] for row in step["rows"]]
            try:
                cursor.executemany(step["sql"], rows, batcherrors=True)
            except dbapi.ExecuteManyError as error:
                failed = {each.rownumber for each in error.errors}
                counts = [-3 if number in failed else 1 for number in range(1, len(rows) + 1)]
                first = error.errors[0]
                return {"counts": counts, "error": {"code": first.errorcode, "text": first.errortext}}
            return {"counts": list(cursor.getrowsaffectedcounts())}
        case "execute":
            if "timeout" in step:
                cursor.setquerytimeout(step["timeout"])
            given = [value(*each) for each in step.get("parameters", ())]
            cursor.execute(step["sql"], given or None)
            if cursor.description is None:
                return {"count": cursor.rowcount}
            names = [column[0] for column in cursor.description]
            return {"names": names, "types": [], "rows": [[shown(each) for each in row] for row in cursor]}
    return {}


def connect(place: dict[str, Any]) -> Any:
    return dbapi.connect(
        address=place["host"],
        port=place["port"],
        user=place["user"],
        password=place["password"],
        encrypt=True,
        sslTrustStore=place["certificate"],
        currentSchema=place["schema"],
    )


def answered(asked: dict[str, Any]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    sessions: list[Any] = []
    try:
        sessions.extend(connect(asked["connection"]) for _ in range(asked["sessions"]))
        for step in asked["steps"]:
            try:
                answers.append(answer(sessions[step.get("session", 0)], step))
            except dbapi.Error as error:
                answers.append({"error": {"code": error.errorcode, "text": error.errortext}})
    except dbapi.Error as error:
        answers = [{"error": {"code": error.errorcode, "text": error.errortext}}]
    for session in sessions:
        session.close()
    return answers


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answered(json.loads(line))), flush=True)
