"""The documents behind ``ui://ggui/render`` (spec 02 section 10): one for every result, and one for each session."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, Final

import structlog

from ggui_core.mcp import Resource, ResourceContents, ResourceFailed, ResourceTemplate, ToolContext
from ggui_core.mcp.resources import APP_MIME
from ggui_core.protocol.paths import clipped
from ggui_core.protocol.session import DeliveryReceipt, Session
from ggui_core.registry import RegistryTiers
from ggui_core.seams import Mount, ShellBuilder
from ggui_sessions import pinning
from ggui_sessions.presentation import ROOT, document_meta
from ggui_sessions.read_failures import broken, not_found, not_mountable, not_supported
from ggui_sessions.revival import Revival
from ggui_sessions.service import Sessions, tenant_of
from ggui_sessions.static_cards import StaticCards

log = structlog.get_logger("ggui.sessions")

_TITLE: Final = 80


class Documents:
    """Serves the shells that a renderer builds."""

    def __init__(self, sessions: Sessions, shells: ShellBuilder, tiers: RegistryTiers) -> None:
        self._sessions = sessions
        self._shells = shells
        self._revival = Revival(sessions, tiers)
        self._static_cards = StaticCards(tiers, sessions.default_theme)
        self._static = shells.static_shell()
        self._static_meta = document_meta(self._static.csp, prefers_border=sessions.settings.prefers_border)

    @property
    def shell_uri(self) -> str:
        """The address of the static shell by its content: a host's cache misses exactly when it changed."""
        return f"{ROOT}/rt-{self._static.hash12}"

    def offered(self) -> Sequence[Resource | ResourceTemplate]:
        """What the resource hook returns. Templates are tried in this order: ``rt-`` always means the shell."""
        return (
            Resource(ROOT, "ggui-render", self._read_static, APP_MIME),
            Resource(self.shell_uri, "ggui-render-versioned", self._read_static, APP_MIME),
            ResourceTemplate(
                f"{ROOT}/rt-{{shellHash}}", "ggui-render-versioned-grandfather", self._read_static, APP_MIME
            ),
            ResourceTemplate(f"{ROOT}/{{sessionId}}", "ggui-render-self-contained", self._read, APP_MIME),
            ResourceTemplate(
                f"{ROOT}/{{sessionId}}/{{blueprintKey}}",
                "ggui-render-self-contained-resume",
                self._read,
                APP_MIME,
            ),
        )

    async def _read_static(self, uri: str, calling: ToolContext) -> ResourceContents:
        return ResourceContents(APP_MIME, text=self._static.html, meta=self._static_meta)

    async def _read(self, uri: str, calling: ToolContext) -> ResourceContents:
        session = await self._readable(pinning.locate(uri), calling)
        if not session.is_mountable:
            failure = session.failure
            raise not_mountable("Its component is not written yet." if failure is None else failure.message)
        assembled = await self._sessions.assemble(session)
        if not assembled.is_mountable:
            raise not_mountable("No plugin serves the browser runtime.") if assembled.complete else broken()
        html = self._shells.session_shell(assembled.mount, _title(session))
        if session.delivery is None and not session.is_static:  # any receipt says at least as much
            receipt = DeliveryReceipt("read", self._sessions.now_ms(), "resource")
            await _best_effort(self._sessions.note_delivery(session.id, receipt))
        return ResourceContents(APP_MIME, text=html, meta=self._meta(assembled.mount))

    async def _readable(self, location: pinning.Location, calling: ToolContext) -> Session:
        """The session at a location, or what stands for it: the algorithm of spec 02 section 10.5."""
        if calling.principal.is_anonymous:
            raise self._missing()
        store, tenant = self._sessions.store, tenant_of(calling)
        session = await store.session(location.session_id, tenant)
        if session is None:
            record = await store.identity(location.session_id, tenant)
            if record is not None:
                if location.epoch not in (None, record.epoch):
                    raise not_found()  # what earlier cards showed went with the ledger
                return await self._revival.revive(record)
            session = await store.session(location.session_id, tenant)  # it may have come back in between
        if session is None:
            return await self._static_card(location, calling)
        return await self._live(session, location.epoch)

    async def _live(self, session: Session, epoch: int | None) -> Session:
        """A session that is there. Reading revives an expired one, before anything is minted for it."""
        now_ms = self._sessions.now_ms()
        if self._sessions.lifetimes.expiry(now_ms, session.created_at_ms) <= now_ms:
            raise self._missing()
        await _best_effort(self._sessions.renew(session, now_ms))
        if epoch is None:
            return session
        pinned = await pinning.at_epoch(self._sessions.store, session, epoch)
        if pinned is None:
            raise not_found()
        return pinned

    async def _static_card(self, location: pinning.Location, calling: ToolContext) -> Session:
        """The same for a session that is somebody else's as for one that never was."""
        card = None
        if location.blueprint_key is not None and not location.epoch:
            card = await self._static_cards.find(calling.app_id, location.blueprint_key)
        if card is None:
            raise self._missing()
        return card

    def _missing(self) -> ResourceFailed:
        return not_found() if self._sessions.remembers_ended else not_supported()

    def _meta(self, mount: Mount) -> dict[str, Any]:
        permissions = mount.slice.get("permissionsPolicy", ())
        return document_meta(mount.csp, permissions, prefers_border=self._sessions.settings.prefers_border)


async def _best_effort(write: Awaitable[object]) -> None:
    """A page that can be shown is not withheld because something about it could not be written down."""
    try:
        await write
    except Exception:
        log.exception("page_not_noted")


def _title(session: Session) -> str:
    first_line = session.intent.strip().partition("\n")[0]
    return clipped(first_line, _TITLE) or "ggui"
