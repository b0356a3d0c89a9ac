"""Which tokens open what: at the upgrade, at the subscription, and on the HTTP rungs (spec 01 section 18)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ggui_core.errors import RequestError
from ggui_core.http.errors import CHALLENGE
from ggui_core.protocol.session import Tenant
from ggui_core.tokens import Claims, TokenRefused, TokenSigner
from ggui_live.channel import REFRESH_WINDOW_S
from ggui_live.errors import Refused

EXPIRED: Final = "BOOTSTRAP_EXPIRED"


def at_upgrade(signer: TokenSigner, token: str) -> Claims:
    """The claims of a token that may open a socket.

    A token that expired a moment ago still may: its view is told so when it subscribes, as views in the field
    expect. Past the time in which it can be refreshed the upgrade is refused, because only that makes those views
    give up the socket and go on to the next rung.

    Raises:
        RequestError: 401.
    """
    try:
        return signer.verify(token, "ws", refreshable_s=REFRESH_WINDOW_S)
    except TokenRefused as refused:
        too_old = refused.fault in ("expired", "refresh_window_closed")
        said = "wsToken expired" if too_old else "wsToken invalid"
        raise RequestError(said, status=401, code="token_refused", headers=CHALLENGE) from refused


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a ``subscribe`` message asks for.

    Attributes:
        since: The ledger cursor as it came; ``None`` when there is none. It is judged after the ack.
    """

    session_id: str
    app_id: str | None
    token: str | None
    from_seq: int | None
    since: object
    versions: tuple[str, ...]

    @staticmethod
    def parse(payload: object) -> Wanted:
        """Read the payload.

        Raises:
            Refused: ``INVALID_MESSAGE``.
        """
        if not isinstance(payload, dict):
            raise Refused("INVALID_MESSAGE", "A 'subscribe' message needs a 'payload' object.")
        session_id = payload.get("sessionId")
        if not isinstance(session_id, str) or not session_id:
            raise Refused(
                "INVALID_MESSAGE", "A 'subscribe' message names its 'sessionId', a non-empty string."
            )
        from_seq = payload.get("fromSeq")
        if from_seq is not None and not is_cursor(from_seq):
            raise Refused("INVALID_MESSAGE", "'fromSeq' is a whole number, 0 or above.")
        versions = payload.get("supportedVersions")
        offered = versions if isinstance(versions, list) else []
        return Wanted(
            session_id,
            _text(payload, "appId"),
            _text(payload, "wsToken"),
            from_seq,
            payload.get("sinceSequence"),
            tuple(version for version in offered if isinstance(version, str)),
        )


def is_cursor(value: object) -> bool:
    """Whether a value is a whole number, 0 or above; ``true`` is none."""
    return type(value) is int and value >= 0


def _text(payload: dict[str, object], name: str) -> str | None:
    """An optional member; absent, ``null`` and empty are the same.

    Raises:
        Refused: ``INVALID_MESSAGE``; it is no string.
    """
    value = payload.get(name)
    if value is not None and not isinstance(value, str):
        raise Refused("INVALID_MESSAGE", f"'{name}' is a string.")
    return value or None


@dataclass(slots=True)
class Identity:
    """Who opened a socket.

    Attributes:
        tenant: In whose name it may look; ``None`` for a socket that a token opened, which only that kind of proof
            can subscribe.
        claims: What that token said.
        is_spent: It has been used for a subscription, granted or refused.
    """

    tenant: Tenant | None
    claims: Claims | None = None
    is_spent: bool = False

    def prove(self, wanted: Wanted, signer: TokenSigner) -> Claims | None:
        """Hold the proof in a ``subscribe`` message against what it asks for.

        Returns:
            The claims of its token; ``None`` when the socket's credential stands for it.

        Raises:
            Refused: steps 2 and 3 of spec 01 section 15.5.
        """
        if wanted.token is None:
            if self.tenant is None:
                raise Refused("UNAUTHENTICATED", "This socket needs a 'wsToken' in its 'subscribe' message.")
            return None
        try:
            claims = signer.verify(wanted.token, "ws")
        except TokenRefused as refused:
            if refused.fault == "expired":
                raise Refused(EXPIRED, "The token has expired; refresh it or render again.") from None
            raise Refused("BOOTSTRAP_INVALID", "The token is not valid; use the one of the slice.") from None
        opened_for = claims if self.claims is None else self.claims
        if not claims.session_id == opened_for.session_id == wanted.session_id:
            raise Refused("BOOTSTRAP_SESSION_MISMATCH", "The token is for another session.")
        if claims.app_id != opened_for.app_id or wanted.app_id not in (None, claims.app_id):
            raise Refused("BOOTSTRAP_APP_MISMATCH", "The token is for another app.")
        return claims
