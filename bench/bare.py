"""The limit: a bare Flask view that runs the query on a kept connection, with no care at all.

No authentication, no pool, no check, no log, no metrics: what is left is Flask, gunicorn and hdbcli.
"""

from __future__ import annotations

import csv
import io
import json
import os
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from cfenv import AppEnv
from flask import Flask, Response
from hdbcli import dbapi

app = Flask(__name__)
hana = AppEnv().get_service(label="hana").credentials
kept = threading.local()


def connection() -> Any:
    if not hasattr(kept, "connection"):
        kept.connection = dbapi.connect(
            address=hana["host"],
            port=int(hana["port"]),
            user=hana["user"],
            password=hana["password"],
            encrypt=True,
            sslTrustStore=hana["certificate"],
        )
    return kept.connection


@app.route("/")
def time() -> str:
    cursor = connection().cursor()
    cursor.execute("SELECT CURRENT_UTCTIMESTAMP FROM DUMMY")
    row = cursor.fetchone()
    cursor.close()
    return f"Current time is: {row['CURRENT_UTCTIMESTAMP']}"


@app.route("/csv")
def csv_of_readings() -> Response:
    """All rows by csv.writer, in lists of a thousand."""

    def lines() -> Iterator[str]:
        cursor = connection().cursor()
        cursor.execute(f'SELECT * FROM "{hana["schema"]}".READING ORDER BY ID')
        while rows := cursor.fetchmany(1000):
            written = io.StringIO(newline="")
            csv.writer(written).writerows([list(row) for row in rows])
            yield written.getvalue()
        cursor.close()

    return Response(lines(), content_type="text/csv; charset=utf-8")


READING = f'"{hana["schema"]}".READING'
SELECT = (
    "SELECT ID, NAME, NOTE, AMOUNT, SHARE, DAY, TO_VARCHAR(TAKEN, 'YYYY-MM-DD HH24:MI:SS.FF7'), FINE "
    f"FROM {READING}"
)
WHERE = " WHERE AMOUNT > ? AND NAME LIKE ?"
OPTIONS = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z
PAGE = 100


@cache
def heads() -> dict[str, dict[str, Any]]:
    """What stands before and behind the rows, by path: as the service has it, which makes it itself."""
    found: dict[str, dict[str, Any]] = json.loads(Path(os.environ["BARE_HEADS"]).read_text())
    return found


def page(path: str, rows: list[Any], **more: Any) -> Response:
    """A page as JSON, of rows that are one more than the page has."""
    head = heads()[path]
    value = [
        {
            "ID": row[0],
            "NAME": row[1],
            "NOTE": row[2],
            "AMOUNT": None if row[3] is None else orjson.Fragment(str(row[3])),
            "SHARE": row[4],
            "DAY": row[5],
            "TAKEN": None if row[6] is None else f"{row[6][:10]}T{row[6][11:]}Z",
            "FINE": None if row[7] is None else bool(row[7]),
        }
        for row in rows[:PAGE]
    ]
    document = {**head["before"], **more, "value": value, **head["behind"]}
    return Response(orjson.dumps(document, option=OPTIONS), content_type="application/json")


@app.route("/plain")
def plain() -> Response:
    cursor = connection().cursor()
    cursor.execute(f"{SELECT} ORDER BY ID ASC NULLS FIRST LIMIT {PAGE + 1}")
    rows = cursor.fetchall()
    cursor.close()
    return page("plain", rows)


@app.route("/filtered")
def filtered() -> Response:
    cursor = connection().cursor()
    cursor.execute(f"SELECT COUNT(*) FROM {READING}{WHERE}", (100, "%7%"))
    number = cursor.fetchone()[0]
    order = "DAY DESC NULLS LAST, NAME ASC NULLS FIRST, ID ASC NULLS FIRST"
    cursor.execute(f"{SELECT}{WHERE} ORDER BY {order} LIMIT {PAGE + 1}", (100, "%7%"))
    rows = cursor.fetchall()
    cursor.close()
    return page("filtered", rows, **{"@odata.count": number})


@app.route("/health")
def health() -> dict[str, str]:
    return {"status": "UP"}
