"""The Flask app: which rooms there are, and how they are put together."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cfenv import AppEnv
from flask import Flask, Request
from flask.globals import request_ctx
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import MapAdapter

from tokonoma import __version__
from tokonoma.auth.cumulocity import CumulocityGate, read_microservice
from tokonoma.auth.gate import Gate, Guard
from tokonoma.auth.key_set import KeyKeeper
from tokonoma.bindings import HanaBinding, platform_environment, read_hana, read_xsuaa
from tokonoma.errors import BindingError
from tokonoma.hana.schema import Hana
from tokonoma.platforms.platform import where
from tokonoma.readiness import Readiness
from tokonoma.settings import Settings
from tokonoma.telemetry import metrics
from tokonoma.telemetry.request_notes import current
from tokonoma.views import actuator, clock, hello
from tokonoma.views.health import health
from tokonoma.wsgi.middleware import Watch
from tokonoma.wsgi.problems import show_problems

MAX_BODY = 64 * 1024
"""Bytes of a request's body."""


class Service(Flask):
    """Flask, without what it does for every request and this service never needs."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: no view is a coroutine, and looking takes as long as the guard."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Routes by path and method alone: no view knows its own address, so nobody needs to find it out."""
        if request is None:
            return super().create_url_adapter(None)
        return self.url_map.bind("", path_info=request.path, default_method=request.method)

    def preprocess_request(self) -> None:
        """Note the route, and refuse a large body before anybody receives it: nothing here reads one."""
        received = request_ctx.request
        if received.url_rule:
            current().route = received.url_rule.rule
        if "CONTENT_LENGTH" in received.environ and (received.content_length or 0) > MAX_BODY:
            raise RequestEntityTooLarge


def create_app(settings: Settings | None = None) -> Flask:
    """Put the rooms together.

    Raises ConfigurationError when the settings are wrong or XSUAA is not bound (on Cumulocity the platform
    itself says who may ask); without HANA the app starts, and says so to those who ask for data.
    """
    settings = settings or Settings.read(os.environ)
    platform = platform_environment()
    guard = _gate(platform, settings)
    hana_binding: HanaBinding | BindingError
    try:
        hana_binding = read_hana(platform, settings.hana_service)
    except BindingError as error:
        hana_binding = error
    hana = Hana(hana_binding, settings)

    app = Service(__name__, static_folder=None)
    app.url_map.merge_slashes = False  # no redirects: they would have to know our address
    app.extensions["tokonoma"] = guard
    app.register_blueprint(clock.blueprint(guard, hana))
    app.register_blueprint(hello.blueprint(guard))
    app.register_blueprint(health)
    app.register_blueprint(actuator.blueprint(guard, Readiness(hana, guard, _leaving_note()), __version__))
    show_problems(app)
    app.wsgi_app = Watch(app.wsgi_app, hana)  # type: ignore[method-assign]
    return app


def _gate(platform: AppEnv, settings: Settings) -> Gate:
    """By what the platform says it is, never by what is missing: fails closed."""
    if where(os.environ).name == "cumulocity":
        return CumulocityGate(read_microservice(os.environ), settings.threads)
    xsuaa = read_xsuaa(platform, settings.xsuaa_service)
    return Guard(xsuaa, KeyKeeper(xsuaa, settings.keys_stale))


def _leaving_note() -> Path | None:
    """Where gunicorn.conf.py writes that the process is about to stop; all workers read it."""
    folder = os.environ.get(metrics.FOLDER)
    return Path(folder) / "leaving" if folder else None
