"""A limit on the memory of a process and of everything that it starts.

Two ways, tried in this order. A *control group* below the one this process is in (version 1 or 2): the kernel counts
anonymous memory and the page cache, takes cache back at the limit and ends a process that still does not fit. Where no
group can be made, a *watch*: proportional set sizes of the tree are summed ten times a second, and all of it is
killed above the limit. Between two looks the tree may be larger; page cache does not count.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wirebench import family

EVERY_S: Final = 0.1
MIB: Final = 1 << 20


@dataclass
class Cage:
    """A limit that holds while its block runs.

    Attributes:
        how: How the limit is kept, for the page.
        peak_mib: The most that processes of the tree held together, page cache left out.
        killed: Whether something was ended because it did not fit.
    """

    limit_mib: int
    how: str = ""
    peak_mib: float = 0
    killed: bool = False
    _group: Path | None = None
    _watched: list[int] = field(default_factory=list)

    def enter(self) -> None:
        """Place the calling process; for ``preexec_fn``."""
        if self._group is not None:
            (self._group / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")

    def watch(self, pid: int) -> None:
        """Sample, and without a group also limit, the tree of this process."""
        self._watched.append(pid)

    def held_mib(self) -> float:
        """What the tree holds now."""
        if self._group is not None:
            return _anonymous(self._group) / MIB
        return _proportional_kib(self._watched) / 1024


@contextmanager
def cage(limit_mib: int) -> Iterator[Cage]:
    """A limit for the processes that call :meth:`Cage.enter`; all of them have ended when the block does."""
    found = Cage(limit_mib)
    with contextlib.suppress(OSError):
        found._group, found.how = _group(limit_mib)
    if found._group is None:
        found.how = (
            "no control group could be made; the sum of the tree's proportional set sizes, ten times a second"
        )
    over = threading.Event()
    watcher = threading.Thread(target=_look, args=(found, over), daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()
        if found._group is not None:
            found.killed = found.killed or _oom_kills(found._group) > 0
            _remove(found._group)


def _look(cage: Cage, over: threading.Event) -> None:
    while not over.wait(EVERY_S):
        held = cage.held_mib()
        cage.peak_mib = max(cage.peak_mib, held)
        if cage._group is None and held > cage.limit_mib:
            cage.killed = True
            for member in family(cage._watched):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(member, signal.SIGKILL)


def _group(limit_mib: int) -> tuple[Path, str]:
    """A new group with the limit, below the group of this process.

    Raises:
        OSError: none can be made, or the group above would not count what is in it.
    """
    name = f"ggui-bench-{os.getpid()}"
    for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        number, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            parent = Path("/sys/fs/cgroup/memory") / path.lstrip("/")
            if (parent / "memory.use_hierarchy").read_text(encoding="ascii").strip() != "1":
                raise OSError("limits above a new group would not hold")
            return _made(
                parent / name, {"memory.limit_in_bytes": str(limit_mib * MIB)}
            ), "control group, version 1"
        if number == "0" and not controllers:
            parent = Path("/sys/fs/cgroup") / path.lstrip("/")
            if "memory" in _words(parent / "cgroup.subtree_control"):
                limits = {"memory.max": str(limit_mib * MIB), "memory.swap.max": "0"}
                return _made(parent / name, limits), "control group, version 2"
    raise OSError("no controller of memory")


def _words(path: Path) -> list[str]:
    return path.read_text(encoding="ascii").split() if path.exists() else []


def _made(group: Path, limits: dict[str, str]) -> Path:
    group.mkdir()
    try:
        for file, value in limits.items():
            if (group / file).exists():
                (group / file).write_text(value, encoding="ascii")
    except OSError:
        group.rmdir()
        raise
    return group


def _anonymous(group: Path) -> int:
    """Bytes that are not page cache."""
    with contextlib.suppress(OSError):
        for line in (group / "memory.stat").read_text(encoding="ascii").splitlines():
            name, value = line.split()
            if name in ("total_rss", "anon"):
                return int(value)
    return 0


def _oom_kills(group: Path) -> int:
    for file in ("memory.oom_control", "memory.events"):
        if (group / file).exists():
            for line in (group / file).read_text(encoding="ascii").splitlines():
                name, value = line.split()
                if name == "oom_kill":
                    return int(value)
    return 0


def _remove(group: Path) -> None:
    """The group is gone once the last of its processes, which were told to end, is."""
    for _ in range(100):
        try:
            group.rmdir()
            return
        except OSError:
            time.sleep(0.1)
    for pid in _words(group / "cgroup.procs"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    time.sleep(1)
    group.rmdir()


def _proportional_kib(pids: list[int]) -> int:
    total = 0
    for member in family(pids):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{member}/smaps_rollup").read_text(encoding="ascii").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total
