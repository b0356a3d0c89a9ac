"""Arguments that a tool may take, made from its listed schema, with a fault here and there."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

FAULTS = 0.08
"""How often a value is anything at all, and how often a member is left out or made up."""
WAITS = {"timeout", "wait", "seconds"}
"""Members that would keep a call waiting; they stay small."""


@dataclass(frozen=True, slots=True)
class Plausible:
    """Makes arguments out of random numbers.

    Attributes:
        known: What there is on the server, by the name of the member that names it: ids, tokens.
        anything: Any JSON value.
    """

    rng: random.Random
    known: Mapping[str, list[str]]
    anything: Callable[[], Any]

    def arguments(self, tool: Mapping[str, Any]) -> Any:
        """Arguments for one declared tool. What destroys rarely gets to know something that is there."""
        schema = tool["inputSchema"]
        made = self._value(schema, schema, "", 0)
        if isinstance(made, dict) and tool["annotations"]["destructiveHint"] and self.rng.random() < 0.9:
            made.update({name: "x" for name in made if name in self.known})
        return made

    def _value(self, schema: Any, root: Mapping[str, Any], name: str, depth: int) -> Any:
        rng = self.rng
        if name in WAITS:
            return rng.choice([0, 0, 0.001, -1, "x", None])
        if not isinstance(schema, Mapping) or depth > 8 or rng.random() < FAULTS:
            return self.anything()
        if name in self.known and rng.random() < 0.9:
            return rng.choice(self.known[name])
        if "$ref" in schema:
            target: Any = root
            for part in schema["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            return self._value(target, root, name, depth + 1)
        for choice in ("enum", "examples"):
            if schema.get(choice):
                return rng.choice(schema[choice])
        if "const" in schema:
            return schema["const"]
        for choice in ("anyOf", "oneOf", "allOf"):
            if schema.get(choice):
                return self._value(rng.choice(schema[choice]), root, name, depth + 1)
        return self._of_type(schema, root, depth)

    def _of_type(self, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
        rng, type_ = self.rng, schema.get("type")
        if type_ == "object":
            return self._object(schema, root, depth)
        if type_ == "array":
            count = rng.randrange(schema.get("minItems", 0), schema.get("minItems", 0) + 3)
            return [self._value(schema.get("items", {}), root, "", depth + 1) for _ in range(count)]
        if type_ in ("integer", "number"):
            low = schema.get("minimum", 0)
            return rng.randint(int(low), int(schema.get("maximum", low + 100)))
        if type_ == "boolean":
            return rng.random() < 0.5
        if type_ == "string":
            return rng.choice(["x", "press", "forms", "2026-11-24T10:00:00.000Z", "0" * 64, "a b", "é", "@"])
        return self.anything()

    def _object(self, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        made = {
            name: self._value(member, root, name, depth + 1)
            for name, member in schema.get("properties", {}).items()
            if self.rng.random() < (1 - FAULTS / 2 if name in required else 0.4)
        }
        if self.rng.random() < FAULTS:
            made[self.rng.choice(["extra", "__proto__", "confirm", ""])] = self.anything()
        return made
