"""The stores of a project for a command of its operator, whether its server runs or not.

Which stores a server uses is decided by its configuration and its plugins. A command asks the same ones in the same
way, so that it acts on what the server that is started here would use.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ggui_core import logs
from ggui_core.clock import SystemClock
from ggui_core.project import prepare
from ggui_core.provision import provided
from ggui_core.setup import Setup
from ggui_core.workers import Process


@asynccontextmanager
async def stores() -> AsyncIterator[Setup]:
    """A setup with the seams of the working directory's project; what was opened is closed when the block ends.

    No hook but ``ggui_provide`` runs and no lifespan opens: nothing listens, and announcements reach nobody. A
    running server looks at its stores for what commands change.

    Raises:
        BootError: the configuration or a plugin would stop a server, too.
    """
    prepared = prepare(warn=lambda _: None)
    logs.configure(prepared.project.environ, cached=False)
    setup = provided(
        prepared, SystemClock(), port=prepared.server.port, process=Process(speaks=False), serves=False
    )
    try:
        yield setup
    finally:
        await setup.close()
