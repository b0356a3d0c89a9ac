"""pytest plugin: strict skips for continuous integration.

With ``GGUI_STRICT_SKIPS=1`` a skipped test that is marked ``services``, ``browser`` or ``conformance`` fails, so
that a missing part is noticed where it must not be missing.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from ggui_core import logs

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
