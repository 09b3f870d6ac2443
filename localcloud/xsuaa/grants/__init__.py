"""The OAuth grants, one a file."""

from .authorization_code import AuthorizationCodeGrant
from .client_credentials import ClientCredentialsGrant
from .jwt_bearer import JwtBearerGrant
from .password import PasswordGrant
from .refresh_token import RefreshTokenGrant

GRANTS = (AuthorizationCodeGrant, RefreshTokenGrant, ClientCredentialsGrant, JwtBearerGrant, PasswordGrant)

__all__ = ["GRANTS", "AuthorizationCodeGrant", "ClientCredentialsGrant"]
