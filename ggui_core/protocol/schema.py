"""Compiled schemas of contracts, ready to judge values (spec 01 section 4).

Before the engine sees a schema it was measured, read in the strict dialect (:mod:`.dialect`) and found bounded
(:mod:`.breadth`). The engine never fetches anything: its retriever raises. No coercion, no defaults, no stripping.
"""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import orjson

from ggui_core.protocol import dialect
from ggui_core.protocol.bounds import CONTRACT_BOUNDS, Bounds, Excess, measure
from ggui_core.protocol.breadth import breadth
from ggui_core.protocol.dialect import Pointer, SchemaTree, declared_types, subschemas
from ggui_core.protocol.errors import SchemaRefused
from ggui_core.protocol.formats import NUMBER_RANGES
from ggui_core.protocol.patterns import MOST_EFFORT, effort
from ggui_core.protocol.props_schema import without_nullable

if TYPE_CHECKING:
    import jsonschema_rs

    from ggui_core.protocol.engine import Engine

MOST_LOOKS: Final = 4_000_000
"""Looks of a schema at a value and all that is in it, above which the value is refused unread."""

_UNSEEN: Final = ("example", "$id", "$schema", "$ref")
_CACHE_BYTES: Final = 8 * 1024 * 1024
_CACHE_ENTRIES: Final = 1_024


@dataclass(frozen=True)
class CompiledSchema:
    """A schema ready to judge values.

    Attributes:
        schema: As it was given.
        tree: Its nodes.
        looks: Upper bound of the nodes applied to one value.
        effort: Of compiling its patterns (:func:`.patterns.effort`).
    """

    schema: Mapping[str, Any]
    tree: SchemaTree
    looks: int
    effort: int
    _engine: Engine = field(repr=False)
    _parts: dict[Pointer, jsonschema_rs.Draft7Validator] = field(default_factory=dict, repr=False)
    _own: dict[Pointer, jsonschema_rs.Draft7Validator] = field(default_factory=dict, repr=False)

    def refuses(self, value: object, bounds: Bounds) -> Excess | None:
        """Why a value may not even be judged: it is no JSON, too large, or too costly against this schema."""
        weighed = measure(value, bounds)
        if isinstance(weighed, Excess):
            return weighed
        if weighed.values * self.looks > MOST_LOOKS:
            return Excess(
                (), f"{weighed.values:,} values are too many for a schema with this many alternatives"
            )
        return None

    def accepts(self, value: object) -> bool:
        """The verdict. The value was let through by :meth:`refuses`."""
        return self._engine.accepts(value)

    def part_accepts(self, pointer: Pointer, value: object) -> bool:
        """The verdict of one node of the schema."""
        part = self._parts.get(pointer)
        if part is None:
            part = self._parts[pointer] = self._engine.part(_fragment(pointer))
        return part.is_valid(value)

    def own_errors(self, pointer: Pointer, value: object) -> Iterator[jsonschema_rs.ValidationError]:
        """What a node of keywords finds wrong by itself, missing names aside; about one error per keyword."""
        own = self._own.get(pointer)
        if own is None:
            schema = self.tree.nodes[pointer].schema
            assert isinstance(schema, Mapping), "a boolean schema has no keywords"
            from ggui_core.protocol.engine import standalone

            own = self._own[pointer] = standalone(_own_schema(schema))
        return own.iter_errors(value)

    @staticmethod
    def name_matches(pattern: str, name: str) -> bool:
        """True when a pattern of the schema is found in the name of a member."""
        from ggui_core.protocol.engine import searcher

        return searcher(pattern).is_valid(name)


def compile_schema(schema: Mapping[str, Any], bounds: Bounds = CONTRACT_BOUNDS) -> CompiledSchema:
    """Compile a schema of the dialect; equal schemas are compiled once.

    Raises:
        SchemaRefused: It is outside the dialect or the bounds, or the engine does not take it.
    """
    weighed = measure(schema, bounds)
    if isinstance(weighed, Excess):
        raise SchemaRefused(f"This schema is refused: {weighed.message}.", weighed.path)
    key = _content(schema)
    compiled = _CACHE.get(key)
    if compiled is None:
        compiled = _compile(copy.deepcopy(schema), bounds)  # kept longer than the caller's, which may change
        _CACHE.put(key, compiled)
    return compiled


