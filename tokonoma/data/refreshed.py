"""A value that is read in the background, again and again; the last good one serves meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import copy
from threading import Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

from tokonoma.errors import CatalogueUnavailable, HanaError

_log = logging.getLogger(__name__)

FRESH = 300.0
"""Seconds after which the value is read again."""
PAUSE = 5.0
"""Seconds between two reads, however many ask for one."""
FIRST_WAIT = 5.0
"""Seconds that a caller waits for the first value."""

T = TypeVar("T")


class Refreshed(Generic[T]):
    """The newest value that `load` returned; only callers before the first one ever wait."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._value: T | None = None
        self._error: HanaError | None = None
        self._read_at = float("-inf")
        self._reading: Thread | None = None
        self._lock = Lock()

    def current(self) -> T:
        """The newest value.

        Raises CatalogueUnavailable where there is none yet, or the HanaError that the first read ended with.
        """
        value = self._value
        if value is not None and monotonic() - self._read_at < FRESH:
            return value
        reading = self.read_soon()
        if value is None:
            if reading is not None:
                reading.join(FIRST_WAIT)
            value = self._value
        if value is None:
            raise copy(self._error) if self._error else CatalogueUnavailable()
        return value

    def read_soon(self) -> Thread | None:
        """The thread that reads now; one is started unless a read has only just ended."""
        with self._lock:
            if self._reading is None and monotonic() - self._read_at >= PAUSE:
                self._reading = Thread(target=self._read, name="catalogue", daemon=True)
                self._reading.start()
            return self._reading

    def _read(self) -> None:
        try:
            self._value = self._load()
            self._error = None
        except HanaError as error:
            self._error = copy(error)
            _log.warning("the catalogue could not be read: %s", error)
        except Exception as error:
            _log.exception("the catalogue could not be read", exc_info=error)
        finally:
            with self._lock:
                self._read_at = monotonic()
                self._reading = None
