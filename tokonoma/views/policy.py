"""`GET /policy/explain`: which line of the policy decides what somebody sees, for operators."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from tokonoma.auth.gate import Caller, Gate
from tokonoma.data.policy import report
from tokonoma.data.policy.access import AccessControl, Shown
from tokonoma.errors import QueryInvalid

LONGEST = 1000
"""Characters of a parameter."""


def blueprint(gate: Gate, control: AccessControl) -> Blueprint:
    policy = Blueprint("policy", __name__)

    @policy.get("/policy/explain")
    @gate.requires("$XSAPPNAME.Operate")
    def explain(_caller: Caller) -> Response:
        applied = control.applied()
        name = request.args.get("object", "")
        if not name:
            body: dict[str, object] = {
                "objects": {
                    each: [
                        {"role": shown.role, "line": shown.line, "rows": shown.rule_text or "all"}
                        for shown in entries
                    ]
                    for each, entries in sorted(applied.shown.items())
                },
                "findings": [str(finding) for finding in applied.findings],
                "nobody": report.unseen(applied),
            }
        else:
            texts = [request.args.get(each, "") for each in ("object", "scopes", "attributes")]
            if any(len(text) > LONGEST for text in texts):
                raise QueryInvalid(f"longer than {LONGEST} characters", "object, scopes or attributes", 1)
            roles = control.roles_of(report.words(texts[1]))
            body = report.explain(applied, name, roles, report.attributes(texts[2].split()))
        response = jsonify(body)
        response.vary.add("Authorization")
        return response

    return policy


def _brief(shown: Shown) -> dict[str, object]:
    return {"role": shown.role, "line": shown.line, "rows": shown.rule_text or "all"}
