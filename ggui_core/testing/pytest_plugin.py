"""pytest plugin: strict skips for continuous integration, and the host emulator as a fixture.

With ``GGUI_STRICT_SKIPS=1`` a skipped test that is marked ``services``, ``browser`` or ``conformance`` fails, so
that a missing part is noticed where it must not be missing.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from ggui_core import logs

if TYPE_CHECKING:
    from ggui_core.testing.apps_host import CardHost, OpenHost

REQUIRED_PARTS = ("services", "browser", "conformance")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks, so that plugins' own test suites need not."""
    logs.configure({"GGUI_LOG_LEVEL": os.environ.get("GGUI_LOG_LEVEL", "warning")}, cached=False)
    config.addinivalue_line("markers", "services: needs PostgreSQL or Redis")
    config.addinivalue_line("markers", "browser: needs Chromium")
    config.addinivalue_line("markers", "conformance: needs the public MCP conformance suite")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a required part into a failure."""
    report = yield
    strict = os.environ.get("GGUI_STRICT_SKIPS") == "1"
    skipped = report.skipped and not hasattr(report, "wasxfail")  # an expected failure did run
    if strict and skipped and any(item.get_closest_marker(mark) for mark in REQUIRED_PARTS):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"this part may not be skipped here: {reason}"
    return report


@pytest.fixture
def mcp_app_host() -> Iterator[OpenHost]:
    """Opens host emulators: ``mcp_app_host(server_url, bearer)`` returns a running
    :class:`~ggui_core.testing.apps_host.CardHost`, which ends with the test.

    It is the page of ``ggui dev host``: cards run in a sandbox behind a proxy on another origin, and every quirk of
    real hosts (spec 08) is a switch.
    """
    from ggui_core.testing.apps_host import card_host

    with ExitStack() as stack:

        def opened(server_url: str, bearer: str | None = None) -> CardHost:
            return stack.enter_context(card_host(server_url, bearer))

        yield opened
