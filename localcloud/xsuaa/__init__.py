"""A stand-in for XSUAA on one laptop, so that the real router and the real library need no account.

It speaks XSUAA's OAuth 2.0 for one application in one zone. What it does not have: identity providers beside
its own people (`idp` and `login_hint` choose none), subscribed tenants, credentials of type x509, user
attributes, the administration APIs below `apiurl`, revocation of refresh tokens.
"""

from localcloud.http_faults import HttpFault

from .local import LocalXsuaa

__all__ = ["HttpFault", "LocalXsuaa"]
