"""Phases ``references`` and ``schema-compat`` of the gate: do the names of a contract lead somewhere that fits?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ggui_core.protocol.closed import close
from ggui_core.protocol.contract import DataContract
from ggui_core.protocol.errors import Issue
from ggui_core.protocol.names import RESERVED_PREFIX, is_reserved, is_slot
from ggui_core.protocol.paths import Path, field_path
from ggui_core.protocol.subset import Mismatch, subset_mismatches

_SPECS: Final = ("actionSpec", "streamSpec", "contextSpec")
VOID: Final[Mapping[str, Any]] = {"type": "object", "properties": {}, "additionalProperties": False}
"""The payload of an action without a schema, as its tool sees it."""


def issues(contract: Mapping[str, Any], parsed: DataContract) -> list[Issue]:
    """Names that lead nowhere, clash, or are not for authors (spec 01 sections 2.3 and 3, phase 4)."""
    return [*_tools(parsed), *_duplicates(contract), *_reserved(contract), *_empty_props(parsed)]


def compatibility_issues(contract: Mapping[str, Any], parsed: DataContract) -> list[Issue]:
    """Actions whose payload their tool refuses, channels that refuse what their tool yields (phase 5).

    The payload of an action is compared closed, as it will be enforced when it comes.
    """
    found: list[Issue] = []
    for name, action in (parsed.action_spec or {}).items():
        if action.next_step is None:
            continue
        payload = close(action.schema_) if action.schema_ is not None else VOID
        assert isinstance(payload, Mapping), "closing keeps an object an object"
        accepted = parsed.tools[action.next_step].tool_info.input_schema
        found += [
            _incompatible(("actionSpec", name, "schema"), action.next_step, mismatch)
            for mismatch in subset_mismatches(payload, accepted)
        ]
    for name, stream in (parsed.stream_spec or {}).items():
        produced = parsed.tools[stream.source.tool].tool_info.output_schema if stream.source else None
        if produced is not None and stream.source is not None:
            found += [
                _incompatible(("streamSpec", name, "schema"), stream.source.tool, mismatch)
                for mismatch in subset_mismatches(produced, stream.schema_)
            ]
    return found


def _tools(parsed: DataContract) -> Iterator[Issue]:
    hint = "Declare it under 'agentCapabilities.tools' by its bare name."
    for name, action in (parsed.action_spec or {}).items():
        if action.next_step is not None and action.next_step not in parsed.tools:
            message = f"nextStep names the tool '{action.next_step}', which the contract does not declare."
            yield _issue("CTR_REF_NEXT_STEP", ("actionSpec", name, "nextStep"), message, hint)
    for name, stream in (parsed.stream_spec or {}).items():
        if stream.source is not None and stream.source.tool not in parsed.tools:
            message = f"source names the tool '{stream.source.tool}', which the contract does not declare."
            yield _issue("CTR_REF_STREAM_SOURCE", ("streamSpec", name, "source", "tool"), message, hint)


def _duplicates(contract: Mapping[str, Any]) -> Iterator[Issue]:
    owner: dict[str, str] = {}
    for spec in _SPECS:
        for name in contract.get(spec) or {}:
            if name in owner:
                message = f"'{name}' stands in {owner[name]} and in {spec}."
                yield _issue("CTR_DUP_NAME", (spec, name), message, "Rename one of them.")
            owner.setdefault(name, spec)
    props = (contract.get("propsSpec") or {}).get("properties", {})
    for slot in contract.get("contextSpec") or {}:
        if slot in props:
            message = f"'{slot}' is a prop and a context slot; the component could not tell them apart."
            yield _issue("CTR_DUP_NAME", ("contextSpec", slot), message, "Rename one of them.")


def _reserved(contract: Mapping[str, Any]) -> Iterator[Issue]:
    for spec in _SPECS:
        for name in contract.get(spec) or {}:
            if is_reserved(name):
                message = f"Names that start with '{RESERVED_PREFIX}' are the server's own."
                yield _issue("CTR_RESERVED_NAME", (spec, name), message, "Choose a name without this prefix.")
            elif spec == "contextSpec" and not is_slot(name):
                message = f"'{name}' cannot name a context slot."
                hint = "Use letters, digits and underscores, starting with a letter or an underscore."
                yield _issue("CTR_RESERVED_NAME", (spec, name), message, hint)


def _empty_props(parsed: DataContract) -> Iterator[Issue]:
    if parsed.props_spec is not None and not parsed.props_spec.properties:
        path = "propsSpec.properties"
        message = "propsSpec declares no property, so no prop can be passed."
        yield Issue("CTR_SHAPE_INVALID", "warn", "references", path, message, "Leave propsSpec out.")


def _issue(code: str, path: Path, message: str, hint: str) -> Issue:
    return Issue(code, "error", "references", field_path(path), message, hint)


def _incompatible(path: Path, tool: str, mismatch: Mismatch) -> Issue:
    inside = field_path(mismatch.path) or "(root)"
    message = f"Does not fit the tool '{tool}': {mismatch.reason} at '{inside}': {mismatch.message}"
    hint = "Make the two schemas agree, for instance by copying one."
    return Issue("CTR_SCHEMA_INCOMPAT", "error", "schema-compat", field_path(path), message, hint)
