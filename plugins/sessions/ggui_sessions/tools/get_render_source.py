"""``ggui_get_render_source``: the text a person would edit (spec 02 section 6.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ggui_core.errors import ToolError
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import Id, Input, Json, Output
from ggui_core.protocol.digests import code_address
from ggui_core.protocol.session import Session
from ggui_sessions.errors import session_not_found
from ggui_sessions.service import Sessions, tenant_of

_SPECS: Final = ("propsSpec", "actionSpec", "streamSpec", "contextSpec")


class RenderSourceInput(Input):
    """What ``ggui_get_render_source`` is called with."""

    session_id: Id


class SourceBlueprint(Output):
    """What the component could be made of again."""

    source: str
    contract: Json | None = None
    fixture_props: Json | None = None


class RenderSourceOutput(Output):
    """What ``ggui_get_render_source`` answers."""

    session_id: str
    blueprint: SourceBlueprint


@dataclass(frozen=True, slots=True)
class RenderSourceTool:
    """Reads the authored text of a component; being asked for it does not count as activity."""

    sessions: Sessions

    def declared(self) -> Tool[RenderSourceInput, RenderSourceOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_get_render_source",
            "Read the source of a session's component, with its contract and props.",
            RenderSourceInput,
            RenderSourceOutput,
            self.handle,
            title="Get render source",
            read_only=True,
        )

    async def handle(self, given: RenderSourceInput, calling: ToolContext) -> RenderSourceOutput:
        """Look it up."""
        session = await self.sessions.store.session(given.session_id, tenant_of(calling))
        if session is None or session.is_expired(self.sessions.now_ms()):
            raise session_not_found(given.session_id)
        contract = {spec: session.contract[spec] for spec in _SPECS if spec in session.contract}
        blueprint = SourceBlueprint(
            source=_authored(session), contract=contract or None, fixture_props=dict(session.props)
        )
        return RenderSourceOutput(session_id=session.id, blueprint=blueprint)


def _authored(session: Session) -> str:
    """The text of its author.

    Raises:
        ToolError: ``render_source_unavailable``; there is no such text.
    """
    component = session.component
    if session.kind is not None:
        raise _unavailable("It is a card of the server, which has no component.")
    if component is None:
        raise _unavailable("It has no component.")
    if not component.source.strip():
        raise _unavailable("Nobody kept the text that its component was compiled from.")
    if code_address(component.source.encode()) == component.code_hash:
        raise _unavailable("Its component was handed over compiled.")
    return component.source


def _unavailable(why: str) -> ToolError:
    return ToolError(f"This session has no source to show. {why}", code="render_source_unavailable")
