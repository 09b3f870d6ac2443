"""gunicorn's settings, in one place; the Procfile only names the app."""

import atexit
import ctypes
import gc
import logging
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

# glibc gives threads heaps of their own, eight for each core of the machine, and each keeps what a connect to
# HANA once took in it; two are enough for all. Other C libraries have no such setting.
_M_ARENA_MAX = -8
with suppress(AttributeError):
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)

# What the workers share: their counters, and the note that we are leaving. The library looks for the folder
# when it is imported, so this comes first.
_given = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
_folder = Path(_given or tempfile.mkdtemp(prefix="tokonoma-"))
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_folder)


@atexit.register
def _tidy(master: int = os.getpid()) -> None:
    """Leave nothing behind, and nothing of others touched."""
    if os.getpid() == master:
        (_folder / "leaving").unlink(missing_ok=True)
        if not _given:
            shutil.rmtree(_folder, ignore_errors=True)


from gunicorn.glogging import Logger  # noqa: E402
from prometheus_client import multiprocess  # noqa: E402

from tokonoma.errors import SettingsError  # noqa: E402
from tokonoma.settings import Settings  # noqa: E402
from tokonoma.wsgi.gunicorn_worker import Worker  # noqa: E402

try:
    _settings = Settings.read(os.environ)
except SettingsError as error:
    sys.exit(f"Tokonoma does not start: {error}")

bind = f"0.0.0.0:{_settings.port}"  # the platform's router comes from outside the container
worker_class = Worker
workers = _settings.workers
threads = _settings.threads
# One copy of the code for all workers; a wrong configuration stops the master, in one sentence.
preload_app = True
# Cloud Foundry kills 10 s after SIGTERM: a pause, in which routers look elsewhere, and this. Requests have
# all of it but the last two seconds. What takes longer is answered 503 with Retry-After, and its statement is
# left to HANA, which ends it by the time-out that came with it (TOKONOMA_HANA_STATEMENT_TIMEOUT).
graceful_timeout = 8
_PAUSE = 1.0
# A connection that the approuter's side keeps open is cheaper than a new one.
keepalive = 65
# An XSUAA token with many scopes passes 8 kB, which is gunicorn's own limit.
limit_request_field_size = 32768
limit_request_line = 8190
# Cloud Foundry's sidecar makes every peer look local, and gunicorn lets local ones say SCRIPT_NAME.
forwarder_headers = ""
# It would write below $HOME, which a container's user may not have.
control_socket_disable = True
# Heartbeats on memory, not on the container's disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108


class _OneVoice(Logger):  # type: ignore[misc]
    """gunicorn's messages go where ours go, and each request has its one line already."""

    def setup(self, cfg: Any) -> None:
        self.error_log = logging.getLogger("gunicorn.error")
        self.access_log = logging.getLogger("gunicorn.access")

    def access(self, *_: Any) -> None:
        pass


logger_class = _OneVoice


def when_ready(server: Any) -> None:
    """On SIGTERM readiness turns false first; a moment later the workers finish what they have."""
    # What is loaded now stays for good: the workers need neither look through it nor copy its pages.
    gc.collect()
    gc.freeze()
    stop = server.handle_term

    def leave() -> None:
        (_folder / "leaving").touch()
        time.sleep(_PAUSE)
        stop()

    server.handle_term = leave


def post_worker_init(worker: Any) -> None:
    """Fetch XSUAA's keys ahead of the first request; threads do not survive the fork, so not earlier."""
    worker.wsgi.extensions["tokonoma"].start()


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that is gone."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
