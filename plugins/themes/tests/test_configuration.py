"""``ggui.json#theme`` and the settings: what is worn, and what stops the boot."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from structlog.testing import capture_logs

from ggui_core import hookimpl
from ggui_core.config import ConfigSection
from ggui_core.errors import BootError
from ggui_core.testing import Booted
from ggui_themes.catalog import AppThemes
from ggui_themes.presets import document, preset

from .serving import called, serving


def banner(server: Booted) -> str:
    row = next(line for line in server.stdout if line.split()[:1] == ["theme"])
    return " ".join(row.split()[1:])


@pytest.mark.parametrize(
    ("theme", "says"),
    [
        (None, "(default ggui)"),
        ("claudic", "claudic · as the host"),
        ({"preset": "claudic", "mode": "dark"}, "claudic · dark"),
        (
            {"preset": "ggui", "overrides": {"color.primary.500": "#123456"}},
            "ggui · as the host (+1 override)",
        ),
        (
            {"preset": "ggui", "mode": "light", "overrides": {"spacing.md": "2rem", "font.weight.bold": 800}},
            "ggui · light (+2 overrides)",
        ),
    ],
)
async def test_the_banner_says_what_is_worn(theme: object, says: str) -> None:
    async with serving(theme) as server:
        assert banner(server) == says


async def test_an_override_is_a_path_or_a_variable_and_an_unknown_one_is_left_out() -> None:
    overrides = {"color.primary.500": "#123456", "--ggui-spacing-md": "2rem", "color.brand": "#fff"}
    async with serving({"preset": "ggui", "overrides": overrides}) as server:
        chosen = server.setup.get(AppThemes).chosen
    assert chosen.overrides == {"--ggui-color-primary-500": "#123456", "--ggui-spacing-md": "2rem"}


@pytest.mark.parametrize(
    ("theme", "key", "remedy"),
    [
        ("claudius", "$.theme", "premium-zen"),
        ({"preset": "claudius"}, "$.theme", "premium-zen"),
        ({"preset": "ggui", "mode": "dim"}, "$.theme.mode", "light or dark"),
        ({"preset": "ggui", "file": "x.json"}, "$.theme", "either preset or file"),
        ({"mode": "dark"}, "$.theme", "either preset or file"),
        ({"preset": "ggui", "shade": 1}, "$.theme.shade", "unknown key"),
        ({"file": "x.json", "overrides": {"a": "b"}}, "$.theme", "change the file"),
        ({"file": "missing.json"}, "$.theme.file", "not found"),
        (
            {"preset": "ggui", "overrides": {"color.surface": "a;b"}},
            '$.theme.overrides["color.surface"]',
            "CSS",
        ),
        ({"preset": "ggui", "overrides": {"color.surface": []}}, "$.theme.overrides", "expected"),
        ("", "$.theme", "preset"),
        (7, "$.theme", "preset"),
    ],
)
async def test_a_fault_stops_the_boot_with_file_key_and_fix(theme: object, key: str, remedy: str) -> None:
    with pytest.raises(BootError) as caught:
        async with serving(theme):
            pass
    text = "\n".join(caught.value.problems)
    assert "ggui.json" in text
    assert key in text
    assert remedy in text


async def test_the_allow_list_narrows_what_agents_see_and_not_what_is_worn() -> None:
    async with serving("claudic", settings={"offered": ["premium-zen", "ggui"]}) as server:
        result = await called(server, "ggui_list_themes")
        assert [one["id"] for one in result["structuredContent"]["themes"]] == ["ggui", "premium-zen"]
        assert server.setup.get(AppThemes).of_server("claudic") == preset("claudic")
        assert await server.setup.get(AppThemes).theme("shop", "claudic") is None


async def test_an_unknown_name_on_the_allow_list_stops_the_boot() -> None:
    with pytest.raises(BootError, match="offered: there is no theme 'zen'"):
        async with serving(settings={"offered": ["zen"]}):
            pass


@pytest.mark.parametrize(("default", "warned"), [("premium-zen", False), ("premium-zn", True)])
async def test_an_unknown_default_of_sessions_is_a_warning_since_it_may_be_registered_later(
    default: str, warned: bool
) -> None:
    @hookimpl
    def ggui_config_sections() -> list[ConfigSection]:
        return [ConfigSection("app.defaultTheme", str)]

    owner = ModuleType("ggui_owner")
    vars(owner).update(PLUGIN_API=1, ggui_config_sections=ggui_config_sections)
    with capture_logs() as logs:
        async with serving(app={"defaultTheme": default}, more=[owner]):
            pass
    hints = [line["hint"] for line in logs if line["event"] == "default_theme_unknown"]
    assert len(hints) == warned
    assert all("$.app.defaultTheme" in hint and "premium-zen" in hint for hint in hints)


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


async def test_a_file_of_one_mode_is_worn_in_that_mode_in_every_host(tmp_path: Path) -> None:
    path = written(tmp_path / "Our Brand.json", {**document("claudic", "dark"), "$name": "Our Brand"})
    async with serving({"file": str(path)}) as server:
        catalog = server.setup.get(AppThemes)
        theme = catalog.of_server("our-brand")
        assert banner(server) == f"{path} · dark"
        listed = (await called(server, "ggui_list_themes"))["structuredContent"]["themes"]
    assert theme is not None
    assert (theme.name, theme.modes, theme.light) == ("Our Brand", ("dark",), theme.dark)
    assert theme.dark["--ggui-color-surface"] == preset("claudic").dark["--ggui-color-surface"]
    assert listed[-1]["modes"] == ["dark"]


async def test_a_file_of_both_modes_follows_the_host(tmp_path: Path) -> None:
    pair = {mode: document("claudic", mode) for mode in ("light", "dark")}
    path = written(tmp_path / "brand.json", pair)
    async with serving({"file": str(path)}) as server:
        theme = server.setup.get(AppThemes).of_server("brand")
        assert server.setup.get(AppThemes).chosen.mode is None
    assert theme is not None
    assert (theme.light, theme.dark) == (preset("claudic").light, preset("claudic").dark)


async def test_what_a_file_leaves_out_is_lent_by_the_default(tmp_path: Path) -> None:
    least = {
        "color": {"surface": {"$value": "#fffdf0"}, "container": {"$value": "#fff"}},
        "spacing": {},
        "font": {"family": {"sans": {"$value": "serif"}}},
        "shape": {},
    }
    path = written(tmp_path / "least.json", least)
    async with serving({"file": str(path)}) as server:
        theme = server.setup.get(AppThemes).of_server("least")
    assert theme is not None
    assert theme.light.keys() == preset("ggui").light.keys()
    assert theme.light["--ggui-color-surface"] == "#fffdf0"
    assert theme.light["--ggui-color-onSurface"] == preset("ggui").light["--ggui-color-onSurface"]
    assert "#fffdf0" in theme.light["--ggui-color-surface-gradient"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "not valid JSON"),
        ("[]", "must hold a JSON object"),
        ({"color": {}}, "spacing: is required"),
        ({"light": {"color": {}}}, "dark"),
        ({"light": {}, "dark": {}, "mode": "x"}, "stands beside light and dark"),
        (" " * 2_000_000 + "{}", "larger than"),
    ],
)
async def test_a_file_that_is_no_theme_stops_the_boot(tmp_path: Path, content: Any, says: str) -> None:
    path = written(tmp_path / "brand.json", content)
    with pytest.raises(BootError) as caught:
        async with serving({"file": str(path)}):
            pass
    text = "\n".join(caught.value.problems)
    assert says in text
    assert "ggui.json: $.theme.file" in text
    assert str(path) in text


async def test_a_file_that_is_named_like_a_preset_stops_the_boot(tmp_path: Path) -> None:
    path = written(tmp_path / "claudic.json", document("claudic", "light"))
    with pytest.raises(BootError, match="'claudic' is a preset; rename the file"):
        async with serving({"file": str(path)}):
            pass
