"""The tools: who may, what they take, and what they refuse."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ggui_core.bus import AppDeleted, Bus
from ggui_core.stores import App, AppStore, AuditStore, ThemeStore
from ggui_core.testing import Booted
from ggui_themes.presets import IDS

from .serving import answered, called, refused, registering, registration, serving

APP = {"appId": "shop"}


async def registered(server: Booted, app_id: str = "shop", **more: Any) -> list[str]:
    output = await answered(server, "ggui_ops_list_themes", {"appId": app_id}, **more)
    return [theme["themeId"] for theme in output["themes"]]


async def test_an_agent_sees_the_presets_with_their_modes() -> None:
    async with serving() as server:
        output = await answered(server, "ggui_list_themes", {})
        same = await answered(server, "ggui_list_themes", APP)
    assert [theme["id"] for theme in output["themes"]] == list(IDS)
    assert all(theme["modes"] == ["light", "dark"] and theme["description"] for theme in output["themes"])
    assert same == output


async def test_an_agent_sees_the_themes_of_its_own_app_alone() -> None:
    async with serving() as server:
        await answered(server, "ggui_ops_register_theme", registering())
        ours = await answered(server, "ggui_list_themes", {})
        theirs = await answered(server, "ggui_list_themes", {}, bearer="app:bank")
        refusal = await refused(server, "ggui_list_themes", APP, bearer="app:bank")
        missing = await refused(server, "ggui_list_themes", {"appId": "no-such-app"}, bearer="app:bank")
    assert ours["themes"][-1]["id"] == "harbour"
    assert [theme["id"] for theme in theirs["themes"]] == list(IDS)
    assert refusal["code"] == "app_access_denied"
    assert refusal == missing


async def test_a_theme_is_registered_replaced_listed_and_deleted() -> None:
    async with serving() as server:
        first = await answered(server, "ggui_ops_register_theme", registering())
        again = await answered(server, "ggui_ops_register_theme", registering(surface={"$value": "#fffdf0"}))
        (row,) = (await answered(server, "ggui_ops_list_themes", APP))["themes"]
        deletion = await answered(server, "ggui_ops_delete_theme", {**APP, "themeId": "harbour"})
        nothing = await answered(server, "ggui_ops_delete_theme", {**APP, "themeId": "harbour"})
        actions = [event.action for event in await server.setup.get(AuditStore).newest(10)]
        assert await registered(server) == []
    assert (first["updated"], again["updated"]) == (False, True)
    assert first["documentHash"] != again["documentHash"]
    assert row["documentHash"] == again["documentHash"]
    assert row["updatedAt"] >= row["registeredAt"] > 1_600_000_000_000
    assert deletion == {"themeId": "harbour", "deleted": True}
    assert nothing == {"themeId": "harbour", "deleted": False}
    assert sorted(actions) == ["theme.deleted", "theme.registered", "theme.registered"]


@pytest.mark.parametrize(
    "theme_id",
    ["", "ab", "Harbour", "har bour", "-harbour", "harbour-", "a--b", "x" * 65, "hafen-ü", "../etc", "a\n"],
)
async def test_an_id_is_three_to_sixty_four_in_lower_case_with_hyphens(theme_id: str) -> None:
    async with serving() as server:
        refusal = await refused(server, "ggui_ops_register_theme", registering(theme_id))
        assert await registered(server) == []
    assert refusal["code"] == "theme_identity"


@pytest.mark.parametrize("theme_id", ["abc", "a1-b2", "x" * 64])
async def test_ids_at_the_limits_are_taken(theme_id: str) -> None:
    async with serving() as server:
        await answered(server, "ggui_ops_register_theme", registering(theme_id))
        assert await registered(server) == [theme_id]


async def test_the_id_of_a_preset_is_taken_also_where_agents_may_not_choose_it() -> None:
    async with serving(settings={"offered": ["ggui"]}) as server:
        refusal = await refused(server, "ggui_ops_register_theme", registering("claudic"))
    assert refusal["code"] == "theme_identity"


async def test_a_faulty_document_is_refused_with_every_fault_by_mode_and_path() -> None:
    arguments = registering()
    arguments["registration"]["light"]["color"]["surface"] = {"$value": "red;}"}
    del arguments["registration"]["dark"]["spacing"]
    async with serving() as server:
        refusal = await refused(server, "ggui_ops_register_theme", arguments)
    assert refusal["code"] == "theme_document"
    assert "light.color.surface" in refusal["text"]
    assert "dark.spacing" in refusal["text"]


async def test_an_uncovered_colour_is_named_in_each_mode_that_lacks_it() -> None:
    arguments = registering()
    del arguments["registration"]["light"]["color"]["outline"]
    del arguments["registration"]["dark"]["color"]["primary"]["300"]
    async with serving() as server:
        refusal = await refused(server, "ggui_ops_register_theme", arguments)
        assert await registered(server) == []
    assert refusal["code"] == "theme_coverage"
    assert refusal["missing"] == {
        "light": ["--ggui-color-outline"],
        "dark": ["--ggui-color-primary-300"],
    }


async def test_sizes_and_layers_are_lent_and_unknown_tokens_left_out() -> None:
    arguments = registering(mascot={"$value": "#123456"})
    for mode in ("light", "dark"):
        del arguments["registration"][mode]["zIndex"]
    async with serving() as server:
        output = await answered(server, "ggui_ops_register_theme", arguments)
        kept = await server.setup.get(ThemeStore).get("shop", "harbour")
    assert "--ggui-zIndex-modal" in output["coverage"]["inheritMatched"]
    assert output["coverage"]["excluded"] == ["--ggui-color-mascot"]
    assert kept is not None
    assert kept.theme.light["--ggui-zIndex-modal"] == "1400"
    assert "--ggui-color-mascot" not in kept.theme.light


async def test_a_theme_that_is_hard_to_read_is_taken_with_a_warning_and_a_good_one_without() -> None:
    async with serving() as server:
        pale = await answered(server, "ggui_ops_register_theme", registering(onSurface={"$value": "#cccccc"}))
        good = await answered(server, "ggui_ops_register_theme", registering("good-one"))
    assert "light: onSurface on surface" in pale["warning"]
    assert "warning" not in good


async def test_an_app_has_as_many_themes_as_the_operator_says_also_when_many_come_at_once() -> None:
    async with serving(settings={"themesPerApp": 2}) as server:
        calls = [called(server, "ggui_ops_register_theme", registering(f"theme-{n}")) for n in range(5)]
        results = await asyncio.gather(*calls)
        themes = await registered(server)
        again = await called(server, "ggui_ops_register_theme", registering(themes[0]))
    codes = [r["_meta"]["ai.ggui/error"]["code"] for r in results if r["isError"]]
    assert codes == ["theme_quota"] * 3
    assert len(themes) == 2
    assert not again["isError"]


@pytest.mark.parametrize("tool", ["ggui_ops_register_theme", "ggui_ops_list_themes", "ggui_ops_delete_theme"])
async def test_a_foreign_app_looks_exactly_like_a_missing_one(tool: str) -> None:
    def arguments(app_id: str) -> dict[str, Any]:
        return {**registering(), "appId": app_id}

    async with serving() as server:
        await server.setup.get(AppStore).add(App("bank-1", "user:bob", "Bank", 1, 1))
        await answered(server, "ggui_ops_register_theme", registering())
        for bearer in ("app:else", "user:shop:ann", "user:bank-1:ann", None):
            foreign = await refused(server, tool, arguments("bank-1"), bearer=bearer)
            missing = await refused(server, tool, arguments("bank-2"), bearer=bearer)
            assert foreign["code"] == "app_not_found"
            assert str(foreign).replace("bank-1", "bank-2") == str(missing)
        # Working in an app is not owning it.
        assert (await refused(server, tool, arguments("shop"), bearer="user:shop:ann"))[
            "code"
        ] == "app_not_found"
        assert await registered(server) == ["harbour"]


async def test_the_owner_of_several_apps_and_the_app_itself_may() -> None:
    async with serving() as server:
        await server.setup.get(AppStore).add(App("bank-1", "user:bob", "Bank", 1, 1))
        given = registering(app_id="bank-1")
        await answered(server, "ggui_ops_register_theme", given, bearer="user:elsewhere:bob")
        assert await registered(server, "bank-1", bearer="app:bank-1") == ["harbour"]
        assert await registered(server) == []


async def test_the_themes_of_a_deleted_app_are_forgotten() -> None:
    async with serving() as server:
        await answered(server, "ggui_ops_register_theme", registering())
        await server.setup.get(Bus).publish(AppDeleted("shop"))
        assert await registered(server) == []


@pytest.mark.parametrize(
    "change",
    [
        {"registration": None},
        {"registration": {"light": registration()["light"]}},
        {"registration": {"light": [], "dark": {}}},
        {"themeId": 7},
        {"appId": ""},
    ],
)
async def test_malformed_arguments_are_refused_by_name(change: dict[str, Any]) -> None:
    async with serving() as server:
        refusal = await refused(server, "ggui_ops_register_theme", {**registering(), **change})
    assert next(iter(change)) in refusal["text"]
