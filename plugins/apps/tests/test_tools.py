"""The ops tools of apps: what they take, answer and refuse (spec 02 section 9.2)."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

import ggui_apps.plugin as apps
from ggui_core.bus import AppDeleted
from ggui_core.protocol.theme import Theme
from ggui_core.stores import AppStore, AuditStore, RegisteredTheme, ThemeStore
from ggui_core.testing import Booted, FakeClock, booted

from .conftest import callers, created, done, ops, refused

THEME = {"mode": "dark", "cssVariables": {"--ggui-color-primary-500": "#0af"}, "name": "Night"}
VARIABLES = {f"--ggui-v-{number}": "1" for number in range(200)}


async def test_the_declared_app_is_there_from_the_start(server: Booted) -> None:
    assert await done(server, "list_apps") == {
        "apps": [
            {
                "appId": "garden",
                "displayName": "Garden planner",
                "createdAt": "2027-01-15T08:00:00.000Z",
                "updatedAt": "2027-01-15T08:00:00.000Z",
            }
        ]
    }


async def test_without_a_project_the_app_of_builders_is_there(clock: FakeClock) -> None:
    async with booted([apps, callers()], clock=clock) as server:
        (row,) = (await done(server, "list_apps"))["apps"]
        assert row["appId"] == "builder"
        assert (await server.call_tool("where", path="/apps/builder", bearer="builder"))[
            "structuredContent"
        ] == {"app": "builder"}


async def test_a_new_app_has_an_address_and_stands_last(server: Booted, clock: FakeClock) -> None:
    await clock.advance(1)
    row = await done(server, "create_app", displayName="  Shop  ")
    assert row == {
        "appId": row["appId"],
        "displayName": "Shop",
        "createdAt": "2027-01-15T08:00:01.000Z",
        "updatedAt": "2027-01-15T08:00:01.000Z",
        "connectUrl": f"{server.base_url}/apps/{row['appId']}",
    }
    assert re.fullmatch(r"app-[0-9a-f]{16}", row["appId"])
    listed = (await done(server, "list_apps"))["apps"]
    assert [app["displayName"] for app in listed] == ["Garden planner", "Shop"]
    assert await done(server, "list_apps", "builder-2") == {"apps": listed}


async def test_an_app_needs_no_name(server: Booted) -> None:
    assert (await done(server, "create_app"))["displayName"] == "Untitled app"


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "a\x1b[31m", "a\nb", 7])
async def test_names_are_1_to_120_characters_without_control_characters(server: Booted, name: Any) -> None:
    assert await refused(server, "create_app", displayName=name) == "invalid_arguments"
    assert await refused(server, "update_app", appId="garden", displayName=name) == "invalid_arguments"
    assert (await done(server, "create_app", displayName="x" * 120))["displayName"] == "x" * 120


async def test_an_update_changes_what_it_names_and_clears_with_nothing(
    server: Booted, clock: FakeClock
) -> None:
    app_id = await created(server)
    await clock.advance(5)
    row = await done(server, "update_app", appId=app_id, systemPrompt="Be brief.", rateLimitPerMinute=30)
    assert (row["displayName"], row["systemPrompt"]) == ("Shop", "Be brief.")
    assert (row["createdAt"], row["updatedAt"]) == ("2027-01-15T08:00:00.000Z", "2027-01-15T08:00:05.000Z")
    row = await done(server, "update_app", appId=app_id, displayName="Store")
    assert (row["displayName"], row["systemPrompt"]) == ("Store", "Be brief.")
    row = await done(server, "update_app", appId=app_id, systemPrompt="", rateLimitPerMinute=0)
    assert "systemPrompt" not in row
    app = await server.setup.get(AppStore).read(app_id)
    assert app is not None
    assert (app.system_prompt, app.rate_limit_per_minute) == (None, None)


@pytest.mark.parametrize(
    "changes",
    [{}, {"displayName": None}, {"systemPrompt": "x" * 10_001}, {"rateLimitPerMinute": -1},
     {"rateLimitPerMinute": 1.5}, {"rateLimitPerMinute": True}, {"rateLimitPerMinute": "5"}, {"unknown": 1}],
)  # fmt: skip
async def test_an_update_that_says_nothing_or_too_much_is_refused(
    server: Booted, changes: dict[str, Any]
) -> None:
    assert await refused(server, "update_app", appId="garden", **changes) == "invalid_arguments"


async def test_the_longest_prompt_fits(server: Booted) -> None:
    row = await done(server, "update_app", appId="garden", systemPrompt="x" * 10_000)
    assert len(row["systemPrompt"]) == 10_000


async def test_updates_at_the_same_time_both_count(server: Booted) -> None:
    app_id = await created(server)
    await asyncio.gather(
        done(server, "update_app", appId=app_id, displayName="Store"),
        done(server, "update_app", appId=app_id, systemPrompt="Be brief."),
    )
    row = (await done(server, "list_apps"))["apps"][-1]
    assert (row["displayName"], row["systemPrompt"]) == ("Store", "Be brief.")


async def test_what_is_not_yours_is_not_there(server: Booted) -> None:
    app_id = await created(server)
    strangers = ("ann", "ben", "called-builder", "app-garden", f"app:{app_id}", f"user:{app_id}")
    for bearer in strangers:
        assert await done(server, "list_apps", bearer) == {"apps": []}
        for tool, arguments in (
            ("update_app", {"displayName": "Stolen"}),
            ("set_app_theme", {"theme": THEME}),
            ("delete_app", {}),
        ):
            foreign = await ops(server, tool, bearer, appId=app_id, **arguments)
            missing = await ops(server, tool, bearer, appId="app-0123456789abcdef", **arguments)
            assert json.dumps(foreign).replace(app_id, "app-0123456789abcdef") == json.dumps(missing)
    assert [app["displayName"] for app in (await done(server, "list_apps"))["apps"]] == [
        "Garden planner",
        "Shop",
    ]


async def test_users_look_after_apps_of_their_own(server: Booted) -> None:
    app_id = await created(server, "ann", "Ann's")
    assert [app["appId"] for app in (await done(server, "list_apps", "ann"))["apps"]] == [app_id]
    assert (await done(server, "update_app", "ann", appId=app_id, displayName="Hers"))[
        "displayName"
    ] == "Hers"
    assert await refused(server, "update_app", appId=app_id, displayName="Mine") == "app_not_found"


async def test_deleting_is_idempotent_and_foreign_apps_survive_it(server: Booted) -> None:
    app_id, hers = await created(server), await created(server, "ann")
    told: list[str] = []
    server.setup.bus.subscribe(AppDeleted, lambda event: told.append(event.app_id))
    for gone in (app_id, app_id, hers, "app-nowhere", "x"):
        assert await done(server, "delete_app", appId=gone) == {"deleted": True}
    assert told == [app_id]
    assert [app["appId"] for app in (await done(server, "list_apps"))["apps"]] == ["garden"]
    assert [app["appId"] for app in (await done(server, "list_apps", "ann"))["apps"]] == [hers]


async def test_the_default_stays(server: Booted) -> None:
    assert await refused(server, "delete_app", appId="garden") == "default_app_delete_blocked"
    assert await done(server, "delete_app", "ann", appId="garden") == {"deleted": True}
    assert len((await done(server, "list_apps"))["apps"]) == 1


async def test_a_theme_is_kept_as_it_travels(server: Booted, clock: FakeClock) -> None:
    app_id = await created(server)
    await clock.advance(3)
    theme = {**THEME, "base": {"documentHash": "a" * 64, "light": VARIABLES, "dark": {}}}
    answered = await done(server, "set_app_theme", appId=app_id, theme=theme)
    assert answered == {"appId": app_id, "theme": theme, "updatedAt": "2027-01-15T08:00:03.000Z"}
    app = await server.setup.get(AppStore).read(app_id)
    assert app is not None
    assert app.theme == theme


@pytest.mark.parametrize(
    "fault",
    [{"mode": "dim"}, {"cssVariables": {"color": "red"}}, {"cssVariables": {"--ggui-x y": "1"}},
     {"cssVariables": {"--ggui-": "1"}}, {"cssVariables": {"--ggui-x": ""}},
     {"cssVariables": {"--ggui-x": "x" * 257}}, {"cssVariables": {"--ggui-x": "red;"}},
     {"cssVariables": {"--ggui-x": "</style>"}}, {"cssVariables": {"--ggui-x": "/* x"}},
     {"cssVariables": {"--ggui-x": "@import"}}, {"cssVariables": {"--ggui-x": 1}},
     {"cssVariables": {**VARIABLES, "--ggui-one-more": "1"}}, {"name": ""}, {"name": "x" * 65},
     {"base": {"documentHash": "A" * 64, "light": {}, "dark": {}}}, {"base": {"documentHash": "a" * 64}},
     {"base": {"documentHash": "a" * 64, "light": {"x": "1"}, "dark": {}}}, {"extra": 1}],
)  # fmt: skip
async def test_a_theme_that_breaks_a_rule_changes_nothing(server: Booted, fault: dict[str, Any]) -> None:
    answer = await refused(server, "set_app_theme", appId="garden", theme={**THEME, **fault})
    assert answer == "invalid_arguments"
    app = await server.setup.get(AppStore).read("garden")
    assert app is not None
    assert app.theme is None


@pytest.mark.parametrize(
    ("names", "warned"),
    [
        (["color-primary-500", "color-primary-600", "color-onPrimary", "color-primaryContainer"], False),
        (["color-primary-500", "color-neutral-100", "spacing-md", "shape-radius-md"], False),
        (["color-primary-500", "color-neutral-100", "color-surfaceVariant"], True),
        (["color-onError", "color-success-50", "color-tertiaryContainer"], True),
    ],
)
async def test_half_a_palette_is_warned_about(server: Booted, names: list[str], warned: bool) -> None:
    theme = {"mode": "light", "cssVariables": {f"--ggui-{name}": "#123456" for name in names}}
    answered = await done(server, "set_app_theme", appId="garden", theme=theme)
    assert ("warning" in answered) is warned


async def test_a_palette_over_a_registered_base_is_not(server: Booted) -> None:
    base = RegisteredTheme("garden", Theme("dusk", "Dusk", "Evening.", VARIABLES, VARIABLES, "a" * 64), 1, 1)
    await server.setup.get(ThemeStore).put(base)
    names = ("primary-500", "secondary-500", "tertiary-500")
    theme = {"mode": "light", "cssVariables": {f"--ggui-color-{name}": "#123456" for name in names}}

    async def warns(app_id: str, digit: str) -> bool:
        over = {**theme, "base": {"documentHash": digit * 64, "light": {}, "dark": {}}}
        return "warning" in await done(server, "set_app_theme", appId=app_id, theme=over)

    assert not await warns("garden", "a")
    assert await warns("garden", "b")
    assert await warns(await created(server), "a"), "it was registered for another app"


async def test_an_owner_has_as_many_apps_as_the_operator_allows(clock: FakeClock) -> None:
    config = {"plugins": {"settings": {"apps": {"appsPerOwner": 2}}}}
    async with booted([apps, callers()], config=config, clock=clock) as server:
        await created(server)
        assert await refused(server, "create_app") == "app_limit_reached"
        await created(server, "ann")


async def test_what_is_done_to_apps_is_audited(server: Booted) -> None:
    app_id = await created(server)
    await done(server, "update_app", appId=app_id, systemPrompt="A secret plan.", rateLimitPerMinute=9)
    await done(server, "set_app_theme", appId=app_id, theme=THEME)
    await done(server, "set_default_app", appId=app_id)
    await done(server, "set_default_app", appId="garden")
    await done(server, "delete_app", "builder-2", appId=app_id)
    events = list(reversed(await server.setup.get(AuditStore).newest(10)))
    assert [(event.action, event.actor) for event in events] == [
        ("app.created", "pairing:pair-1"),
        ("app.updated", "pairing:pair-1"),
        ("app.theme.set", "pairing:pair-1"),
        ("app.default.chosen", "pairing:pair-1"),
        ("app.default.chosen", "pairing:pair-1"),
        ("app.deleted", "pairing:pair-2"),
    ]
    assert events[1].details == {
        "appId": app_id, "fields": "rate_limit_per_minute,system_prompt", "perMinute": "9"
    }  # fmt: skip
    assert "secret plan" not in str(events)


async def test_only_lists_run_without_confirmation_behind_the_gate(clock: FakeClock) -> None:
    async with booted([apps, callers()], args=["--confirm-ops"], clock=clock) as server:
        assert (await done(server, "create_app"))["confirmationRequired"] is True
        assert len((await done(server, "list_apps"))["apps"]) == 1
        assert "appId" in await done(server, "create_app", confirm=True)
