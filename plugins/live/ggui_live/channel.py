"""What the hooks of this plugin share while one server lives: seams, the hub, and who is let in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Final

from ggui_core.auth import Principal, UserIdentity
from ggui_core.consumers import ActiveConsumers
from ggui_core.http.addresses import client_block
from ggui_core.http.calls import Call
from ggui_core.limits import Denied, Rate, RateLimiter
from ggui_core.protocol.session import Tenant
from ggui_core.seams import SessionService
from ggui_core.setup import Setup
from ggui_core.stores import SessionStore
from ggui_core.tokens import Claims, TokenSigner
from ggui_live.expiry import ExpiryWatch
from ggui_live.hub import Hub
from ggui_live.settings import LiveSettings
from ggui_live.subscription import Room

TOKEN_TTL_S: Final = 180
REFRESH_WINDOW_S: Final = 2 * TOKEN_TTL_S
"""How long after it was issued a token can be exchanged for a new one."""
SESSION_TOKEN_TTL_S: Final = 14_400
"""How long a subscription that was acknowledged can be proved, and how long it may last for a token alone."""


class LiveChannel:
    """The live channel of one server.

    It is offered to the other hooks before all plugins have spoken, so every seam is resolved when first needed.
    """

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.hub = Hub(lambda: self.sessions, lambda: self.store)
        self.unsubscribed = 0
        """Sockets that are open and have not subscribed."""

    @cached_property
    def settings(self) -> LiveSettings:
        """As the operator set them."""
        return self.setup.settings(LiveSettings)

    @cached_property
    def sessions(self) -> SessionService:
        """What is rendered."""
        return self.setup.get(SessionService)

    @cached_property
    def signer(self) -> TokenSigner:
        """Signs and verifies what opens the channel."""
        return self.setup.get(TokenSigner)

    @cached_property
    def consumers(self) -> ActiveConsumers:
        """Which sessions have an agent listening."""
        return self.setup.get(ActiveConsumers)

    @cached_property
    def store(self) -> SessionStore:
        """Where sessions are kept; asking it is no use of a session."""
        return self.setup.get(SessionStore)

    @cached_property
    def _limiter(self) -> RateLimiter:
        return self.setup.get(RateLimiter)

    @cached_property
    def room(self) -> Room:
        """How much may wait for one view."""
        settings = self.settings
        return Room(settings.queued_frames, settings.queued_bytes, settings.write_stall_s)

    @cached_property
    def _rate(self) -> Rate:
        limits = self.setup.config.limits
        return Rate(limits.calls_per_second, limits.burst)

    def now_ms(self) -> int:
        """The time in milliseconds since the epoch."""
        return int(self.setup.clock.now() * 1000)

    def mint(self, session_id: str, app_id: str) -> tuple[str, Claims]:
        """A token that opens the channel of one session."""
        return self.signer.sign("ws", session_id, app_id, TOKEN_TTL_S)

    def follow(self, claims: Claims) -> tuple[str, Claims]:
        """A token in the place of one that is still good, for its holder who shows nothing else.

        It never lives longer than that one could have been refreshed: who found a token may not keep it alive.
        """
        end = claims.issued_at + REFRESH_WINDOW_S
        ttl_s = min(TOKEN_TTL_S, end - int(self.setup.clock.now()))
        return self.signer.sign("ws", claims.session_id, claims.app_id, ttl_s, issued_at=claims.issued_at)

    async def charge(self, call: Call, session_id: str, kind: str = "calls") -> Denied | None:
        """Count one request of whoever is behind ``call``: a credential, or an address that shows a session.

        Args:
            kind: What is counted; each has an allowance of its own.
        """
        who = (
            call.principal.credential_id
            if call.principal is not None
            else f"view:{session_id}:{client_block(call.remote_address)}"
        )
        return await self._limiter.take(f"{kind}:{who}", self._rate)

    @staticmethod
    def counts_until_ms(claims: Claims) -> int:
        """Until when a view that a token opened may stay, in milliseconds since the epoch."""
        return (claims.issued_at + SESSION_TOKEN_TTL_S) * 1000

    def is_crowded(self, session_id: str) -> bool:
        """Whether as many views of the session are open as may be."""
        return self.hub.count(session_id) >= self.settings.views_per_session

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Follow the bus, and the clock of sessions, while the server runs."""
        watch = ExpiryWatch(self.hub, self.store, self.setup.clock)
        with self.hub.following(self.setup.bus):
            async with watch.running():
                yield


def tenant_of(principal: Principal, app_id: str) -> Tenant:
    """In whose name a caller asks (spec 02 section 13.1)."""
    identity = principal.identity
    return Tenant(app_id, identity.user_id if isinstance(identity, UserIdentity) else None)
