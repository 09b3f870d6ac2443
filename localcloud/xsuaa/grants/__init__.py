"""The ways to a token: one file a grant."""

from localcloud.xsuaa.grants.authorization_code import AuthorizationCodeGrant
from localcloud.xsuaa.grants.client_credentials import ClientCredentialsGrant
from localcloud.xsuaa.grants.refresh_token import RefreshTokenGrant

TOKEN_GRANTS = (RefreshTokenGrant, ClientCredentialsGrant)

__all__ = ["TOKEN_GRANTS", "AuthorizationCodeGrant", "ClientCredentialsGrant"]
