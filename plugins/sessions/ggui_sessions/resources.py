"""The documents behind ``ui://ggui/render`` (spec 02 section 10): one for every result, and one for each session."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, Final

import structlog

from ggui_core.mcp import Resource, ResourceContents, ResourceFailed, ResourceTemplate, ToolContext
from ggui_core.mcp.resources import APP_MIME
from ggui_core.protocol.errors import RpcCode
from ggui_core.protocol.paths import clipped
from ggui_core.protocol.session import DeliveryReceipt, Session
from ggui_core.seams import ShellBuilder
from ggui_sessions import pinning
from ggui_sessions.gadget_gate import permissions
from ggui_sessions.presentation import ROOT, document_meta
from ggui_sessions.service import Sessions, tenant_of

log = structlog.get_logger("ggui.sessions")

_TITLE: Final = 80


def not_found() -> ResourceFailed:
    """The same bytes for what never existed, what is gone, and what is somebody else's (law 7)."""
    return ResourceFailed("Resource not found.", code="NOT_FOUND", jsonrpc_code=RpcCode.SESSION_NOT_FOUND)


def not_mountable(detail: str) -> ResourceFailed:
    """The session is there and has nothing to show."""
    return ResourceFailed(
        "This session has nothing to show.",
        code="NOT_MOUNTABLE",
        jsonrpc_code=RpcCode.MOUNT_UNAVAILABLE,
        detail=detail,
    )


def _broken() -> ResourceFailed:
    return ResourceFailed(
        "The page could not be put together; the server's log has the cause.",
        code="INTERNAL_ERROR",
        jsonrpc_code=RpcCode.INTERNAL_ERROR,
    )


class Documents:
    """Serves the shells that a renderer builds."""

    def __init__(self, sessions: Sessions, shells: ShellBuilder) -> None:
        self._sessions = sessions
        self._shells = shells
        self._static = shells.static_shell()
        self._static_meta = document_meta(self._static.csp) if self._static.csp else {}

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
            raise not_mountable("No plugin serves the browser runtime.") if assembled.complete else _broken()
        html = self._shells.session_shell(assembled.mount, _title(session))
        receipt = DeliveryReceipt("read", self._sessions.now_ms(), "resource")
        await _best_effort(self._sessions.note_delivery(session.id, receipt))
        return ResourceContents(APP_MIME, text=html, meta=self._meta(session, assembled.mount.csp))

    async def _readable(self, location: pinning.Location, calling: ToolContext) -> Session:
        """The session at a location. Reading revives an expired one, before anything is minted for it."""
        if calling.principal.is_anonymous:
            raise not_found()
        session = await self._sessions.store.session(location.session_id, tenant_of(calling))
        if session is None:
            raise not_found()
        now_ms = self._sessions.now_ms()
        if self._sessions.lifetimes.expiry(now_ms, session.created_at_ms) <= now_ms:
            raise not_found()
        await _best_effort(self._sessions.renew(session, now_ms))
        if location.epoch is None:
            return session
        pinned = await pinning.at_epoch(self._sessions.store, session, location.epoch)
        if pinned is None:
            raise not_found()
        return pinned

    def _meta(self, session: Session, csp: Any) -> dict[str, Any]:
        return document_meta(csp, permissions(session.contract, self._sessions.gadgets))


async def _best_effort(write: Awaitable[None]) -> None:
    """A page that can be shown is not withheld because something about it could not be written down."""
    try:
        await write
    except Exception:
        log.exception("page_not_noted")


def _title(session: Session) -> str:
    first_line = session.intent.strip().partition("\n")[0]
    return clipped(first_line, _TITLE) or "ggui"
