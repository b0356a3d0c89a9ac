"""The contract gate: is this contract sound? (spec 01 section 3).

Phases run in order, and the first one with an error ends the run: what comes later relies on what came before.
The gate takes any JSON (and anything else) and always answers; it never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from ggui_core.protocol import hygiene, references, soundness
from ggui_core.protocol.bounds import CONTRACT_BOUNDS, Bounds, Excess, measure
from ggui_core.protocol.contract import DataContract
from ggui_core.protocol.errors import ContractRefused, Issue, Phase
from ggui_core.protocol.names import RETIRED_FIELDS
from ggui_core.protocol.paths import Path, clipped, field_path
from ggui_core.protocol.schema_shape import misshapen
from ggui_core.protocol.schemas import embedded_schemas

_MOST_ISSUES: Final = 100
_LONGEST_MESSAGE: Final = 240
_PROTOTYPE: Final = "__proto__"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says about a contract.

    Attributes:
        issues: Everything found, in the order of the phases; warnings never block.
        contract: The parsed contract, or None when it was refused.
    """

    issues: tuple[Issue, ...]
    contract: DataContract | None

    @property
    def failed_phase(self) -> Phase | None:
        """The phase that ended the run, or None for a sound contract."""
        return next((issue.phase for issue in self.issues if issue.severity == "error"), None)

    def accepted(self) -> DataContract:
        """The contract.

        Raises:
            ContractRefused: The gate found an error.
        """
        if self.contract is None:
            assert self.failed_phase is not None, "a contract is refused for an error"
            raise ContractRefused(self.failed_phase, self.issues)
        return self.contract


def check(
    contract: object,
    *,
    bounds: Bounds = CONTRACT_BOUNDS,
    gadgets: Mapping[str, Collection[str]] | None = None,
) -> Verdict:
    """Run every phase on a contract.

    Args:
        contract: JSON of any provenance.
        bounds: What it may weigh.
        gadgets: Export names by package, where a catalog is known; unknown exports are then warned of.
    """
    issues, parsed = _shape(contract, bounds)
    if parsed is None:
        return Verdict(tuple(issues), None)
    assert isinstance(contract, dict), "its shape was found right"
    raw: dict[str, Any] = contract
    phases: tuple[Callable[[], list[Issue]], ...] = (
        lambda: _retired(raw),
        lambda: soundness.issues(raw, bounds),
        lambda: references.issues(raw, parsed),
        lambda: references.compatibility_issues(raw, parsed),
        lambda: hygiene.issues(parsed, gadgets or {}),
    )
    for phase in phases:
        issues += phase()
        if any(issue.severity == "error" for issue in issues):
            return Verdict(tuple(issues), None)
    return Verdict(tuple(issues), parsed)


def _shape(contract: object, bounds: Bounds) -> tuple[list[Issue], DataContract | None]:
    weighed = measure(contract, bounds)
    if isinstance(weighed, Excess):
        code = "CTR_SHAPE_INVALID_TYPE" if weighed.is_type else "CTR_SHAPE_INVALID"
        return [_issue(code, weighed.path, f"The contract is refused: {weighed.message}.")], None
    if not isinstance(contract, dict):
        return [_issue("CTR_SHAPE_INVALID_TYPE", (), "A contract is a JSON object.")], None
    if (path := _prototype(contract)) is not None:
        return [_issue("CTR_SHAPE_INVALID", path, f"No key may be called '{_PROTOTYPE}'.")], None
    try:
        parsed = DataContract.model_validate(contract)
    except ValidationError as refusal:
        return [_shape_issue(error) for error in refusal.errors(include_url=False)[:_MOST_ISSUES]], None
    issues = [
        _issue("CTR_SHAPE_INVALID_TYPE", where, f"Here {expected} is expected.")
        for path, schema in embedded_schemas(contract)
        for where, expected in misshapen(schema, path)
    ]
    return (issues[:_MOST_ISSUES], None) if issues else ([], parsed)


def _prototype(contract: Mapping[str, Any]) -> Path | None:
    """Where a key would vanish in a browser and so change what the contract hashes to."""
    pending: list[tuple[object, Path]] = [(contract, ())]
    while pending:
        node, path = pending.pop()
        if isinstance(node, Mapping):
            if _PROTOTYPE in node:
                return (*path, _PROTOTYPE)
            pending.extend((member, (*path, key)) for key, member in node.items())
        elif isinstance(node, list):
            pending.extend((item, (*path, index)) for index, item in enumerate(node))
    return None


def _shape_issue(error: Mapping[str, Any]) -> Issue:
    kind: str = error["type"]
    path = tuple(segment for segment in error["loc"] if segment != "[key]")
    if kind == "null_type":
        path = (*path, error["ctx"]["key"])
    if kind == "extra_forbidden":
        hint = "Remove the key; only the keys of the contract format are allowed here."
        return _issue("CTR_SHAPE_UNRECOGNIZED_KEYS", path, f"Unrecognized key '{path[-1]}'.", hint)
    if kind == "missing":
        return _issue("CTR_SHAPE_INVALID_TYPE", path, f"'{path[-1]}' is required.")
    code = "CTR_SHAPE_INVALID_TYPE" if kind.endswith("_type") else "CTR_SHAPE_INVALID"
    return _issue(code, path, f"{error['msg']}.")


def _issue(code: str, path: Path, message: str, fix_hint: str | None = None) -> Issue:
    return Issue(code, "error", "shape", field_path(path), clipped(message, _LONGEST_MESSAGE), fix_hint)


def _retired(contract: Mapping[str, Any]) -> list[Issue]:
    return [
        Issue(
            "CTR_RETIRED_FIELD",
            "error",
            "retired",
            name,
            f"'{name}' is no longer part of a contract.",
            "Remove it; tools belong under 'agentCapabilities', gadgets under 'clientCapabilities'.",
        )
        for name in RETIRED_FIELDS
        if name in contract
    ]
