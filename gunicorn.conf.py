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
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

# glibc gives threads heaps of their own, eight for each core of the machine, and each keeps what a connect to
# HANA once took in it; two are enough for all. Other C libraries have no such setting.
_M_ARENA_MAX = -8
with suppress(AttributeError):
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)

# What the workers share: their counters, and the file that says that the process is about to stop.
# prometheus-client looks for the folder when it is imported, so this comes first.
_given = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
try:
    _folder = Path(_given or tempfile.mkdtemp(prefix="tokonoma-"))
except FileNotFoundError:
    sys.exit("Tokonoma does not start: no folder for temporary files can be written to; mount one at /tmp.")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_folder)


@atexit.register
def _remove_folder(master: int = os.getpid()) -> None:
    """Remove what this process made, and nothing that was given to it."""
    if os.getpid() == master:
        for note in ("stopping", "policy-fits"):
            (_folder / note).unlink(missing_ok=True)
        if not _given:
            shutil.rmtree(_folder, ignore_errors=True)


from gunicorn.arbiter import Arbiter  # noqa: E402
from gunicorn.glogging import Logger  # noqa: E402
from prometheus_client import multiprocess  # noqa: E402

from tokonoma.data.policy.access import Finding  # noqa: E402
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


class _ServiceLogger(Logger):  # type: ignore[misc]
    """Sends gunicorn's messages where the service's go; requests have their own lines."""

    def setup(self, cfg: Any) -> None:
        self.error_log = logging.getLogger("gunicorn.error")
        self.access_log = logging.getLogger("gunicorn.access")

    def access(self, *_: Any) -> None:
        pass


logger_class = _ServiceLogger


def when_ready(server: Any) -> None:
    """Let SIGTERM turn readiness false first; a moment later the workers finish what they have."""
    # What is loaded now stays for good: the workers need neither look through it nor copy its pages.
    gc.collect()
    gc.freeze()
    stop = server.handle_term

    def stop_after_a_pause() -> None:
        (_folder / "stopping").touch()
        time.sleep(_PAUSE)
        stop()

    server.handle_term = stop_after_a_pause


def post_worker_init(worker: Any) -> None:
    """Start what goes on in the background, such as fetching XSUAA's keys, ahead of the first request.

    Not before the fork, which no thread survives.
    """
    worker.wsgi.extensions["tokonoma"].start()
    worker.wsgi.extensions["tokonoma.access"].start(_check_policy)


def _check_policy(faults: Sequence[Finding]) -> None:
    """Stop all of the service if its policy does not fit the schema; not if the schema moves away later."""
    fits = _folder / "policy-fits"
    if not faults:
        fits.touch()
    elif not fits.exists():
        logging.getLogger("gunicorn.error").error(
            "Tokonoma does not start: the policy does not fit the schema:\n%s", "\n".join(map(str, faults))
        )
        logging.shutdown()
        os._exit(Arbiter.APP_LOAD_ERROR)


def child_exit(_server: Any, worker: Any) -> None:
    """Drop the gauges of a worker that has ended."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
