"""``ggui_update`` and ``ggui_amend``: new props for a card that is shown, in place (spec 02 section 6.3, ruling 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ggui_core.bus import PropsUpdated
from ggui_core.mcp import Tool, ToolContext, ToolResult
from ggui_core.mcp.wire import Id, Input, Json, Output
from ggui_core.offloading import weighed
from ggui_core.protocol.bounds import PROPS_BOUNDS, Excess, measure, size
from ggui_core.protocol.errors import Direction, Violation
from ggui_core.protocol.merge_patch import merge_patch
from ggui_core.protocol.props_schema import PropsSchema
from ggui_core.protocol.session import Session
from ggui_core.protocol.values import props_violations
from ggui_sessions.equality import same_json
from ggui_sessions.errors import misused, session_not_found, violated
from ggui_sessions.presentation import card_meta
from ggui_sessions.service import Sessions

NOTHING_CHANGED: Final = (
    "Nothing changed: these props are what the card shows already. Check that you sent the new values."
)


class AmendInput(Input):
    """What ``ggui_amend`` is called with."""

    session_id: Id
    kind: Literal["replace", "merge"]
    props: Json | None = None
    patch: Json | None = None


class UpdateInput(AmendInput):
    """What ``ggui_update`` is called with."""

    render_as_new: bool | None = None


class AmendOutput(Output):
    """What ``ggui_amend`` answers."""

    session_id: str
    updated: bool
    resource_uri: str
    warning: str | None = None
    props_schema_hash: str | None = None
    props_schema_profile: str | None = None


class UpdateOutput(AmendOutput):
    """What ``ggui_update`` answers."""

    epoch: int


UPDATE: Final = (
    "Refresh the card of a session in place. `kind` replace takes the whole `props`; merge takes a `patch` "
    "(RFC 7396: null deletes, arrays replace). Call it after a tool changed what the card shows, before you consume "
    "again. `renderAsNew` makes the result a card of its own and freezes the one before."
)
AMEND: Final = "The same as ggui_update, always in place."


@dataclass(frozen=True, slots=True)
class PropsTools:
    """Both tools; they differ in their name and in what they say."""

    sessions: Sessions

    def declared(self) -> tuple[Tool[UpdateInput, UpdateOutput], Tool[AmendInput, AmendOutput]]:
        """The tools as they are listed."""
        return (
            Tool(
                "ggui_update", UPDATE, UpdateInput, UpdateOutput, self.update, title="Update", idempotent=True
            ),
            Tool("ggui_amend", AMEND, AmendInput, AmendOutput, self.amend, title="Amend", idempotent=True),
        )

    async def update(self, given: UpdateInput, calling: ToolContext) -> ToolResult[UpdateOutput]:
        """Refresh, and say at which epoch the card stands."""
        new_card = given.render_as_new is True
        session, changed = await self._changed("ggui_update", given, calling, new_card=new_card)
        uri = f"{session.resource_uri}#{session.epoch}" if new_card else session.resource_uri
        output = UpdateOutput(**_facts(session, uri, changed), epoch=session.epoch)
        if not (new_card and changed):
            return ToolResult(output)
        assembled = await self.sessions.assemble(session)
        if not assembled.is_mountable:
            return ToolResult(output)
        meta = card_meta(uri, self.sessions.display_mode)
        if not self.sessions.settings.withhold_result_meta:
            meta["ai.ggui/render"] = dict(assembled.mount.slice)
        return ToolResult(output, meta=meta)

    async def amend(self, given: AmendInput, calling: ToolContext) -> AmendOutput:
        """Refresh."""
        session, changed = await self._changed("ggui_amend", given, calling)
        return AmendOutput(**_facts(session, session.resource_uri, changed))

    async def _changed(
        self, tool: Direction, given: AmendInput, calling: ToolContext, *, new_card: bool = False
    ) -> tuple[Session, bool]:
        """The session with its new props, and whether they are new.

        A change that somebody else made meanwhile is not overwritten: the patch is applied once more.
        """
        _check_mode(tool, given)
        octets = len(calling.call.body)
        async with self.sessions.turn(given.session_id):
            while True:
                session = await self.sessions.required(given.session_id, calling)
                weight = octets if given.kind == "replace" else octets + size(dict(session.props))
                props = await weighed(weight, _final_props, tool, given, session)
                if same_json(props, dict(session.props)):
                    await self.sessions.consumers.agent_seen(session.id)
                    return session, False
                changed = await self.sessions.store.change_props(
                    session.id, session.revision, props, self.sessions.now_ms(), new_epoch=new_card
                )
                if changed is not None:
                    break
                if await self.sessions.store.session(session.id, None) is None:
                    raise session_not_found(given.session_id)
            await self.sessions.consumers.agent_seen(changed.id)
            await self.sessions.publish(
                PropsUpdated(changed.id, changed.props, changed.epoch, changed.event_sequence)
            )
        return changed, True


def _check_mode(tool: Direction, given: AmendInput) -> None:
    if given.props is not None and given.patch is not None:
        message = "Send props with kind replace, or patch with kind merge, not both."
        raise misused(tool, "CTR_UPDATE_MIXED_FIELDS", "patch", message)
    if given.kind == "replace" and given.props is None:
        message = "kind replace needs 'props', the whole new map."
        raise misused(tool, "CTR_UPDATE_MISSING_PROPS", "props", message)
    if given.kind == "merge" and given.patch is None:
        message = "kind merge needs 'patch', an object of changes."
        raise misused(tool, "CTR_UPDATE_MISSING_PATCH", "patch", message)


def _final_props(tool: Direction, given: AmendInput, session: Session) -> dict[str, Any]:
    if given.kind == "replace":
        props = dict(given.props or {})
    else:
        excess = measure(given.patch, PROPS_BOUNDS)
        if isinstance(excess, Excess):
            raise violated(tool, (Violation("patch", f"This patch is refused: {excess.message}."),))
        merged = merge_patch(dict(session.props), given.patch)
        assert isinstance(merged, dict), "a patch that is an object makes an object"
        props = merged
    if "propsSpec" in session.contract:
        violations = props_violations(PropsSchema(session.props_schema), props)
        if violations:
            raise violated(tool, violations, props_schema_hash=session.props_schema_hash)
        return props
    excess = measure(props, PROPS_BOUNDS)
    if isinstance(excess, Excess):
        raise violated(tool, (Violation("props", f"These props are refused: {excess.message}."),))
    return props


def _facts(session: Session, uri: str, changed: bool) -> Mapping[str, Any]:
    declares = "propsSpec" in session.contract
    return {
        "session_id": session.id,
        "updated": changed,
        "resource_uri": uri,
        "warning": None if changed else NOTHING_CHANGED,
        "props_schema_hash": session.props_schema_hash if declares else None,
        "props_schema_profile": session.props_schema_profile if declares else None,
    }
