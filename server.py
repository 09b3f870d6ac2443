"""The WSGI entry: `gunicorn server:app`, `flask --app server run`, `python server.py`."""

from __future__ import annotations

import logging.config
import os
import sys

from tokonoma.app import create_app
from tokonoma.errors import ConfigurationError
from tokonoma.settings import Settings
from tokonoma.telemetry.logs import configuration

try:
    settings = Settings.read(os.environ)
    logging.config.dictConfig(configuration(settings.log_form, settings.workers))
    app = create_app(settings)
except ConfigurationError as error:
    sys.exit(f"Tokonoma does not start: {error}")

if __name__ == "__main__":
    # As in the tutorial: every interface, because the platform's router comes from outside the container.
    app.run(host="0.0.0.0", port=settings.port)  # noqa: S104
