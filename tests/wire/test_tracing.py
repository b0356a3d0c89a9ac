"""The spans of the SDK: made while somebody collects them, and not otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from opentelemetry import trace

from ggui_core.testing import Booted


class Collected(trace.TracerProvider):
    """Notes the name of every span."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def get_tracer(self, *_: Any, **__: Any) -> trace.Tracer:
        return _Tracer(self.names)


class _Tracer(trace.NoOpTracer):
    def __init__(self, names: list[str]) -> None:
        self._names = names

    @contextmanager
    def start_as_current_span(self, name: str, *_: Any, **__: Any) -> Iterator[trace.Span]:
        self._names.append(name)
        yield trace.INVALID_SPAN


async def test_a_call_is_a_span_once_somebody_collects_spans(
    server: Booted, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected = Collected()
    await server.rpc("tools/call", {"name": "nobody"}, bearer="builder")
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", collected)
    await server.rpc("tools/call", {"name": "nobody"}, bearer="builder")
    assert collected.names == ["tools/call nobody"]
