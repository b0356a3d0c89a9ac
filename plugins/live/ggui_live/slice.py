"""Where a view finds its live channel: the part of ``ai.ggui/render`` that this plugin adds (spec 01 section 12.1)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import quote, urlsplit

from ggui_core.clock import iso
from ggui_core.protocol.session import Session
from ggui_core.seams import LiveToken, SlicePart
from ggui_core.tokens import Claims
from ggui_live.channel import LiveChannel
from ggui_live.socket import PATH


class LiveSlice:
    """Mints a token whenever a slice is minted, unless no session stands behind the card."""

    def __init__(self, channel: LiveChannel) -> None:
        self._channel = channel

    async def slice_part(self, session: Session) -> SlicePart:
        if session.is_static:
            return SlicePart()
        base = self._channel.setup.base_url
        url = urlsplit(base)
        fields: dict[str, Any] = {
            **live_members(base, *self._channel.mint(session.id, session.tenant.app_id))
        }
        local = local_tools(session, self._channel.settings.local_tools)
        if local:
            fields["streamWebSocketLocalTools"] = local
        return SlicePart(
            fields=fields,
            connect_domains=(f"{_socket_scheme(base)}://{url.netloc}", f"{url.scheme}://{url.netloc}"),
        )


def local_tools(session: Session, allowed: Collection[str]) -> list[str]:
    """The tools behind channels of a session that this server asks itself (spec 01 section 15.6)."""
    streams = (session.contract.get("streamSpec") or {}).values()
    named = {stream["source"]["tool"] for stream in streams if stream.get("source")}
    return sorted(named & set(allowed))


def live_members(base: str, token: str, claims: Claims) -> dict[str, str]:
    """The members of a slice that a token opens; ``base`` is the origin of this server."""
    api = f"{base}/api/sessions/{quote(claims.session_id, safe='')}"
    query = f"wsToken={quote(token, safe='')}"
    return {
        "wsUrl": f"{_socket_scheme(base)}://{base.partition('://')[2]}{PATH}",
        "wsToken": token,
        "expiresAt": iso(claims.expires_at),
        "sseUrl": f"{api}/stream?{query}",
        "pollingUrl": f"{api}/events?{query}",
    }


def _socket_scheme(base: str) -> str:
    return "wss" if base.startswith("https:") else "ws"


class ViewTokens:
    """Implements :class:`~ggui_core.seams.LiveTokens`."""

    def __init__(self, channel: LiveChannel) -> None:
        self._channel = channel

    def mint(self, session: Session) -> LiveToken:
        token, claims = self._channel.mint(session.id, session.tenant.app_id)
        return LiveToken(token, iso(claims.expires_at))
