"""Phase ``schema-meta`` of the gate: do the schemas of a contract compile, and do defaults keep them?

Also here, because values decide them: the default of every context slot, and shapes that nothing can satisfy
(spec 01 sections 3 and 23).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ggui_core.protocol.bounds import Bounds
from ggui_core.protocol.closed import BRANCHES
from ggui_core.protocol.contract import slot_default
from ggui_core.protocol.errors import Issue, SchemaRefused, Severity
from ggui_core.protocol.paths import Path, clipped, field_path
from ggui_core.protocol.patterns import MOST_EFFORT
from ggui_core.protocol.schema import compile_schema
from ggui_core.protocol.schemas import embedded_schemas
from ggui_core.protocol.values import ENFORCED_BOUNDS, context_violations, enforced_schemas

CODE: Final = "CTR_SCHEMA_META_INVALID"
LONGEST_MESSAGE: Final = 240


def issues(contract: Mapping[str, Any], bounds: Bounds) -> list[Issue]:
    """Every schema that does not compile, and every slot without a valid default."""
    refused: list[Issue] = []
    effort = 0
    for path, schema in embedded_schemas(contract):
        try:
            effort += compile_schema(schema, bounds).effort
        except SchemaRefused as refusal:
            where = (*path, *refusal.path)
            refused.append(_issue(where, refusal.message, "error", refusal.hint or "Correct this schema."))
            continue
        if effort > MOST_EFFORT:
            message = "With this schema, the patterns of the contract are too many or too large."
            return [*refused, _issue(path, message, "error", "Use smaller counts and fewer patterns.")]
    if not refused:
        refused = [*_unenforceable(contract)]
    if refused:
        return refused
    found = [*_defaults(contract)]
    for path, schema in embedded_schemas(contract):
        if path[0] != "agentCapabilities":
            found += _doubts(schema, path)
    return found


def _unenforceable(contract: Mapping[str, Any]) -> Iterator[Issue]:
    """Schemas that compile as written, and not as they will be enforced: closing makes them a little wider."""
    for path, schema in enforced_schemas(contract):
        try:
            compile_schema(schema, ENFORCED_BOUNDS)
        except SchemaRefused as refusal:
            yield _issue(path, refusal.message, "error", refusal.hint or "Simplify this schema.")


def _defaults(contract: Mapping[str, Any]) -> Iterator[Issue]:
    for slot, entry in (contract.get("contextSpec") or {}).items():
        path = ("contextSpec", slot, "default")
        default = slot_default(entry)
        if default is None:
            message = f"No default follows from the schema of slot '{slot}'."
            yield _issue(path, message, "error", "Give the slot a 'default'.")
            continue
        wrong = context_violations(contract, slot, default.value)
        if wrong:
            explicit = "default" in entry
            message = (
                f"The default of slot '{slot}' breaks its own schema: {wrong[0].field}: {wrong[0].message}"
            )
            hint = "Change the default or the schema." if explicit else "Give the slot a 'default'."
            yield _issue(path, message, "error" if explicit else "warn", hint)


def _doubts(schema: object, path: Path) -> Iterator[Issue]:
    """What compiles and will disappoint: a schema of nothing, an array of nothing, an impossible object."""
    if not isinstance(schema, Mapping):
        return
    if not schema.keys() & {"type", "oneOf", "anyOf", "enum", "const", "$ref", "allOf"}:
        yield _issue(path, "This schema says nothing about the type of its values.", "warn", "Add a 'type'.")
    kind = schema.get("type")
    if kind == "array" and "items" not in schema:
        yield _issue(path, "This array does not say what its items are.", "warn", "Add 'items'.")
    branches = [branch for keyword in BRANCHES for branch in schema.get(keyword, ())]
    declares = any(isinstance(branch, Mapping) and branch.get("properties") for branch in branches)
    if kind == "object" and declares and not schema.keys() & {"properties", "additionalProperties"}:
        message = (
            "No object can satisfy this: its alternatives declare properties that the object itself forbids."
        )
        hint = "Remove 'type' beside the alternatives, or set 'additionalProperties' to true."
        yield _issue(path, message, "warn", hint)
    for name, member in schema.get("properties", {}).items():
        yield from _doubts(member, (*path, "properties", name))
    if isinstance(schema.get("items"), Mapping):
        yield from _doubts(schema["items"], (*path, "items"))


def _issue(path: Path, message: str, severity: Severity, hint: str) -> Issue:
    return Issue(CODE, severity, "schema-meta", field_path(path), clipped(message, LONGEST_MESSAGE), hint)
