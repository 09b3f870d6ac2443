"""`python -m barista`: the worker in its container, or the coffee bar of `make barista`."""

from __future__ import annotations

import logging.config
import os
import signal
import sys

from tokonoma.errors import BindingError
from tokonoma.telemetry import logs

from .actuator import Actuator
from .health import Health
from .properties import PropertiesError
from .supervisor import FencedOffError, UnfinishedError, UnusableError, serve
from .wiring import Wiring, WiringError

_log = logging.getLogger("barista")

UNFINISHED = 1
WRONGLY_WIRED = 2
FENCED_OFF = 3


def main() -> int:
    """Read the wiring, listen, serve until SIGTERM or SIGINT; returns the exit code."""
    try:
        wiring = Wiring.read(sys.argv[1:], os.environ)
    except (WiringError, PropertiesError, BindingError) as error:
        print(f"The barista does not start:\n{error}", file=sys.stderr)
        return WRONGLY_WIRED
    logging.config.dictConfig(logs.configuration(wiring.logs))
    health = Health(wiring.stuck_s)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: health.stop())
    try:
        Actuator(wiring, health).start()
    except (OSError, TypeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "management.server.address is no address"
        print(f"The barista cannot listen on port {wiring.port}: {reason}.", file=sys.stderr)
        return 1
    _log.info("%s waits for orders in %s", wiring.transactional_id, wiring.orders)
    try:
        serve(wiring, health)
    except FencedOffError:
        _log.error(
            "stops: another process works as %s, and the broker trusts the younger one; give each its own "
            "spring.cloud.stream.instance-index",
            wiring.transactional_id,
        )
        return FENCED_OFF
    except UnusableError as error:
        _log.error("does not start: %s", error)
        return WRONGLY_WIRED
    except UnfinishedError:
        _log.warning("stops with a transaction left open: the broker aborts it, and its orders come again")
        logging.shutdown()
        os._exit(UNFINISHED)  # the library would wait for the broker
    _log.info("stopped, with nothing left unfinished")
    return 0


if __name__ == "__main__":
    sys.exit(main())
