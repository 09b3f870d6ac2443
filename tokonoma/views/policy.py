"""`GET /policy/explain`: which line of the policy decides what somebody sees, for operators.

JSON for programs, a page with a form for browsers.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from tokonoma.auth.gate import Caller, Gate
from tokonoma.data.policy import report
from tokonoma.data.policy.access import AccessControl, Shown
from tokonoma.errors import QueryInvalid
from tokonoma.pages import explain as explanation
from tokonoma.pages import visit
from tokonoma.pages.error_pages import show_error_pages
from tokonoma.pages.rendering import render
from tokonoma.wsgi.negotiation import preferred


def blueprint(gate: Gate, control: AccessControl) -> Blueprint:
    policy = Blueprint("policy", __name__)
    show_error_pages(policy, to_programs=True)

    @policy.get("/policy/explain")
    @gate.requires("$XSAPPNAME.Operate")
    def explain(_caller: Caller) -> Response:
        is_page = preferred("application/json", "text/html") == "text/html"
        response = _page(gate, control) if is_page else jsonify(_document(control))
        response.vary.update(("Accept", "Authorization"))
        return response

    return policy


def _page(gate: Gate, control: AccessControl) -> Response:
    asked = visit.begin(gate)
    page = explanation.page(control, request.args, asked.language.text("explain_too_long"))
    return render("explain.html", asked, 400 if page.problems else 200, page=page)


def _document(control: AccessControl) -> dict[str, object]:
    """What the query asks about; all of the policy if it names no object. Raises QueryInvalid."""
    applied = control.applied()
    name = request.args.get("object", "")
    if not name:
        return {
            "objects": {
                each: [_brief(shown) for shown in entries] for each, entries in sorted(applied.shown.items())
            },
            "findings": [str(finding) for finding in applied.findings],
            "nobody": report.unseen(applied),
        }
    texts = [request.args.get(each, "") for each in explanation.NAMES]
    if any(len(text) > explanation.LONGEST for text in texts):
        raise QueryInvalid(f"longer than {explanation.LONGEST} characters", "object, scopes or attributes", 1)
    roles = control.roles_of(report.words(texts[1]))
    return report.explain(applied, name, roles, report.attributes(texts[2].split()))


def _brief(shown: Shown) -> dict[str, object]:
    return {"role": shown.role, "line": shown.line, "rows": shown.rule_text or "all"}
