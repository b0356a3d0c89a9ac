"""The connection to Redis."""

from __future__ import annotations

import asyncio

from ggui_redis.link import ended


async def test_a_task_ends_even_if_its_client_keeps_a_cancellation_to_itself() -> None:
    sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        await asyncio.wait_for(sent, 60)
        await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    sent.set_result(None)
    async with asyncio.timeout(10):
        await ended([task])
    assert task.cancelled()
