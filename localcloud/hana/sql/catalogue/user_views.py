"""Views about users and roles, and what was granted to them."""

from __future__ import annotations

from collections.abc import Iterator

from .catalogue import Grants
from .system_view import Question, Row, shown

_SO_OF_USERS = ("ADMIN_GIVEN_PASSWORD", "IS_PASSWORD_ENABLED", "IS_CLIENT_CONNECT_ENABLED")
_NOT_SO_OF_USERS = (
    *("USER_DEACTIVATED", "PASSWORD_CHANGE_NEEDED", "IS_PASSWORD_LIFETIME_CHECK_ENABLED", "IS_RESTRICTED"),
    *("IS_KERBEROS_ENABLED", "IS_SAML_ENABLED", "IS_X509_ENABLED", "IS_JWT_ENABLED", "IS_LDAP_ENABLED"),
    "HAS_REMOTE_USERS",
)


@shown(
    "USERS",
    "USER_NAME",
    "USERGROUP_NAME USER_ID EXTERNAL_IDENTITY CREATE_TIME VALID_FROM VALID_UNTIL LAST_SUCCESSFUL_CONNECT "
    "LAST_INVALID_CONNECT_ATTEMPT INVALID_CONNECT_ATTEMPTS LAST_PASSWORD_CHANGE_TIME PASSWORD_CHANGE_TIME "
    "DEACTIVATION_TIME IS_RESTRICTED_DETAILS COMMENTS CREATE_PROVIDER_TYPE CREATE_PROVIDER_NAME",
    CREATOR="SYSTEM",
    USER_MODE="LOCAL",
    AUTHORIZATION_MODE="LOCAL",
    **dict.fromkeys(_SO_OF_USERS, "TRUE"),
    **dict.fromkeys(_NOT_SO_OF_USERS, "FALSE"),
)
def _users(question: Question) -> Iterator[Row]:
    return ((name,) for name in question.catalogue.users)


@shown(
    "GRANTED_PRIVILEGES",
    "GRANTEE GRANTEE_TYPE OBJECT_TYPE SCHEMA_NAME OBJECT_NAME PRIVILEGE",
    "GRANTOR GRANTEE_SCHEMA_NAME COLUMN_NAME",
    GRANTOR_TYPE="USER",
    IS_GRANTABLE="FALSE",
    IS_VALID="TRUE",
)
def _privileges(question: Question) -> Iterator[Row]:
    catalogue = question.catalogue
    for user in catalogue.users.values():
        yield from ((user.name, "USER", *cells) for cells in _grant_cells(user.grants))
    for role in catalogue.roles.values():
        yield from ((role.name, "ROLE", *cells) for cells in _grant_cells(role.grants))


def _grant_cells(grants: Grants) -> Iterator[Row]:
    """OBJECT_TYPE, SCHEMA_NAME, OBJECT_NAME and PRIVILEGE of each."""
    for schema, name, privilege in sorted(grants):
        yield "TABLE" if name else "SCHEMA", schema, name or None, privilege


@shown(
    "ROLES",
    "ROLE_NAME",
    "ROLE_SCHEMA_NAME ROLE_ID GLOBAL_IDENTITY CREATOR CREATE_TIME COMMENTS CONTEXT ROLEGROUP_NAME",
    ROLE_MODE="LOCAL",
)
def _roles(question: Question) -> Iterator[Row]:
    for name in question.catalogue.roles:
        yield (name,)


@shown(
    "GRANTED_ROLES",
    "GRANTEE GRANTEE_TYPE ROLE_NAME",
    "GRANTEE_SCHEMA_NAME ROLE_SCHEMA_NAME GRANTOR",
    GRANTOR_TYPE="USER",
    IS_GRANTABLE="FALSE",
)
def _granted_roles(question: Question) -> Iterator[Row]:
    for user in question.catalogue.users.values():
        for role in sorted(user.roles):
            yield user.name, "USER", role
