"""Credentials of HANA that are renewed under the running service, where bindings are files.

On Kubernetes SAP's BTP service operator rewrites them; in the variable VCAP_SERVICES nothing ever changes.
What XSUAA's and IAS's gates read of their bindings stays the same as long as the instance does.
"""

from __future__ import annotations

import logging
import os
from threading import Lock

from tokonoma import binding_sources
from tokonoma.bindings import HanaBinding, platform_environment, read_hana
from tokonoma.errors import BindingError

_log = logging.getLogger(__name__)


class HanaRenewal:
    """Looks whether the files of a binding have changed, and reads them again."""

    def __init__(self, binding: HanaBinding, name: str = "") -> None:
        """`binding` is what the service started with; `name` as in `read_hana`."""
        self._binding = binding
        self._name = name
        self._seen = binding_sources.fingerprint(os.environ)
        self._reading = Lock()

    def __call__(self) -> HanaBinding | None:
        """The binding as it is now, if it is another one than before; otherwise None.

        What cannot be read, or is of another schema, is left alone and told in the log.
        """
        if self._seen is None or not self._reading.acquire(blocking=False):
            return None
        try:
            found = binding_sources.fingerprint(os.environ)
            if found == self._seen:
                return None
            self._seen = found
            return self._read()
        finally:
            self._reading.release()

    def _read(self) -> HanaBinding | None:
        try:
            renewed = read_hana(platform_environment(), self._name)
        except BindingError as error:
            _log.warning("The bindings have changed, and those before stay: %s", error)
            return None
        if renewed == self._binding:
            return None
        if renewed.schema != self._binding.schema:
            _log.warning("The binding of HANA has changed to another schema: restart the service")
            return None
        self._binding = renewed
        _log.info("The binding of HANA was renewed")
        return renewed
