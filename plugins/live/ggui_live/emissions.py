"""Stream deliveries for views that ask again and again instead of listening: pulls and polls."""

from __future__ import annotations

from typing import Any

from ggui_live import frames
from ggui_live.channel import LiveChannel


async def emissions_above(channel: LiveChannel, session_id: str, since: int) -> dict[str, Any]:
    """What was emitted to a session above the cursor ``since``, and the cursor to ask with next.

    Most channels keep nothing by themselves: that somebody asks keeps what is delivered until the next question, which
    another process may answer.

    Returns:
        ``emissions``, ``stream_seq``, and ``replay_truncated`` where some that were kept are gone.
    """
    backlog = await channel.store.poll(session_id, since, channel.now_ms())
    rows = []
    for emission in backlog.emissions:
        row = frames.envelope(session_id, emission)
        del row["sessionId"], row["schemaVersion"]
        rows.append(row)
    said: dict[str, Any] = {"emissions": rows, "stream_seq": backlog.stream_seq}
    if backlog.truncated:
        said["replay_truncated"] = True
    return said
