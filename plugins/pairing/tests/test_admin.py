from __future__ import annotations

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import pytest

from ggui_core.auth import AuthAdapter, AuthRequest, Plane
from ggui_core.errors import BootError
from ggui_core.stores import AuditStore, MemoryKeyValueStore, MemoryPairingStore
from ggui_core.testing import AuthAdapterContract, Booted, FakeClock, booted
from ggui_pairing.adapter import PairingAdapter
from ggui_pairing.admin import COOKIE, AdminAdapter, AdminSessions, admin_token
from ggui_pairing.tokens import digest

from .serving import PLUGINS, ask

LOGIN = "/ggui/console/admin-login"
LOGOUT = "/ggui/console/admin-logout"


class TestPairingAdapterKeepsTheContract(AuthAdapterContract):
    async def make(self) -> AuthAdapter:
        store = MemoryPairingStore()
        await store.add("phone", digest("ggui_user_good"), "ggui_user_good", 1)
        return PairingAdapter(store, FakeClock())

    async def good_bearer(self) -> str:
        return "ggui_user_good"


class TestAdminAdapterKeepsTheContract(AuthAdapterContract):
    plane: Plane = "operator"

    async def make(self) -> AuthAdapter:
        token = await self.good_bearer()
        return AdminAdapter(token, AdminSessions(MemoryKeyValueStore(FakeClock()), token))

    async def good_bearer(self) -> str:
        return "ggui_admin_good_token"


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[Booted]:
    async with booted(PLUGINS, clock=clock) as running:
        yield running


async def sign_in(server: Booted) -> str:
    """The session cookie of the operator's browser."""
    status, body, headers = await ask(server, "POST", LOGIN, {"token": server.beacon("ADMIN_TOKEN")})
    assert (status, body) == (204, None)
    return SimpleCookie(headers["Set-Cookie"])[COOKIE].value


async def csrf(server: Booted, cookie: str) -> dict[str, str]:
    _, body, _ = await ask(server, "GET", "/ggui/csrf-token", cookies={COOKIE: cookie})
    return {"X-Ggui-CSRF": body["token"]}


async def test_login_sets_a_session_that_is_not_the_token(server: Booted) -> None:
    _, _, headers = await ask(server, "POST", LOGIN, {"token": server.beacon("ADMIN_TOKEN")})
    cookie = SimpleCookie(headers["Set-Cookie"])[COOKIE]
    assert (cookie["path"], cookie["max-age"], cookie["samesite"]) == ("/", "28800", "Lax")
    assert cookie["httponly"]
    assert not cookie["secure"]
    assert cookie.value not in (server.beacon("ADMIN_TOKEN"), "")
    assert cookie.value != await sign_in(server), "every session is its own"


async def test_cookie_is_secure_over_tls(server: Booted) -> None:
    token = {"token": server.beacon("ADMIN_TOKEN")}
    _, _, headers = await ask(server, "POST", LOGIN, token, {"X-Forwarded-Proto": "https"})
    assert "Secure" in headers["Set-Cookie"]


async def test_cookie_is_secure_at_a_public_https_address(clock: FakeClock) -> None:
    args = ["--public-base-url", "https://ggui.example"]
    async with booted(PLUGINS, args=args, clock=clock) as server:
        token = {"token": server.beacon("ADMIN_TOKEN")}
        _, _, public = await ask(server, "POST", LOGIN, token, {"Host": "ggui.example"})
        _, _, local = await ask(server, "POST", LOGIN, token)
        assert "Secure" in public["Set-Cookie"]
        assert "Secure" not in local["Set-Cookie"], "a browser would drop it on plain http"


@pytest.mark.parametrize("token", ["wrong", "", None, 7, "ggui_admin_é"])
async def test_wrong_token_is_a_flat_401(server: Booted, token: object) -> None:
    status, body, headers = await ask(server, "POST", LOGIN, {"token": token})
    assert (status, body) == (401, {"error": "invalid_token"})
    assert "Set-Cookie" not in headers


