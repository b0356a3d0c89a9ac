from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_pairing.errors import PairingsFileError
from ggui_pairing.file_lock import exclusive
from ggui_pairing.pairing_file import PairingFile
from ggui_pairing.tokens import digest

from .conftest import OLD_TOKEN, WriteFile, old_entry


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def add(file: PairingFile, name: str = "phone", sha256: str = "a" * 64) -> str:
    with file.change() as document:
        return document.add(name, sha256, "ggui_user_aaaa", 1777712000000).pairing_id


def test_missing_file_is_an_empty_pool_and_is_not_created_by_reading(keys_path: Path) -> None:
    assert PairingFile(keys_path).read().entries == []
    assert not keys_path.parent.exists()


def test_first_pairing_creates_private_file_and_directories(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "keys.json"
    add(PairingFile(path))
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert mode(path.parent.parent) == 0o700
    assert mode(path.with_name("keys.json.lock")) == 0o600


def test_directory_that_was_there_keeps_its_mode_and_a_loose_file_becomes_private(
    write_file: WriteFile,
) -> None:
    path = write_file([old_entry()])
    path.chmod(0o644)
    path.parent.chmod(0o755)
    add(PairingFile(path))
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o755


@pytest.mark.parametrize("plant", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_lock_file_that_is_a_link_is_refused_and_its_target_left_alone(
    keys_path: Path, tmp_path: Path, plant: Callable[[Path, Path], None]
) -> None:
    other = tmp_path / "other"
    other.write_text("not yours")
    keys_path.parent.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(keys_path.parent, 65_534, 65_534)  # root works in the directory of the server's user
    plant(other, keys_path.with_name(keys_path.name + ".lock"))
    before = other.stat()
    with pytest.raises(PairingsFileError):
        add(PairingFile(keys_path))
    assert (other.stat().st_uid, other.read_text()) == (before.st_uid, "not yours")
    assert not keys_path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_leaves_file_and_lock_to_the_owner_of_the_directory(keys_path: Path) -> None:
    keys_path.parent.mkdir(parents=True, exist_ok=True)
    os.chown(keys_path.parent, 65_534, 65_534)
    add(PairingFile(keys_path))
    assert {path.stat().st_uid for path in keys_path.parent.iterdir()} == {65_534}


def test_written_file_has_the_published_format_and_no_bearer(keys_path: Path) -> None:
    add(PairingFile(keys_path))
    assert json.loads(keys_path.read_text()) == {
        "v": 1,
        "idCounter": 1,
        "pairings": [
            {
                "pairingId": "pair-1",
                "deviceName": "phone",
                "createdAt": 1777712000000,
                "tokenSha256": "a" * 64,
                "tokenPrefix": "ggui_user_aaaa",
            }
        ],
    }


def test_file_of_an_older_server_is_read(write_file: WriteFile) -> None:
    document = PairingFile(write_file([old_entry()])).read()
    pairing = document.entries[0].pairing()
    assert pairing.token_sha256 == digest(OLD_TOKEN)
    assert (pairing.pairing_id, pairing.device_name) == ("pair-3", "phone")
    assert (pairing.last_used_at, pairing.last_remote_address) == (1777712050000, "10.0.0.9")
    assert OLD_TOKEN not in repr(pairing)


def test_numbers_go_on_after_the_counter_of_the_file(write_file: WriteFile) -> None:
    assert add(PairingFile(write_file([old_entry()], idCounter=7))) == "pair-8"


@pytest.mark.parametrize("document", [{"idCounter": 0}, {"idCounter": 2}])
def test_counter_that_lags_behind_the_ids_hands_out_no_number_twice(
    write_file: WriteFile, document: dict[str, Any]
) -> None:
    assert add(PairingFile(write_file([old_entry()], **document))) == "pair-4"


def test_number_of_a_removed_pairing_stays_used(keys_path: Path) -> None:
    file = PairingFile(keys_path)
    add(file)
    with file.change() as document:
        assert document.remove("pair-1")
    assert add(file) == "pair-2"


def test_unknown_fields_survive_a_rewrite(write_file: WriteFile) -> None:
    path = write_file([old_entry(scope="viewer", nested={"a": [1, None]})], comment="mine")
    add(PairingFile(path))
    content = json.loads(path.read_text())
    assert content["comment"] == "mine"
    assert content["pairings"][0] == old_entry(scope="viewer", nested={"a": [1, None]})


@given(
    extra=st.dictionaries(
        st.text(max_size=8).filter(lambda key: key not in {"v", "idCounter", "pairings"}),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), st.lists, max_leaves=5),
        max_size=4,
    ),
    name=st.text(min_size=1, max_size=20),
)
def test_rewriting_keeps_every_value_of_the_document(extra: dict[str, Any], name: str) -> None:
    from ggui_pairing.pairing_file import Document

    before = {"v": 1, "idCounter": 3, "pairings": [old_entry(deviceName=name)], **extra}
    document = Document.parse(json.dumps(before).encode(), Path("keys.json"))
    assert json.loads(document.encode()) == before


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("{", "not valid JSON"),
        ("", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "JSON object"),
        ('{"idCounter":0,"pairings":[]}', "v=null"),
        ('{"v":2,"idCounter":0,"pairings":[]}', "v=2"),
        ('{"v":true,"pairings":[]}', "v=true"),
        ('{"v":"1","pairings":[]}', 'v="1"'),
        ('{"v":1,"idCounter":-1,"pairings":[]}', "idCounter"),
        ('{"v":1,"idCounter":"3","pairings":[]}', "idCounter"),
        ('{"v":1,"pairings":{}}', "pairings"),
        ('{"v":1,"pairings":[7]}', "pairings[0]"),
        ('{"v":1,"pairings":[{"pairingId":"pair-1","deviceName":"d","createdAt":1}]}', "tokenSha256"),
        (json.dumps({"v": 1, "pairings": [old_entry(deviceName=None)]}), "deviceName"),
        (json.dumps({"v": 1, "pairings": [old_entry(pairingId="")]}), "pairingId"),
        (json.dumps({"v": 1, "pairings": [old_entry(createdAt="yesterday")]}), "createdAt"),
        (json.dumps({"v": 1, "pairings": [old_entry(createdAt=float("inf"))]}), "createdAt"),
        (json.dumps({"v": 1, "pairings": [old_entry(lastUsedAt=[])]}), "lastUsedAt"),
        (json.dumps({"v": 1, "pairings": [old_entry(token=None, tokenSha256="zz")]}), "tokenSha256"),
    ],
)
def test_file_that_makes_no_sense_is_refused_and_left_alone(
    keys_path: Path, content: str, named: str
) -> None:
    keys_path.parent.mkdir()
    keys_path.write_text(content)
    with pytest.raises(PairingsFileError) as refused:
        PairingFile(keys_path).read()
    assert named in str(refused.value)
    assert str(keys_path) in str(refused.value)
    assert str(keys_path) not in refused.value.message, "paths do not reach the wire"
    with pytest.raises(PairingsFileError):
        add(PairingFile(keys_path))
    assert keys_path.read_text() == content


