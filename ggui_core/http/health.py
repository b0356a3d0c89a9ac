"""Liveness and readiness (spec 03 section 8)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from aiohttp import web

from ggui_core.checks import Check
from ggui_core.http.errors import json_response
from ggui_core.http.routes import Access, Route

CHECK_TIMEOUT_S: Final = 1.0
log = structlog.get_logger("ggui.health")


class Health:
    """Answers ``/ggui/live`` and ``/ggui/health``; ``/health`` and ``/ready`` are the same as the latter."""

    def __init__(self, server_name: str, facts: Mapping[str, Any], checks: Sequence[Check]) -> None:
        self._server_name = server_name
        self._facts = facts
        self._checks = tuple(checks)

    def routes(self) -> list[Route]:
        """The routes of this module."""
        paths = ("/ggui/health", "/health", "/ready")
        return [
            Route("GET", "/ggui/live", self.live, Access.OPEN),
            *(Route("GET", path, self.health, Access.OPEN) for path in paths),
        ]

    async def live(self, request: web.Request) -> web.StreamResponse:
        """The process answers; nothing else is asked."""
        return json_response({"status": "alive", "server": self._server_name})

    async def health(self, request: web.Request) -> web.StreamResponse:
        """200 while every required check passes, else 503."""
        passed = await asyncio.gather(*(self._probe(check) for check in self._checks))
        results = list(zip(self._checks, passed, strict=True))
        ready = all(ok for check, ok in results if check.required)
        body: dict[str, Any] = {
            "status": "ok" if ready else "degraded",
            "server": self._server_name,
            **self._facts,
        }
        for key, required in (("checks", True), ("advisoryChecks", False)):
            found = {check.name: ok for check, ok in results if check.required is required}
            if found:
                body[key] = found
        return json_response(body, status=200 if ready else 503, headers={"Cache-Control": "no-store"})

    async def _probe(self, check: Check) -> bool:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                return bool(await check.probe())
        except Exception as error:
            log.warning("check_failed", check=check.name, error=type(error).__name__)
            return False
