"""What the server does with the answers of hooks, observed from outside."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from types import ModuleType

from aiohttp import web

from ggui_core import hookimpl, hookspecs
from ggui_core.announce import BannerRow, Beacon
from ggui_core.auth import AuthAdapter, AuthRequest, BuilderIdentity, Principal
from ggui_core.http.routes import Access, Route, SessionCookie, principal_of
from ggui_core.instructions import InstructionPart
from ggui_core.setup import Setup
from ggui_core.testing import Booted, booted

INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


def plugin(name: str, **hooks: object) -> ModuleType:
    """A plugin module made of the given hook implementations."""
    module = ModuleType(f"ggui_{name}")
    module.__dict__.update(PLUGIN_API=1, **hooks)
    return module


class CookieAdapter:
    """Knows one cookie; says which adapter recognised it."""

    def __init__(self, name: str, rank: int) -> None:
        self.name = name
        self.rank = rank

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        if request.cookies.get("session") != "good":
            return None
        return Principal(BuilderIdentity(), "pairing", f"cookie:{self.name}")


async def who(request: web.Request) -> web.StreamResponse:
    return web.json_response({"by": principal_of(request).credential_id})


@hookimpl
def ggui_routes(setup: Setup) -> Sequence[Route]:
    return [Route("GET", "/who", who, Access.BEARER), Route("POST", "/who", who, Access.BEARER)]


async def test_hooks_run_once_each_in_the_order_they_are_written_down() -> None:
    ran: list[str] = []

    def noting(name: str) -> object:
        def with_setup(setup: Setup) -> list[object]:
            ran.append(name)
            return []

        def without() -> None:
            ran.append(name)

        return hookimpl(with_setup if "setup" in signature(vars(hookspecs)[name]).parameters else without)

    declared = [name for name in vars(hookspecs) if name.startswith("ggui_")]
    noted = [n for n in declared if n not in ("ggui_settings", "ggui_commands", "ggui_lifespan")]

    async with booted([plugin("diary", **{name: noting(name) for name in noted})]):
        pass

    assert ran == noted


async def test_auth_adapters_are_asked_by_rank_not_by_the_order_of_plugins() -> None:
    @hookimpl
    def ggui_auth_adapters(setup: Setup) -> Sequence[AuthAdapter]:
        return [CookieAdapter("late", 30), CookieAdapter("early", 10), CookieAdapter("middle", 20)]

    module = plugin("door", ggui_auth_adapters=ggui_auth_adapters, ggui_routes=ggui_routes)
    async with booted([module]) as server:
        async with server.client.get(server.base_url + "/who", headers={"Cookie": "session=good"}) as answer:
            assert await answer.json() == {"by": "cookie:early"}
        async with server.client.get(server.base_url + "/who", headers={"Cookie": "session=bad"}) as answer:
            assert answer.status == 401


async def test_a_cookie_named_in_policies_needs_the_csrf_header_to_change_anything() -> None:
    @hookimpl
    def ggui_policies(setup: Setup) -> Sequence[SessionCookie]:
        return [SessionCookie("session")]

    @hookimpl
    def ggui_auth_adapters(setup: Setup) -> Sequence[AuthAdapter]:
        return [CookieAdapter("cookie", 10)]

    module = plugin(
        "door",
        ggui_policies=ggui_policies,
        ggui_auth_adapters=ggui_auth_adapters,
        ggui_routes=ggui_routes,
    )
    cookie = {"Cookie": "session=good"}
    async with booted([module]) as server:
        assert await _status(server, "GET", cookie) == 200
        assert await _status(server, "POST", cookie) == 403
        async with server.client.get(server.base_url + "/ggui/csrf-token", headers=cookie) as answer:
            token = (await answer.json())["token"]
        assert await _status(server, "POST", {**cookie, "X-Ggui-CSRF": token}) == 200
        assert await _status(server, "POST", {"Cookie": "session=other", "X-Ggui-CSRF": token}) == 403


async def _status(server: Booted, method: str, headers: dict[str, str]) -> int:
    async with server.client.request(method, server.base_url + "/who", headers=headers) as answer:
        return answer.status


async def test_instruction_parts_follow_the_preset_and_their_rank() -> None:
    @hookimpl
    def ggui_instructions(setup: Setup) -> Sequence[InstructionPart]:
        return [
            InstructionPart("Second part.", rank=20),
            InstructionPart("First part.", rank=10),
            InstructionPart("Only when always.", since="always"),
        ]

    module = plugin("primer", ggui_instructions=ggui_instructions)
    shown = {}
    for preset in ("minimal", "default", "always", "off"):
        async with booted([module], args=["--dev-allow-all", "--mcp-instructions", preset]) as server:
            result = (await server.rpc("initialize", INITIALIZE))["result"]
            shown[preset] = result.get("instructions")
    assert shown["default"].index("First part.") < shown["default"].index("Second part.")
    assert "Only when always." not in shown["default"]
    assert "Only when always." in shown["always"]
    assert "First part." not in shown["minimal"]
    assert shown["off"] is None


async def test_beacons_come_by_rank_on_lines_of_their_own_before_the_banner() -> None:
    @hookimpl
    def ggui_announce(setup: Setup) -> Sequence[Beacon | BannerRow]:
        return [
            BannerRow("mood", lambda: "sunny"),
            BannerRow("hidden", lambda: None),
            Beacon("SECOND", lambda: "2", 20),
            Beacon("NEVER", lambda: None, 15),
            Beacon("FIRST", "1", 10),
        ]

    async with booted([plugin("herald", ggui_announce=ggui_announce)]) as server:
        lines = server.stdout
    assert lines[:3] == [f"READY {server.base_url}", "FIRST 1", "SECOND 2"]
    assert lines[3] == ""
    assert any(line.split() == ["mood", "sunny"] for line in lines)
    assert not any("hidden" in line or "NEVER" in line for line in lines)
