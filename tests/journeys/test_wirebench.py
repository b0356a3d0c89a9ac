"""The load client that anybody may point at this server finds nothing wrong with it, at any of its scenarios.

Counts are small: what is judged here are the answers. How fast they come is for ``tests/bench/run.py``.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from types import ModuleType

import pytest

from ggui_core.testing import Booted, booted

COUNTS = "--n 5 --conc-n 8 --clients 4 --wake-n 8 --wake-parallel 4 --waiters 8 --fanout 20 --fanout-n 3 --warmup 2"


@pytest.fixture
async def server() -> AsyncIterator[Booted]:
    config = {"schema": "1", "protocol": "draft-2026-08-19", "app": {"slug": "bench", "name": "Bench"}}
    async with booted(installed=True, args=["--dev-allow-all", "--ephemeral"], config=config) as running:
        yield running


@pytest.mark.skipif(sys.platform == "win32", reason="it reads /proc")
async def test_every_scenario_is_answered_as_the_client_expects(
    server: Booted, wirebench: ModuleType
) -> None:
    asked = ["--base-url", server.base_url, "--control-path", "/ops", "--prime", "register", *COUNTS.split()]
    report = await wirebench.run(wirebench.parse(asked))
    assert report.errors == []
    timed = [name for name, row in report.results.items() if isinstance(row, dict) and row.get("n")]
    assert len(timed) >= len(wirebench.ALL), timed
