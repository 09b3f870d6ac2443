"""A stand-in for XSUAA on one laptop, so that the real router and the real library need no account."""

from .faults import Fault
from .local import LocalXsuaa

__all__ = ["Fault", "LocalXsuaa"]