def pattern_effort(tree: SchemaTree) -> int:
    """What compiling all patterns of a schema takes, in the unit of :data:`.patterns.MOST_EFFORT`."""
    total = 0
    for node in tree.nodes.values():
        if isinstance(node.schema, bool):
            continue
        patterns = [*node.schema.get("patternProperties", ())]
        if isinstance(pattern := node.schema.get("pattern"), str):
            patterns.append(pattern)
        total += sum(map(effort, patterns))
    return total


def _compile(schema: Mapping[str, Any], bounds: Bounds) -> CompiledSchema:
    tree = dialect.read(schema, bounds)
    looks = breadth(tree)
    taken = pattern_effort(tree)
    if taken > MOST_EFFORT:
        raise SchemaRefused(
            "The patterns of this schema are too large.", hint="Use smaller counts and fewer classes."
        )
    from ggui_core.protocol.engine import Engine  # native code, loaded when the first schema needs it

    return CompiledSchema(schema, tree, looks, taken, Engine(_engine_schema(schema)))


def _own_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """One node by itself: the keywords that judge a value as a whole, without its members and items.

    ``required`` goes too, because the engine reports each name with a copy of the value.
    """
    return _engine_schema(
        {key: member for key, member in schema.items() if key not in _OWN_UNSEEN and not _holds_schemas(key)}
    )


_OWN_UNSEEN: Final = (*_UNSEEN, "required")


def _holds_schemas(keyword: str) -> bool:
    return keyword in (
        *dialect.NAMED_SCHEMAS,
        *dialect.LISTED_SCHEMAS,
        *dialect.SINGLE_SCHEMAS,
        dialect.NAME_SCHEMA,
        "items",
    )


def _engine_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema in the engine's words; every subschema keeps its pointer.

    ``$ref`` moves into ``allOf``, because draft-07 would ignore what stands beside it and contracts mean both.
    """
    node = {key: value for key, value in without_nullable(schema).items() if key not in _UNSEEN}
    for below, member in subschemas(schema):
        if isinstance(member, Mapping):
            _place(node, below, _engine_schema(member))
    also: list[dict[str, Any]] = []
    if "$ref" in schema:
        also.append({"$ref": _fragment(dialect.ref_target(schema["$ref"]))})
    limits = NUMBER_RANGES.get(node.get("format", ""))
    if limits is not None and {"number", "integer"} & {*declared_types(schema)}:
        whole = {"type": "integer", "minimum": limits[0], "maximum": limits[1]}
        also.append({"if": {"type": "number"}, "then": whole})
    if also:
        node["allOf"] = [*node.get("allOf", ()), *also]
    return node


def _place(node: dict[str, Any], below: Pointer, member: dict[str, Any]) -> None:
    """Put a subschema in its place without touching what the author's schema holds."""
    if len(below) == 1:
        node[below[0]] = member
        return
    keyword, name = below
    if isinstance(node[keyword], list):
        node[keyword] = list(node[keyword])
        node[keyword][int(name)] = member
    else:
        node[keyword] = {**node[keyword], name: member}


def _fragment(pointer: Pointer) -> str:
    return "#" + "".join(
        "/" + quote(segment.replace("~", "~0").replace("/", "~1"), safe="") for segment in pointer
    )


def _content(schema: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(schema)
    except (TypeError, ValueError):  # whole numbers of more than 64 bits
        return repr(schema).encode("utf-8")


class _Cache:
    """The compiled schemas used last, bounded by their number and by the bytes of their text."""

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, CompiledSchema] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: bytes) -> CompiledSchema | None:
        with self._lock:
            compiled = self._entries.get(key)
            if compiled is not None:
                self._entries.move_to_end(key)
            return compiled

    def put(self, key: bytes, compiled: CompiledSchema) -> None:
        with self._lock:
            if key in self._entries:
                return
            self._entries[key] = compiled
            self._bytes += len(key)
            while self._entries and (self._bytes > _CACHE_BYTES or len(self._entries) > _CACHE_ENTRIES):
                dropped, _ = self._entries.popitem(last=False)
                self._bytes -= len(dropped)


_CACHE: Final = _Cache()
