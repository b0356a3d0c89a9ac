"""Do the actions of a contract fit the tools that the server really has? (spec 01 section 3.1, last paragraph).

The gate compares a contract with the tools it declares itself. This compares it with the registered ones, whose
schemas are the truth when the agent calls them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ggui_core.protocol.closed import close
from ggui_core.protocol.contract import DataContract
from ggui_core.protocol.errors import ProtocolError, SchemaRefused, Severity
from ggui_core.protocol.paths import field_path
from ggui_core.protocol.references import VOID
from ggui_core.protocol.schema import compile_schema
from ggui_core.protocol.subset import subset_mismatches

CompatibilityMode = Literal["reject", "warn", "off"]

_WORD: Final = "SCHEMA_MISMATCH_ERROR"


@dataclass(frozen=True, slots=True)
class CompatibilityFinding:
    """One action that its registered tool does not take.

    Attributes:
        kind: ``tool-not-found`` is a warning in every mode, and so is a tool whose own schema is unusable.
        severity: ``error`` for a schema mismatch in mode ``reject``.
        action: The action.
        tool: The tool its ``nextStep`` names.
        message: One sentence.
    """

    kind: Literal["tool-not-found", "schema-mismatch"]
    severity: Severity
    action: str
    tool: str
    message: str


class SchemaMismatch(ProtocolError):
    """An action's payload would be refused by the tool it leads to."""

    code = "schema_compat_incompat"

    def __init__(self, findings: tuple[CompatibilityFinding, ...]) -> None:
        listed = "; ".join(finding.message for finding in findings)
        super().__init__(
            f"{_WORD}: {listed}", hint="Copy the input schema of the tool to the schema of the action."
        )
        self.findings = findings


def compatibility_findings(
    contract: DataContract, registered: Mapping[str, Mapping[str, Any]], mode: CompatibilityMode = "reject"
) -> tuple[CompatibilityFinding, ...]:
    """Compare every action with the registered tool of its ``nextStep``.

    Args:
        contract: A contract that passed the gate.
        registered: Input schemas by tool name.
        mode: ``off`` finds nothing; ``warn`` finds warnings only.
    """
    if mode == "off":
        return ()
    found: list[CompatibilityFinding] = []
    for name, action in (contract.action_spec or {}).items():
        tool = action.next_step
        if tool is None:
            continue
        if tool not in registered:
            if tool not in contract.tools:
                message = f"'{name}' leads to the tool '{tool}', which is not registered."
                found.append(CompatibilityFinding("tool-not-found", "warn", name, tool, message))
            continue
        try:
            compile_schema(registered[tool])
        except SchemaRefused as error:
            # The tool's own fault: nothing can be said of the contract, and nothing is read further.
            message = f"'{name}' cannot be compared with '{tool}': the schema of the tool is unusable: {error.message}"
            found.append(CompatibilityFinding("schema-mismatch", "warn", name, tool, message))
            continue
        payload = close(action.schema_) if action.schema_ is not None else VOID
        assert isinstance(payload, Mapping), "closing keeps an object an object"
        for mismatch in subset_mismatches(payload, registered[tool]):
            where = field_path(mismatch.path) or "(root)"
            message = f"'{name}' does not fit '{tool}': {mismatch.reason} at '{where}': {mismatch.message}"
            severity: Severity = "error" if mode == "reject" else "warn"
            found.append(CompatibilityFinding("schema-mismatch", severity, name, tool, message))
    return tuple(found)


def require_compatible(
    contract: DataContract, registered: Mapping[str, Mapping[str, Any]], mode: CompatibilityMode = "reject"
) -> tuple[CompatibilityFinding, ...]:
    """The warnings of :func:`compatibility_findings`.

    Raises:
        SchemaMismatch: At least one finding is an error.
    """
    found = compatibility_findings(contract, registered, mode)
    errors = tuple(finding for finding in found if finding.severity == "error")
    if errors:
        raise SchemaMismatch(errors)
    return found
