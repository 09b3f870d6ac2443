"""`GET /hello`: what the platform told the process, for operators."""

from __future__ import annotations

import os

from flask import Blueprint, Response, jsonify

from tokonoma.auth.gate import Caller, Gate
from tokonoma.platforms.platform import Platform


def blueprint(gate: Gate, platform: Platform) -> Blueprint:
    hello = Blueprint("hello", __name__)

    @hello.get("/hello")
    @gate.requires("$XSAPPNAME.Operate")
    def environment(_caller: Caller) -> Response:
        response = jsonify(platform.tell(os.environ))
        response.vary.add("Authorization")
        return response

    return hello
