"""Does one schema accept everything another one produces? (spec 01 section 3.1).

The check is one of structure. Bounds, patterns and formats are ignored, as the specification has it. Where the
deployed system gives up (any ``enum``, ``const`` or alternative, ``integer`` into ``number``) this one decides
what it can prove and answers ``unsupported`` for the rest, so correct contracts are not refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from ggui_core.protocol.bounds import PROPS_BOUNDS
from ggui_core.protocol.closed import is_object_node
from ggui_core.protocol.dialect import TYPES, declared_types
from ggui_core.protocol.errors import SchemaRefused
from ggui_core.protocol.paths import Path
from ggui_core.protocol.report import json_type
from ggui_core.protocol.schema import CompiledSchema, compile_schema

Reason = Literal[
    "type-mismatch",
    "extra-property",
    "required-widens",
    "missing-required",
    "items-mismatch",
    "additional-properties-widens",
    "unsupported",
]

MOST_COMPARISONS: Final = 20_000
"""Pairs of nodes compared before the answer is ``unsupported``: alternatives multiply."""

_UNREADABLE: Final = ("$ref", "allOf", "not", "if", "then", "else", "patternProperties", "propertyNames")
_UNREADABLE_MORE: Final = ("dependencies", "contains", "additionalItems")
_NOTES: Final = ("title", "description", "default", "examples", "example", "$comment", "$schema", "$id")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why the superset does not accept everything.

    Attributes:
        reason: The rule that is broken.
        path: Where in the value: names, and ``[]`` for the items of an array.
        message: One sentence.
    """

    reason: Reason
    path: Path
    message: str


def subset_mismatches(subset: Mapping[str, Any], superset: Mapping[str, Any]) -> tuple[Mismatch, ...]:
    """Compare two schemas that are in the dialect; an empty tuple means compatible.

    Args:
        subset: Describes what is produced.
        superset: Describes what is accepted.
    """
    return tuple(_Comparison(subset, superset).of(subset, superset, ()))


