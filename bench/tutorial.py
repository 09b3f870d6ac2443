"""The tutorial's way: for every request a connection of its own and no guard around the library.

It stands here to be measured against, and to prove that such programs run on the local cloud as they are.
"""

from __future__ import annotations

import os

from cfenv import AppEnv
from flask import Flask, abort, request
from hdbcli import dbapi
from sap import xssec

app = Flask(__name__)
environment = AppEnv()
hana = environment.get_service(label="hana")
uaa = environment.get_service(name="pyuaa").credentials


@app.route("/")
def time() -> str:
    if "authorization" not in request.headers:
        abort(403)
    token = request.headers["authorization"][7:]
    if not xssec.create_security_context(token, uaa).check_scope("openid"):
        abort(403)
    connection = dbapi.connect(
        address=hana.credentials["host"],
        port=int(hana.credentials["port"]),
        user=hana.credentials["user"],
        password=hana.credentials["password"],
        encrypt="true",
        sslTrustStore=hana.credentials["certificate"],
    )
    cursor = connection.cursor()
    cursor.execute("select CURRENT_UTCTIMESTAMP from DUMMY")
    row = cursor.fetchone()
    cursor.close()
    connection.close()
    return f"Current time is: {row['CURRENT_UTCTIMESTAMP']}"


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
