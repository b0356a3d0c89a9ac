"""What the live channel refuses, in frames (spec 01 section 19.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ggui_core.errors import GguiError


class Refused(GguiError):
    """A frame that gets an ``error`` frame for an answer.

    Attributes:
        code: One of the codes of spec 01 section 19.3, or one of ours.
        details: ``error.payload.details``.
        request_id: Of the message at fault, where it is known here only.
    """

    code = "INTERNAL_ERROR"
    http_status = 400

    def __init__(
        self,
        code: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        *,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.details = details
        self.request_id = request_id


class ChannelRefused(GguiError):
    """A polled channel that gets a ``channel_error`` frame (spec 01 section 15.6)."""

    code = "CHANNEL_UNKNOWN"
    http_status = 400

    def __init__(
        self, code: str, message: str, session_id: str, channel: str, *, details: str | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.session_id = session_id
        self.channel = channel
        self.details = details


def session_not_found(session_id: str) -> Refused:
    """The same for a session that is unknown, gone, or not this caller's (law 7)."""
    return Refused("SESSION_NOT_FOUND", f"There is no session '{session_id}' here; render it again.")