def test_changing_nothing_writes_nothing(write_file: WriteFile) -> None:
    file = PairingFile(write_file([old_entry()]))
    stamp = file.stamp()
    with file.change() as document:
        assert not document.remove("pair-99")
    assert file.stamp() == stamp


def test_body_that_raises_writes_nothing(write_file: WriteFile) -> None:
    file = PairingFile(write_file([old_entry()]))
    before = file.path.read_bytes()

    def fail_halfway() -> None:
        with file.change() as document:
            document.remove("pair-3")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert file.path.read_bytes() == before


def test_link_is_followed_not_replaced(write_file: WriteFile, tmp_path: Path) -> None:
    path = write_file([old_entry()])
    link = tmp_path / "link.json"
    link.symlink_to(path)
    add(PairingFile(link))
    assert link.is_symlink()
    assert len(json.loads(path.read_text())["pairings"]) == 2


def test_read_only_file_is_refused_and_keeps_its_content(write_file: WriteFile) -> None:
    path = write_file([old_entry()])
    before = path.read_bytes()
    path.chmod(0o400)
    with pytest.raises(PairingsFileError, match="read-only"):
        add(PairingFile(path))
    assert path.read_bytes() == before


def test_full_disk_is_named_and_loses_nothing(write_file: WriteFile, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_file([old_entry()])
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PairingsFileError, match="make room on the disk"):
        add(PairingFile(path))
    assert path.read_bytes() == before
    assert sorted(found.name for found in path.parent.iterdir()) == ["keys.json", "keys.json.lock"]


