"""SYS.PROCEDURES and SYS.PROCEDURE_PARAMETERS: the procedures that the local HANA has."""

from __future__ import annotations

from collections.abc import Iterator

from .procedures import Procedure
from .system_view import Question, Row, flag, may_see, shown

_FIRST_OID = 140_000


def _visible(question: Question) -> Iterator[tuple[int, Procedure]]:
    """The procedures that the user may see, each with its object id."""
    for number, key in enumerate(sorted(question.catalogue.procedures), _FIRST_OID):
        if may_see(question.catalogue, question.user, *key):
            yield number, question.catalogue.procedures[key]


@shown(
    "PROCEDURES",
    "SCHEMA_NAME PROCEDURE_NAME PROCEDURE_OID DEFAULT_SCHEMA_NAME INPUT_PARAMETER_COUNT "
    "OUTPUT_PARAMETER_COUNT INOUT_PARAMETER_COUNT RESULT_SET_COUNT IS_UNICODE DEFINITION "
    "PROCEDURE_TYPE READ_ONLY IS_VALID IS_HEADER_ONLY OWNER_NAME "
    "HAS_TRANSACTION_CONTROL_STATEMENTS CREATE_TIME",
    "SQL_SECURITY",
    IS_ENCRYPTED="FALSE",
    IS_DETERMINISTIC="FALSE",
    AUTO_COMMIT_DDL="FALSE",
)
def _procedures(question: Question) -> Iterator[Row]:
    for oid, each in _visible(question):
        outs = sum(parameter.out for parameter in each.parameters)
        counts = (len(each.parameters) - outs, outs, 0, 0)
        owner = question.catalogue.schemas.get(each.schema)
        kind = ("TRUE", None, "PROCEDURE", flag(False), "TRUE", flag(False))
        yield each.schema, each.name, oid, each.schema, *counts, *kind, owner, flag(False), None


@shown(
    "PROCEDURE_PARAMETERS",
    "SCHEMA_NAME PROCEDURE_NAME PROCEDURE_OID PARAMETER_NAME DATA_TYPE_ID DATA_TYPE_NAME LENGTH SCALE "
    "POSITION TABLE_TYPE_SCHEMA TABLE_TYPE_NAME IS_INPLACE_TYPE PARAMETER_TYPE HAS_DEFAULT_VALUE IS_NULLABLE",
)
def _parameters(question: Question) -> Iterator[Row]:
    for oid, each in _visible(question):
        for position, parameter in enumerate(each.parameters, 1):
            type_ = parameter.type
            name = type_.code.name if type_ is not None else "TABLE_TYPE"
            size = (type_.length, type_.scale) if type_ is not None else (None, None)
            kind = (flag(type_ is None), "OUT" if parameter.out else "IN", flag(False), "TRUE")
            described = (None, "INTEGER" if name == "INT" else name, *size, position, None, None, *kind)
            yield each.schema, each.name, oid, parameter.name, *described
