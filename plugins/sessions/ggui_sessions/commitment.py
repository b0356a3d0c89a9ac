"""What a render commits to: gates 6 to 9 of spec 02 section 6.2, none of which spends the handshake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import structlog

from ggui_core.errors import ToolError
from ggui_core.mcp.caller import ToolCaller
from ggui_core.protocol import gate
from ggui_core.protocol.closed import close
from ggui_core.protocol.digests import contract_hash, variant_key
from ggui_core.protocol.errors import ContractRefused, Violation
from ggui_core.protocol.gadget_gate import check_gadgets
from ggui_core.protocol.gadgets import GadgetDescriptor
from ggui_core.protocol.props_schema import PropsSchema, enforce
from ggui_core.protocol.references import VOID
from ggui_core.protocol.session import Handshake
from ggui_core.protocol.subset import subset_mismatches
from ggui_core.protocol.values import props_violations
from ggui_sessions.errors import contract_refused, violated

log = structlog.get_logger("ggui.sessions")

NextStepCheck = Literal["reject", "warn", "off"]

PROPS_DROPPED: Final = (
    "The contract declares no props, so the props of this call were left out. Declare them in propsSpec."
)


@dataclass(frozen=True, slots=True)
class Override:
    """What a render changes of its handshake."""

    contract: Mapping[str, Any] | None = None
    variance: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Commitment:
    """What will be rendered. The schema's hash and profile are those that were negotiated."""

    contract: Mapping[str, Any]
    contract_hash: str
    variance: Mapping[str, Any]
    variant_key: str
    props: Mapping[str, Any]
    props_schema: Mapping[str, Any]
    props_schema_hash: str
    props_schema_profile: str
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Gates:
    """The rules of this app that a contract must keep."""

    public_env: Mapping[str, str]
    tools: ToolCaller
    next_step: NextStepCheck

    def commit(
        self,
        handshake: Handshake,
        override: Override | None,
        props: Mapping[str, Any],
        gadgets: Mapping[str, GadgetDescriptor],
    ) -> Commitment:
        """Run the gates in their order.

        Args:
            gadgets: The gadget packages of the app.

        Raises:
            ToolError: the first gate that refuses; the handshake stays open.
        """
        override = override or Override()
        contract, schema = _effective(handshake, override)
        check_gadgets(contract, gadgets, self.public_env)
        self._check_next_steps(contract)
        props, warning = _checked_props(contract, schema, props, overridden=override != Override())
        variance = handshake.variance if override.variance is None else override.variance
        replaced = override.contract is not None
        return Commitment(
            contract=contract,
            contract_hash=contract_hash(contract) if replaced else handshake.contract_hash,
            variance=variance,
            variant_key=variant_key(variance),
            props=props,
            props_schema=schema.schema,
            props_schema_hash=schema.hash if replaced else handshake.props_schema_hash,
            props_schema_profile=schema.profile if replaced else handshake.props_schema_profile,
            warning=warning,
        )

    def _check_next_steps(self, contract: Mapping[str, Any]) -> None:
        """Gate 8: the payload of an action must fit the tool of this server that it names."""
        if self.next_step == "off":
            return
        for name, action in (contract.get("actionSpec") or {}).items():
            tool = action.get("nextStep")
            accepted = None if tool is None else self.tools.input_schema(tool)
            if accepted is None:
                continue  # a tool of the agent's own; the contract declares it, and the gate compared the two
            payload = close(action["schema"]) if "schema" in action else VOID
            assert isinstance(payload, Mapping), "closing keeps an object an object"
            proven = [m for m in subset_mismatches(payload, accepted) if m.reason != "unsupported"]
            if not proven:
                continue
            message = f"SCHEMA_MISMATCH_ERROR: the payload of action '{name}' does not fit the tool '{tool}'"
            if self.next_step == "warn":
                log.warning("next_step_mismatch", action=name, tool=tool, reason=proven[0].reason)
                continue
            raise ToolError(
                f"{message}: {proven[0].message}",
                code="schema_mismatch",
                hint="Make the action's schema fit the tool's input schema, or leave nextStep out.",
                retryable=True,
            )


def _effective(handshake: Handshake, override: Override) -> tuple[Mapping[str, Any], PropsSchema]:
    """Gate 6: the negotiated contract passed it already; another one is held against it and never repaired."""
    if override.contract is None:
        return handshake.contract, PropsSchema(handshake.props_schema)
    try:
        gate.check(override.contract).accepted()
    except ContractRefused as refusal:
        raise contract_refused(refusal, "override_contract_invalid") from refusal
    return override.contract, enforce(override.contract.get("propsSpec"))


def _checked_props(
    contract: Mapping[str, Any], schema: PropsSchema, props: Mapping[str, Any], *, overridden: bool
) -> tuple[Mapping[str, Any], str | None]:
    """Gate 9."""
    if "propsSpec" not in contract and props:
        if not overridden:
            return {}, PROPS_DROPPED
        unexpected = Violation("props", "The contract declares no props.", "{}", "object")
        raise violated("ggui_render", (unexpected,), props_schema_hash=schema.hash)
    violations = props_violations(schema, dict(props))
    if violations:
        raise violated("ggui_render", violations, props_schema_hash=schema.hash)
    return props, None
