"""The pairings file: format, reading, and crash-safe writing (spec 03 section 10.5).

The format is shared with older servers and with other tools, so this module keeps what it does not know:
unknown fields of the document and of every entry survive a rewrite. Everything here blocks; the server calls
it from a thread, ``ggui keys`` calls it directly.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ggui_core.stores import Pairing
from ggui_core.stores.pairings import newcomers
from ggui_pairing.errors import PairingsFileError
from ggui_pairing.file_lock import LockTimeout, exclusive
from ggui_pairing.names import printable
from ggui_pairing.tokens import digest, shown_prefix

VERSION = 1
LOCK_TIMEOUT_S = 10.0

_NUMBERED = re.compile(r"pair-([0-9]{1,15})")
_APP = re.compile(r"[!-~]{1,128}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
LAST_MS = 253_402_300_799_999
"""The end of the year 9999, the last one that can be printed."""

_RESTORE = "restore it from a backup, or move it away to start without pairings"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when a file does: every write here makes a new inode, an editor changes time or size."""

    modified_ns: int
    size: int
    inode: int

    @staticmethod
    def of(status: os.stat_result) -> Stamp:
        return Stamp(status.st_mtime_ns, status.st_size, status.st_ino)


@dataclass(slots=True)
class Entry:
    """One pairing as the file holds it: known fields through properties, unknown ones untouched."""

    fields: dict[str, Any]

    @staticmethod
    def of(pairing: Pairing) -> Entry:
        """The entry of a pairing; what it does not have is left out."""
        fields = {
            "pairingId": pairing.pairing_id,
            "deviceName": pairing.device_name,
            "createdAt": pairing.created_at,
            "tokenSha256": pairing.token_sha256,
            "tokenPrefix": pairing.prefix,
            "lastUsedAt": pairing.last_used_at,
            "lastRemoteAddress": pairing.last_remote_address,
            "appId": pairing.app_id,
            "expiresAt": pairing.expires_at,
        }
        return Entry({name: value for name, value in fields.items() if value is not None})

    @property
    def pairing_id(self) -> str:
        return str(self.fields["pairingId"])

    @property
    def is_plain(self) -> bool:
        """True while the entry still holds its bearer in clear, as older servers wrote it."""
        return bool(self.fields.get("token"))

    def pairing(self) -> Pairing:
        """The entry as the store shows it; whatever somebody wrote into the file is safe to print."""
        fields = self.fields
        if self.is_plain:
            sha256, prefix = digest(fields["token"]), shown_prefix(fields["token"])
        else:
            sha256, prefix = fields["tokenSha256"], fields.get("tokenPrefix") or ""
        used_at = fields.get("lastUsedAt")
        return Pairing(
            self.pairing_id,
            printable(fields["deviceName"]),
            sha256,
            printable(prefix),
            int(fields["createdAt"]),
            None if used_at is None else int(used_at),
            printable(fields.get("lastRemoteAddress") or "") or None,
            fields.get("appId"),
            None if fields.get("expiresAt") is None else int(fields["expiresAt"]),
        )

    def hash_token(self) -> None:
        """Replace a bearer in clear by its digest."""
        token = self.fields.pop("token", None)
        if token:
            self.fields["tokenSha256"] = digest(token)
            self.fields["tokenPrefix"] = shown_prefix(token)

    def note_use(self, used_at: int, remote_address: str) -> None:
        """Keep the newest use; another process may have written a later one."""
        if used_at >= (self.fields.get("lastUsedAt") or 0):
            self.fields["lastUsedAt"] = used_at
            self.fields["lastRemoteAddress"] = remote_address


