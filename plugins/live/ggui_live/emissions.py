"""Stream deliveries for views that ask again and again instead of listening: pulls and polls."""

from __future__ import annotations

from typing import Any

from ggui_live import frames
from ggui_live.channel import LiveChannel


async def emissions_above(channel: LiveChannel, session_id: str, since: int) -> dict[str, Any]:
    """What was emitted to a session above the cursor ``since``, and the cursor to ask with next.

    The session is recorded from now on, because most channels keep nothing themselves.

    Returns:
        ``emissions``, ``stream_seq``, and ``replay_truncated`` where some that were kept are gone.
    """
    recorder = channel.recorders.of(session_id)
    backlog = await channel.sessions.backlog(session_id, since)
    found = {emission.seq: emission for emission in recorder.above(since)}
    found |= {emission.seq: emission for emission in backlog.emissions}
    rows = []
    for seq in sorted(found):
        row = frames.envelope(session_id, found[seq])
        del row["sessionId"], row["schemaVersion"]
        rows.append(row)
    # A cursor ahead of the counter is one of before a restart. Otherwise it moves only over what is handed out:
    # a delivery that is numbered already may be announced after this answer.
    counter = backlog.stream_seq
    cursor = counter if counter < since else max(since, *found) if found else since
    said: dict[str, Any] = {"emissions": rows, "stream_seq": cursor}
    if backlog.truncated:
        said["replay_truncated"] = True
    return said
