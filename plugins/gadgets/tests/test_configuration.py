"""What ``ggui.json`` says of gadgets: sound rows are a catalog, faulty ones stop the boot with key and remedy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from ggui_core.errors import BootError
from ggui_core.seams import GadgetCatalog
from ggui_core.testing import GadgetCatalogContract
from ggui_gadgets.folders import read_folder

from .serving import EXPORT, ROW, folder, serving


class TestDeclaredGadgets(GadgetCatalogContract):
    @pytest.fixture(autouse=True)
    async def _server(self, tmp_path: Path):  # type: ignore[no-untyped-def]
        async with serving([ROW], folders=[folder(tmp_path)]) as self.server:
            yield

    async def make(self) -> tuple[GadgetCatalog, str]:
        return self.server.setup.get(GadgetCatalog), "shop"


async def listed(server: Any) -> list[dict[str, Any]]:
    result = await server.call_tool("ggui_list_gadgets", {})
    gadgets: list[dict[str, Any]] = result["structuredContent"]["gadgets"]
    return gadgets


async def test_agents_are_told_what_is_declared(tmp_path: Path) -> None:
    async with serving([ROW], folders=[folder(tmp_path)]) as server:
        built_in, tide, row = await listed(server)
        base_url = server.base_url
    assert built_in["package"] == "@ggui-ai/gadgets"
    assert row == ROW
    assert tide["package"] == "@acme/tide-gauge"
    assert tide["bundleUrl"].startswith(f"{base_url}/bundles/public/@acme/tide-gauge/1.0.0/bundle.js?v=")
    assert tide["bundleSri"].startswith("sha384-")


async def test_a_row_takes_the_place_of_a_folder(tmp_path: Path) -> None:
    row = ROW | {"package": "@acme/tide-gauge", "version": "9.0.0"}
    async with serving([row], folders=[folder(tmp_path)]) as server:
        assert [gadget["version"] for gadget in await listed(server)] == ["0.11.0", "9.0.0"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([ROW | {"version": "^2"}], "app.gadgets"),
        ([ROW | {"colour": "blue"}], "colour"),
        ([ROW | {"exports": [{"hook": "useRoute"}]}], "app.gadgets"),
        ([ROW | {"exports": [{"hook": "useRoute", **EXPORT, "permission": "bluetooth"}]}], "permission"),
        ([ROW | {"bundleSri": "md5-x"}], "bundleSri"),
        ([ROW, ROW | {"version": "3.0.0"}], "LINT_GADGET_DUPLICATE_PACKAGE: @acme/map has 2 rows"),
        ([ROW, ROW | {"package": "@acme/other"}], "LINT_GADGET_DUPLICATE_EXPORT_IN_CATALOG"),
        ([ROW | {"exports": [{"hook": "useCamera", **EXPORT}]}], "'useCamera' is exported by"),
    ],
)
async def test_a_faulty_row_does_not_boot(rows: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(BootError) as refused:
        async with serving(rows):
            pass
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bundle": None}, "dist/bundle.js is not there; build the gadget first"),
        ({"version": "1.0.0-rc-1"}, "version"),
        ({"scope": "acme"}, "ggui.gadget.json: $.scope"),
        ({"colour": "blue"}, "ggui.gadget.json: $.colour"),
    ],
)
async def test_a_faulty_folder_does_not_boot(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    bundle = {"bundle": None} if changes == {"bundle": None} else {}
    path = folder(tmp_path, **bundle, **({} if bundle else changes))
    with pytest.raises(BootError) as refused:
        async with serving(folders=[path]):
            pass
    assert "plugins.settings.gadgets.folders" in str(refused.value)
    assert said in str(refused.value)


async def test_a_bundle_that_no_registry_would_take_does_not_boot(tmp_path: Path) -> None:
    with pytest.raises(BootError, match="has more than 5242880 bytes"):
        async with serving(folders=[folder(tmp_path, bundle="x" * 5_242_881)]):
            pass


@pytest.mark.parametrize("name", ["bundle.js", "style.css"])
async def test_what_a_link_leads_to_elsewhere_is_not_served(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("key")
    place = folder(tmp_path)
    (place / "dist" / name).unlink(missing_ok=True)
    (place / "dist" / name).symlink_to(tmp_path / "secret")
    with pytest.raises(BootError, match=rf"dist/{name}: is a link that leads out of the folder"):
        read_folder(place, "tide")


async def test_a_link_within_the_folder_or_to_it_is_followed(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "dist" / "bundle.js").rename(place / "dist" / "bundle.1.js")
    (place / "dist" / "bundle.js").symlink_to("bundle.1.js")
    (tmp_path / "current").symlink_to(place)
    assert read_folder(tmp_path / "current", "tide").files["bundle.js"].plain


async def test_a_pipe_does_not_hold_up_the_boot(tmp_path: Path) -> None:
    place = folder(tmp_path, bundle=None)
    os.mkfifo(place / "dist" / "bundle.js")
    with pytest.raises(BootError, match=r"dist/bundle\.js: is no file"):
        read_folder(place, "tide")


async def test_one_package_in_two_folders_does_not_boot(tmp_path: Path) -> None:
    first, second = folder(tmp_path / "a"), folder(tmp_path / "b")
    with pytest.raises(BootError, match="@acme/tide-gauge is in 2 folders"):
        async with serving(folders=[first, second]):
            pass


async def test_what_is_no_fault_is_a_warning() -> None:
    loose = {name: value for name, value in ROW.items() if name != "bundleSri"} | {"package": "map"}
    with capture_logs() as logs:
        async with serving([loose]):
            pass
    assert {"LINT_GADGET_UNSCOPED_PACKAGE", "gadget_unpinned"} <= {entry["event"] for entry in logs}
