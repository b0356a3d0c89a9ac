"""Where the secret of signed tokens comes from, and what is wrong with one (spec 03 section 14.1)."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ggui_core.errors import BootError
from ggui_core.testing import booted
from ggui_core.token_secret import FILE_NAME, token_secret
from ggui_core.tokens import TokenRefused, TokenSigner


def secret_of(directory: Path, **environ: str) -> bytes:
    return token_secret(environ, directory, ephemeral=False)


def test_the_first_start_makes_a_private_file_and_later_ones_read_it(tmp_path: Path) -> None:
    directory = tmp_path / "project" / "persistent"
    secret = secret_of(directory)
    assert len(secret) == 32
    assert secret_of(directory) == secret
    assert (directory / FILE_NAME).read_bytes() == secret
    assert stat.S_IMODE((directory / FILE_NAME).stat().st_mode) == 0o600
    assert [path.name for path in directory.iterdir()] == [FILE_NAME]
    assert secret_of(tmp_path / "other") != secret


def test_servers_that_start_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        secrets = set(threads.map(lambda _: secret_of(tmp_path / "new"), range(64)))
    assert len(secrets) == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == [FILE_NAME]


def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(source: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    secret = secret_of(tmp_path)
    assert (secret_of(tmp_path), len(secret)) == (secret, 32)
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_ephemeral_keeps_nothing(tmp_path: Path) -> None:
    first, second = (token_secret({}, tmp_path, ephemeral=True) for _ in range(2))
    assert first != second
    assert len(first) == 32
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ephemeral", [True, False])
def test_the_variable_beats_file_and_chance(tmp_path: Path, ephemeral: bool) -> None:
    secret_of(tmp_path)
    environ = {"GGUI_TOKEN_SECRET": f"  {'s' * 32}\n"}
    assert token_secret(environ, tmp_path, ephemeral=ephemeral) == b"s" * 32


@pytest.mark.parametrize("value", ["s" * 31, "short", f" {'s' * 31} "])
def test_a_short_variable_stops_the_boot_without_showing_it(tmp_path: Path, value: str) -> None:
    with pytest.raises(BootError, match=r"GGUI_TOKEN_SECRET has .* needs at least 32") as refused:
        secret_of(tmp_path, GGUI_TOKEN_SECRET=value)
    assert value not in str(refused.value)
    assert "openssl rand -hex 32" in str(refused.value)


def test_an_empty_variable_counts_as_absent(tmp_path: Path) -> None:
    assert secret_of(tmp_path, GGUI_TOKEN_SECRET="  ") == (tmp_path / FILE_NAME).read_bytes()


@pytest.mark.parametrize("content", [b"", b"x" * 31])
def test_a_short_file_stops_the_boot_and_stays(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(BootError, match=f"holds {len(content)} bytes and needs at least 32"):
        secret_of(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_a_file_that_cannot_be_read_stops_the_boot(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(BootError, match=r"cannot be read: .*GGUI_TOKEN_SECRET, or start with --ephemeral"):
        secret_of(tmp_path)


def test_a_directory_that_cannot_be_made_stops_the_boot(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BootError, match=r"cannot be (read|made): Not a directory"):
        secret_of(tmp_path / "file" / "persistent")


async def test_a_restart_keeps_tokens_valid_and_an_ephemeral_one_does_not(tmp_path: Path) -> None:
    environ = {"GGUI_PERSISTENT_DIR": str(tmp_path)}
    async with booted(environ=environ) as server:
        token, claims = server.setup.get(TokenSigner).sign("ws", "s", "a", 180)
    async with booted(environ=environ) as server:
        assert server.setup.get(TokenSigner).verify(token, "ws") == claims
    async with booted(environ=environ, args=["--ephemeral"]) as server:
        signer = server.setup.get(TokenSigner)
        with pytest.raises(TokenRefused) as refused:
            signer.verify(token, "ws")
    assert refused.value.fault == "invalid_signature"


async def test_replicas_that_share_the_variable_accept_one_another(tmp_path: Path) -> None:
    environ = {"GGUI_TOKEN_SECRET": "a secret of more than thirty-two characters"}
    async with booted(environ=environ) as one, booted(environ=environ) as two:
        token, claims = one.setup.get(TokenSigner).sign("ws", "s", "a", 180)
        assert two.setup.get(TokenSigner).verify(token, "ws") == claims


async def test_a_bad_secret_stops_the_boot() -> None:
    with pytest.raises(BootError, match="GGUI_TOKEN_SECRET"):
        async with booted(environ={"GGUI_TOKEN_SECRET": "short"}):
            pass
