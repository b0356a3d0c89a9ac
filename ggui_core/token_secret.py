"""The secret behind signed tokens: 32 random bytes that outlive a restart (spec 03 section 14.1)."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from ggui_core.errors import BootError

VARIABLE: Final = "GGUI_TOKEN_SECRET"
FILE_NAME: Final = "token-secret"
SECRET_BYTES: Final = 32

log = structlog.get_logger("ggui.boot")


def token_secret(environ: Mapping[str, str], persistent_dir: Path, *, ephemeral: bool) -> bytes:
    """The secret of this server: from the environment, else this process's own, else the file's.

    Replicas are given one secret in ``GGUI_TOKEN_SECRET``; a single server keeps its own in
    ``<persistent_dir>/token-secret``, which is made at the first start.

    Raises:
        BootError: the variable or the file holds too little, or the file cannot be read or made.
    """
    given = environ.get(VARIABLE, "").strip()
    if given:
        if len(given) < SECRET_BYTES:
            raise BootError(
                f"environment variable {VARIABLE} has {len(given)} characters and needs at least {SECRET_BYTES}; "
                "set it to the output of: openssl rand -hex 32"
            )
        return given.encode("utf-8", "surrogateescape")
    if ephemeral:
        return secrets.token_bytes(SECRET_BYTES)
    path = persistent_dir / FILE_NAME
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise _unusable(path, "read", error) from None
    try:
        _create(path)
        return _read(path)
    except OSError as error:
        raise _unusable(path, "made", error) from None


def derived(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose, from which neither the secret nor a key for another purpose follows."""
    return hmac.new(secret, f"ggui {purpose}".encode(), hashlib.sha256).digest()


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        secret = file.read(4096)
        mode = os.fstat(file.fileno()).st_mode
    if len(secret) < SECRET_BYTES:
        raise BootError(
            f"the token secret {path} holds {len(secret)} bytes and needs at least {SECRET_BYTES}; "
            "remove it, and the next start makes a new one"
        )
    if os.name == "posix" and mode & 0o077:
        log.warning(
            "token_secret_readable_by_others",
            file=str(path),
            hint=f"run: chmod 600 {path}",
            mode=oct(mode & 0o777),
        )
    return secret


def _create(path: Path) -> None:
    """Make the file with its whole content at once; one that another process made meanwhile stays."""
    _make_private(path.parent)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        _name(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _name(temporary: Path, path: Path) -> None:
    """Give a complete file its name, unlike a rename without replacing what another process signs with."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return
    except OSError:
        if not path.exists():
            temporary.replace(path)  # a file system without hard links


def _make_private(directory: Path) -> None:
    """Create ``directory`` and its missing parents for the owner alone; existing ones keep their mode."""
    if not directory.is_dir():
        _make_private(directory.parent)
        with suppress(FileExistsError):
            directory.mkdir(mode=0o700)


def _unusable(path: Path, verb: str, error: OSError) -> BootError:
    return BootError(
        f"the token secret {path} cannot be {verb}: {error.strerror or error}; give the user of the server the "
        f"right to it, set {VARIABLE}, or start with --ephemeral"
    )
