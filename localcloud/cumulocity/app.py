"""The endpoints: the current user, the current tenant, and the gateway to the microservice."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from http import HTTPStatus

import httpx
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from .tenants import Tenants, TenantUser

CURRENT_USER = "/user/currentUser"
CURRENT_TENANT = "/tenant/currentTenant"
CURRENT_APPLICATION = "/application/currentApplication"
SUBSCRIPTIONS = f"{CURRENT_APPLICATION}/subscriptions"
QUESTIONS = (CURRENT_USER, CURRENT_TENANT, CURRENT_APPLICATION, SUBSCRIPTIONS)
# RFC 9110 section 7.6.1; the length is written anew.
_OF_ONE_HOP = {
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
}


def create_app(tenants: Tenants, context_path: str, microservice: Callable[[], str]) -> Flask:
    """The platform of one microservice; `microservice` returns its address."""
    app = Flask(__name__)
    app.config.update(TRUSTED_HOSTS=["127.0.0.1", "localhost"], MAX_CONTENT_LENGTH=64 * 1024)

    @app.get(CURRENT_USER)
    def current_user() -> Response:
        user = _authenticated(tenants)
        if user is None:
            return _unauthorized()
        answer = jsonify(
            {
                "id": user.name,
                "userName": user.name,
                "self": f"{request.host_url}user/currentUser",
                "effectiveRoles": [{"id": role, "name": role} for role in user.roles],
            }
        )
        # A client that sends it back with another user's credentials has mixed up two callers.
        answer.set_cookie("stray", user.tenant)
        return answer

    @app.get(CURRENT_TENANT)
    def current_tenant() -> Response:
        user = _authenticated(tenants)
        if user is None:
            return _unauthorized()
        return jsonify(name=user.tenant, domainName=f"{user.tenant}.localcloud.invalid")

    @app.get(CURRENT_APPLICATION)
    def current_application() -> Response:
        return _for_the_bootstrap_user(tenants) or jsonify(
            id="1", name=tenants.application, contextPath=context_path, type="MICROSERVICE"
        )

    @app.get(SUBSCRIPTIONS)
    def subscriptions() -> Response:
        """The service users, by which a microservice works for each tenant."""
        users = filter(None, map(tenants.service_user, sorted(tenants.subscribed)))
        return _for_the_bootstrap_user(tenants) or jsonify(
            users=[{"tenant": each.tenant, "name": each.name, "password": each.password} for each in users]
        )

    @app.route(f"/service/{context_path}/<path:path>", methods=["GET", "HEAD", "POST", "PUT", "DELETE"])
    @app.route(f"/service/{context_path}/", defaults={"path": ""})
    def gateway(path: str) -> Response:
        user = tenants.authenticate(request.headers, request.cookies)
        if user is None:
            return _unauthorized()
        if user.tenant not in tenants.subscribed:
            return _error(HTTPStatus.FORBIDDEN, "security/Forbidden", "The tenant is not subscribed.")
        return _forwarded(user, f"{microservice()}/{path}", f"/service/{context_path}")

    app.register_error_handler(HTTPException, _not_offered)
    return app


def _authenticated(tenants: Tenants) -> TenantUser | None:
    """The user of the request; None if it has a foreign cookie, or both the cookie and a header."""
    foreign = set(request.cookies) - {"authorization"}
    if foreign or ("authorization" in request.cookies and "Authorization" in request.headers):
        return None
    return tenants.authenticate(request.headers, request.cookies)


def _for_the_bootstrap_user(tenants: Tenants) -> Response | None:
    """The refusal of anybody else."""
    user = _authenticated(tenants)
    if user is None:
        return _unauthorized()
    if user is not tenants.bootstrap:
        return _error(HTTPStatus.FORBIDDEN, "security/Forbidden", "Access is denied.")
    return None


def _forwarded(user: TenantUser, address: str, prefix: str) -> Response:
    """The microservice's answer to the same request."""
    headers = {name: value for name, value in request.headers if name.lower() not in _OF_ONE_HOP}
    headers |= {
        "Accept-Encoding": "identity",
        "X-Forwarded-Host": request.host,
        "X-Forwarded-Prefix": prefix,
        "X-Forwarded-Proto": "http",
    }
    if "authorization" in request.cookies:
        # As the real one does: a Basic header with a made-up password, beside the cookie.
        headers["Authorization"] = (
            "Basic " + b64encode(f"{user.tenant}/{user.name}:<made up>".encode()).decode()
        )
    try:
        answer = httpx.request(
            request.method,
            address,
            params=list(request.args.items(multi=True)),
            headers=headers,
            content=request.get_data(),
            timeout=30,
            trust_env=False,
        )
    except httpx.HTTPError:
        return _error(HTTPStatus.BAD_GATEWAY, "microservice/Unavailable", "The microservice does not answer.")
    kept = [(n, v) for n, v in answer.headers.multi_items() if n.lower() not in _OF_ONE_HOP]
    return Response(answer.content, answer.status_code, headers=kept)


def _unauthorized() -> Response:
    return _error(HTTPStatus.UNAUTHORIZED, "security/Unauthorized", "Invalid credentials! : Bad credentials")


def _not_offered(error: HTTPException) -> Response:
    """The refusal of what this stand-in does not imitate: 501."""
    if error.code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return _error(
            HTTPStatus.NOT_IMPLEMENTED, "localcloud/NotImplemented", "The local Cumulocity has nothing there."
        )
    return _error(error.code or 500, "general/Error", error.name)


def _error(status: int, kind: str, message: str) -> Response:
    answer = jsonify(error=kind, message=message, info="https://cumulocity.com/docs/")
    answer.status_code = status
    return answer