async def test_login_is_limited_apart_from_pairing(server: Booted, clock: FakeClock) -> None:
    for _ in range(5):
        assert (await ask(server, "POST", LOGIN, {"token": "wrong"}))[0] == 401
    status, body, headers = await ask(server, "POST", LOGIN, {"token": server.beacon("ADMIN_TOKEN")})
    assert (status, body["error"]) == (429, "rate_limited")
    assert int(headers["Retry-After"]) == body["retryAfter"]
    assert (await ask(server, "GET", "/pair"))[0] == 405
    await clock.advance(body["retryAfter"])
    assert (await ask(server, "POST", LOGIN, {"token": server.beacon("ADMIN_TOKEN")}))[0] == 204


async def test_session_is_the_operator_on_operator_routes_only(server: Booted) -> None:
    cookie = {COOKIE: await sign_in(server)}
    assert (await ask(server, "GET", "/admin/pair", cookies=cookie))[0] == 200
    assert (await ask(server, "GET", "/ggui/auth-check", cookies=cookie))[0] == 401


async def test_unsafe_request_of_a_session_needs_the_csrf_header(server: Booted) -> None:
    cookie = await sign_in(server)
    status, body, _ = await ask(server, "POST", "/admin/pair/init", cookies={COOKIE: cookie})
    assert (status, body["error"]["code"]) == (403, "csrf_required")
    other = await csrf(server, await sign_in(server))
    assert (await ask(server, "POST", "/admin/pair/init", None, other, {COOKIE: cookie}))[0] == 403
    proof = await csrf(server, cookie)
    assert (await ask(server, "POST", "/admin/pair/init", None, proof, {COOKIE: cookie}))[0] == 200


async def test_cookie_beside_a_foreign_bearer_proves_nothing(server: Booted) -> None:
    """Requests with an Authorization header skip the CSRF check, so the cookie must not help them."""
    cookie = {COOKIE: await sign_in(server)}
    for value in ("Bearer wrong", "Bearer", "Basic eDp5"):
        status, _, _ = await ask(server, "POST", "/admin/pair/init", None, {"Authorization": value}, cookie)
        assert status == 401, value


async def test_stale_cookie_does_not_lock_the_operator_out(server: Booted) -> None:
    token = {"token": server.beacon("ADMIN_TOKEN")}
    assert (await ask(server, "POST", LOGIN, token, cookies={COOKIE: "stale.cookie"}))[0] == 204
    code = {"code": server.beacon("PAIR_CODE"), "deviceName": "phone"}
    assert (await ask(server, "POST", "/pair", code, cookies={COOKIE: "stale.cookie"}))[0] == 200


async def test_logout_ends_the_session_on_the_server(server: Booted) -> None:
    cookie = await sign_in(server)
    proof = await csrf(server, cookie)
    assert (await ask(server, "POST", LOGOUT, cookies={COOKIE: cookie}))[0] == 403
    status, _, headers = await ask(server, "POST", LOGOUT, None, proof, {COOKIE: cookie})
    assert status == 204
    assert SimpleCookie(headers["Set-Cookie"])[COOKIE]["max-age"] == "0"
    assert (await ask(server, "GET", "/admin/pair", cookies={COOKIE: cookie}))[0] == 401
    assert (await ask(server, "POST", LOGOUT))[0] == 204


async def test_session_ends_after_eight_hours(server: Booted, clock: FakeClock) -> None:
    cookie = {COOKIE: await sign_in(server)}
    await clock.advance(28_799)
    assert (await ask(server, "GET", "/admin/pair", cookies=cookie))[0] == 200
    await clock.advance(1)
    assert (await ask(server, "GET", "/admin/pair", cookies=cookie))[0] == 401