class _Comparison:
    def __init__(self, subset: Mapping[str, Any], superset: Mapping[str, Any]) -> None:
        self._roots = (subset, superset)
        self._left = MOST_COMPARISONS
        self._compiled: dict[int, CompiledSchema | None] = {}  # by identity: the roots keep every node alive

    def of(self, subset: object, superset: object, path: Path) -> Iterator[Mismatch]:
        self._left -= 1
        if self._left < 0:
            yield Mismatch("unsupported", path, "These schemas have too many alternatives to compare.")
            return
        whole = subset is self._roots[0] and superset is self._roots[1]
        if json_equal(subset, superset) and (whole or not _refers(subset)):
            return  # in parts of two schemas, the same $ref may lead to different definitions
        if superset is True or subset is False:
            return
        if not isinstance(subset, Mapping) or not isinstance(superset, Mapping):
            yield Mismatch("unsupported", path, "A boolean schema is compared with its equal only.")
            return
        if superset.keys() <= {*_NOTES}:
            return
        for keyword in (*_UNREADABLE, *_UNREADABLE_MORE):
            if keyword in subset or keyword in superset:
                yield Mismatch(
                    "unsupported", path, f"Schemas with '{keyword}' are compared with their equal only."
                )
                return
        if (produced := _produced(subset)) is not None:
            yield from self._values(produced, superset, path)
        elif branches := _branches(subset):
            for branch in branches:
                yield from self.of(branch, superset, path)
        elif "anyOf" in subset or "oneOf" in subset:
            yield Mismatch("unsupported", path, "Alternatives beside other keywords cannot be compared.")
        elif (choices := _branches(superset)) and "anyOf" in superset:
            if all(any(self.of(subset, choice, path)) for choice in choices):
                yield Mismatch("type-mismatch", path, "No alternative accepts what is produced here.")
        elif choices:
            yield from self._exactly_one(subset, choices, path)
        elif {"anyOf", "oneOf", "enum", "const"} & superset.keys():
            yield Mismatch(
                "unsupported", path, "What is produced here is not known to be among the accepted."
            )
        else:
            yield from self._structure(subset, superset, path)

    def _values(
        self, produced: Sequence[object], superset: Mapping[str, Any], path: Path
    ) -> Iterator[Mismatch]:
        """What is produced is a list of values: the superset is asked about each."""
        compiled = self._askable(superset)
        if compiled is None:
            yield Mismatch("unsupported", path, "The accepting schema cannot be asked about single values.")
            return
        for value in produced:
            self._left -= 1
            if compiled.refuses(value, PROPS_BOUNDS) or not compiled.accepts(value):
                kind: Reason = "type-mismatch"
                yield Mismatch(kind, path, f"A {json_type(value)} is produced here that is not accepted.")
                return

    def _askable(self, superset: Mapping[str, Any]) -> CompiledSchema | None:
        """A part of the superset that can be asked about values: outside its root, a ``$ref`` leads elsewhere."""
        key = id(superset)
        if key not in self._compiled:
            try:
                alone = superset is self._roots[1] or not _refers(superset)
                self._compiled[key] = compile_schema(superset) if alone else None
            except SchemaRefused:
                self._compiled[key] = None
        return self._compiled[key]

    def _exactly_one(
        self, subset: Mapping[str, Any], choices: Sequence[object], path: Path
    ) -> Iterator[Mismatch]:
        """``oneOf`` accepts when one branch does and the types of all others are different ones."""
        for index, choice in enumerate(choices):
            others = [other for position, other in enumerate(choices) if position != index]
            if not any(self.of(subset, choice, path)) and all(_apart(subset, other) for other in others):
                return
        yield Mismatch("unsupported", path, "It is not certain that exactly one alternative accepts this.")

    def _structure(
        self, subset: Mapping[str, Any], superset: Mapping[str, Any], path: Path
    ) -> Iterator[Mismatch]:
        accepted = {*declared_types(superset)}
        produced = {*declared_types(subset)} or (set(TYPES) if accepted else set())
        if accepted:
            foreign = sorted(
                kind for kind in produced - accepted if not (kind == "integer" and "number" in accepted)
            )
            if foreign:
                message = f"{', '.join(foreign)} is produced, {', '.join(sorted(accepted))} is accepted."
                yield Mismatch("type-mismatch", path, message)
                return
        if "object" in produced or (not produced and is_object_node(subset)):
            yield from self._objects(subset, superset, path)
        if "items" in subset and "items" in superset:
            yield from self._items(subset["items"], superset["items"], path)

    def _objects(
        self, subset: Mapping[str, Any], superset: Mapping[str, Any], path: Path
    ) -> Iterator[Mismatch]:
        produced: Mapping[str, Any] = subset.get("properties", {})
        accepted: Mapping[str, Any] = superset.get("properties", {})
        rest = superset.get("additionalProperties", True)
        for name, member in produced.items():
            if name in accepted:
                yield from self.of(member, accepted[name], (*path, name))
            elif rest is False:
                yield Mismatch("extra-property", (*path, name), f"'{name}' is not accepted.")
            else:
                yield from self.of(member, rest, (*path, name))
        always = {*subset.get("required", ())}
        for name in superset.get("required", ()):
            if name not in always:
                yield Mismatch("missing-required", (*path, name), f"'{name}' is required and may be missing.")
        others = subset.get("additionalProperties", True)
        yield from self._rest(others, rest, path)
        if isinstance(others, Mapping):
            for name in accepted.keys() - produced.keys():
                yield from self.of(others, accepted[name], (*path, name))

    def _rest(self, produced: object, accepted: object, path: Path) -> Iterator[Mismatch]:
        """Members that are not declared."""
        if produced is False or accepted is True:
            return
        if accepted is False or produced is True:
            message = "Members that are not declared may be produced, and not all of them are accepted."
            yield Mismatch("additional-properties-widens", path, message)
        else:
            yield from self.of(produced, accepted, (*path, "*"))

    def _items(self, produced: object, accepted: object, path: Path) -> Iterator[Mismatch]:
        if isinstance(produced, list) or isinstance(accepted, list):
            if not json_equal(produced, accepted):
                yield Mismatch("items-mismatch", (*path, "[]"), "Tuples are compared with their equal only.")
            return
        for mismatch in self.of(produced, accepted, (*path, "[]")):
            if mismatch.reason == "type-mismatch" and mismatch.path == (*path, "[]"):
                yield Mismatch("items-mismatch", mismatch.path, mismatch.message)
            else:
                yield mismatch


def json_equal(one: object, other: object) -> bool:
    """Equality of JSON: ``true`` is not ``1``, but ``1.0`` is."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(json_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(json_equal, one, other))
    return one == other


def _refers(schema: object) -> bool:
    pending = [schema]
    while pending:
        node = pending.pop()
        if isinstance(node, Mapping):
            if "$ref" in node:
                return True
            pending += node.values()
        elif isinstance(node, list):
            pending += node
    return False


def _produced(schema: Mapping[str, Any]) -> Sequence[object] | None:
    if "const" in schema:
        return [schema["const"]]
    enum = schema.get("enum")
    return enum if isinstance(enum, list) else None


def _branches(schema: Mapping[str, Any]) -> Sequence[object]:
    """The alternatives of a node that says nothing else."""
    said = [keyword for keyword in schema if keyword not in _NOTES]
    if said in (["anyOf"], ["oneOf"]):
        branches: Sequence[object] = schema[said[0]]
        return branches
    return ()


def _apart(one: Mapping[str, Any], other: object) -> bool:
    """True when no value has a type of both."""
    if not isinstance(other, Mapping):
        return other is False
    mine, theirs = {*declared_types(one)}, {*declared_types(other)}
    for kinds in (mine, theirs):
        if "number" in kinds:
            kinds.add("integer")
    return bool(mine) and bool(theirs) and not mine & theirs
