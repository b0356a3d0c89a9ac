"""The landing page as people use it: a real browser, a real server."""

from __future__ import annotations

import asyncio
import json
import re
import time
from types import ModuleType
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

import ggui_demo.plugin as demo
import ggui_pairing.plugin as pairing
from ggui_core import hookimpl
from ggui_core.checks import Check
from ggui_core.setup import Setup
from ggui_core.testing import Booted, FakeClock, booted

from .conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DIALOG_TITLE = "Are you the operator?"


async def start_pairing(page: Page, admin_token: str) -> str:
    """Start pairing, sign in on the way, and return the code that is shown."""
    await page.get_by_role("button", name="Start pairing").click()
    await sign_in(page, admin_token)
    return await shown_code(page)


async def sign_in(page: Page, admin_token: str) -> None:
    await page.get_by_label("Admin token").fill(admin_token)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def shown_code(page: Page) -> str:
    digits = page.locator("#code-digits .digit")
    await expect(digits).to_have_count(6)
    return "".join(await digits.all_text_contents())


async def redeem(server: Booted, code: str, device: str) -> str:
    """Pair as another device does; returns its bearer."""
    async with server.client.post(
        f"{server.base_url}/pair", json={"code": code, "deviceName": device}
    ) as response:
        body = await response.json()
        assert response.status == 200, body
        return str(body["token"])


