"""Why a page cannot be read: a closed set (spec 02 section 10.5, spec 01 section 19.2)."""

from __future__ import annotations

from ggui_core.mcp import ResourceFailed
from ggui_core.protocol.errors import RpcCode


def not_found() -> ResourceFailed:
    """The same bytes for what never existed, what is gone, and what is somebody else's (law 7)."""
    return ResourceFailed("Resource not found.", code="NOT_FOUND", jsonrpc_code=RpcCode.SESSION_NOT_FOUND)


def not_supported() -> ResourceFailed:
    """Stands for :func:`not_found` on a server that keeps no identity records, whatever was asked for."""
    return ResourceFailed(
        "This server does not bring back pages of sessions that ended.",
        code="NOT_SUPPORTED",
        jsonrpc_code=RpcCode.MOUNT_UNAVAILABLE,
    )


def not_mountable(detail: str) -> ResourceFailed:
    """The session is known and has nothing to show."""
    return ResourceFailed(
        "This session has nothing to show.",
        code="NOT_MOUNTABLE",
        jsonrpc_code=RpcCode.MOUNT_UNAVAILABLE,
        detail=detail,
    )


def blueprint_unresolvable(detail: str) -> ResourceFailed:
    """The session ended, and what its card was made of is not there any more."""
    return ResourceFailed(
        "The component of this session cannot be brought back.",
        code="BLUEPRINT_UNRESOLVABLE",
        jsonrpc_code=RpcCode.MOUNT_UNAVAILABLE,
        detail=detail,
    )


def broken() -> ResourceFailed:
    """A fault of this server, no statement about the session."""
    return ResourceFailed(
        "The page could not be put together; the server's log has the cause.",
        code="INTERNAL_ERROR",
        jsonrpc_code=RpcCode.INTERNAL_ERROR,
    )
