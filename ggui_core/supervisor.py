"""The parent of ``ggui serve --workers N``: starts the workers, keeps them running, and ends them.

It imports next to nothing, serves no request and stays small. The first worker starts alone: what keeps a server from
starting is said once then, and what has to be made at the first start is made by one. The others follow together.
When all of them serve, what the first one announces is printed.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import secrets
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

GRACE_S = 15.0
"""A worker that was told to stop has 10 seconds for what is under way (ruling 17), and some to close."""
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
SOUND_S = 60.0
"""A worker that ran this long is started again at once when it ends."""


def log(level: str, event: str, **facts: Any) -> None:
    """A line on stderr in the form of the server's own."""
    now = datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z")
    line = json.dumps({**facts, "event": event, "level": level, "time": now, "worker": 0})
    with contextlib.suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)


class Worker:
    """One place among the workers, and the process that fills it."""

    def __init__(self, number: int, parent: Supervisor) -> None:
        self.number = number
        self._parent = parent
        self.process: subprocess.Popen[bytes] | None = None
        self.channel: socket.socket | None = None
        self.serves = False
        self.starts = 0
        self.due_at: float | None = None
        self._pause_s = 0.0
        self._started_at = 0.0
        self._heard = b""

    def start(self) -> None:
        """Start the process and tell it who it is."""
        ours, theirs = socket.socketpair()
        parent = self._parent
        environ = {**os.environ, "GGUI_WORKER": f"{parent.listener.fileno()},{theirs.fileno()}"}
        self.process = subprocess.Popen(  # noqa: S603  # ourselves, with our own command line
            [sys.executable, "-m", "ggui_core", "serve", *parent.arguments],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),  # stdout is for the beacons, and those come through the channel
            pass_fds=(parent.listener.fileno(), theirs.fileno()),
            start_new_session=True,  # Ctrl-C reaches the parent, which passes it on once
        )
        theirs.close()
        speaks = self.number == 1 and self.starts == 0
        orders = {"number": self.number, "of": parent.count, "speaks": speaks, "seed": parent.seed}
        with contextlib.suppress(OSError):  # it died at once, which is seen soon
            ours.sendall(json.dumps(orders).encode() + b"\n")
        ours.setblocking(False)
        self.channel, self._heard = ours, b""
        self.serves, self.due_at = False, None
        self.starts += 1
        self._started_at = time.monotonic()
        parent.selector.register(ours, selectors.EVENT_READ, self)

    def hear(self) -> str | None:
        """Read the channel; returns the announcement when the worker has just begun to serve."""
        assert self.channel is not None
        try:
            part = self.channel.recv(65_536)
        except BlockingIOError:
            return None
        except OSError:
            part = b""
        if not part:
            self._parent.selector.unregister(self.channel)
            return None
        self._heard += part
        if not self._heard.endswith(b"\n"):
            return None
        self.serves = True
        announcement: str = json.loads(self._heard)["announcement"]
        return announcement

    def tell(self, number: int) -> None:
        """Send a signal to the process, if there is one."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def is_over(self) -> bool:
        """Whether the process ended since it was started."""
        return self.process is not None and self.process.poll() is not None

    def forget(self) -> int:
        """Let go of a process that ended; returns its status, or minus the signal that ended it."""
        assert self.process is not None
        assert self.channel is not None
        status = self.process.wait()
        with contextlib.suppress(KeyError, ValueError):
            self._parent.selector.unregister(self.channel)
        self.channel.close()
        self.process, self.channel, self.serves = None, None, False
        return status

    def plan(self) -> float:
        """Say when to start again: later each time, unless it ran well for a while; returns in how many seconds."""
        if time.monotonic() - self._started_at >= SOUND_S:
            self._pause_s = 0.0
        pause_s = self._pause_s
        self._pause_s = min(LONGEST_PAUSE_S, max(FIRST_PAUSE_S, pause_s * 2))
        self.due_at = time.monotonic() + pause_s
        return pause_s


class Supervisor:
    """Keeps ``count`` workers on one listening socket."""

    def __init__(self, count: int, listener: socket.socket, arguments: Sequence[str]) -> None:
        self.count = count
        self.listener = listener
        self.arguments = list(arguments)
        self.seed = secrets.token_hex(32)
        self.selector = selectors.DefaultSelector()
        self._workers = [Worker(number, self) for number in range(1, count + 1)]
        self._announcement: str | None = None
        self._announced = False
        self._stops = 0
        self._status = 0
        self._deadline: float | None = None

    def run(self) -> int:
        """Serve until a signal says stop; returns the exit status."""
        self._hear_signals()
        self._workers[0].start()
        while any(worker.process is not None for worker in self._workers) or self._deadline is None:
            for key, _ in self.selector.select(self._patience_s()):
                if key.data is None:
                    with contextlib.suppress(BlockingIOError):
                        key.fileobj.recv(4096)  # type: ignore[union-attr]  # the wake-up socket of signals
                else:
                    said = key.data.hear()
                    if said is not None:
                        self._begun(key.data, said)
            self._look_after()
        return self._status

    def _hear_signals(self) -> None:
        awake, self._woken = socket.socketpair()
        for end in (awake, self._woken):
            end.setblocking(False)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)
        self.selector.register(awake, selectors.EVENT_READ, None)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._told_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _told_to_stop(self, number: int, frame: object) -> None:
        self._stops += 1
        if self._stops > 1:
            for worker in self._workers:
                worker.tell(signal.SIGKILL)  # a second signal means now
            os._exit(128 + number)

    def _begun(self, worker: Worker, announcement: str) -> None:
        log("info", "worker_serves", number=worker.number, pid=worker.process and worker.process.pid)
        if self._announcement is None:
            self._announcement = announcement
            for other in self._workers[1:]:
                other.start()
        if not self._announced and all(each.serves for each in self._workers):
            self._announced = True
            print(self._announcement, flush=True)

    def _look_after(self) -> None:
        if self._stops and self._deadline is None:
            self._stop(0)
        for worker in self._workers:
            if worker.is_over():
                self._ended(worker, worker.forget())
            elif self._deadline is None and worker.due_at is not None and worker.due_at <= time.monotonic():
                worker.start()
        if self._deadline is not None and time.monotonic() > self._deadline:
            for worker in self._workers:
                worker.tell(signal.SIGKILL)

    def _ended(self, worker: Worker, status: int) -> None:
        if self._deadline is not None:
            return
        if not self._announced:
            log("error", "worker_did_not_start", number=worker.number, status=status)
            self._stop(1)
            return
        pause_s = worker.plan()
        log("error", "worker_ended", number=worker.number, status=status, again_in_s=pause_s)

    def _stop(self, status: int) -> None:
        """Take no new connection, and let every worker finish what it does."""
        log("info", "stopping_workers")
        self._status = status
        self._deadline = time.monotonic() + GRACE_S
        self.listener.close()
        for worker in self._workers:
            worker.tell(signal.SIGTERM)

    def _patience_s(self) -> float | None:
        moments = [
            worker.due_at for worker in self._workers if worker.due_at is not None and not worker.process
        ]
        if self._deadline is not None:
            return max(0.05, min(1.0, self._deadline - time.monotonic()))
        return max(0.0, min(moments) - time.monotonic()) if moments else None


def main() -> int:
    """``python -m ggui_core.supervisor COUNT LISTENER ARGUMENT...``: what ``ggui serve --workers`` becomes."""
    count, descriptor, *arguments = sys.argv[1:]
    os.set_inheritable(int(descriptor), False)
    return Supervisor(int(count), socket.socket(fileno=int(descriptor)), arguments).run()


if __name__ == "__main__":
    sys.exit(main())
