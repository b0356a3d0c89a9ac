"""What stays of a session that was removed: enough to bring its card back (spec 02 section 10.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ggui_core.protocol.bounds import size
from ggui_core.protocol.session import HostSession, Session, Tenant


@dataclass(frozen=True, slots=True)
class SessionIdentity:
    """The identity record of a session. Contract and code are those of its blueprint.

    Attributes:
        blueprint_id: Empty when its component was never kept for reuse; nothing can bring it back then.
        props: What its card last showed; ``None`` when that is more than a record keeps.
        context_snapshot: Its context slots; ``None`` when there were none, or more than a record keeps.
    """

    id: str
    tenant: Tenant
    short_code: str
    intent: str
    contract_hash: str
    variant_key: str
    variance: Mapping[str, Any]
    blueprint_id: str
    created_at_ms: int
    epoch: int
    revision: int
    event_sequence: int
    props: Mapping[str, Any] | None = None
    context_snapshot: Mapping[str, Any] | None = None
    host_session: HostSession | None = None
    theme_id: str | None = None

    @classmethod
    def of(cls, session: Session, at_most: int) -> SessionIdentity:
        """The record of a session; ``at_most`` bytes of JSON are kept of its props, and of its context."""
        return cls(
            id=session.id,
            tenant=session.tenant,
            short_code=session.short_code,
            intent=session.intent,
            contract_hash=session.contract_hash,
            variant_key=session.variant_key,
            variance=session.variance,
            blueprint_id=session.blueprint_id,
            created_at_ms=session.created_at_ms,
            epoch=session.epoch,
            revision=session.revision,
            event_sequence=session.event_sequence,
            props=_within(session.props, at_most),
            context_snapshot=_within(session.context_snapshot, at_most),
            host_session=session.host_session,
            theme_id=session.theme_id,
        )


def _within(value: Mapping[str, Any] | None, at_most: int) -> Mapping[str, Any] | None:
    return value if value is not None and size(value) <= at_most else None
