from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp
import pytest

from ggui_core import hookimpl
from ggui_core.errors import BootError
from ggui_core.setup import Setup
from ggui_core.stores import MemoryPairingStore, PairingStore
from ggui_core.testing import PATIENCE_S, FakeClock, booted
from ggui_pairing.file_store import FilePairingStore

from .conftest import OLD_TOKEN, WriteFile, old_entry
from .serving import PLUGINS, admin, ask, bearer, paired, status_of


def manifest(**pairing: Any) -> dict[str, Any]:
    return {
        "schema": "1",
        "protocol": "draft-2026-08-19",
        "app": {"slug": "my-app", "name": "My app"},
        "plugins": {"settings": {"pairing": pairing}},
    }


async def test_beacons_come_in_order_each_on_its_own_line_before_the_banner() -> None:
    async with booted(PLUGINS) as server:
        assert server.stdout[0] == f"READY {server.base_url}"
        assert re.fullmatch(r"PAIR_CODE [0-9]{6}", server.stdout[1])
        assert re.fullmatch(r"ADMIN_TOKEN ggui_admin_[A-Za-z0-9_-]{22,}", server.stdout[2])
        banner = server.stdout[3:]
        code = server.beacon("PAIR_CODE")
        assert any("pair code" in row and f"{code}  (valid ~10m)" in row for row in banner)
        token = server.beacon("ADMIN_TOKEN")
        assert any("admin token" in row and f"{token}" in row for row in banner)
        # The sign-in page is another plugin's; a pointer to a page that is not there would mislead.
        assert not any("/admin-login" in row for row in banner)


async def test_any_bearer_mode_mints_no_code_but_has_an_operator() -> None:
    async with booted(PLUGINS, args=["--dev-allow-all"]) as server:
        assert server.beacon("PAIR_CODE") is None
        assert server.beacon("ADMIN_TOKEN") is not None
        assert not any("pair code" in line for line in server.stdout)


@pytest.mark.parametrize("way", ["flag", "environment", "file"])
async def test_admin_token_is_pinned_by_flag_environment_or_file(way: str) -> None:
    token = "ggui_admin_Q3vZk8pW1xYa"
    args = ["--admin-token", token] if way == "flag" else []
    environ = {"GGUI_ADMIN_TOKEN": token} if way == "environment" else {}
    config = manifest(adminToken=token) if way == "file" else {}
    async with booted(PLUGINS, args=args, environ=environ, config=config) as server:
        assert server.beacon("ADMIN_TOKEN") == token
        assert (await ask(server, "GET", "/admin/pair", headers=admin(server)))[0] == 200


async def test_unusable_admin_token_stops_the_boot() -> None:
    with pytest.raises(BootError, match="admin token"):
        async with booted(PLUGINS, args=["--admin-token", "a b"]):
            pass


async def test_pairings_live_in_the_config_directory_unless_told_otherwise(tmp_path: Path) -> None:
    environ = {"GGUI_CONFIG_DIR": str(tmp_path / "conf")}
    async with booted(PLUGINS, environ=environ) as server:
        assert not (tmp_path / "conf" / "keys.json").exists(), "nothing is written before the first pairing"
        _, token = await paired(server)
        assert (tmp_path / "conf" / "keys.json").stat().st_mode & 0o777 == 0o600
    async with booted(PLUGINS, environ=environ) as server:
        assert await status_of(server, token) == 204, "pairings survive a restart"


@pytest.mark.parametrize("way", ["flag", "environment", "file"])
async def test_keys_file_is_named_by_flag_environment_or_file(write_file: WriteFile, way: str) -> None:
    path = str(write_file([old_entry()]))
    args = [f"--keys-file={path}"] if way == "flag" else []
    environ = {"GGUI_KEYS_FILE": path} if way == "environment" else {}
    config = manifest(keysFile=path) if way == "file" else {}
    async with booted(PLUGINS, args=args, environ=environ, config=config) as server:
        assert await status_of(server, OLD_TOKEN) == 204


async def test_use_and_hash_are_on_disk_after_shutdown(write_file: WriteFile, clock: FakeClock) -> None:
    path = write_file([old_entry()])
    async with booted(PLUGINS, args=["--keys-file", str(path)], clock=clock) as server:
        await status_of(server, OLD_TOKEN)
    entry = json.loads(path.read_text())["pairings"][0]
    assert "token" not in entry
    assert (entry["lastUsedAt"], entry["lastRemoteAddress"]) == (int(clock.now() * 1000), "127.0.0.1")


