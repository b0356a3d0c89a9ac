"""PostgreSQL goes away at the worst moments: while a change is being kept, and in the middle of a render."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import aiohttp
import pytest

from ggui_core import hookimpl
from ggui_core.mcp.tools import Progress
from ggui_core.seams import Generated, GenerationRequest, UiGenerator
from ggui_core.setup import Setup
from ggui_core.testing import Booted, booted
from ggui_sql import schema
from ggui_sql.storage import Storage

from .consistency import faults_of_postgres
from .crashing import CONTRACT, postgres_database, project
from .test_bad_days import PostgresGone, card, done, gesture, until_ready
from .test_expiry import JumpingClock

pytestmark = pytest.mark.services

SECRET: Final = {"GGUI_TOKEN_SECRET": "one secret for the two servers of a test"}
UNKNOWN: Final = "the connection was lost while a change was being kept"


class AnswerLost(PostgresGone):
    """A line that is cut after the database was told to keep a change, before its answer comes through.

    Connections are told apart by what a change says: others, such as those of signs of life, go on.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._of: bytes | None = None
        self.lost = 0

    def lose_answer(self, of: str) -> None:
        """Of the next change that says this."""
        self._of = of.encode()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await self._connect()
        self._open |= {writer, far_writer}
        says = is_told = False

        async def up() -> None:
            nonlocal says, is_told
            while data := await reader.read(65_536):
                says = says or (self._of is not None and self._of in data)
                if says and b"COMMIT" in data:
                    says, is_told, self._of = False, True, None
                far_writer.write(data)
                await far_writer.drain()

        async def down() -> None:
            while data := await far_reader.read(65_536):
                if is_told:
                    self.lost += 1
                    writer.transport.abort()
                    return
                writer.write(data)
                await writer.drain()

        with suppress(ConnectionError):
            tasks = [asyncio.create_task(up()), asyncio.create_task(down())]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
        for end in (writer, far_writer):
            end.transport.abort()
        self._open -= {writer, far_writer}


@contextmanager
def line(kind: Callable[[str], PostgresGone], url: str) -> Iterator[Any]:
    """A line to the database of ``url`` for as long as the block runs."""
    made = kind(url)
    made.begin()
    try:
        yield made
    finally:
        made.end()


async def unsure(server: Booted, tool: str, arguments: dict[str, Any]) -> None:
    """A call of which nobody can say whether it did what it should."""
    result = await server.call_tool(tool, arguments)
    assert result["isError"], result
    assert result["_meta"]["ai.ggui/error"]["code"] == "storage_unavailable"
    assert UNKNOWN in result["content"][0]["text"]
    assert "ggui_get_session" in str(result), "with what to do now"


async def test_a_change_whose_answer_is_lost_is_told_as_unknown_and_counts_once(tmp_path: Path) -> None:
    async with postgres_database() as url:
        await asyncio.to_thread(schema.upgrade_postgres, url)
        with line(AnswerLost, url) as lost:
            config = project(lost.storage)
            async with booted(
                installed=True, config=config, args=["--dev-allow-all"], root=tmp_path
            ) as server:
                session_id = await card(server)
                lost.lose_answer("987654321")
                update = {"sessionId": session_id, "kind": "merge", "patch": {"n": 987654321}}
                await unsure(server, "ggui_update", update)
                seen = await done(server, "ggui_get_session", {"sessionId": session_id})
                assert seen["props"] == {"n": 987654321}, "it was made"

                press = gesture(session_id, "press-whose-answer-is-lost")
                lost.lose_answer("press-whose-answer-is-lost")
                await unsure(server, "ggui_runtime_submit_action", press)
                assert (await done(server, "ggui_runtime_submit_action", press))["ok"]
                heard = await done(server, "ggui_consume", {"sessionId": session_id})
                assert [event["actionId"] for event in heard["events"]] == [press["actionId"]], "once"

                assert lost.lost == 2
                await until_ready(server, 200)
                assert await faults_of_postgres(url, running=True) == []


