"""Keeps the bar open: one shift after the other, until somebody says stop."""

from __future__ import annotations

import logging

from confluent_kafka import KafkaError, KafkaException

from .pulse import Pulse
from .shift import Shift, rest
from .wiring import Wiring

_log = logging.getLogger(__name__)

_FENCED = {
    KafkaError._FENCED,
    KafkaError.PRODUCER_FENCED,
    KafkaError.INVALID_PRODUCER_EPOCH,
    KafkaError.FENCED_INSTANCE_ID,
}


class FencedOffError(Exception):
    """Another process works under our name, and the broker trusts the younger one."""


def serve(wiring: Wiring, pulse: Pulse) -> None:
    """Serve until `pulse.leave()`; what these clients cannot go on after, new ones can.

    Raises FencedOffError when somebody else has taken our place: two under one name would throw each other
    out for ever, so this one has to go.
    """
    attempt = 0
    while not pulse.leaving:
        shift = Shift(wiring, pulse)
        try:
            shift.work()
        except KafkaException as error:
            kafka = error.args[0]
            # The broker says the same to who has stood still for too long; that one may come again.
            if kafka.code() in _FENCED and not shift.outlived_its_transaction():
                raise FencedOffError(wiring.transactional_id) from error
            _log.warning("begins anew after %s: %s", kafka.name(), kafka.str())
            attempt += 1
        finally:
            shift.close()
        if not pulse.leaving:
            rest(pulse, attempt)