async def tools_list_status(server: Booted, bearer: str) -> int:
    headers = {"Authorization": f"Bearer {bearer}", "Accept": "application/json, text/event-stream"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    async with server.client.post(f"{server.base_url}/mcp", json=body, headers=headers) as response:
        return response.status


def outcome(page: Page) -> Locator:
    return page.locator("#code-outcome")


def snippet(page: Page) -> Locator:
    return page.get_by_role("tabpanel").locator("code")


async def test_server_state_is_shown(server: Booted, visit: Visit) -> None:
    page = await visit(server)

    await expect(page.get_by_text("Running well")).to_be_visible()
    await expect(page.locator("#server-tools")).to_have_text(str(server.runtime.tool_count))
    await expect(page.locator("#server-version")).to_contain_text("ggui-mcp-server")
    await expect(page.locator("#endpoint")).to_have_text(f"{server.base_url}/mcp")


async def test_the_time_since_the_start_is_told(visit: Visit) -> None:
    # The server started, by its clock, before the browser's time began to count: two hours and some minutes.
    async with booted([demo], clock=FakeClock(time.time() - 2 * 3600 - 13 * 60)) as server:
        page = await visit(server)

        await expect(page.locator("#server-uptime")).to_have_text(re.compile(r"^2 h \d\d min$"))


async def test_a_device_is_paired_and_revoked(server: Booted, visit: Visit, admin_token: str) -> None:
    page = await visit(server)

    code = await start_pairing(page, admin_token)
    bearer = await redeem(server, code, "phone")

    await expect(outcome(page)).to_have_text("“phone” is paired.")
    assert await tools_list_status(server, bearer) == 200
    await page.get_by_role("button", name="Revoke phone").click()
    await expect(page.get_by_role("dialog")).to_contain_text("“phone” loses access at once")
    await page.get_by_role("button", name="Revoke", exact=True).click()
    await expect(page.get_by_text("No device is paired yet.")).to_be_visible()
    assert await tools_list_status(server, bearer) == 401


async def test_a_copy_button_that_goes_hands_its_focus_on(
    server: Booted, visit: Visit, admin_token: str
) -> None:
    page = await visit(server)
    code = await start_pairing(page, admin_token)
    await page.get_by_role("button", name="Copy the pairing code").focus()

    await redeem(server, code, "phone")

    await expect(outcome(page)).to_have_text("“phone” is paired.")
    await expect(page.locator("#start-pairing")).to_be_focused()


async def test_a_device_that_pairs_does_not_move_the_focus_of_somebody_reading(
    server: Booted, visit: Visit, admin_token: str
) -> None:
    page = await visit(server)
    code = await start_pairing(page, admin_token)
    await page.get_by_role("heading", name="Connect a client").click()  # a click on text focuses nothing

    await redeem(server, code, "phone")

    await expect(outcome(page)).to_have_text("“phone” is paired.")
    assert await page.evaluate("document.activeElement === document.body")


async def test_a_revocation_that_is_not_confirmed_changes_nothing(
    server: Booted, visit: Visit, admin_token: str
) -> None:
    page = await visit(server)
    bearer = await redeem(server, await start_pairing(page, admin_token), "phone")

    revoke = page.get_by_role("button", name="Revoke phone")
    await revoke.click()
    await page.get_by_role("button", name="Keep it").click()

    await expect(revoke).to_be_focused()
    assert await tools_list_status(server, bearer) == 200


async def test_the_countdown_runs_and_the_code_expires(
    server: Booted, visit: Visit, admin_token: str
) -> None:
    page = await visit(server, clock=True)
    await start_pairing(page, admin_token)
    timer = page.get_by_role("timer")

    async def left_s() -> int:
        minutes, seconds = (await timer.inner_text()).split(":")
        return int(minutes) * 60 + int(seconds)

    before = await left_s()
    await page.clock.run_for(61_000)
    after = await left_s()
    await page.clock.run_for(9 * 60_000)

    assert 300 < before <= 600  # real time passes too, and a busy machine may let some go by
    assert 0 < after <= before - 60
    await expect(outcome(page)).to_have_text("The code has expired. Nobody can use it any more.")
    await expect(page.locator("#code-digits .digit")).to_have_count(0)
    await expect(page.get_by_role("button", name="Start pairing")).to_be_visible()


async def test_a_screen_reader_hears_moments_not_seconds(
    server: Booted, visit: Visit, admin_token: str
) -> None:
    page = await visit(server, clock=True)
    await page.evaluate(
        """() => {
            window.heard = [];
            const region = document.getElementById("announcer");
            new MutationObserver(() => window.heard.push(region.textContent)).observe(region, { childList: true });
        }"""
    )
    code = await start_pairing(page, admin_token)

    await page.clock.run_for(10 * 60_000 + 1_000)
    await expect(outcome(page)).to_contain_text("expired")

    heard = await page.evaluate("window.heard")
    # Ten minutes that pass in a moment outrun the health requests under way, so the page may call them unanswered.
    assert [text for text in heard if not text.startswith("Server:")] == [
        "Signed in as operator",
        f"Pairing code {' '.join(code)}, valid for 10 minutes",
        "Code valid for 5 more minutes",
        "Code valid for 2 more minutes",
        "Code valid for 1 more minute",
        "30 seconds left",
        "10 seconds left",
        "The code has expired. Nobody can use it any more.",
    ]


async def test_everything_works_from_the_keyboard(server: Booted, visit: Visit, admin_token: str) -> None:
    page = await visit(server)
    keyboard = page.keyboard

    async def tab_to(target: Locator) -> None:
        for _ in range(40):
            if await target.evaluate("element => element === document.activeElement"):
                return
            await keyboard.press("Tab")
        raise AssertionError(f"{target} is not reachable with Tab")

    start = page.locator("#start-pairing")
    await tab_to(start)
    await keyboard.press("Enter")
    await expect(page.get_by_label("Admin token")).to_be_focused()
    await keyboard.press("Escape")
    await expect(start).to_be_focused()
    await keyboard.press("Space")
    await expect(page.get_by_label("Admin token")).to_be_focused()
    await keyboard.type(admin_token)
    await keyboard.press("Enter")
    code = await shown_code(page)
    await expect(start).to_be_focused()
    await redeem(server, code, "phone")
    await tab_to(page.get_by_role("tab", name="Claude Desktop"))
    await keyboard.press("ArrowLeft")
    await expect(page.get_by_role("tab", name="curl")).to_be_focused()
    await keyboard.press("ArrowRight")
    await keyboard.press("End")
    await expect(page.get_by_role("tab", name="curl")).to_have_attribute("aria-selected", "true")
    await expect(snippet(page)).to_contain_text("tools/list")
    await keyboard.press("Tab")
    await expect(page.get_by_role("tabpanel", name="curl")).to_be_focused()
    await expect(page.get_by_role("button", name="Revoke phone")).to_be_visible()
    await page.locator("h1").evaluate("heading => { heading.tabIndex = -1; heading.focus(); }")
    await tab_to(page.get_by_role("button", name="Revoke phone"))
    await keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(page.get_by_text("No device is paired yet.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Paired devices")).to_be_focused()


async def test_an_action_that_is_dropped_and_taken_up_again_at_once_is_carried_out(
    server: Booted, visit: Visit, admin_token: str
) -> None:
    page = await visit(server)

    # In one go, as a fast keyboard on a slow machine does: the dialog's close event comes a frame later.
    await page.evaluate(
        """() => {
            const start = document.getElementById("start-pairing");
            start.click();
            document.getElementById("token-cancel").click();
            start.click();
        }"""
    )
    await page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    await sign_in(page, admin_token)

    assert re.fullmatch(r"\d{6}", await shown_code(page))


async def test_a_wrong_admin_token_is_refused_where_it_was_typed(server: Booted, visit: Visit) -> None:
    page = await visit(server)
    field = page.get_by_label("Admin token")

    await page.get_by_role("button", name="Start pairing").click()
    await field.fill("ggui_admin_wrong")
    await page.get_by_role("button", name="Sign in").click()

    await expect(page.get_by_role("alert")).to_have_text(
        "That is not this server’s admin token. Compare it with the one printed at start."
    )
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#code-digits .digit")).to_have_count(0)


async def test_too_many_wrong_tokens_say_how_long_to_wait(visit: Visit) -> None:
    async with booted([pairing, demo], clock=FakeClock()) as server:  # limits count by the server's clock
        page = await visit(server)
        submit = page.get_by_role("button", name="Sign in")
        await page.get_by_role("button", name="Start pairing").click()

        for attempt in range(6):
            await page.get_by_label("Admin token").fill(f"ggui_admin_wrong{attempt}")
            async with page.expect_response("**/ggui/console/admin-login"):
                await submit.click()

        await expect(page.get_by_role("alert")).to_have_text("Too many attempts. Try again in 5 minutes.")
        await expect(submit).to_have_attribute("aria-disabled", "true")


async def test_too_many_keys_say_how_long_to_wait(visit: Visit) -> None:
    async with booted([pairing, demo], clock=FakeClock()) as server:
        page = await visit(server)
        for _ in range(5):
            await server.client.post(f"{server.base_url}/pair", json={"code": "no", "deviceName": "guess"})

        await page.get_by_role("button", name="Create a key").click()
        await sign_in(page, server.beacon("ADMIN_TOKEN") or "")

        await expect(page.locator("#key-problem")).to_have_text(
            "No key was created. Too many attempts. Try again in 5 minutes."
        )
        await expect(snippet(page)).to_contain_text("YOUR_KEY")


@pytest.mark.parametrize("noticed", ["by the action", "by the list of devices"])
async def test_an_ended_session_asks_for_the_token_and_carries_on(
    server: Booted, visit: Visit, admin_token: str, noticed: str
) -> None:
    page = await visit(server)
    first = await start_pairing(page, admin_token)
    await page.context.clear_cookies()
    if noticed == "by the list of devices":
        await expect(page.get_by_text("The list is for the operator of this server.")).to_be_visible()

    await page.get_by_role("button", name="Make a new code").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Your operator session has ended.")
    await sign_in(page, admin_token)

    await expect(page.locator("#code-digits")).not_to_have_attribute("data-plain", first)
    await redeem(server, await shown_code(page), "phone")


async def test_a_code_outlives_the_session_and_the_page_says_what_it_cannot_see(
    server: Booted, visit: Visit, admin_token: str
) -> None:
    page = await visit(server)
    code = await start_pairing(page, admin_token)

    await page.get_by_role("button", name="Sign out").click()

    await expect(page.locator("#code-live")).to_contain_text("Sign in to see when a device has used it.")
    assert await shown_code(page) == code


async def test_a_session_survives_a_reload_until_signing_out(
    server: Booted, visit: Visit, admin_token: str
) -> None:
    page = await visit(server)
    await start_pairing(page, admin_token)

    await page.reload()
    await expect(page.get_by_text("No device is paired yet.")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()

    await expect(page.get_by_text("The list is for the operator of this server.")).to_be_visible()
    await page.get_by_role("button", name="Show paired devices").click()
    await expect(page.get_by_role("dialog", name=DIALOG_TITLE)).to_be_visible()


async def test_a_silent_server_is_noticed_and_its_return_too(server: Booted, visit: Visit) -> None:
    page = await visit(server, clock=True)
    await expect(page.get_by_text("Running well")).to_be_visible()

    await page.context.set_offline(True)
    await page.clock.run_for(16_000)
    await expect(page.locator("#lamp")).to_have_text("Not reachable")
    await expect(page.locator("#server-trouble")).to_be_visible()
    await page.context.set_offline(False)
    await page.clock.run_for(16_000)

    await expect(page.locator("#lamp")).to_have_text("Running well")
    await expect(page.locator("#server-trouble")).to_be_hidden()


async def test_a_failing_check_is_named(visit: Visit) -> None:
    async def fails() -> bool:
        return False

    def ggui_checks(setup: Setup) -> list[Check]:
        return [Check("disk", fails)]

    sick = ModuleType("sick")
    vars(sick).update(PLUGIN_API=1, ggui_checks=hookimpl(ggui_checks))
    async with booted([demo, sick]) as server:
        page = await visit(server)

        await expect(page.locator("#lamp")).to_have_text("Running, with problems")
        await expect(page.locator("#server-trouble")).to_have_text(
            "Failing checks: disk. The server’s log says more."
        )


async def test_an_action_on_a_silent_server_says_so(server: Booted, visit: Visit, admin_token: str) -> None:
    page = await visit(server)
    await start_pairing(page, admin_token)

    await page.context.set_offline(True)
    await page.get_by_role("button", name="Make a new code").click()

    await expect(page.locator("#pairing-problem")).to_have_text(
        "The server did not answer. Check that it is running, then try again."
    )


async def test_no_code_is_made_whose_use_could_not_be_told(
    server: Booted, visit: Visit, admin_token: str
) -> None:
    page = await visit(server)
    await redeem(server, server.beacon("PAIR_CODE") or "", "phone")
    await page.get_by_role("button", name="Show paired devices").click()
    await sign_in(page, admin_token)
    await page.route("**/admin/pair", lambda route: route.abort())

    await page.get_by_role("button", name="Start pairing").click()
    await expect(page.locator("#pairing-problem")).to_contain_text("The server did not answer.")
    await expect(page.locator("#code-digits .digit")).to_have_count(0)

    await page.unroute("**/admin/pair")
    await page.get_by_role("button", name="Start pairing").click()
    await shown_code(page)
    await expect(page.locator("#pairing-problem")).to_be_hidden()


async def test_without_a_pairing_plugin_the_page_explains(visit: Visit) -> None:
    async with booted([demo]) as server:
        page = await visit(server)

        await expect(page.get_by_role("heading", name="Pairing is not available")).to_be_visible()
        await expect(page.get_by_role("button", name="Start pairing")).to_have_count(0)
        await expect(page.get_by_role("button", name="Create a key")).to_have_count(0)
        await expect(page.get_by_role("tab", name="Cursor")).to_be_visible()


async def test_development_mode_warns_and_asks_for_no_token(visit: Visit) -> None:
    async with booted([pairing, demo], args=["--dev-allow-all"]) as server:
        page = await visit(server)

        await expect(page.get_by_text("--dev-allow-all")).to_be_visible()
        await expect(snippet(page)).not_to_contain_text("Authorization")
        await page.get_by_role("button", name="Start pairing").click()
        await redeem(server, await shown_code(page), "phone")
        await expect(outcome(page)).to_have_text("“phone” is paired.")


@pytest.mark.parametrize("client", ["Claude Desktop", "VS Code", "Cursor"])
async def test_a_created_key_completes_a_json_snippet(
    server: Booted, visit: Visit, admin_token: str, client: str
) -> None:
    page = await visit(server)
    await page.get_by_role("tab", name=client).click()

    await page.get_by_role("button", name=f"Create a key for {client}").click()
    await sign_in(page, admin_token)
    await expect(page.get_by_role("button", name="Create another key")).to_be_visible()

    written = json.loads(await snippet(page).inner_text())
    assert f"{server.base_url}/mcp" in strings(written)
    bearer = next(text for text in strings(written) if text.startswith("Bearer "))
    assert await tools_list_status(server, bearer.removeprefix("Bearer ")) == 200
    await expect(page.get_by_role("button", name=f"Revoke {client}")).to_be_visible()


@pytest.mark.parametrize("client", ["Claude Desktop", "Claude Code", "VS Code", "Cursor", "ChatGPT", "curl"])
async def test_every_snippet_names_the_real_address(server: Booted, visit: Visit, client: str) -> None:
    page = await visit(server)

    await page.get_by_role("tab", name=client).click()

    await expect(snippet(page)).to_contain_text(f"{server.base_url}/mcp")


async def test_the_public_address_is_the_one_in_snippets(visit: Visit) -> None:
    async with booted([pairing, demo], args=["--public-base-url", "https://ggui.example"]) as server:
        page = await visit(server)

        await expect(snippet(page)).to_contain_text("https://ggui.example/mcp")
        await expect(page.locator("#endpoint")).to_have_text("https://ggui.example/mcp")


async def test_the_curl_snippet_lists_tools(server: Booted, visit: Visit, admin_token: str) -> None:
    page = await visit(server)
    await page.get_by_role("tab", name="curl").click()
    await page.get_by_role("button", name="Create a key for curl").click()
    await sign_in(page, admin_token)
    await expect(page.get_by_role("button", name="Create another key")).to_be_visible()

    answer = await run(await snippet(page).inner_text())

    assert isinstance(answer["result"]["tools"], list)


async def test_the_pairing_command_pairs(server: Booted, visit: Visit, admin_token: str) -> None:
    page = await visit(server)
    await start_pairing(page, admin_token)
    await page.get_by_text("Pair from a command line").click()

    answer = await run(await page.locator("#pair-command").inner_text())

    assert await tools_list_status(server, answer["token"]) == 200
    await expect(outcome(page)).to_have_text("“my device” is paired.")


async def test_a_new_key_voids_the_code_on_show(server: Booted, visit: Visit, admin_token: str) -> None:
    page = await visit(server)
    await start_pairing(page, admin_token)

    await page.get_by_role("button", name="Create a key for Claude Desktop").click()

    await expect(outcome(page)).to_have_text(
        "The code was replaced by one for a new key. Start pairing again."
    )


async def test_copy_buttons_copy_what_they_stand_beside(
    server: Booted, visit: Visit, admin_token: str
) -> None:
    page = await visit(server, permissions=["clipboard-read", "clipboard-write"])
    code = await start_pairing(page, admin_token)

    for name, text in (
        ("Copy the pairing code", code),
        ("Copy the address for agents", f"{server.base_url}/mcp"),
    ):
        await page.get_by_role("button", name=name).click()
        await page.wait_for_function(
            "async wanted => await navigator.clipboard.readText() === wanted", arg=text
        )
        await expect(page.locator("#announcer")).to_have_text(re.compile("^Copied"))


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [("/?from=login", "/?from=login"), ("https://evil.example/", "/"), ("//evil.example/", "/"), ("", "/")],
)
async def test_signing_in_leads_to_a_page_of_this_site(
    server: Booted, visit: Visit, admin_token: str, wanted: str, reached: str
) -> None:
    page = await visit(server, f"/admin-login?next={wanted}")

    await page.get_by_label("Admin token").fill(admin_token)
    await page.keyboard.press("Enter")

    await page.wait_for_url(server.base_url + reached)
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()


async def run(command: str) -> Any:
    """The JSON that a shell command prints."""
    process = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(out)


def strings(value: object) -> list[str]:
    """Every string in a JSON document."""
    if isinstance(value, str):
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for child in children for text in strings(child)]
