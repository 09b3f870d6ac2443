"""Tokonoma shows what is in an SAP HANA schema to the people who are allowed to see it."""

from __future__ import annotations

import os

from flask import Flask, Response

from .bindings import HanaBinding, platform_environment, read_hana, read_xsuaa
from .errors import BindingError
from .guard import Guard
from .hana import Hana
from .problems import show_problems
from .settings import Settings
from .views import clock
from .views.health import health

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """Put the rooms together.

    Raises ConfigurationError when the settings are wrong or XSUAA is not bound; without HANA the app starts,
    and says so to those who ask for data.
    """
    settings = settings or Settings.read(os.environ)
    platform = platform_environment()
    guard = Guard(read_xsuaa(platform, settings.xsuaa_service))
    hana_binding: HanaBinding | BindingError
    try:
        hana_binding = read_hana(platform, settings.hana_service)
    except BindingError as error:
        hana_binding = error
    hana = Hana(hana_binding, settings)

    app = Flask(__name__, static_folder=None)
    app.register_blueprint(clock.blueprint(guard, hana))
    app.register_blueprint(health)
    show_problems(app)
    app.after_request(_close_the_shutters)
    return app


def _close_the_shutters(response: Response) -> Response:
    """Headers for every answer: nothing here is to be stored, sniffed, framed or run."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    return response
