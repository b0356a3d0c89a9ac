"""The write-ahead log of a killed server is cut, as a disk that lost its last writes would: what is left is sound."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import sqlite3
import struct
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ggui_core.testing import booted

from .consistency import faults_of_file
from .crashing import Truth, Victim, Write, calling, free_port, project, render, serving, work_until_killed

CUTS = 3 * int(os.environ.get("GGUI_TEST_CRASHES", "4"))
SEED = 20_261_126
FILE = "state.db"
STORAGE = {"driver": "sqlite", "path": FILE}
HEADER = 32
FRAME = 24 + 4096
FRAMES = (150, 800)
"""How long the log may grow before the server is killed: SQLite empties it into the database at 1,000."""

Place = Literal["between frames", "inside a frame", "in the header", "nowhere"]
PLACES: tuple[Place, ...] = ("between frames", "inside a frame", "inside a frame", "in the header")


@dataclass(frozen=True)
class Log:
    """The write-ahead log that a killed server left, with what SQLite noted of it in shared memory.

    Attributes:
        frames: How many pages it holds.
        copied: How many of them are in the database already. They were on the disk before they were copied, so no
            disk that keeps its promises can lose them.
    """

    path: Path
    frames: int
    copied: int

    @classmethod
    def of(cls, database: Path) -> Log:
        index = database.with_name(f"{database.name}-shm").read_bytes()
        frames, copied = struct.unpack_from("=I", index, 16)[0], struct.unpack_from("=I", index, 96)[0]
        return cls(database.with_name(f"{database.name}-wal"), frames, copied)

    def cut(self, target: Path, place: Place, chance: random.Random) -> int:
        """Write what a bad disk would have kept of it; returns how many whole frames that is."""
        kept, extra = self.frames, 0
        if place == "in the header" and self.copied == 0:
            kept, extra = 0, chance.randrange(HEADER) - HEADER
        elif place != "nowhere":
            kept = chance.randrange(self.copied, self.frames)
            extra = 0 if place == "between frames" else chance.randrange(1, FRAME)
        whole = self.path.read_bytes()
        garbage = chance.randbytes(chance.randrange(3 * FRAME)) if chance.random() < 0.5 else b""
        target.write_bytes(whole[: HEADER + kept * FRAME + extra] + (b"" if place == "nowhere" else garbage))
        return kept


async def worked_and_killed(victim: Victim, truth: Truth, wal: Path, frames: int) -> None:
    """Everything at once until the log has so many frames."""
    async with calling(victim.url) as call:
        session_id = await render(call, truth)

    async def long_enough() -> None:
        async with asyncio.timeout(20):
            while wal.stat().st_size < HEADER + frames * FRAME:
                await asyncio.sleep(0.01)

    await work_until_killed(victim, session_id, truth, "wal", long_enough())


async def left_by_a_kill(home: Path, chance: random.Random) -> tuple[Truth, Log]:
    """A folder with the state of a server that was killed at work, the truth about it, and its log."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    (home / "ggui.json").write_text(json.dumps(project(STORAGE)))
    truth = Truth()
    with serving(home, free_port()) as victim:
        await worked_and_killed(victim, truth, home / f"{FILE}-wal", chance.randint(*FRAMES))
    return truth, Log.of(home / FILE)


def is_there(connection: sqlite3.Connection, write: Write) -> bool:
    """Whether a write is in the database."""
    statements = {
        "gesture": "SELECT count(*) FROM ggui_gesture WHERE session_id = ? AND action_key = ?",
        "update": "SELECT coalesce(max(json_extract(props, '$.n')), -1) >= ? FROM ggui_session WHERE id = ?",
        "emit": "SELECT coalesce(max(CAST(payload AS INTEGER)), -1) >= ? FROM ggui_emission "
        "WHERE session_id = ? AND channel = 'ticks'",
        "render": "SELECT count(*) FROM ggui_session WHERE id = ?",
    }
    parameters = {
        "gesture": (write.session_id, f"{write.by}-{write.number}"),
        "update": (write.number, write.session_id),
        "emit": (write.number, write.session_id),
        "render": (write.session_id,),
    }[write.kind]
    return bool(connection.execute(statements[write.kind], parameters).fetchone()[0])


async def test_a_cut_log_leaves_a_sound_beginning_of_what_happened(tmp_path: Path) -> None:
    chance, lost_most = random.Random(SEED), 0
    home = tmp_path / "server"
    truth, log = await left_by_a_kill(home, chance)
    for number in range(CUTS):
        place: Place = chance.choice(PLACES)
        if number % 6 == 0:
            if number:
                truth, log = await left_by_a_kill(home, chance)
            place = "nowhere"
        copy = tmp_path / f"copy-{number}"
        copy.mkdir()
        shutil.copy(home / FILE, copy / FILE)
        kept = log.cut(copy / f"{FILE}-wal", place, chance)
        what = f"{place}: {kept} of {log.frames} frames kept, {log.copied} were copied before"
        async with booted(
            installed=True, config=project(STORAGE), args=["--dev-allow-all"], root=copy
        ) as server:
            assert await faults_of_file(copy / FILE, running=True) == [], what
            with closing(sqlite3.connect(f"file:{copy / FILE}?mode=ro", uri=True)) as connection:
                missing = [write for write in truth.writes if not is_there(connection, write)]
                there = [write for write in [*truth.writes, *truth.unsure] if is_there(connection, write)]
            newest = max((write.began for write in there), default=float("-inf"))
            skipped = [write for write in missing if write.ended < newest]
            assert not skipped, f"{what}: {skipped[:3]} is missing although something later is there"
            assert place != "nowhere" or not missing, f"nothing was cut, and {missing[:3]} is missing"
            for write in [write for write in there if write.kind == "render"][-3:]:
                seen = await server.call_tool("ggui_get_session", {"sessionId": write.session_id})
                assert not seen.get("isError"), (what, seen)
            again = await server.call_tool("ggui_list_sessions", {})
            assert not again.get("isError"), again
        lost_most = max(lost_most, len(missing))
        shutil.rmtree(copy)
    print(f"{CUTS} cuts; up to {lost_most} acknowledged writes lost with what was cut off")
    assert lost_most > 0, "something was cut off"
