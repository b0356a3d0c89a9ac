"""Where a view finds its live channel: the part of ``ai.ggui/render`` that this plugin adds (spec 01 section 12.1)."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from ggui_core.clock import iso
from ggui_core.protocol.session import Session
from ggui_core.seams import SlicePart
from ggui_live.channel import LiveChannel
from ggui_live.socket import PATH


class LiveSlice:
    """Mints a token whenever a slice is minted."""

    def __init__(self, channel: LiveChannel) -> None:
        self._channel = channel

    async def slice_part(self, session: Session) -> SlicePart:
        token, claims = self._channel.mint(session.id, session.tenant.app_id)
        base = self._channel.setup.base_url
        api = f"{base}/api/sessions/{quote(session.id, safe='')}"
        query = f"wsToken={quote(token, safe='')}"
        url = urlsplit(base)
        socket_scheme = "wss" if url.scheme == "https" else "ws"
        return SlicePart(
            fields={
                "wsUrl": f"{socket_scheme}://{base.partition('://')[2]}{PATH}",
                "wsToken": token,
                "expiresAt": iso(claims.expires_at),
                "sseUrl": f"{api}/stream?{query}",
                "pollingUrl": f"{api}/events?{query}",
            },
            connect_domains=(f"{socket_scheme}://{url.netloc}", f"{url.scheme}://{url.netloc}"),
        )