async def test_logins_are_audited_without_the_token(server: Booted) -> None:
    await ask(server, "POST", LOGIN, {"token": "wrong-guess"})
    await sign_in(server)
    events = await server.setup.get(AuditStore).newest(5)
    assert [event.action for event in reversed(events)] == ["admin.login.failure", "admin.login.success"]
    assert events[0].details == {"remoteAddress": "127.0.0.1"}
    assert "wrong-guess" not in repr(events)
    assert str(server.beacon("ADMIN_TOKEN")) not in repr(events)


async def test_forged_cookies_are_refused(clock: FakeClock) -> None:
    store = MemoryKeyValueStore(clock)
    sessions = AdminSessions(store, "ggui_admin_token")
    cookie = await sessions.start()
    session_id, _, mac = cookie.partition(".")
    assert await sessions.is_live(cookie)
    for forged in ("", ".", session_id, f"{session_id}.", f"{session_id}.{mac[:-1]}", f"x.{mac}", "é.\ud800"):
        assert not await sessions.is_live(forged)
    assert not any(session_id in key for key in store._entries), "the store holds digests only"


async def test_another_token_ends_every_session(clock: FakeClock) -> None:
    store = MemoryKeyValueStore(clock)
    cookie = await AdminSessions(store, "ggui_admin_token").start()
    assert await AdminSessions(store, "ggui_admin_token").is_live(cookie), "replicas share sessions"
    assert not await AdminSessions(store, "ggui_admin_other").is_live(cookie)


@pytest.mark.parametrize("before", ["", "theme=dark; ", 'prefs={"a":1}; ', "é=1; ", "=; ;;; "])
async def test_cookies_of_other_programs_on_this_host_do_no_harm(server: Booted, before: str) -> None:
    headers = {"Cookie": f"{before}{COOKIE}={await sign_in(server)}; last=1"}
    assert (await ask(server, "GET", "/admin/pair", headers=headers))[0] == 200
    status, body, _ = await ask(server, "POST", "/admin/pair/init", headers=headers)
    assert (status, body["error"]["code"]) == (403, "csrf_required")


async def test_cookie_that_another_one_hides_from_the_csrf_check_does_not_count(server: Booted) -> None:
    headers = {"Cookie": f'first="; {COOKIE}={await sign_in(server)}; last="'}
    assert (await ask(server, "POST", "/admin/pair/init", headers=headers))[0] in (401, 403)


async def test_admin_adapter_looks_at_nothing_on_the_data_plane(clock: FakeClock) -> None:
    sessions = AdminSessions(MemoryKeyValueStore(clock), "ggui_admin_token")
    cookies = {COOKIE: await sessions.start()}
    adapter = AdminAdapter("ggui_admin_token", sessions)

    planes: tuple[Plane, ...] = ("operator", "viewer")

    def request(plane: Plane, bearer: str | None = None) -> AuthRequest:
        return AuthRequest(bearer, {}, "192.0.2.1", plane, cookies)

    assert await adapter.authenticate(request("data")) is None
    assert await adapter.authenticate(request("data", "ggui_admin_token")) is None
    assert await adapter.authenticate(request("operator", "ggui_admin_wrong")) is None
    for plane in planes:
        operator = await adapter.authenticate(request(plane))
        assert operator is not None
        assert (operator.source, operator.operator, operator.credential_id) == ("admin", True, "admin")


def test_fresh_token_for_every_boot_and_a_pinned_one_stays() -> None:
    assert admin_token(None, b"a" * 32) != admin_token(None, b"b" * 32)
    assert admin_token(None, b"a" * 32) == admin_token(None, b"a" * 32), (
        "processes of one start share the seed"
    )
    assert admin_token("ggui_admin_Q3vZk8pW1xYa", b"") == "ggui_admin_Q3vZk8pW1xYa"


@pytest.mark.parametrize("pinned", ["", "short", "has a space in it", "tab\tinside-it", "nicht-schön-genug"])
def test_token_that_cannot_serve_stops_the_boot_without_being_repeated(pinned: str) -> None:
    with pytest.raises(BootError) as refused:
        admin_token(pinned, b"")
    assert "ggui_admin_" in str(refused.value)
    assert not pinned or pinned not in str(refused.value)
