"""What the tools refuse, in words of ours and the phrases that agents already know (spec 02 section 14.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ggui_core.errors import ToolError
from ggui_core.protocol.errors import ContractRefused, ContractViolated, Direction, RpcCode, Violation


def session_not_found(session_id: str) -> ToolError:
    """The same for an unknown session, one that is gone, and one that is not the caller's (law 7)."""
    return ToolError(
        f"There is no session '{session_id}' for this caller.",
        code="session_not_found",
        hint="Use the sessionId of a recent ggui_render, or start again with ggui_handshake.",
    )


def handshake_not_found(handshake_id: str) -> ToolError:
    """Unknown, expired, used up, or another app's."""
    return ToolError(
        f"There is no open handshake '{handshake_id}'. A handshake serves one render, within 10 minutes.",
        code="handshake_not_found",
        hint="Call ggui_handshake again and render with the new handshakeId.",
    )


def idempotency_conflict() -> ToolError:
    """One key, two different calls."""
    return ToolError(
        "This idempotencyKey stands for a ggui_render with other arguments.",
        code="idempotency_conflict",
        hint="Send the arguments of that call to get its session, or use another key.",
    )


def rate_limited(retry_after_s: int) -> ToolError:
    """Too many renders of one principal (spec 02 section 1.6)."""
    retry_after_ms = retry_after_s * 1000
    return ToolError(
        f"Rate limit exceeded — retry after {retry_after_ms}ms.",
        code="rate_limited",
        hint="The handshake is still open: send the same ggui_render again then.",
        retryable=True,
        retry_after_ms=retry_after_ms,
    )


def violated(
    tool: Direction, violations: Sequence[Violation], *, props_schema_hash: str | None = None
) -> ToolError:
    """Values that break a sound contract. Nothing was changed; the corrected call may be sent again."""
    refusal = ContractViolated(tool, violations, props_schema_hash=props_schema_hash)
    return ToolError(
        refusal.message,
        code=refusal.code,
        hint=refusal.hint,
        retryable=True,
        details=_violation_details(tool, refusal.violations, props_schema_hash),
    )


def misused(tool: Direction, code: str, field: str, message: str) -> ToolError:
    """Arguments that are well-formed and make no sense together."""
    violation = Violation(field, message)
    return ToolError(
        f"Contract violation in {tool}:\n- {field}: {message}",
        code=code,
        retryable=True,
        details=_violation_details(tool, (violation,), None),
    )


def contract_refused(refusal: ContractRefused, code: str) -> ToolError:
    """A contract that fails the gate where it must not be repaired."""
    return ToolError(
        refusal.message,
        code=code,
        hint=refusal.hint,
        retryable=True,
        details={"phase": refusal.phase, "issues": [issue.to_wire() for issue in refusal.issues]},
    )


def _violation_details(
    tool: Direction, violations: Sequence[Violation], props_schema_hash: str | None
) -> Mapping[str, Any]:
    details: dict[str, Any] = {
        "tool": tool,
        "violations": [violation.to_wire() for violation in violations],
        "rpcCode": int(RpcCode.CONTRACT_VIOLATION),
    }
    if props_schema_hash is not None:
        details["propsSchemaHash"] = props_schema_hash
    return details
