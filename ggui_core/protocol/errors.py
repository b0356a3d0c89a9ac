"""What the wire layer refuses, and the numbers and words it says it with (spec 01 sections 3, 5 and 19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from ggui_core.errors import GguiError

CONTRACT_VIOLATION: Final = "CONTRACT_VIOLATION"
"""``code`` of ``error`` frames and of refused gestures."""


class RpcCode(IntEnum):
    """JSON-RPC numbers of the protocol (spec 01 section 19.1). -32004 is retired and never used again."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    UNAUTHORIZED = -32001
    SESSION_NOT_FOUND = -32002
    APP_NOT_FOUND = -32003
    CAPABILITY_DENIED = -32005
    MOUNT_UNAVAILABLE = -32006
    GENERATION_QUOTA_EXCEEDED = -32010
    APP_LIMIT_EXCEEDED = -32011
    CONCURRENT_SESSION_LIMIT = -32012
    RATE_LIMIT_EXCEEDED = -32013
    CONTRACT_VIOLATION = -32020


Severity = Literal["error", "warn"]
Phase = Literal["shape", "retired", "schema-meta", "references", "schema-compat", "hygiene"]
Direction = Literal["ggui_render", "ggui_update", "ggui_amend", "ggui_emit", "ggui_event"]
"""The tool that a violation is reported against; ``ggui_event`` stands for a gesture."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding of the contract gate.

    Attributes:
        code: Stable machine code, ``CTR_*`` or ``LINT_*``.
        severity: ``warn`` never blocks.
        phase: The phase of the gate that found it.
        path: Where in the contract, as ``actionSpec.book.nextStep``; empty for the whole contract.
        message: One sentence of cause.
        fix_hint: One sentence of remedy.
    """

    code: str
    severity: Severity
    phase: Phase
    path: str
    message: str
    fix_hint: str | None = None

    def to_wire(self) -> dict[str, object]:
        """The issue in the words of the wire."""
        wire: dict[str, object] = {
            "code": self.code,
            "severity": self.severity,
            "phase": self.phase,
            "path": self.path,
            "message": self.message,
        }
        if self.fix_hint is not None:
            wire["fixHint"] = self.fix_hint
        return wire


@dataclass(frozen=True, slots=True)
class Violation:
    """One value that breaks a contract.

    Attributes:
        field: The path of the offending value (or of the name that is missing).
        message: One sentence of cause.
        expected: What the contract asks for.
        received: What came: a type name, or JSON text.
        keyword: The schema keyword that failed; None where no schema was asked.
    """

    field: str
    message: str
    expected: str | None = None
    received: str | None = None
    keyword: str | None = None

    def to_wire(self) -> dict[str, object]:
        """The violation in the words of the wire; what is None stays away."""
        pairs = (
            ("field", self.field),
            ("message", self.message),
            ("expected", self.expected),
            ("received", self.received),
            ("keyword", self.keyword),
        )
        return {name: value for name, value in pairs if value is not None}


class ProtocolError(GguiError):
    """The root of what the wire layer refuses; the fault is the sender's."""

    code = "protocol_error"
    http_status = 400


class NotCanonical(ProtocolError):
    """A value without canonical bytes cannot be hashed."""

    code = "not_canonical"


class SchemaRefused(ProtocolError):
    """A schema outside the dialect, or one that could cost the server without bound (spec 01 section 4).

    Attributes:
        path: Segments to the schema node at fault.
    """

    code = "contract_schema_invalid"

    def __init__(self, message: str, path: tuple[str | int, ...] = (), *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class ContractRefused(ProtocolError):
    """A contract that fails the gate (spec 01 section 3).

    Attributes:
        phase: The phase that stopped the run.
        issues: Everything found up to then, warnings included.
    """

    code = "contract_validation_failed"

    def __init__(self, phase: Phase, issues: Sequence[Issue]) -> None:
        blocking = [issue for issue in issues if issue.severity == "error"]
        found = "; ".join(f"[{i.code}] {i.path or '(contract)'}: {i.message}" for i in blocking[:5])
        more = f" (and {len(blocking) - 5} more)" if len(blocking) > 5 else ""
        hint = next((i.fix_hint for i in blocking if i.fix_hint), None)
        super().__init__(f"Contract validation failed at phase '{phase}': {found}{more}", hint=hint)
        self.phase = phase
        self.issues = tuple(issues)


class ContractViolated(ProtocolError):
    """Values that break a contract that is itself sound (spec 01 section 5).

    Attributes:
        tool: What the values were sent to.
        violations: Sorted by field; at least one.
        props_schema_hash: Of the schema that props were held against; None for other directions.
    """

    code = "contract_violation"

    def __init__(
        self, tool: Direction, violations: Sequence[Violation], *, props_schema_hash: str | None = None
    ) -> None:
        lines = [_line(violation) for violation in violations]
        super().__init__(
            "\n".join([f"Contract violation in {tool}:", *lines]),
            hint="Correct the listed fields and send the call again; the contract itself stays as it is.",
        )
        self.tool = tool
        self.violations = tuple(violations)
        self.props_schema_hash = props_schema_hash

    def to_wire(self) -> dict[str, object]:
        """The structured payload: ``error.payload.details`` on the live channel, data of a tool error."""
        wire: dict[str, object] = {
            "error": self.code,
            "tool": self.tool,
            "violations": [violation.to_wire() for violation in self.violations],
            "hint": self.hint,
            "rpcCode": int(RpcCode.CONTRACT_VIOLATION),
        }
        if self.props_schema_hash is not None:
            wire["propsSchemaHash"] = self.props_schema_hash
        return wire


def _line(violation: Violation) -> str:
    line = f"- {violation.field}: {violation.message}"
    if violation.expected is None and violation.received is None:
        return line
    return f"{line} (expected: {violation.expected or 'unknown'}, got: {violation.received or 'unknown'})"
