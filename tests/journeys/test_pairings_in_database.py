"""With a database active it is the home of pairings and connector keys, for servers and for ``ggui keys``."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ggui_core.clock import Clock
from ggui_core.errors import BootError
from ggui_core.stores import AuditStore, PairingStore
from ggui_core.testing import PATIENCE_S, Booted, FakeClock, booted, until

from .replica_databases import fresh_database, upgrade
from .test_pair_and_call import ADMIN, pair, revoke

OLD_TOKEN = "ggui_user_Zk1aBcD-_9xY"
BACKENDS = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.services)]


class Home:
    """A project, its database, and the per-user directory of its operator."""

    def __init__(self, folder: Path, storage: Mapping[str, Any]) -> None:
        self.folder = folder
        self.keys = folder / "conf" / "keys.json"
        self.aside = folder / "conf" / "keys.json.imported"
        self.environ = {
            "HOME": str(folder),
            "GGUI_CONFIG_DIR": str(folder / "conf"),
            "GGUI_PERSISTENT_DIR": str(folder / "kept"),
        }
        self.config = {
            "schema": "1",
            "protocol": "1.1",
            "app": {"slug": "builder", "name": "Builder"},
            "storage": {"renders": storage},
        }
        (folder / "ggui.json").write_text(json.dumps(self.config))

    @asynccontextmanager
    async def serving(
        self, *modules: ModuleType, args: tuple[str, ...] = (), clock: Clock | None = None
    ) -> AsyncIterator[Booted]:
        async with booted(
            modules,
            config=self.config,
            args=["--admin-token", ADMIN, *args],
            environ=self.environ,
            root=self.folder,
            installed=True,
            clock=clock,
        ) as server:
            yield server

    async def ggui(self, *words: str) -> tuple[int, str, str]:
        """Run a command in a process of its own; returns status, stdout and stderr."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GGUI_")}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ggui_core", *words),
            cwd=self.folder,
            env={**kept, **self.environ, "PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    async def keys_verb(self, *words: str) -> str:
        """A ``ggui keys`` command that succeeds."""
        status, out, err = await self.ggui("keys", *words)
        assert status == 0, err
        return out

    def write_keys(self, *entries: Mapping[str, Any], counter: int = 3) -> None:
        """A pairings file as a server without a database wrote it."""
        self.keys.parent.mkdir(exist_ok=True)
        self.keys.write_text(json.dumps({"v": 1, "idCounter": counter, "pairings": list(entries)}))
        self.keys.chmod(0o600)


def entry(number: int, token: str = OLD_TOKEN, **fields: Any) -> dict[str, Any]:
    return {
        "pairingId": f"pair-{number}",
        "deviceName": "phone",
        "createdAt": 1777712000000,
        "token": token,
        "lastUsedAt": 1777712050000,
        "lastRemoteAddress": "10.0.0.9",
        **fields,
    }


@contextmanager
def place(backend: str) -> Iterator[dict[str, Any]]:
    if backend == "sqlite":
        yield {"driver": "sqlite"}
        return
    with fresh_database() as url:
        upgrade(url)
        yield {"driver": "postgres", "url": url}


@pytest.fixture(params=BACKENDS)
def storage(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    with place(request.param) as said:
        yield said


@pytest.fixture
def home(tmp_path: Path, storage: dict[str, Any]) -> Home:
    return Home(tmp_path, storage)


@pytest.fixture
def file_home(tmp_path: Path) -> Home:
    """A home in a file, for what has nothing to do with the database."""
    return Home(tmp_path, {"driver": "sqlite"})


@pytest.fixture
def shared_home(tmp_path: Path) -> Iterator[Home]:
    """A home that several servers may have at a time."""
    with place("postgres") as said:
        yield Home(tmp_path, said)


async def status_of(server: Booted, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    async with server.client.get(f"{server.base_url}/ggui/auth-check", headers=headers) as answer:
        return answer.status


async def listed(server: Booted) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with server.client.get(f"{server.base_url}/admin/pair", headers=headers) as answer:
        found: list[dict[str, Any]] = (await answer.json())["pairings"]
        return found


def token_in(printed: str) -> str:
    match = re.search(r"ggui_user_\S+", printed)
    assert match is not None, printed
    return match.group()


async def test_a_device_stays_paired_over_a_restart_without_any_file(home: Home, probe: ModuleType) -> None:
    async with home.serving(probe) as server:
        device = await pair(server, "phone")
        lost = await pair(server, "lost phone")
        await revoke(server, lost["pairingId"])
        assert await status_of(server, device["token"]) == 204
        assert type(server.setup.get(PairingStore)).__module__.startswith("ggui_sql.")
    async with home.serving(probe) as server:
        assert await status_of(server, device["token"]) == 204
        assert await status_of(server, lost["token"]) == 401
        (row,) = await listed(server)
        assert row["lastUsedAt"] is not None
        assert (await pair(server, "tablet"))["pairingId"] == "pair-3", "no number is used again"
    assert not home.keys.exists()
    assert device["token"].encode() not in b"".join(
        each.read_bytes() for each in home.folder.rglob("*") if each.is_file()
    )


async def test_uses_are_written_every_minute_and_never_with_a_call(home: Home, probe: ModuleType) -> None:
    clock = FakeClock()
    async with home.serving(probe, clock=clock) as server:
        device = await pair(server, "phone")
        assert await status_of(server, device["token"]) == 204
        used_at = int(clock.now() * 1000)
        assert [row["lastUsedAt"] for row in await listed(server)] == [used_at], "those of memory are shown"
        assert "—" in (await home.keys_verb("list")).splitlines()[1], "nothing was written"
        await clock.advance(60)

        async def written() -> bool:
            return "—" not in (await home.keys_verb("list")).splitlines()[1]

        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while not await written():
            assert asyncio.get_running_loop().time() < deadline


async def test_commands_act_on_the_database_of_a_running_server(home: Home, probe: ModuleType) -> None:
    async with home.serving(probe) as server:
        made = await home.keys_verb("create", "--name", "claude desktop")
        token = token_in(made)
        assert re.search(r"Storage: +\S+", made)
        assert await status_of(server, token) == 204
        assert "claude desktop" in await home.keys_verb("list")
        parked = asyncio.create_task(server.rpc("tools/call", {"name": "ggui_probe_park"}, bearer=token))
        await until(lambda: probe.observed.parked == 1)
        await home.keys_verb("revoke", "pair-1")
        assert await status_of(server, token) == 401
        async with asyncio.timeout(5):
            assert (await parked)["error"]["message"] == "No valid credentials"
        events = await server.setup.get(AuditStore).newest(10)
        assert [(event.action, event.details["by"]) for event in events if "by" in event.details] == [
            ("pairing.token.revoked", "cli"),
            ("pairing.token.issued", "cli"),
        ]
        status, _, err = await home.ggui("keys", "revoke", "pair-1")
        assert (status, "there is no key pair-1" in err) == (1, True)
        probe.observed.wake.set()
    assert not home.keys.exists()


async def test_revocation_by_a_command_ends_a_parked_call_without_any_request(
    home: Home, probe: ModuleType
) -> None:
    async with home.serving(probe) as server:
        device = await pair(server, "phone")
        parked = asyncio.create_task(
            server.rpc("tools/call", {"name": "ggui_probe_park"}, bearer=device["token"])
        )
        await until(lambda: probe.observed.parked == 1)
        await home.keys_verb("revoke", device["pairingId"])
        async with asyncio.timeout(5):
            assert (await parked)["error"]["message"] == "No valid credentials"
        probe.observed.wake.set()


async def test_commands_and_a_busy_server_write_beside_each_other(home: Home, probe: ModuleType) -> None:
    async with home.serving(probe) as server:
        over = asyncio.Event()
        made: list[str] = []

        async def pairing_on_and_on() -> None:
            while not over.is_set():
                made.append((await server.setup.get(PairingStore).add("d", hashlib.sha256(
                    str(len(made)).encode()).hexdigest(), "", 1)).pairing_id)  # fmt: skip

        work = asyncio.create_task(pairing_on_and_on())
        tokens = [
            token_in(out) for out in await asyncio.gather(*(home.keys_verb("create") for _ in range(2)))
        ]
        over.set()
        await work
        assert [await status_of(server, token) for token in tokens] == [204, 204]
        ids = [row["pairingId"] for row in await listed(server)]
    assert len(ids) == len(set(ids)) == len(made) + 2


async def test_a_file_is_taken_over_once_and_put_aside(home: Home, probe: ModuleType) -> None:
    other = hashlib.sha256(b"other").hexdigest()
    hashed = entry(7, tokenSha256=other, tokenPrefix="ggui_user_AbCd") | {"token": None, "appId": "builder"}
    home.write_keys(entry(3), entry(1, "ggui_user_strange", pairingId="living room"), hashed, counter=9)
    async with home.serving(probe) as server:
        assert await status_of(server, OLD_TOKEN) == 204
        rows = await server.setup.get(PairingStore).list()
        assert [row.pairing_id for row in rows] == ["pair-3", "living room", "pair-7"]
        assert (rows[1].created_at, rows[1].last_used_at) == (1777712000000, 1777712050000)
        assert (rows[2].app_id, rows[2].token_sha256) == ("builder", other)
        assert (await pair(server, "tablet"))["pairingId"] == "pair-10"
        await revoke(server, "pair-3")
        await revoke(server, "living room")
    assert not home.keys.exists()
    assert stat.S_IMODE(home.aside.stat().st_mode) == 0o600
    assert OLD_TOKEN not in home.aside.read_text(), "bearers in clear are hashed there too"
    assert len(json.loads(home.aside.read_text())["pairings"]) == 3
    home.aside.rename(home.keys)  # as if the first start had ended before it put the file aside
    async with home.serving(probe) as server:
        assert await status_of(server, OLD_TOKEN) == 401, "what was revoked since stays revoked"
        assert [row["pairingId"] for row in await listed(server)] == ["pair-7", "pair-10"]
    assert not home.keys.exists()


async def test_a_command_takes_the_file_over_as_well(file_home: Home, probe: ModuleType) -> None:
    file_home.write_keys(entry(3))
    status, out, err = await file_home.ggui("keys", "list")
    assert (status, "pair-3" in out) == (0, True), err
    assert file_home.aside.exists()
    async with file_home.serving(probe) as server:
        assert await status_of(server, OLD_TOKEN) == 204


@pytest.mark.parametrize("content", ['{"v": 1, "pairings": [', '{"v": 2}', '{"v": 1, "pairings": [{}]}'])
async def test_a_file_that_makes_no_sense_stops_the_boot_and_stays(
    file_home: Home, probe: ModuleType, content: str
) -> None:
    file_home.keys.parent.mkdir()
    file_home.keys.write_text(content)
    with pytest.raises(BootError) as refused:
        async with file_home.serving(probe):
            pass
    assert str(file_home.keys) in str(refused.value)
    assert "restore it from a backup" in str(refused.value)
    status, out, err = await file_home.ggui("keys", "create")
    assert (status, out) == (1, "")
    assert str(file_home.keys) in err
    assert file_home.keys.read_text() == content
    file_home.write_keys(entry(3))
    async with file_home.serving(probe) as server:
        assert await status_of(server, OLD_TOKEN) == 204


async def test_a_database_that_cannot_keep_them_stops_the_boot_and_the_file_stays(
    file_home: Home, probe: ModuleType
) -> None:
    async with file_home.serving(probe):
        pass
    with closing(sqlite3.connect(file_home.folder / "kept" / "ggui.db")) as other, other:
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON ggui_pairing BEGIN SELECT RAISE(FAIL, 'full'); END"
        )
    file_home.write_keys(entry(3))
    with pytest.raises(BootError, match=r"keys\.json"):
        async with file_home.serving(probe):
            pass
    assert json.loads(file_home.keys.read_text())["pairings"][0]["token"] == OLD_TOKEN
    with closing(sqlite3.connect(file_home.folder / "kept" / "ggui.db")) as other, other:
        other.execute("DROP TRIGGER full")
    async with file_home.serving(probe) as server:
        assert await status_of(server, OLD_TOKEN) == 204


async def test_a_named_file_stays_the_home_of_server_and_commands(home: Home, probe: ModuleType) -> None:
    named = home.folder / "named.json"
    async with home.serving(probe, args=("--keys-file", str(named))) as server:
        device = await pair(server, "phone")
        token = token_in(await home.keys_verb("create", "--keys-file", str(named)))
        assert await status_of(server, token) == 204
        await home.keys_verb("revoke", device["pairingId"], "--keys-file", str(named))
        assert await status_of(server, device["token"]) == 401
    assert len(json.loads(named.read_text())["pairings"]) == 1
    assert "No keys in" in await home.keys_verb("list"), "the database has none of them"


async def test_ephemeral_leaves_the_file_alone(file_home: Home, probe: ModuleType) -> None:
    file_home.write_keys(entry(3))
    before = file_home.keys.read_text()
    async with file_home.serving(probe, args=("--ephemeral",)) as server:
        assert await status_of(server, OLD_TOKEN) == 401
    assert file_home.keys.read_text() == before


async def test_a_deleted_app_takes_its_keys_with_it(home: Home, probe: ModuleType) -> None:
    async with home.serving(probe) as server:
        ops: dict[str, Any] = {"path": "/ops", "bearer": ADMIN}
        app = (await server.call_tool("ggui_ops_create_app", {"displayName": "Harbour"}, **ops))[
            "structuredContent"
        ]
        asked = {"name": "bot", "appId": app["appId"]}
        issued = await server.call_tool("ggui_ops_issue_connector_key", asked, **ops)
        key = issued["structuredContent"]["plaintextKey"]
        device = await pair(server, "phone")
        assert await status_of(server, key) == 204
        await server.call_tool("ggui_ops_delete_app", {"appId": app["appId"]}, **ops)
        assert await status_of(server, key) == 401
        assert await status_of(server, device["token"]) == 204


@pytest.mark.services
async def test_two_servers_on_one_database_share_devices_and_revocations(
    shared_home: Home, probe: ModuleType
) -> None:
    """Without Redis: nobody announces anything between them, so each must look at the database."""
    shared_home.write_keys(entry(3))
    async with shared_home.serving(probe) as one, shared_home.serving(probe) as other:
        device = await pair(one, "phone")
        assert await status_of(other, device["token"]) == 204
        assert await status_of(other, OLD_TOKEN) == 204
        parked = asyncio.create_task(
            other.rpc("tools/call", {"name": "ggui_probe_park"}, bearer=device["token"])
        )
        await until(lambda: probe.observed.parked == 1)
        await revoke(one, device["pairingId"])
        assert await status_of(other, device["token"]) == 401
        async with asyncio.timeout(5):
            assert (await parked)["error"]["message"] == "No valid credentials"
        probe.observed.wake.set()


@pytest.mark.services
async def test_servers_that_start_together_take_a_file_over_once(
    shared_home: Home, probe: ModuleType
) -> None:
    shared_home.write_keys(entry(3), entry(5, "ggui_user_strange"), counter=6)

    async def served() -> list[str]:
        async with shared_home.serving(probe) as server:
            return [row["pairingId"] for row in await listed(server)]

    assert await asyncio.gather(*(served() for _ in range(3))) == [["pair-3", "pair-5"]] * 3
    assert sorted(each.name for each in shared_home.keys.parent.glob("keys.json*")) == [
        "keys.json.imported",
        "keys.json.lock",
    ]
