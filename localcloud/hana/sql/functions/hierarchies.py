"""The order of a tree: ranks, levels and sizes of the nodes that rows with their parents describe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from localcloud.hana.errors import GENERAL_ERROR, HanaError, not_supported
from localcloud.hana.model import Value

_Node = tuple[Value, Value, int]
"""A node, its parent, and whether the tree starts here."""

_Visit = tuple[int, int, int, int]
"""The index of a node, and the rank of its parent, the rank of its root and its level."""


def ranked(rows: str, orphan: str, cycle: str, depth: int) -> Value:
    """The nodes as HIERARCHY has them, from top to bottom, as a JSON array of arrays.

    `rows` is a JSON array of nodes with their parents, siblings in their order. Of each node come its number
    in there, its rank, the size of its tree, its parent's rank, its root's, its level, and whether it closes
    a cycle and is an orphan: no start leads to it. `depth` 0 is any depth.

    What an orphan is: SAP's course on SQLScript, "Analyzing SAP HANA Hierarchies".
    """
    nodes: list[_Node] = [tuple(each) for each in json.loads(rows)]
    places = {node: index for index, (node, _, _) in enumerate(nodes)}
    if len(places) < len(nodes):
        raise not_supported("HIERARCHY whose nodes have several parents")
    children: dict[int, list[int]] = {}
    tops: list[int] = []
    for index, (_, parent, _) in enumerate(nodes):
        if parent is not None and parent in places:
            children.setdefault(places[parent], []).append(index)
        else:
            tops.append(index)
    starts = [index for index, (_, _, is_start) in enumerate(nodes) if is_start]
    reached = _below(starts, children, set())
    orphans = set(range(len(nodes))) - reached
    if orphans and orphan == "ERROR":
        raise HanaError(GENERAL_ERROR, "general error: hierarchy: a node is an orphan")
    if orphan == "ROOT":
        starts = sorted([*starts, *_orphan_roots(tops, children, orphans)])
        # What starts have below them stands there, and not below an orphan too.
        children = {
            index: below if index in reached else [each for each in below if each in orphans]
            for index, below in children.items()
        }
    return json.dumps(_walked(children, starts, orphans, cycle, depth))


def _below(starts: Iterable[int], children: dict[int, list[int]], reached: set[int]) -> set[int]:
    """Adds to `reached` all that these lead to, and themselves."""
    waiting = list(starts)
    while waiting:
        index = waiting.pop()
        if index not in reached:
            reached.add(index)
            waiting += children.get(index, ())
    return reached


def _orphan_roots(tops: Iterable[int], children: dict[int, list[int]], orphans: set[int]) -> list[int]:
    """Orphans without a parent, and one of each cycle that none of them leads to."""
    roots = [index for index in tops if index in orphans]
    reached = _below(roots, children, set())
    for index in sorted(orphans):
        if index not in reached:
            roots.append(index)
            _below([index], children, reached)
    return roots


def _walked(
    children: dict[int, list[int]],
    starts: Sequence[int],
    orphans: set[int],
    cycle: str,
    depth: int,
) -> list[list[int]]:
    found: list[list[int]] = []
    path: list[int] = []
    above: set[int] = set()
    waiting: list[_Visit] = [(index, 0, 0, 1) for index in reversed(starts)]
    while waiting:
        index, parent, root, level = waiting.pop()
        above.difference_update(path[level - 1 :])
        del path[level - 1 :]
        rank = len(found) + 1
        closes = index in above
        if closes and cycle == "ERROR":
            raise HanaError(GENERAL_ERROR, "general error: hierarchy: a node is below itself")
        found.append([index + 1, rank, 1, parent, root or rank, level, int(closes), int(index in orphans)])
        if closes:
            continue
        path.append(index)
        above.add(index)
        if level != depth:
            below = children.get(index, ())
            waiting += [(each, rank, root or rank, level + 1) for each in reversed(below)]
    for row in reversed(found):
        if row[3]:
            found[row[3] - 1][2] += row[2]
    return found
