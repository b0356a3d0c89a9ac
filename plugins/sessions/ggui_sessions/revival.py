"""Bringing back a session that was removed: from its identity record and its blueprint (spec 02 section 10.5)."""

from __future__ import annotations

from dataclasses import dataclass

from ggui_core.protocol.blueprint import Blueprint
from ggui_core.protocol.identity import SessionIdentity
from ggui_core.protocol.props_schema import enforce
from ggui_core.protocol.session import Component, Session
from ggui_core.registry import RegistryTiers
from ggui_core.stores import SessionLimitReached
from ggui_sessions.read_failures import blueprint_unresolvable, not_found, not_mountable
from ggui_sessions.service import Sessions


@dataclass(frozen=True, slots=True)
class Revival:
    """Puts sessions back under their ids."""

    sessions: Sessions
    tiers: RegistryTiers

    async def revive(self, record: SessionIdentity) -> Session:
        """The session of a record that its reader is entitled to, with a fresh time to live.

        Raises:
            ResourceFailed: its hard end has come, or what it was made of is not there any more.
        """
        now_ms = self.sessions.now_ms()
        expires_at_ms = self.sessions.lifetimes.expiry(now_ms, record.created_at_ms)
        if expires_at_ms <= now_ms:
            raise not_found()
        blueprint, component = await self._resolved(record)
        if record.props is None:
            raise not_mountable("What it showed was too large to be kept.")
        session = _rebuilt(record, blueprint, component, now_ms, expires_at_ms)
        try:
            kept = await self.sessions.store.revive(session, now_ms)
        except SessionLimitReached as limit:
            raise not_mountable(limit.message) from limit
        if kept is None:  # another reader was first
            kept = await self.sessions.store.session(record.id, record.tenant)
        if kept is None:
            raise not_found()
        return kept

    async def _resolved(self, record: SessionIdentity) -> tuple[Blueprint, Component]:
        if not record.blueprint_id:
            raise blueprint_unresolvable("Its component was not kept as a blueprint.")
        found = await self.tiers.blueprint(record.tenant.app_id, record.blueprint_id)
        if found is None or found.blueprint.contract_hash != record.contract_hash:
            raise blueprint_unresolvable("Its blueprint is gone, or cannot be reached.")
        component = await found.component()
        if component is None:
            raise blueprint_unresolvable("The code of its blueprint is gone, or cannot be reached.")
        return found.blueprint, component


def _rebuilt(
    record: SessionIdentity, blueprint: Blueprint, component: Component, now_ms: int, expires_at_ms: int
) -> Session:
    schema = enforce(blueprint.contract.get("propsSpec"))
    return Session(
        id=record.id,
        tenant=record.tenant,
        short_code=record.short_code,
        intent=record.intent,
        contract=blueprint.contract,
        contract_hash=record.contract_hash,
        variant_key=record.variant_key,
        variance=record.variance,
        props=record.props or {},
        props_schema=schema.schema,
        props_schema_hash=schema.hash,
        props_schema_profile=schema.profile,
        created_at_ms=record.created_at_ms,
        last_activity_at_ms=now_ms,
        expires_at_ms=expires_at_ms,
        component=component,
        blueprint_id=record.blueprint_id,
        host_session=record.host_session,
        context_snapshot=record.context_snapshot,
        theme_id=record.theme_id,
        epoch=record.epoch,
        revision=record.revision,
        event_sequence=record.event_sequence,
    )
