"""gunicorn's settings, in one place; the Procfile only names the app."""

import os
import sys

from tokonoma.errors import SettingsError
from tokonoma.settings import Settings

try:
    _settings = Settings.read(os.environ)
except SettingsError as error:
    sys.exit(f"Tokonoma does not start: {error}")

bind = f"0.0.0.0:{_settings.port}"  # the platform's router comes from outside the container
worker_class = "gthread"
workers = _settings.workers
threads = _settings.threads
# One copy of the code for all workers; a wrong configuration stops the master, in one sentence.
preload_app = True
# Cloud Foundry kills 10 s after SIGTERM.
graceful_timeout = 8
# A connection that the approuter's side keeps open is cheaper than a new one.
keepalive = 65
# An XSUAA token with many scopes passes 8 kB, which is gunicorn's own limit.
limit_request_field_size = 32768
limit_request_line = 8190
# It would write below $HOME, which a container's user may not have.
control_socket_disable = True
# Heartbeats on memory, not on the container's disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
