"""A stand-in for XSUAA on one laptop, so that the real router and the real library need no account."""

from localcloud.xsuaa.faults import Fault
from localcloud.xsuaa.local import LocalXsuaa

__all__ = ["Fault", "LocalXsuaa"]
