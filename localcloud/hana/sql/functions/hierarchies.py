"""The order of a tree: ranks, levels and sizes of the nodes that rows with their parents describe."""

from __future__ import annotations

import json
from collections.abc import Sequence

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
    a cycle and is an orphan. `depth` 0 is any depth.
    """
    nodes: list[_Node] = [tuple(each) for each in json.loads(rows)]
    known = {node for node, _, _ in nodes}
    if len(known) < len(nodes):
        raise not_supported("HIERARCHY whose nodes have several parents")
    children: dict[Value, list[int]] = {}
    starts: list[int] = []
    orphans: set[int] = set()
    for index, (_, parent, is_start) in enumerate(nodes):
        if parent is not None and parent in known:
            children.setdefault(parent, []).append(index)
        elif parent is not None:
            orphans.add(index)
        if is_start or (index in orphans and orphan == "ROOT"):
            starts.append(index)
    if orphans and orphan == "ERROR":
        raise HanaError(GENERAL_ERROR, "general error: hierarchy: a node's parent is not there")
    return json.dumps(_walked(nodes, children, starts, orphans, cycle, depth))


def _walked(
    nodes: Sequence[_Node],
    children: dict[Value, list[int]],
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
            below = children.get(nodes[index][0], ())
            waiting += [(each, rank, root or rank, level + 1) for each in reversed(below)]
    for row in reversed(found):
        if row[3]:
            found[row[3] - 1][2] += row[2]
    return found
