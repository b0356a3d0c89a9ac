"""How often one principal, one address or one route may be called (spec 03 section 6.6)."""

from __future__ import annotations

from types import ModuleType

import pytest

from ggui_core.http.routes import Access, Route
from ggui_core.limits import Window
from ggui_core.testing import FakeClock, booted

from .conftest import MakePlugin, ok
from .raw_http import LIST, MCP, get, head, post, send

TIGHT = {"limits": {"burst": 2, "callsPerSecond": 0.1, "anonymousBurst": 1, "anonymousPerSecond": 0.05}}


async def test_each_principal_has_its_own_rate(table: ModuleType, probe: ModuleType) -> None:
    clock = FakeClock()
    async with booted([probe, table], config=TIGHT, clock=clock) as server:
        assert [(await get(server, "/probe-who", "builder")).status for _ in range(3)] == [200, 200, 429]
        assert (await get(server, "/probe-who", "builder-2")).status == 200
        denied = await get(server, "/probe-who", "builder")
        assert denied.headers["retry-after"] == "10"
        assert denied.json["error"]["code"] == "rate_limited"
        assert denied.json["error"]["retryAfter"] == 10
        await clock.advance(10)
        assert (await get(server, "/probe-who", "builder")).status == 200


@pytest.mark.parametrize(("host", "statuses"), [("127.0.0.1", [200] * 4), ("0.0.0.0", [200, 200, 429, 429])])
async def test_any_bearer_is_limited_only_where_others_reach_the_port(
    probe: ModuleType, host: str, statuses: list[int]
) -> None:
    args = ["--dev-allow-all", "--host", host]
    async with booted([probe], config=TIGHT, clock=FakeClock(), args=args) as server:
        assert [(await get(server, "/probe-who")).status for _ in range(4)] == statuses


async def test_denied_call_is_worded_as_json_rpc_on_mcp_routes(table: ModuleType, probe: ModuleType) -> None:
    async with booted([probe, table], config=TIGHT, clock=FakeClock()) as server:
        start = head("POST", "/mcp", Authorization="Bearer user", **MCP, Content_Length="46")
        replies = [await send(server, start, body=LIST) for _ in range(3)]
        assert [reply.status for reply in replies] == [200, 200, 429]
        assert replies[2].headers["retry-after"] == "10"
        assert replies[2].json["error"]["code"] == -32013
        assert replies[2].json["error"]["data"] == {"retryAfter": 10}


@pytest.mark.spec("02 19.16", "02 19.30")
@pytest.mark.parametrize(("trust", "outcomes"), [(False, [200, 429, 429]), (True, [200, 200, 429])])
async def test_anonymous_callers_share_the_rate_of_their_address_and_of_no_other(
    probe: ModuleType, trust: bool, outcomes: list[int]
) -> None:
    async with booted(
        [probe], config=TIGHT, clock=FakeClock(), args=["--trust-proxy"] if trust else []
    ) as server:
        seen = []
        for forwarded in ("203.0.113.1", "203.0.113.1, 203.0.113.2", "198.51.100.9, 203.0.113.1"):
            start = head("POST", "/probe/open", X_Forwarded_For=forwarded, **MCP, Content_Length="46")
            seen.append((await send(server, start, body=LIST)).status)
        assert seen == outcomes


async def test_only_the_last_hop_of_all_forwarded_lines_is_trusted(probe: ModuleType) -> None:
    async with booted([probe], config=TIGHT, clock=FakeClock(), args=["--trust-proxy"]) as server:
        seen = []
        for claimed in ("198.51.100.1", "198.51.100.2"):
            start = head("POST", "/probe/open", X_Forwarded_For=claimed, **MCP, Content_Length="46")
            start += b"\nX-Forwarded-For: 203.0.113.1"  # a proxy may add a line of its own
            seen.append((await send(server, start, body=LIST)).status)
        assert seen == [200, 429]


async def test_route_limit_counts_every_outcome_per_address_and_scope(plugin: MakePlugin) -> None:
    window = Window(2, 300)
    routes = [
        Route("POST", "/pair-like", ok, Access.BEARER, limit=window, limit_scope="pair"),
        Route("GET", "/pair-like", ok, Access.OPEN, limit=window, limit_scope="pair"),
        Route("GET", "/free", ok, Access.OPEN, limit=window),
    ]
    clock = FakeClock(start=1_800_000_000.0)
    async with booted([plugin("r", routes=lambda setup: routes)], clock=clock) as server:
        assert (await post(server, "/pair-like")).status == 401
        assert (await get(server, "/pair-like")).status == 200
        denied = await get(server, "/pair-like")
        assert (denied.status, denied.headers["retry-after"]) == (429, "300")
        assert (await get(server, "/free")).status == 200
        await clock.advance(300)
        assert (await get(server, "/pair-like")).status == 200


async def test_malformed_json_does_not_count_against_a_route_limit(plugin: MakePlugin) -> None:
    route = Route("POST", "/x", ok, Access.OPEN, limit=Window(1, 300))
    async with booted([plugin("r", routes=lambda setup: [route])], clock=FakeClock()) as server:
        bad = head("POST", "/x", Content_Type="application/json", Content_Length="1")
        assert [(await send(server, bad, body=b"{")).status for _ in range(3)] == [400, 400, 400]
        assert (await post(server, "/x")).status == 200
