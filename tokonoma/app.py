"""The Flask app: what it consists of, and how that is put together."""

from __future__ import annotations

import hmac
import logging
import os
from pathlib import Path

from flask import Flask, Request, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import MapAdapter

from tokonoma import __version__
from tokonoma.auth.gate import Gate
from tokonoma.bindings import HanaBinding, platform_environment, read_hana
from tokonoma.data import catalogue
from tokonoma.data.policy import file as policy_file
from tokonoma.data.policy.access import AccessControl, Applied, apply
from tokonoma.data.reader import Reader
from tokonoma.errors import BindingError
from tokonoma.hana.schema import Schema
from tokonoma.odata import door as odata
from tokonoma.pages import assets
from tokonoma.pages import blueprint as pages
from tokonoma.platforms import platform as platforms
from tokonoma.readiness import Readiness
from tokonoma.renewal import HanaRenewal
from tokonoma.settings import Settings
from tokonoma.telemetry import metrics
from tokonoma.telemetry.request_notes import current
from tokonoma.views import actuator, clock, export, hello, me, policy
from tokonoma.views.health import health
from tokonoma.wsgi.middleware import RequestMiddleware
from tokonoma.wsgi.problems import show_problems

_log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
"""Bytes that a request's body may have."""


class Service(Flask):
    """Flask, with a quicker match of routes where host names do not matter."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Match routes by path and method alone, which takes a fifth of the time of reading the Host as well.

        Flask's own way is taken as soon as the configuration says that hosts matter.
        """
        hosts_matter = (
            self.config["TRUSTED_HOSTS"] is not None
            or self.config["SERVER_NAME"] is not None
            or self.url_map.host_matching
            or self.subdomain_matching
        )
        if request is None or hosts_matter:
            return super().create_url_adapter(request)
        return self.url_map.bind("", path_info=request.path, default_method=request.method)


def _begin() -> None:
    """Note the route, and refuse a large body before anybody receives it: nothing here reads one.

    The first of the app's before_request hooks.
    """
    if request.url_rule:
        current().route = request.url_rule.rule
    if "CONTENT_LENGTH" in request.environ and (request.content_length or 0) > MAX_BODY:
        raise RequestEntityTooLarge


def create_app(settings: Settings | None = None) -> Flask:
    """The service: the gate of the platform it runs on, HANA, and the views.

    Raises ConfigurationError when a setting is wrong, or when the gate lacks what it needs (on Cloud Foundry
    a bound XSUAA). Without HANA the app starts, and says so to those who ask for data.
    """
    settings = settings or Settings.read(os.environ)
    services = platform_environment()
    platform = platforms.find(os.environ)
    gate = platform.gate(os.environ, services, settings)
    hana_binding: HanaBinding | BindingError
    try:
        hana_binding = read_hana(services, settings.hana_service)
        hana = Schema(hana_binding, settings, HanaRenewal(hana_binding, settings.hana_service))
    except BindingError as error:
        hana_binding = error
        hana = Schema(hana_binding, settings)

    app = Service(__name__, static_folder=None)
    app.url_map.merge_slashes = False  # no redirects: they would have to know our address
    app.before_request(_begin)
    app.extensions["tokonoma"] = gate
    app.register_blueprint(clock.blueprint(gate, hana))
    app.register_blueprint(hello.blueprint(gate, platform))
    app.register_blueprint(health)
    secret = platform.secret(os.environ, services, settings)
    control = _access(settings, gate, hana, hana_binding)
    app.extensions["tokonoma.access"] = control
    reader = Reader(control, hana, _derived(secret))
    app.register_blueprint(policy.blueprint(gate, control))
    app.register_blueprint(me.blueprint(gate, control))
    app.register_blueprint(odata.blueprint(gate, reader))
    app.register_blueprint(export.blueprint(gate, reader))
    app.register_blueprint(pages.blueprint(gate, reader))
    app.register_blueprint(assets.blueprint())
    readiness = Readiness(hana, gate, _stopping_file(), reader.failing.reasons)
    app.register_blueprint(actuator.blueprint(gate, readiness, __version__))
    show_problems(app)
    app.wsgi_app = RequestMiddleware(app.wsgi_app, hana)  # type: ignore[method-assign]
    return app


def _access(
    settings: Settings, gate: Gate, hana: Schema, binding: HanaBinding | BindingError
) -> AccessControl:
    """What callers may see, by the policy file; nothing if there is none. Raises PolicyError."""
    path = Path(settings.policy)
    if path.exists():
        found = policy_file.read(path)
    else:
        found = policy_file.NOTHING
        _log.warning(
            "There is no policy file %s, and so nobody sees any table: "
            "`python -m tokonoma.data.policy draft` writes one to begin with.",
            path,
        )
    schema = binding.schema if isinstance(binding, HanaBinding) else ""

    def load() -> Applied:
        return apply(found, catalogue.read(hana.rows, schema, found.names), hana.select)

    return AccessControl(found, gate.kinds, load)


def _derived(secret: str) -> bytes:
    """The key that signs next links, out of a secret that has other uses; a random one if there is none."""
    return hmac.digest(secret.encode() or os.urandom(32), b"tokonoma next links", "sha256")


def _stopping_file() -> Path | None:
    """The file by which gunicorn.conf.py says that the process is about to stop; all workers look for it."""
    folder = os.environ.get(metrics.FOLDER)
    return Path(folder) / "stopping" if folder else None
