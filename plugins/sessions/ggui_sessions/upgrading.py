"""A card gets a better component for the same contract, while somebody looks at it.

The card stays the same: its session, address, props, context and epoch. Views hear of it on every rung, over the
reserved channel ``_ggui:lifecycle``; those with a socket or an event stream also get the new row as a ``render`` frame.
"""

from __future__ import annotations

from ggui_core.bus import RenderCommitted
from ggui_core.errors import ToolError
from ggui_core.protocol.session import Component, Session
from ggui_core.registry import RegistryTiers
from ggui_sessions.service import LIFECYCLE, Sessions

UPGRADED = "component_upgraded"
"""The kind of the delivery on the lifecycle channel; ours, beside those of spec 01 section 15.9."""


async def upgrade(sessions: Sessions, session: Session, component: Component, blueprint_id: str = "") -> bool:
    """Show ``component`` in place of the one a session has; whoever calls vouches that it fits the contract.

    Returns:
        False when the card shows it already, or is gone.
    """
    if session.component is not None and session.component.code_hash == component.code_hash:
        return False
    committed = await sessions.store.commit(session.id, component, sessions.now_ms(), blueprint_id)
    if committed is None:
        return False
    await sessions.publish(RenderCommitted(session.id))
    payload = {"kind": UPGRADED, "sessionId": session.id, "codeHash": component.code_hash}
    await sessions.emit(committed, LIFECYCLE, payload)
    return True


async def upgrade_to_blueprint(
    sessions: Sessions, tiers: RegistryTiers, session: Session, blueprint_id: str
) -> bool:
    """Show the component of a stored blueprint of the session's contract.

    Raises:
        ToolError: ``BLUEPRINT_NOT_FOUND``, ``contract_mismatch`` or ``not_mountable``; nothing changed.
    """
    if session.component is None:
        raise ToolError(
            "This render shows no component that could be replaced.",
            code="not_mountable",
            hint="Only a render with a component can be upgraded; ggui_ops_get_render says what it shows.",
        )
    found = await tiers.blueprint(session.tenant.app_id, blueprint_id)
    component = None if found is None or found.blueprint.is_yanked else await found.component()
    if found is None or component is None:
        raise ToolError(
            f"There is no blueprint '{blueprint_id}' with a component for this app.",
            code="BLUEPRINT_NOT_FOUND",
            hint="ggui_ops_list_blueprints names those of the app.",
        )
    if found.blueprint.contract_hash != session.contract_hash:
        raise ToolError(
            "The blueprint was made for another contract than the render.",
            code="contract_mismatch",
            hint="Take one with the contractHash that ggui_ops_get_render shows.",
        )
    return await upgrade(sessions, session, component, found.blueprint.id)
