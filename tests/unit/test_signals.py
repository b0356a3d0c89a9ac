"""How ``ggui serve`` hears that it should stop."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import Any

import pytest

from ggui_core.serve import listen_for_signals
from ggui_core.testing import PATIENCE_S


class WithoutSignals(asyncio.SelectorEventLoop):
    """Like the event loop of Windows."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("factory", [asyncio.SelectorEventLoop, WithoutSignals])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_server_on_every_event_loop(factory: Any, number: signal.Signals) -> None:
    async def serve() -> tuple[bool, bool]:
        """Whether the server should stop, before and after the signal."""
        stop = asyncio.Event()
        listen_for_signals(asyncio.get_running_loop(), stop)
        await asyncio.sleep(0)
        before = stop.is_set()
        signal.raise_signal(number)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), timeout=PATIENCE_S)
        return before, stop.is_set()

    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            assert runner.run(serve()) == (False, True)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
