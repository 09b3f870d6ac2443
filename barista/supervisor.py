"""Keeps the bar open: one shift after the other, until somebody says stop."""

from __future__ import annotations

import logging

from confluent_kafka import KafkaException

from .health import Pulse
from .transaction_loop import FENCED, Shift, rest
from .wiring import Wiring

_log = logging.getLogger(__name__)


class FencedOffError(Exception):
    """Another process works under our name, and the broker trusts the younger one."""


class UnusableError(Exception):
    """The library does not take what the wiring says: a certificate that is none, an unknown mechanism."""


class UnfinishedError(Exception):
    """Told to stop, the last transaction could not be committed in time; the broker will abort it."""


def serve(wiring: Wiring, pulse: Pulse) -> None:
    """Serve until `pulse.leave()`; what these clients cannot go on after, new ones can.

    Raises FencedOffError when somebody else has taken our place: two under one name would throw each other
    out for ever, so this one has to go. Raises UnfinishedError when there was no time to finish,
    UnusableError when clients cannot even be made.
    """
    attempt = 0
    while not pulse.leaving:
        try:
            shift = Shift(wiring, pulse)
        except KafkaException as error:
            raise UnusableError(error.args[0].str()) from error
        try:
            shift.work()
        except KafkaException as error:
            kafka = error.args[0]
            if kafka.code() in FENCED and not shift.may_be_fenced_by_itself():
                raise FencedOffError(wiring.transactional_id) from error
            if pulse.leaving and shift.unfinished:
                raise UnfinishedError from error
            if not pulse.leaving:
                _log.warning("begins anew after %s: %s", kafka.name(), kafka.str())
            attempt += 1
        shift.close()
        if not pulse.leaving:
            rest(pulse, attempt)
