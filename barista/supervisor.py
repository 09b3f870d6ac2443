"""Runs the transaction loop until the process is told to stop, with new clients after some errors."""

from __future__ import annotations

import logging

from confluent_kafka import KafkaException

from .health import Health
from .transaction_loop import FENCED, TransactionLoop, back_off
from .wiring import Wiring

_log = logging.getLogger(__name__)


class FencedOffError(Exception):
    """Another process uses our transactional id, and the broker listens to the younger one only."""


class UnusableError(Exception):
    """The library refuses the wiring: a certificate that cannot be read, an unknown mechanism."""


class UnfinishedError(Exception):
    """The last transaction could not be committed before the process had to end; the broker will abort it."""


def serve(wiring: Wiring, health: Health) -> None:
    """Serve until `health.stop()`; after an error that ends the Kafka clients, new ones are made.

    Raises FencedOffError when another process has taken over our transactional id: two with one id would
    fence each other off for ever, so this one ends. Raises UnfinishedError when a transaction had to be left
    open, UnusableError when the clients cannot be made.
    """
    attempt = 0
    while not health.stopping:
        try:
            loop = TransactionLoop(wiring, health)
        except KafkaException as error:
            raise UnusableError(error.args[0].str()) from error
        try:
            loop.work()
        except KafkaException as error:
            kafka = error.args[0]
            if kafka.code() in FENCED and not loop.may_be_fenced_by_itself():
                raise FencedOffError(wiring.transactional_id) from error
            if health.stopping and loop.unfinished:
                raise UnfinishedError from error
            if not health.stopping:
                _log.warning("begins anew after %s: %s", kafka.name(), kafka.str())
            attempt += 1
        loop.close()
        if not health.stopping:
            back_off(health, attempt)
