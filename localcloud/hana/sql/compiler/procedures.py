"""Compiles CALL: which procedure it is, and where its parameters come from."""

from __future__ import annotations

from localcloud.hana.errors import INVALID_FUNCTION, WRONG_PARAMETERS, HanaError, not_supported
from localcloud.hana.model import FunctionCode, Parameter
from localcloud.hana.sql.catalogue.catalogue import Catalogue, missing_schema
from localcloud.hana.sql.catalogue.procedures import Procedure, ProcedureParameter
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.known_names import is_procedure

from .plans import ArgumentSource, ProcedurePlan


def call(node: tree.ProcedureCall, catalogue: Catalogue, schema: str, user: str) -> ProcedurePlan:
    """The plan of a CALL.

    HanaError 328 where there is no such procedure, 7 where each HANA has one, 1281 where it has other
    parameters, 258 for whoever may not call it.
    """
    procedure = _find(node, catalogue, schema)
    catalogue.demand(user, "EXECUTE", procedure.schema, procedure.name, node.at)
    given: list[tuple[ProcedureParameter, ArgumentSource]] = []
    markers: list[tuple[int, Parameter]] = []
    for parameter, argument in _pairs(node, procedure):
        if isinstance(argument.value, tree.Marker) and parameter.type is not None:
            shown = Parameter(parameter.type, name=parameter.name, out=parameter.out)
            markers.append((argument.value.index, shown))
        if parameter.out:
            if not isinstance(argument.value, tree.Marker):
                raise _wrong(f"{parameter.name} is an OUT parameter and takes a ?", argument.at)
        else:
            given.append((parameter, _source(parameter, argument)))
    markers.sort(key=lambda each: each[0])
    # Markers of tables are no parameters of the statement.
    places = {index: place for place, (index, _) in enumerate(markers)}
    return ProcedurePlan(
        FunctionCode.CALL,
        tuple(parameter for _, parameter in markers),
        procedure=procedure,
        given=tuple((parameter, _placed(source, places)) for parameter, source in given),
    )


def _find(node: tree.ProcedureCall, catalogue: Catalogue, schema: str) -> Procedure:
    parts = node.path.parts
    where = parts[0] if len(parts) == 2 else schema
    found = catalogue.procedures.get((where, node.path.name))
    if found is not None:
        return found
    if where not in catalogue.schemas:
        raise missing_schema(where, node.path.at)
    if is_procedure(where, node.path.name) or (len(parts) == 1 and is_procedure("SYS", node.path.name)):
        raise not_supported(f"procedure {node.path.name}", node.path.at)
    raise HanaError(
        INVALID_FUNCTION, f"invalid name of function or procedure: {node.path.name}", node.path.at
    )


def _pairs(node: tree.ProcedureCall, procedure: Procedure) -> list[tuple[ProcedureParameter, tree.Argument]]:
    """Each parameter with its argument: by name where they are named, else by place."""
    wanted = {each.name: each for each in procedure.parameters}
    if len(node.arguments) != len(wanted):
        text = f"{procedure.name} has {len(wanted)} parameters, and {len(node.arguments)} are given"
        raise _wrong(text, node.at)
    pairs = []
    for parameter, argument in zip(procedure.parameters, node.arguments, strict=True):
        name = argument.name or parameter.name
        if name not in wanted:
            raise _wrong(f"{procedure.name} has no parameter {name} left", argument.at)
        pairs.append((wanted.pop(name), argument))
    return pairs


def _source(parameter: ProcedureParameter, argument: tree.Argument) -> ArgumentSource:
    value = argument.value
    if parameter.type is None:
        if not isinstance(value, tree.Path):
            raise _wrong(f"{parameter.name} takes a table", argument.at)
        return ArgumentSource(table=value)
    if isinstance(value, tree.Marker):
        return ArgumentSource(marker=value.index)
    if isinstance(value, tree.Literal):
        return ArgumentSource(constant=value.value)
    raise _wrong(f"{parameter.name} takes a value", argument.at)


def _placed(source: ArgumentSource, places: dict[int, int]) -> ArgumentSource:
    return source if source.marker is None else ArgumentSource(marker=places[source.marker])


def _wrong(text: str, at: int) -> HanaError:
    return HanaError(WRONG_PARAMETERS, f"wrong number or types of parameters in call: {text}", at)
