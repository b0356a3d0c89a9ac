"""Recognising the bearers of paired devices and connector keys (spec 03 sections 9 and 10.5)."""

from __future__ import annotations

from ggui_core.auth import AppIdentity, AuthRequest, BuilderIdentity, Principal
from ggui_core.clock import Clock
from ggui_core.stores import PairingStore
from ggui_pairing.pairings import credential_id
from ggui_pairing.tokens import digest


class PairingAdapter:
    """Every pairing is the builder, unless it was made for one app: then it is that app and nothing more.

    What each holds open and how often it calls is counted apart (ruling 13).
    """

    name = "pairing"
    rank = 20

    def __init__(self, store: PairingStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        if request.bearer is None:
            return None
        pairing = await self._store.by_token(digest(request.bearer))
        now = int(self._clock.now() * 1000)
        if pairing is None or pairing.has_expired(now):
            return None
        await self._store.touch(pairing.pairing_id, now, request.remote_address)
        app_id = pairing.app_id
        return Principal(
            BuilderIdentity() if app_id is None else AppIdentity(app_id, pairing.token_sha256),
            "pairing",
            credential_id(pairing.pairing_id),
            metadata={"pairingId": pairing.pairing_id, "deviceName": pairing.device_name},
        )
