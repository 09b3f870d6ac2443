"""The limit: a bare Flask view that runs the query on a kept connection, with no care at all.

No authentication, no pool, no check, no log, no metrics: what is left is Flask, gunicorn and hdbcli.
"""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator
from typing import Any

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


@app.route("/health")
def health() -> dict[str, str]:
    return {"status": "UP"}
