"""Issuing and revoking bearers: what every way of pairing has in common (spec 03 section 10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ggui_core.audit import AuditTrail
from ggui_core.bus import Bus, CredentialRevoked
from ggui_core.clock import Clock, iso
from ggui_core.stores import AppStore, Pairing, PairingStore
from ggui_pairing.codes import CodeSlot
from ggui_pairing.tokens import digest, new_user_token, shown_prefix

_CREDENTIAL: Final = "pairing:"


def credential_id(pairing_id: str) -> str:
    """How principals, open calls and announcements name a pairing's bearer."""
    return f"{_CREDENTIAL}{pairing_id}"


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

    async def issue(
        self,
        device_name: str,
        *,
        actor: str | None,
        remote_address: str,
        app_id: str | None = None,
        expires_at: int | None = None,
    ) -> IssuedBearer:
        """Make a bearer without a code, on behalf of ``actor``; the pending code is not touched.

        Args:
            app_id: The one app it opens; ``None`` for all that the operator's devices may do.
            expires_at: Milliseconds since the epoch from which on it opens nothing.
        """
        token = new_user_token()
        pairing = await self._store.add(
            device_name,
            digest(token),
            shown_prefix(token),
            int(self._clock.now() * 1000),
            app_id=app_id,
            expires_at=expires_at,
        )
        bounds = {} if app_id is None else {"appId": app_id}
        bounds |= {} if expires_at is None else {"expiresAt": iso(expires_at / 1000)}
        await self._audit.record(
            "pairing.token.issued",
            actor=actor,
            pairingId=pairing.pairing_id,
            deviceName=device_name,
            remoteAddress=remote_address,
            **bounds,
        )
        return IssuedBearer(pairing, token)

    async def list(self) -> Sequence[Pairing]:
        """Every pairing, oldest first."""
        return await self._store.list()

    async def was_issued(self, pairing_id: str) -> bool:
        """Whether there is, or ever was, a pairing of this id."""
        return await self._store.was_issued(pairing_id)

    async def revoke(self, pairing_id: str, *, actor: str | None, by: str = "request") -> bool:
        """Forget a pairing, then end whatever its bearer holds open. False when there was none of that id."""
        removed = await self._store.remove(pairing_id)
        if removed:
            await self.announce_revoked(pairing_id, actor=actor, by=by)
        return removed

    async def revoke_of_app(self, app_id: str) -> None:
        """Revoke what opened an app that is no more, and nothing else."""
        for pairing in await self._store.list():
            if pairing.app_id == app_id:
                await self.revoke(pairing.pairing_id, actor=None, by="app_deleted")

    async def revoke_of_missing_apps(self, apps: AppStore, declared: str) -> None:
        """Revoke what opens apps that are not there: the deletion of one may not have been heard of here.

        Args:
            declared: The app of ``ggui.json``, which needs no record.
        """
        for app_id in {pairing.app_id for pairing in await self._store.list()} - {None, declared}:
            if app_id is not None and await apps.read(app_id) is None:
                await self.revoke_of_app(app_id)

    async def revoke_expired(self) -> None:
        """Revoke what has had its time, so that sockets and waiting calls end too."""
        for pairing in await self._store.expired(int(self._clock.now() * 1000)):
            await self.revoke(pairing.pairing_id, actor=None, by="expiry")

    async def gone(self, credential_ids: Iterable[str]) -> Sequence[str]:
        """Which of these credentials belonged to pairings that are there no more; those of others are passed over."""
        asked = {
            name.removeprefix(_CREDENTIAL): name for name in credential_ids if name.startswith(_CREDENTIAL)
        }
        missing = await self._store.missing(asked.keys()) if asked else ()
        return [asked[pairing_id] for pairing_id in missing]

    async def announce_revoked(self, pairing_id: str, *, actor: str | None, by: str) -> None:
        """Tell the server that a pairing is durably gone: its sockets close, its parked calls return."""
        await self._bus.publish(CredentialRevoked(credential_id(pairing_id)))
        await self._audit.record("pairing.token.revoked", actor=actor, pairingId=pairing_id, by=by)
