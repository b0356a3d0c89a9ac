from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import structlog

from ggui_core.stores import Pairing, PairingStore
from ggui_core.testing import PATIENCE_S, FakeClock, PairingStoreContract
from ggui_pairing.errors import PairingsFileError
from ggui_pairing.file_store import FilePairingStore
from ggui_pairing.pairing_file import PairingFile
from ggui_pairing.tokens import digest

from .conftest import OLD_TOKEN, WriteFile, old_entry

OLD_DIGEST = digest(OLD_TOKEN)


class TestFilePairingStoreKeepsTheContract(PairingStoreContract):
    @pytest.fixture(autouse=True)
    def _directory(self, tmp_path: Path) -> None:
        self.path = tmp_path / "keys.json"

    async def make(self) -> PairingStore:
        return FilePairingStore(PairingFile(self.path), FakeClock())


def on_disk(path: Path) -> list[dict[str, Any]]:
    pairings: list[dict[str, Any]] = json.loads(path.read_text())["pairings"]
    return pairings


def loaded(path: Path, clock: FakeClock) -> FilePairingStore:
    store = FilePairingStore(PairingFile(path), clock)
    store.load()
    return store


@asynccontextmanager
async def watching(store: FilePairingStore) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(store.watch())
    await asyncio.sleep(0)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], object], *, clock: FakeClock, step_s: float = 2.0) -> None:
    """Let the watcher work. Its file access runs in a real thread, and meanwhile its clock stands still."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            if clock.sleepers:
                await clock.advance(step_s)
            await asyncio.sleep(0.005)


async def test_pairings_survive_a_restart(keys_path: Path, clock: FakeClock) -> None:
    pairing = await loaded(keys_path, clock).add("phone", "a" * 64, "ggui_user_aaaa", 5)
    again = loaded(keys_path, clock)
    assert await again.by_token("a" * 64) == pairing
    assert (await again.add("tablet", "b" * 64, "ggui_user_bbbb", 6)).pairing_id == "pair-2"


async def test_nothing_is_created_before_the_first_pairing(keys_path: Path, clock: FakeClock) -> None:
    store = loaded(keys_path, clock)
    await store.by_token("a" * 64)
    await store.list()
    assert not await store.remove("pair-1")
    await store.flush()
    assert not keys_path.parent.exists()


async def test_old_bearer_works_and_is_hashed_after_its_first_use(
    write_file: WriteFile, clock: FakeClock
) -> None:
    path = write_file([old_entry(note="kept"), old_entry(pairingId="pair-2", token="ggui_user_neverUsed00")])
    store = loaded(path, clock)
    pairing = await store.by_token(OLD_DIGEST)
    assert pairing is not None
    assert pairing.pairing_id == "pair-3"
    await store.flush()
    used, unused = on_disk(path)
    assert "token" not in used
    assert (used["tokenSha256"], used["note"]) == (OLD_DIGEST, "kept")
    assert unused["token"] == "ggui_user_neverUsed00"
    assert await loaded(path, clock).by_token(OLD_DIGEST) is not None


async def test_key_made_by_another_process_works_at_once(keys_path: Path, clock: FakeClock) -> None:
    store = loaded(keys_path, clock)
    assert await store.by_token("a" * 64) is None
    with PairingFile(keys_path).change() as document:
        document.add("cli", "a" * 64, "ggui_user_aaaa", 1)
    found = await store.by_token("a" * 64)
    assert found is not None
    assert found.device_name == "cli"


async def test_key_revoked_by_another_process_fails_at_once_and_is_told(
    write_file: WriteFile, clock: FakeClock
) -> None:
    path = write_file([old_entry()])
    store = loaded(path, clock)
    told: list[str] = []

    async def on_gone(gone: Sequence[Pairing]) -> None:
        told.extend(pairing.pairing_id for pairing in gone)

    store.on_gone = on_gone
    assert await store.by_token(OLD_DIGEST) is not None
    with PairingFile(path).change() as document:
        document.remove("pair-3")
    assert await store.by_token(OLD_DIGEST) is None
    assert told == ["pair-3"]


async def test_own_removal_is_not_told_as_somebody_elses(write_file: WriteFile, clock: FakeClock) -> None:
    store = loaded(write_file([old_entry()]), clock)
    told: list[Pairing] = []

    async def on_gone(gone: Sequence[Pairing]) -> None:
        told.extend(gone)

    store.on_gone = on_gone
    assert await store.remove("pair-3")
    assert await store.list() == []
    assert told == []


async def test_removal_by_another_process_is_seen_while_this_one_writes(
    write_file: WriteFile, clock: FakeClock
) -> None:
    path = write_file([old_entry()])
    store = loaded(path, clock)
    told: list[str] = []

    async def on_gone(gone: Sequence[Pairing]) -> None:
        told.extend(pairing.pairing_id for pairing in gone)

    store.on_gone = on_gone
    with PairingFile(path).change() as document:
        document.remove("pair-3")
    await store.add("tablet", "b" * 64, "ggui_user_bbbb", 1)
    assert told == ["pair-3"]


async def test_id_that_got_another_bearer_counts_as_gone(write_file: WriteFile, clock: FakeClock) -> None:
    path = write_file([old_entry()])
    store = loaded(path, clock)
    told: list[str] = []

    async def on_gone(gone: Sequence[Pairing]) -> None:
        told.extend(pairing.pairing_id for pairing in gone)

    store.on_gone = on_gone
    write_file([old_entry(token="ggui_user_somebodyElse")])
    assert await store.by_token(OLD_DIGEST) is None
    assert told == ["pair-3"]


async def test_changes_within_one_tick_of_the_file_clock_are_noticed(
    write_file: WriteFile, clock: FakeClock
) -> None:
    """Same size, same time, same inode: only reading a young file again tells the difference."""
    path = write_file([old_entry()])
    before = path.stat()
    store = loaded(path, clock)
    content = path.read_text().replace(OLD_TOKEN, OLD_TOKEN[::-1])
    with path.open("r+") as file:
        file.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert await store.by_token(OLD_DIGEST) is None


async def test_an_unchanged_file_is_not_read_again(
    write_file: WriteFile, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_file([old_entry()])
    os.utime(path, (1_700_000_000, 1_700_000_000))
    store = loaded(path, clock)
    reads = 0
    original = PairingFile.read

    def counting(self: PairingFile) -> Any:
        nonlocal reads
        reads += 1
        return original(self)

    monkeypatch.setattr(PairingFile, "read", counting)
    for _ in range(100):
        await store.by_token(OLD_DIGEST)
        await store.by_token("f" * 64)
    assert reads == 0


async def test_deleted_file_revokes_everything_but_numbers_go_on(
    write_file: WriteFile, clock: FakeClock
) -> None:
    path = write_file([old_entry()])
    store = loaded(path, clock)
    path.unlink()
    assert await store.by_token(OLD_DIGEST) is None
    assert (await store.add("tablet", "b" * 64, "ggui_user_bbbb", 1)).pairing_id == "pair-4"


async def test_broken_file_keeps_the_last_content_serving_and_refuses_changes(
    write_file: WriteFile, clock: FakeClock
) -> None:
    path = write_file([old_entry()])
    store = loaded(path, clock)
    path.write_text("{ half an edit")
    assert await store.by_token(OLD_DIGEST) is not None
    assert not await store.is_readable()
    with pytest.raises(PairingsFileError):
        await store.add("tablet", "b" * 64, "ggui_user_bbbb", 1)
    with pytest.raises(PairingsFileError):
        await store.remove("pair-3")
    assert path.read_text() == "{ half an edit"
    write_file([old_entry(deviceName="repaired")])
    await clock.advance(2)
    assert [pairing.device_name for pairing in await store.list()] == ["repaired"]
    assert await store.is_readable()


async def test_use_is_written_at_most_once_a_minute(write_file: WriteFile, clock: FakeClock) -> None:
    path = write_file([old_entry(token=None, tokenSha256=OLD_DIGEST)])
    store = loaded(path, clock)
    async with watching(store):
        await store.touch("pair-3", 1_800_000_000_000, "192.0.2.1")
        await until(lambda: on_disk(path)[0]["lastUsedAt"] == 1_800_000_000_000, clock=clock)
        written = path.stat().st_mtime_ns
        await store.touch("pair-3", 1_800_000_000_500, "192.0.2.2")
        for _ in range(10):
            await clock.advance(2)
            await asyncio.sleep(0.01)
        assert path.stat().st_mtime_ns == written
        shown = await store.by_token(OLD_DIGEST)
        assert shown is not None
        assert shown.last_remote_address == "192.0.2.2", "memory is ahead of the file"
        await until(lambda: on_disk(path)[0]["lastRemoteAddress"] == "192.0.2.2", clock=clock)


async def test_flush_writes_every_use(write_file: WriteFile, clock: FakeClock) -> None:
    path = write_file([old_entry(), old_entry(pairingId="pair-2", token="ggui_user_another00000")])
    store = loaded(path, clock)
    await store.touch("pair-3", 1_800_000_000_000, "192.0.2.1")
    await store.touch("pair-2", 1_800_000_000_001, "192.0.2.2")
    await store.flush()
    assert [entry["lastUsedAt"] for entry in on_disk(path)] == [1_800_000_000_000, 1_800_000_000_001]


async def test_flush_does_not_revive_what_another_process_removed(
    write_file: WriteFile, clock: FakeClock
) -> None:
    path = write_file([old_entry()])
    store = loaded(path, clock)
    await store.by_token(OLD_DIGEST)
    await store.touch("pair-3", 1_800_000_000_000, "192.0.2.1")
    with PairingFile(path).change() as document:
        document.remove("pair-3")
    await store.flush()
    assert on_disk(path) == []


async def test_use_that_could_not_be_written_is_kept_for_the_next_try(
    write_file: WriteFile, clock: FakeClock
) -> None:
    path = write_file([old_entry()])
    store = loaded(path, clock)
    await store.touch("pair-3", 1_800_000_000_000, "192.0.2.1")
    path.chmod(0o400)
    with pytest.raises(PairingsFileError):
        await store.flush()
    assert await store.by_token(OLD_DIGEST) is not None, "a file that cannot be written locks nobody out"
    path.chmod(0o600)
    await store.flush()
    assert on_disk(path)[0]["lastUsedAt"] == 1_800_000_000_000


async def test_watcher_survives_a_file_that_cannot_be_written(
    write_file: WriteFile, clock: FakeClock
) -> None:
    path = write_file([old_entry()])
    store = loaded(path, clock)
    before = path.read_text()
    async with watching(store) as watcher:
        await store.touch("pair-3", 1_800_000_000_000, "192.0.2.1")
        path.chmod(0o400)
        with structlog.testing.capture_logs() as logged:
            await until(lambda: logged, clock=clock)
        assert [event["event"] for event in logged] == ["pairings_not_written"]
        assert path.read_text() == before
        assert not watcher.done()
        path.chmod(0o600)
        await until(lambda: path.read_text() != before, clock=clock)
        assert on_disk(path)[0]["lastUsedAt"] == 1_800_000_000_000
        assert not watcher.done()


async def test_watcher_notices_a_removal_without_any_request(write_file: WriteFile, clock: FakeClock) -> None:
    path = write_file([old_entry()])
    store = loaded(path, clock)
    told: list[str] = []

    async def on_gone(gone: Sequence[Pairing]) -> None:
        told.extend(pairing.pairing_id for pairing in gone)

    store.on_gone = on_gone
    async with watching(store):
        with PairingFile(path).change() as document:
            document.remove("pair-3")
        await until(lambda: told, clock=clock)
    assert told == ["pair-3"]


async def test_additions_of_two_servers_on_one_file_get_distinct_numbers(
    keys_path: Path, clock: FakeClock
) -> None:
    stores = [loaded(keys_path, clock) for _ in range(3)]
    added = await asyncio.gather(
        *(stores[n % 3].add(f"d{n}", f"{n:064d}", "ggui_user_xxxx", n) for n in range(18))
    )
    assert {pairing.pairing_id for pairing in added} == {f"pair-{n}" for n in range(1, 19)}
    for store in stores:
        assert len(await store.list()) == 18
