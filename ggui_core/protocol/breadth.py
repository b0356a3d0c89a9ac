"""How often one value is looked at while a schema is applied: the cost of a hostile schema, known beforehand.

References can make a schema exponentially wide (each definition naming the next one twice) or endless. Neither is
left to the engine: a schema that refers to itself without descending, or that recurses along two ways into the
same value, is refused, and for all others the number computed here bounds the work per value (ARCHITECTURE law 9).
"""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ggui_core.protocol.dialect import Edge, Pointer, SchemaNode, SchemaTree
from ggui_core.protocol.errors import SchemaRefused
from ggui_core.protocol.patterns import STEPPED_PATTERN_WEIGHT, is_linear

WIDEST: Final = 100_000
"""Looks at one value above which a schema is refused."""

_LEVELS: Final = 32
"""Levels a schema that does not recurse can descend: the depth bound of contracts."""

_EXCLUSIVE: Final = ("property", "rest")


def breadth(tree: SchemaTree) -> int:
    """An upper bound of the schema nodes that are applied to any one value.

    Raises:
        SchemaRefused: The schema never ends, recurses in two ways into one value, or is wider than
            :data:`WIDEST`.
    """
    _refuse_endless(tree)
    widths: dict[Pointer, int] = {}
    for component in _components(tree):  # what a component refers to comes before it
        members = frozenset(component)
        node = tree.nodes[component[0]]
        if len(component) == 1 and all(edge.target not in members for edge in node.edges):
            widths[node.pointer] = _width(node, widths)
        else:
            _refuse_branching(tree, members)
            inside = _recursive_width(tree, members, widths)
            widths |= dict.fromkeys(component, inside)
        if widths[component[0]] > WIDEST:
            raise SchemaRefused(
                "This schema looks too often at the same value.",
                component[0],
                hint="Replace nested alternatives that refer to one another by one alternative each.",
            )
    return widths[()]


def _weight(node: SchemaNode) -> int:
    schema = node.schema
    if isinstance(schema, bool):
        return 1
    patterns = [*schema.get("patternProperties", {})]
    if isinstance(pattern := schema.get("pattern"), str):
        patterns.append(pattern)
    stepped = sum(1 for pattern in patterns if not is_linear(pattern))
    return 1 + len(patterns) + stepped * STEPPED_PATTERN_WEIGHT + _members_compared(schema)


def _members_compared(schema: Mapping[str, Any]) -> int:
    members = schema.get("enum", ())
    nested = any(isinstance(member, (dict, list)) for member in members)
    return len(members) if nested else 0  # scalars are looked up, other members are compared one by one


def _width(node: SchemaNode, widths: Mapping[Pointer, int]) -> int:
    members = [widths[edge.target] for edge in node.edges if edge.kind in _EXCLUSIVE]
    items = [widths[edge.target] for edge in node.edges if edge.kind == "item"]
    shared = sum(widths[edge.target] for edge in node.edges if edge.kind not in (*_EXCLUSIVE, "item"))
    return _weight(node) + shared + max([0, *members, *items])


def _recursive_width(tree: SchemaTree, members: frozenset[Pointer], widths: Mapping[Pointer, int]) -> int:
    total = 0
    for pointer in members:
        node = tree.nodes[pointer]
        total += _weight(node)
        for edge in node.edges:
            if edge.target not in members:
                # A way out that may overlap with the way on can start at every level above a value.
                levels = 1 if edge.kind in (*_EXCLUSIVE, "item") else _LEVELS
                total += widths[edge.target] * levels
    return total


def _refuse_endless(tree: SchemaTree) -> None:
    same = {
        pointer: [edge.target for edge in node.edges if edge.kind == "same"]
        for pointer, node in tree.nodes.items()
    }
    try:
        graphlib.TopologicalSorter(same).prepare()
    except graphlib.CycleError as cycle:
        raise SchemaRefused(
            "'$ref' leads back to itself without descending into the value.",
            cycle.args[1][0],
            hint="Let the recursion pass through 'properties' or 'items'.",
        ) from None


def _refuse_branching(tree: SchemaTree, members: frozenset[Pointer]) -> None:
    """Inside a recursion, at most one way may lead on into the members and one into the items of a value."""
    same = {
        pointer: [
            edge.target
            for edge in tree.nodes[pointer].edges
            if edge.kind == "same" and edge.target in members
        ]
        for pointer in members
    }
    ways: dict[Pointer, tuple[int, int]] = {}
    for pointer in graphlib.TopologicalSorter(same).static_order():  # targets come first
        edges = [edge for edge in tree.nodes[pointer].edges if edge.target in members]
        into_members = sum(1 for edge in edges if edge.kind == "pattern") + _any(edges, _EXCLUSIVE)
        into_items = sum(1 for edge in edges if edge.kind == "contains") + _any(edges, ("item",))
        for target in same[pointer]:
            into_members += ways[target][0]
            into_items += ways[target][1]
        if into_members > 1 or into_items > 1:
            raise SchemaRefused(
                "This schema refers to itself in two ways that look at the same value.",
                pointer,
                hint="Give the recursion one way through 'properties' and one through 'items'.",
            )
        ways[pointer] = (into_members, into_items)


def _any(edges: Iterable[Edge], kinds: tuple[str, ...]) -> int:
    return int(any(edge.kind in kinds for edge in edges))


def _components(tree: SchemaTree) -> list[list[Pointer]]:
    """Strongly connected components, those referred to first (Kosaraju; iterative, chains may be long)."""
    onward = {pointer: [edge.target for edge in node.edges] for pointer, node in tree.nodes.items()}
    backward: dict[Pointer, list[Pointer]] = {pointer: [] for pointer in onward}
    for pointer, targets in onward.items():
        for target in targets:
            backward[target].append(pointer)
    components: list[list[Pointer]] = []
    assigned: set[Pointer] = set()
    for pointer in reversed(_finished(backward)):
        if pointer in assigned:
            continue
        component, pending = [], [pointer]
        assigned.add(pointer)
        while pending:
            current = pending.pop()
            component.append(current)
            for target in onward[current]:
                if target not in assigned:
                    assigned.add(target)
                    pending.append(target)
        components.append(component)
    return components


def _finished(graph: Mapping[Pointer, list[Pointer]]) -> list[Pointer]:
    """Nodes in the order in which a depth-first walk leaves them."""
    order: list[Pointer] = []
    seen: set[Pointer] = set()
    for root in graph:
        if root in seen:
            continue
        seen.add(root)
        pending = [(root, iter(graph[root]))]
        while pending:
            pointer, targets = pending[-1]
            target = next((each for each in targets if each not in seen), None)
            if target is None:
                order.append(pointer)
                pending.pop()
            else:
                seen.add(target)
                pending.append((target, iter(graph[target])))
    return order
