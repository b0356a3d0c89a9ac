"""What other plugins may use of the renderer, once every seam is chosen (any hook after ``ggui_provide``)."""

from __future__ import annotations

from ggui_core.protocol.session import Session
from ggui_core.setup import Setup
from ggui_core.stores import KeyValueStore
from ggui_renderer.tickets import Tickets, ViewerLink

__all__ = ["ViewerLink", "viewer_link"]


async def viewer_link(setup: Setup, session: Session) -> ViewerLink:
    """A link that opens the page of ``session`` once, within a minute.

    Whoever asks has made sure that the caller may see the session.
    """
    return await tickets(setup).link(session)


def tickets(setup: Setup) -> Tickets:
    """This server's tickets."""
    return Tickets(setup.get(KeyValueStore), setup.clock, setup.base_url)