@dataclass(slots=True)
class Document:
    """The content of the file, and the stamp it was read or written under (``None``: there is no file)."""

    entries: list[Entry] = field(default_factory=list)
    counter: int = 0
    unknown: dict[str, Any] = field(default_factory=dict)
    stamp: Stamp | None = None

    @staticmethod
    def parse(raw: bytes, path: Path) -> Document:
        """Read a document.

        Raises:
            PairingsFileError: it is no JSON, of another version, or an entry is malformed.
        """

        def refuse(problem: str) -> PairingsFileError:
            return PairingsFileError(f"pairings file {path} {problem}", hint=_RESTORE)

        try:
            content = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise refuse(f"is not valid JSON ({error})") from error
        if not isinstance(content, dict):
            raise refuse("must hold a JSON object")
        version = content.pop("v", None)
        if version != VERSION or isinstance(version, bool):
            raise refuse(f"has version v={json.dumps(version)}, this server reads v=1")
        counter = content.pop("idCounter", 0)
        if not isinstance(counter, int) or isinstance(counter, bool) or counter < 0:
            raise refuse("needs idCounter to be a whole number")
        rows = content.pop("pairings", [])
        if not isinstance(rows, list):
            raise refuse("needs pairings to be a list")
        entries = []
        for position, row in enumerate(rows):
            fault = _fault(row)
            if fault is not None:
                raise refuse(f"has a malformed entry pairings[{position}]: {fault}")
            entries.append(Entry(row))
        document = Document(entries, counter, content)
        document.counter = max(counter, document.highest_number())
        return document

    def highest_number(self) -> int:
        """The highest N of any ``pair-N``: a counter that was lost or edited must not hand out numbers again."""
        matches = (_NUMBERED.fullmatch(entry.pairing_id) for entry in self.entries)
        return max((int(match.group(1)) for match in matches if match), default=0)

    def add(
        self,
        device_name: str,
        token_sha256: str,
        prefix: str,
        created_at: int,
        *,
        app_id: str | None = None,
        expires_at: int | None = None,
    ) -> Pairing:
        """Append a pairing under the next number."""
        self.counter += 1
        pairing = Pairing(
            f"pair-{self.counter}",
            device_name,
            token_sha256,
            prefix,
            created_at,
            app_id=app_id,
            expires_at=expires_at,
        )
        self.entries.append(Entry.of(pairing))
        return pairing

    def take_over(self, pairings: Sequence[Pairing], *, issued: int, source: str) -> bool:
        """Append pairings that were kept elsewhere; False when this source was taken over before."""
        sources = self.unknown.setdefault("sources", [])
        if source in sources:
            return False
        kept = [(each.pairing_id, each.token_sha256) for each in (entry.pairing() for entry in self.entries)]
        new, self.counter = newcomers(pairings, kept, issued=self.counter, issued_there=issued)
        self.entries += [Entry.of(pairing) for pairing in new]
        sources.append(source)
        return True

    def remove(self, pairing_id: str) -> bool:
        """Drop a pairing; False when there is none of that id."""
        kept = [entry for entry in self.entries if entry.pairing_id != pairing_id]
        found = len(kept) < len(self.entries)
        self.entries = kept
        return found

    def encode(self) -> bytes:
        """The document as it is written."""
        content = {
            "v": VERSION,
            "idCounter": self.counter,
            "pairings": [entry.fields for entry in self.entries],
            **self.unknown,
        }
        return json.dumps(content, indent=2, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


class PairingFile:
    """The file at ``path``. A link is followed, so that what it points to is replaced, not the link."""

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.realpath(path))

    def stamp(self) -> Stamp | None:
        """What the file looks like from outside, ``None`` when there is none. One system call.

        Raises:
            PairingsFileError: the file cannot be looked at.
        """
        try:
            return Stamp.of(self.path.stat())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._unreadable(error) from error

    def read(self) -> Document:
        """The content; an empty document when there is no file yet.

        Raises:
            PairingsFileError: the file cannot be read or makes no sense.
        """
        try:
            with self.path.open("rb") as file:
                stamp = Stamp.of(os.fstat(file.fileno()))
                raw = file.read()
        except (FileNotFoundError, NotADirectoryError):
            return Document()
        except OSError as error:
            raise self._unreadable(error) from error
        document = Document.parse(raw, self.path)
        document.stamp = stamp
        return document

    @contextmanager
    def change(self) -> Iterator[Document]:
        """Hold the lock, yield the current content, and write it back if the body changed it.

        The new content is in a synced temporary file before it takes the old one's name, so a crash at any
        point leaves the old file or the new one, complete.

        Raises:
            PairingsFileError: locked for more than 10 s, unreadable, read-only, or the disk is full. The file
                is as it was.
        """
        try:
            _make_private(self.path.parent)
            with self._turn():
                document = self.read()
                before = document.encode()
                if document.stamp is not None and not stat.S_IMODE(self.path.stat().st_mode) & stat.S_IWUSR:
                    # Replacing a file needs no right to write it; an operator who took that right means it.
                    raise PermissionError(errno.EACCES, "the file is read-only")
                yield document
                after = document.encode()
                if after != before:
                    document.stamp = self._replace(after)
        except LockTimeout as error:
            raise self._locked() from error
        except OSError as error:
            raise self._unwritable(error) from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep others from changing the file, as far as somebody may write beside it at all.

        Raises:
            PairingsFileError: locked by another process for more than 10 s.
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(self._turn())
            except LockTimeout as error:
                raise self._locked() from error
            except OSError:
                pass  # a folder in which no lock can be made is one in which no file can be replaced
            yield

    def put_aside(self, document: Document) -> Path:
        """Give the file, whose content this is, a name under which no server reads it; returns that name.

        Raises:
            OSError: its folder cannot be written. The file is where it was.
        """
        if self.path.read_bytes() != document.encode():
            self._replace(document.encode())
        aside = self.aside
        number = 1
        while aside.exists():
            number += 1
            aside = self.aside.with_name(f"{self.aside.name}-{number}")
        self.path.chmod(0o600)
        self.path.rename(aside)
        _sync_directory(self.path.parent)
        return aside

    @property
    def aside(self) -> Path:
        """What the file is called once a database has taken its pairings over."""
        return self.path.with_name(f"{self.path.name}.imported")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the lock file."""
        lock = self.path.with_name(self.path.name + ".lock")
        with exclusive(lock, timeout_s=LOCK_TIMEOUT_S) as descriptor:
            _give_to_owner(descriptor, self.path)
            yield

    def _locked(self) -> PairingsFileError:
        return PairingsFileError(
            f"pairings file {self.path} is locked by another process",
            hint="let `ggui keys` or the other server finish, then try again",
        )

    def _replace(self, content: bytes) -> Stamp:
        temporary = self.path.with_name(self.path.name + ".tmp")  # one writer at a time: the lock is held
        temporary.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                stamp = Stamp.of(os.fstat(file.fileno()))
                _give_to_owner(file.fileno(), self.path)
            temporary.replace(self.path)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            raise
        _sync_directory(self.path.parent)
        return stamp

    def _unreadable(self, error: OSError) -> PairingsFileError:
        return PairingsFileError(
            f"pairings file {self.path} cannot be read ({error.strerror or error})",
            hint="give the user of the server the right to read it, or name another with --keys-file",
        )

    def _unwritable(self, error: OSError) -> PairingsFileError:
        hint = "give the user of the server the right to write it and its directory"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            hint = "make room on the disk, then try again; nothing was lost"
        elif error.errno == errno.EBUSY:
            hint = "mount its directory instead of the single file, so that it can be replaced in one step"
        return PairingsFileError(
            f"pairings file {self.path} cannot be written ({error.strerror or error})", hint=hint
        )


def _make_private(directory: Path) -> None:
    """Create ``directory`` and its missing parents for the owner alone; existing ones keep their mode."""
    if not directory.is_dir():
        _make_private(directory.parent)
        with suppress(FileExistsError):
            directory.mkdir(mode=0o700)


def _give_to_owner(descriptor: int, path: Path) -> None:
    """When root ran ``ggui keys``, leave the pairings to the user they belong to: the server must read them.

    The open file is given away, not a name: whoever owns the directory can put a link to any file under a name.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    owner = (path if path.exists() else path.parent).stat()
    if owner.st_uid != 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _sync_directory(directory: Path) -> None:
    """Make a rename durable. Not every file system can; the content itself is synced already."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _fault(row: object) -> str | None:
    """What is wrong with an entry; ``None`` when all is well."""
    if not isinstance(row, dict):
        return "it must be an object"
    for name in ("pairingId", "deviceName"):
        if not isinstance(row.get(name), str) or not row[name]:
            return f"{name} must be a non-empty string"
    if printable(row["pairingId"]) != row["pairingId"]:
        return "pairingId must be printable"
    if not _is_moment(row.get("createdAt")):
        return "createdAt must be milliseconds since 1970"
    if row.get("lastUsedAt") is not None and not _is_moment(row["lastUsedAt"]):
        return "lastUsedAt must be milliseconds since 1970"
    for name in ("lastRemoteAddress", "tokenPrefix"):
        if not isinstance(row.get(name), str | None):
            return f"{name} must be a string"
    # What bounds a bearer must be understood: taken for absent, it would open more than it was meant to.
    if row.get("appId") is not None and not (isinstance(row["appId"], str) and _APP.fullmatch(row["appId"])):
        return "appId must be the id of an app"
    if row.get("expiresAt") is not None and not _is_moment(row["expiresAt"]):
        return "expiresAt must be milliseconds since 1970"
    if isinstance(row.get("token"), str) and row["token"]:
        return None
    kept = row.get("tokenSha256")
    if isinstance(kept, str) and _SHA256.fullmatch(kept):
        return None
    return "it needs token or tokenSha256 (64 hex digits)"


def _is_moment(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LAST_MS
