"""The host emulator for tests: cards in the frame of a real MCP-Apps host, with its quirks as switches (spec 08).

The same page as ``ggui dev host``. Tests bring the browser: Playwright's ``page`` of either kind of API will do, as all
that is asked of it here goes through :meth:`CardHost.address` and :data:`SHOW`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ggui_core.apps_host import AppsHost, Relayed, serving

if TYPE_CHECKING:
    from playwright.async_api import FrameLocator, Page

SHOW: Final = "async result => (await emulator).show(result)"
"""Evaluated in the host's page with the result of a tool call, this shows its card."""

_PATIENCE_S: Final = 30


@dataclass(frozen=True, slots=True)
class CardHost:
    """A running emulator.

    Attributes:
        apps_host: What serves it: ``calls`` has every request that was relayed.
    """

    apps_host: AppsHost

    @property
    def calls(self) -> list[Relayed]:
        """What was relayed, in order."""
        return self.apps_host.calls

    def called(self, by: str = "app") -> list[str]:
        """Names of the tools that were called by ``app`` (cards) or ``model``."""
        return [call.tool for call in self.calls if call.by == by and call.tool is not None]

    def address(self, *switches: str) -> str:
        """The host's page with these switches on; ``no:<name>`` turns a default one off.

        Raises:
            UnknownSwitch: there is no such switch.
        """
        return self.apps_host.address(*switches)

    async def show(self, page: Page, result: Mapping[str, Any] | str, *switches: str) -> FrameLocator:
        """Open the host's page in a browser and show a card in it.

        Args:
            result: What ``tools/call`` answered, or the address of a card's document.
            switches: As :meth:`address` takes them.

        Returns:
            The frame of the card; it may still be empty.
        """
        await page.goto(self.address(*switches))
        if isinstance(result, str):
            result = {"content": [], "_meta": {"ui": {"resourceUri": result}, "ui/resourceUri": result}}
        await page.evaluate(SHOW, dict(result))
        return self.card(page)

    @staticmethod
    def card(page: Page, place: int = 0) -> FrameLocator:
        """The frame of a card that is shown: inside the sandbox, which is a frame of the host's page."""
        return page.frame_locator("iframe[data-card]").nth(place).frame_locator("iframe")

    @staticmethod
    async def act(page: Page, act: str, *arguments: Any) -> Any:
        """Let something happen: ``reload``, ``discard``, ``restore``, ``endTurn``, ``close``, ``approve``,
        ``setTheme``, ``call``.
        """
        body = "async ([act, given]) => { const host = await emulator; return await host[act](...given); }"
        return await page.evaluate(body, [act, list(arguments)])

    @staticmethod
    async def heard(page: Page) -> list[dict[str, Any]]:
        """Every message of the cards that are shown, in order."""
        messages: list[dict[str, Any]] = await page.evaluate("async () => (await emulator).heardFromCards")
        return messages


@contextmanager
def card_host(server_url: str, bearer: str | None = None) -> Iterator[CardHost]:
    """Run an emulator beside the test, in a thread and an event loop of its own.

    Args:
        server_url: Of the server whose cards are shown: its origin, or the whole address of an MCP route.
        bearer: What to call it with.
    """
    endpoint = server_url if server_url.rstrip("/").count("/") > 2 else f"{server_url.rstrip('/')}/mcp"
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="host emulator", daemon=True)
    thread.start()
    stack = AsyncExitStack()
    try:
        entering = stack.enter_async_context(serving(endpoint, bearer))
        yield CardHost(asyncio.run_coroutine_threadsafe(entering, loop).result(_PATIENCE_S))
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(_PATIENCE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_PATIENCE_S)
        loop.close()


OpenHost = Callable[..., CardHost]
