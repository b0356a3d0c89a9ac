"""URIs of one card among several of a session: ``ui://ggui/render/{id}#2`` (spec 01 section 11)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from ggui_core.protocol.session import Session
from ggui_core.stores import SessionStore
from ggui_sessions.presentation import ROOT

_PINNED: Final = re.compile(r"(.+?)(?:#|%23)(0|[1-9][0-9]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Location:
    """What a URI names.

    Attributes:
        epoch: That of one card; ``None`` for the newest.
        blueprint_key: The second segment, the hash of the contract, if there is one.
    """

    session_id: str
    epoch: int | None = None
    blueprint_key: str | None = None


def locate(uri: str) -> Location:
    """Read ``ui://ggui/render/{sessionId}[/{key}][#N]``; the pin may stand at the end of either segment."""
    segments = uri.removeprefix(f"{ROOT}/").split("/")
    epoch: int | None = None
    plain: list[str] = []
    for segment in segments:
        pinned = _PINNED.fullmatch(segment)
        if pinned is None:
            plain.append(segment)
        else:
            plain.append(pinned[1])
            epoch = int(pinned[2])
    return Location(plain[0], epoch, plain[1] if len(plain) > 1 else None)


async def at_epoch(store: SessionStore, session: Session, epoch: int) -> Session | None:
    """The session as its card of that epoch last showed it; None when the ledger does not say."""
    if epoch == session.epoch:
        return session
    if epoch > session.epoch:
        return None
    props = await store.props_of_epoch(session.id, epoch)
    return None if props is None else replace(session, props=props, epoch=epoch)