def test_directory_in_the_way_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "keys.json").mkdir()
    with pytest.raises(PairingsFileError, match="cannot be read"):
        PairingFile(tmp_path / "keys.json").read()


def test_file_in_place_of_the_directory_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(PairingsFileError, match="cannot be written"):
        add(PairingFile(tmp_path / "home" / "keys.json"))


_CRASH = """
import os, sys
from pathlib import Path
from ggui_pairing.pairing_file import PairingFile
Path.replace = lambda self, target: os._exit(9)  # the machine stops between write and rename
with PairingFile(Path(sys.argv[1])).change() as document:
    document.add("phone", "b" * 64, "ggui_user_bbbb", 1)
"""


def test_crash_between_write_and_rename_leaves_the_old_file_and_blocks_nobody(write_file: WriteFile) -> None:
    path = write_file([old_entry()])
    before = path.read_bytes()
    crashed = subprocess.run([sys.executable, "-c", _CRASH, str(path)], check=False)
    assert crashed.returncode == 9
    assert path.with_name("keys.json.tmp").exists()
    assert path.read_bytes() == before
    assert add(PairingFile(path)) == "pair-4"
    assert not path.with_name("keys.json.tmp").exists()


_WRITER = """
import sys
from pathlib import Path
from ggui_pairing.pairing_file import PairingFile
for n in range(15):
    with PairingFile(Path(sys.argv[1])).change() as document:
        print(document.add("d", f"{sys.argv[2]}{n:063d}", "ggui_user_cccc", 1).pairing_id)
"""


def test_concurrent_processes_lose_no_pairing_and_share_no_number(keys_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(keys_path), str(n)], stdout=subprocess.PIPE, text=True
        )
        for n in range(3)
    ]
    printed = [line for writer in writers for line in writer.communicate()[0].split()]
    assert sorted(printed, key=lambda pairing: int(pairing[5:])) == [f"pair-{n}" for n in range(1, 46)]
    document = PairingFile(keys_path).read()
    assert len({entry.pairing().token_sha256 for entry in document.entries}) == 45


def test_lock_that_is_never_released_ends_in_an_error(
    write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_file([old_entry()])
    monkeypatch.setattr("ggui_pairing.pairing_file.LOCK_TIMEOUT_S", 0.05)
    with (
        exclusive(path.with_name("keys.json.lock")),
        pytest.raises(PairingsFileError, match="locked by another process"),
    ):
        add(PairingFile(path))


@pytest.mark.parametrize(
    "bound",
    [{"appId": ""}, {"appId": 7}, {"appId": "a b"}, {"appId": "x" * 129}, {"expiresAt": "2030"}, {"expiresAt": -1},
     {"expiresAt": True}, {"expiresAt": 10**15}],
)  # fmt: skip
def test_bound_that_is_not_understood_is_refused_rather_than_ignored(
    write_file: WriteFile, bound: dict[str, Any]
) -> None:
    with pytest.raises(PairingsFileError, match="malformed entry"):
        PairingFile(write_file([old_entry(**bound)])).read()
