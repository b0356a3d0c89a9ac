"""Issuing and revoking bearers: what every way of pairing has in common (spec 03 section 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ggui_core.audit import AuditTrail
from ggui_core.bus import Bus, CredentialRevoked
from ggui_core.clock import Clock
from ggui_core.stores import Pairing, PairingStore
from ggui_pairing.codes import CodeSlot
from ggui_pairing.tokens import digest, new_user_token, shown_prefix


def credential_id(pairing_id: str) -> str:
    """How principals, open calls and announcements name a pairing's bearer."""
    return f"pairing:{pairing_id}"


@dataclass(frozen=True, slots=True)
class IssuedBearer:
    """A bearer on its way to whoever asked for it; the only place where it exists in clear."""

    pairing: Pairing
    token: str


@dataclass(frozen=True, slots=True)
class PairedDevice:
    """The outcome of exchanging a code."""

    bearer: IssuedBearer
    server_name: str


class Pairings:
    """The pool of bearers of this server."""

    def __init__(
        self, store: PairingStore, codes: CodeSlot, bus: Bus, audit: AuditTrail, clock: Clock
    ) -> None:
        self._store = store
        self._codes = codes
        self._bus = bus
        self._audit = audit
        self._clock = clock

    async def pair(self, code: str, device_name: str, *, remote_address: str) -> PairedDevice:
        """Exchange the pending code for a bearer.

        Raises:
            CodeRejected: the code is wrong or no longer valid.
            CodePaused: too many wrong guesses.
            PairingsFileError: the bearer cannot be kept; the code stays valid.
        """
        redeemed = await self._codes.redeem(code)
        try:
            bearer = await self.issue(device_name, actor=None, remote_address=remote_address)
        except Exception:
            await self._codes.give_back(redeemed)
            raise
        return PairedDevice(bearer, redeemed.server_name)

    async def issue(self, device_name: str, *, actor: str | None, remote_address: str) -> IssuedBearer:
        """Make a bearer without a code, on behalf of ``actor``; the pending code is not touched."""
        token = new_user_token()
        pairing = await self._store.add(
            device_name, digest(token), shown_prefix(token), int(self._clock.now() * 1000)
        )
        await self._audit.record(
            "pairing.token.issued",
            actor=actor,
            pairingId=pairing.pairing_id,
            deviceName=device_name,
            remoteAddress=remote_address,
        )
        return IssuedBearer(pairing, token)

    async def list(self) -> Sequence[Pairing]:
        """Every pairing, oldest first."""
        return await self._store.list()

    async def revoke(self, pairing_id: str, *, actor: str | None) -> bool:
        """Forget a pairing, then end whatever its bearer holds open. False when there was none of that id."""
        removed = await self._store.remove(pairing_id)
        if removed:
            await self.announce_revoked(pairing_id, actor=actor, by="request")
        return removed

    async def announce_revoked(self, pairing_id: str, *, actor: str | None, by: str) -> None:
        """Tell the server that a pairing is durably gone: its sockets close, its parked calls return."""
        await self._bus.publish(CredentialRevoked(credential_id(pairing_id)))
        await self._audit.record("pairing.token.revoked", actor=actor, pairingId=pairing_id, by=by)