async def test_gestures_are_not_lost_with_the_answer_to_their_lease(tmp_path: Path) -> None:
    async with postgres_database() as url:
        await asyncio.to_thread(schema.upgrade_postgres, url)
        with line(AnswerLost, url) as lost:
            config = project(lost.storage)
            async with booted(
                installed=True, config=config, args=["--dev-allow-all"], root=tmp_path
            ) as server:
                session_id = await card(server)
                assert (await done(server, "ggui_runtime_submit_action", gesture(session_id, "press-1")))[
                    "ok"
                ]
                lost.lose_answer(session_id)
                await unsure(server, "ggui_consume", {"sessionId": session_id})
                heard = await done(server, "ggui_consume", {"sessionId": session_id, "timeout": 5})
                assert [event["actionId"] for event in heard["events"]] == ["press-1"]
                assert lost.lost == 1
                assert await faults_of_postgres(url, running=True) == []


def never_done() -> ModuleType:
    """A plugin whose generator takes for ever."""

    class Endless:
        name = "endless"

        def offers(self, request: GenerationRequest) -> bool:
            return True

        async def generate(self, request: GenerationRequest, progress: Progress) -> Generated:
            await asyncio.Event().wait()
            raise AssertionError("it waits for ever")

    def provide(setup: Setup) -> None:
        setup.contribute(UiGenerator, Endless(), rank=-100)

    module = ModuleType("never_done")
    vars(module).update({"PLUGIN_API": 1, "PLUGIN_NAME": "never-done", "ggui_provide": hookimpl(provide)})
    return module


async def test_what_a_lost_process_had_half_made_is_undone_by_the_others_after_half_an_hour(
    tmp_path: Path,
) -> None:
    clock = JumpingClock()
    async with postgres_database() as url:
        await asyncio.to_thread(schema.upgrade_postgres, url)
        config = project({"driver": "postgres", "url": url})
        with ExitStack() as stack:
            cut = stack.enter_context(line(PostgresGone, url))
            async with booted(
                installed=True,
                config=config,
                args=["--dev-allow-all"],
                root=tmp_path,
                clock=clock,
                environ=SECRET,
            ) as living:
                kept = await card(living)
                async with booted(
                    [never_done()],
                    installed=True,
                    config=project(cut.storage),
                    args=["--dev-allow-all"],
                    root=tmp_path,
                    environ=SECRET,
                ) as dying:
                    draft = {
                        "contract": {**CONTRACT, "actionSpec": {"wait": {"label": "Wait"}}}
                    }  # a new component
                    agreed = await done(dying, "ggui_handshake", {"intent": "wait", "blueprintDraft": draft})
                    asked = {"handshakeId": agreed["handshakeId"], "props": {"n": 0}}
                    rendering = asyncio.create_task(dying.call_tool("ggui_render", asked))
                    async with asyncio.timeout(20):
                        while await unfinished(url) == 0:
                            await asyncio.sleep(0.05)
                    await cut.cut_for_good()
                rendering.cancel()
                with suppress(asyncio.CancelledError, aiohttp.ClientError, AssertionError):
                    await rendering
                assert await unfinished(url) == 1, "it ended without a word to the database"
                upkeep = living.setup.get(Storage).upkeep
                clock.ahead_s = 29 * 60
                await upkeep.once()
                assert await unfinished(url) == 1, "it may still be at work"
                clock.ahead_s = 31 * 60
                await upkeep.once()
                assert await unfinished(url) == 0
                listed = await done(living, "ggui_list_sessions", {})
                assert kept in str(listed)
                assert await faults_of_postgres(url, running=True) == []


async def unfinished(url: str) -> int:
    """How many sessions have neither a component nor a failure."""
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        count: int = await connection.fetchval(
            "SELECT count(*) FROM ggui_session WHERE code_hash IS NULL AND failure_code IS NULL AND kind IS NULL"
        )
        return count
    finally:
        await connection.close()
