"""What an operator does to the blueprints of an app: the rules that all ops tools share (spec 06 section 2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from ggui_blueprints.declared import DeclaredBlueprints
from ggui_blueprints.errors import ModuleRefused, blueprint_not_found, declared_by_project
from ggui_blueprints.personas import near_duplicate
from ggui_blueprints.settings import BlueprintSettings
from ggui_blueprints.workbench import Module, Workbench
from ggui_core.errors import ToolError
from ggui_core.mcp import ToolContext
from ggui_core.offloading import weighed
from ggui_core.protocol import gate
from ggui_core.protocol.blueprint import Blueprint, Provenance, new_blueprint_id
from ggui_core.protocol.digests import contract_hash, variant_key
from ggui_core.protocol.errors import ContractRefused
from ggui_core.protocol.gadget_gate import check_gadgets
from ggui_core.seams import GadgetCatalog
from ggui_core.setup import Setup
from ggui_core.stores import BlueprintStore

log = structlog.get_logger("ggui.blueprints")


@dataclass(frozen=True, slots=True)
class Draft:
    """A contract that may become a blueprint."""

    app_id: str
    contract: Mapping[str, Any]
    contract_hash: str
    variance: Mapping[str, Any]
    variant_key: str
    intent: str

    @property
    def packages(self) -> tuple[str, ...]:
        """Gadget packages that its component may import."""
        return tuple((self.contract.get("clientCapabilities") or {}).get("gadgets") or {})


@dataclass(frozen=True, slots=True)
class Curation:
    """The operator's hand on the store."""

    setup: Setup
    store: BlueprintStore
    declared: DeclaredBlueprints
    bench: Workbench
    settings: BlueprintSettings

    def app(self, asked: str | None, calling: ToolContext) -> str:
        """The app a call is about: the caller's own.

        Raises:
            ToolError: ``cross_app_curation_unavailable``; nobody on this server may speak for another app.
        """
        if asked is None or asked == calling.app_id:
            return calling.app_id
        raise ToolError(
            "This credential curates the blueprints of its own app only.",
            code="cross_app_curation_unavailable",
            hint="Leave appId out, or call with a credential of that app.",
        )

    async def draft(
        self,
        app_id: str,
        contract: Mapping[str, Any],
        variance: Mapping[str, Any],
        intent: str,
        calling: ToolContext,
    ) -> Draft:
        """A contract after the gates that a render has too.

        Raises:
            ToolError: ``contract_validation_failed``, or what the gadget gate says.
        """
        octets = len(calling.call.body)
        try:
            await weighed(octets, _accepted, contract)
        except ContractRefused as refusal:
            raise ToolError(
                refusal.message,
                code=refusal.code,
                hint=refusal.hint,
                retryable=True,
                details={"phase": refusal.phase, "issues": [issue.to_wire() for issue in refusal.issues]},
            ) from refusal
        known = await self.setup.get(GadgetCatalog).gadgets(app_id)
        check_gadgets(contract, known, self._public_env())
        hashed = await weighed(octets, contract_hash, contract)
        return Draft(app_id, contract, hashed, variance, variant_key(variance), intent)

    async def standing(self, draft: Draft) -> Blueprint | None:
        """What an operator has for a contract and variant already, and so would stay."""
        for one in await self.declared.group(draft.app_id, draft.contract_hash):
            if one.variant_key == draft.variant_key:
                return one
        for one in await self.store.group(draft.app_id, draft.contract_hash):
            if one.variant_key == draft.variant_key and one.created_by == "operator":
                return one
        return None

    async def keep(
        self, draft: Draft, module: Module, source: Provenance, calling: ToolContext, *, is_default: bool
    ) -> Blueprint:
        """Put a component where agents find it; what an agent had made for it gives way.

        Returns:
            The blueprint that serves from now on: another one than asked for, if an operator was there first.
        """
        await self._tell_near_persona(draft)
        await self.bench.keep(module)
        fresh = Blueprint(
            id=new_blueprint_id(),
            app_id=draft.app_id,
            contract=draft.contract,
            contract_hash=draft.contract_hash,
            variance=draft.variance,
            variant_key=draft.variant_key,
            source=source,
            code_hash=module.code_hash,
            created_at_ms=int(calling.clock.now() * 1000),
            created_by="operator",
            authored=module.authored,
            intent=draft.intent,
            is_operator_default=is_default,
        )
        kept = await self.store.add(fresh, capacity=self.settings.rows_per_app)
        if kept.id != fresh.id and is_default:
            kept = await self.store.pin(kept.app_id, kept.id) or kept
        verb = "generated" if source.kind == "llm" else "registered"
        await self.note(f"blueprint.{verb}", kept.id, calling)
        return kept

    async def mine(self, app_id: str, blueprint_id: str) -> Blueprint:
        """A blueprint that can be changed.

        Raises:
            ToolError: it is not there, not the caller's, or declared by the project.
        """
        if self.declared.named(app_id, blueprint_id) is not None:
            raise declared_by_project(blueprint_id)
        found = await self.store.by_id(app_id, blueprint_id)
        if found is None:
            raise blueprint_not_found(blueprint_id)
        return found

    async def note(self, action: str, blueprint_id: str, calling: ToolContext) -> None:
        """Record a privileged action."""
        await self.setup.audit.record(
            action, actor=calling.principal.credential_id, blueprint=blueprint_id, app=calling.app_id
        )

    def _public_env(self) -> Mapping[str, str]:
        try:
            found: Mapping[str, str] = self.setup.config.section("app.publicEnv")
        except LookupError:
            return {}  # no enabled plugin gives the app one
        return found

    async def _tell_near_persona(self, draft: Draft) -> None:
        persona = draft.variance.get("persona")
        if not isinstance(persona, str):
            return
        known = {one.variance.get("persona") for one in await self.store.list(draft.app_id)}
        twin = near_duplicate(persona, {name for name in known if isinstance(name, str)})
        if twin is not None:
            log.warning("blueprint.near_duplicate_persona", persona=persona, known=twin)


def _accepted(contract: Mapping[str, Any]) -> None:
    gate.check(contract).accepted()


def refused(refusal: ModuleRefused) -> ToolError:
    """What a tool says of a text that is no component."""
    return ToolError(refusal.message, code=refusal.code, hint=refusal.hint, retryable=True)
