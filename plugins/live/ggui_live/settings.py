"""What an operator can set: ``plugins.settings.live`` of ``ggui.json``."""

from __future__ import annotations

from pydantic import Field

from ggui_core.config import Section


class LiveSettings(Section):
    """Limits of the live channel (spec 01 section 15.8); the defaults serve one machine well."""

    views_per_session: int = Field(1_000, ge=1, description="open views of one session, at least 1")
    unsubscribed_sockets: int = Field(
        1_024, ge=1, description="sockets of the whole server that have not subscribed, at least 1"
    )
    subscribe_timeout_s: float = Field(30, gt=0, description="seconds to subscribe in, above 0")
    queued_frames: int = Field(1_000, ge=1, description="frames that may wait for one view, at least 1")
    queued_bytes: int = Field(
        4 * 1024 * 1024, ge=65_536, description="bytes that may wait for one view, at least 65536"
    )
    write_stall_s: float = Field(30, gt=0, description="seconds a view may leave its socket unread, above 0")
    local_tools: frozenset[str] = Field(
        frozenset(), description="tools of this server that may be polled for the channels of cards"
    )
