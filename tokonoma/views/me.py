"""`GET /me`: who the caller is here, and what the policy shows them; for the start page and for programs."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from tokonoma.auth.gate import Caller, Gate
from tokonoma.data.policy.access import AccessControl


def blueprint(gate: Gate, control: AccessControl) -> Blueprint:
    me = Blueprint("me", __name__)

    @me.get("/me")
    @gate.requires("openid")
    def myself(caller: Caller) -> Response:
        """Of the attributes only those that decide what the caller sees. Raises DataError or HanaError."""
        objects = control.objects(caller)
        used = {name for shown in objects.values() for name in shown.attributes}
        response = jsonify(
            name=caller.name,
            roles=sorted(control.roles(caller)),
            attributes={name: list(caller.attributes.get(name, ())) for name in sorted(used)},
            objects=[
                {"name": shown.name, "label": shown.label}
                for shown in sorted(objects.values(), key=lambda each: (each.label.casefold(), each.name))
            ],
        )
        response.vary.add("Authorization")
        return response

    return me