@pytest.mark.parametrize("content", ["{", '{"v":2,"idCounter":0,"pairings":[]}'])
async def test_unreadable_pairings_stop_the_boot_with_file_and_fix(keys_path: Path, content: str) -> None:
    keys_path.parent.mkdir()
    keys_path.write_text(content)
    with pytest.raises(BootError) as refused:
        async with booted(PLUGINS, args=["--keys-file", str(keys_path)]):
            pass
    (problem,) = refused.value.problems
    assert str(keys_path) in problem
    assert "backup" in problem
    assert keys_path.read_text() == content


async def test_ephemeral_keeps_pairings_in_memory_unless_a_file_is_named(keys_path: Path) -> None:
    async with booted(PLUGINS, args=["--ephemeral"]) as server:
        assert isinstance(server.setup.get(PairingStore), MemoryPairingStore)
    async with booted(PLUGINS, args=["--ephemeral", "--keys-file", str(keys_path)]) as server:
        assert isinstance(server.setup.get(PairingStore), FilePairingStore)


def durable_plugin() -> ModuleType:
    """A plugin that offers a durable home of pairings, as a database plugin does."""
    module = ModuleType("ggui_durable.plugin")
    module.PLUGIN_API = 1  # type: ignore[attr-defined]

    @hookimpl
    def ggui_provide(setup: Setup) -> None:
        setup.provide(PairingStore, MemoryPairingStore())

    module.ggui_provide = ggui_provide  # type: ignore[attr-defined]
    return module


async def test_durable_store_of_another_plugin_is_the_home_instead_of_the_default_file() -> None:
    async with booted([*PLUGINS, durable_plugin()]) as server:
        _, token = await paired(server)
        assert isinstance(server.setup.get(PairingStore), MemoryPairingStore)
        assert await status_of(server, token) == 204
        assert not (server.setup.config_dir / "keys.json").exists()
        assert (await ask(server, "GET", "/ggui/health"))[1]["checks"] == {"pairings": True}


async def test_file_that_the_operator_named_stays_the_home(keys_path: Path) -> None:
    async with booted([*PLUGINS, durable_plugin()], args=["--keys-file", str(keys_path)]) as server:
        await paired(server)
    assert len(json.loads(keys_path.read_text())["pairings"]) == 1


async def test_unknown_setting_is_refused() -> None:
    with pytest.raises(BootError, match="keyFile"):
        async with booted(PLUGINS, config=manifest(keyFile="x")):
            pass


async def test_real_process_logs_no_secret(tmp_path: Path) -> None:
    (tmp_path / "ggui.json").write_text(json.dumps(manifest() | {"plugins": {"enable": ["pairing"]}}))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ggui_core", "serve", "--port", "0"),
        cwd=tmp_path,
        env={**os.environ, "GGUI_CONFIG_DIR": str(tmp_path / "conf")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            lines = [(await process.stdout.readline()).decode() for _ in range(3)]
        beacons = {name: value for name, _, value in (line.strip().partition(" ") for line in lines)}
        assert list(beacons) == ["READY", "PAIR_CODE", "ADMIN_TOKEN"]
        exchange = {"code": beacons["PAIR_CODE"], "deviceName": "phone"}
        login = {"token": beacons["ADMIN_TOKEN"]}
        base_url = beacons["READY"]
        async with aiohttp.ClientSession(base_url) as client:
            async with client.post("/pair", json=exchange) as response:
                token = (await response.json())["token"]
            async with client.post("/ggui/console/admin-login", json=login) as response:
                session = response.cookies["ggui_console_admin"].value
            async with client.get("/ggui/auth-check", headers=bearer(token)) as response:
                assert response.status == 204
    finally:
        process.terminate()
        _, logged = await process.communicate()
    assert process.returncode == 0
    assert b"/ggui/auth-check" in logged
    for secret in (token, beacons["ADMIN_TOKEN"], session, f'"{beacons["PAIR_CODE"]}"'):
        assert secret.encode() not in logged
    assert json.loads((tmp_path / "conf" / "keys.json").read_text())["pairings"][0]["lastUsedAt"]
