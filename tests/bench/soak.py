"""Minutes of mixed load, well below what the server can do: do memory and latency stay where they are?

    python tests/bench/soak.py                  ten minutes at 70 % of the capacity that is measured first
    python tests/bench/soak.py --minutes 1 --dry
    python tests/bench/soak.py --store memory

One *visit* is what a card lives through: handshake, render, the resource is read, every third time a socket joins, the
agent listens, a gesture wakes it, an emit and an update arrive at the socket, the socket leaves. Visits begin at fixed
times, whether the ones before have ended or not. Every answer is checked; the status is 1 when one was wrong. Loopback
only; ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import aiohttp
import page
from shapes import SHAPES, Booted, NotHere, Shape, compiled, cores, serving
from wirebench import (
    Bench,
    check,
    cpu_seconds,
    is_bench_tick,
    open_channel,
    own_rss_kib,
    parse,
    quantile,
    rss_kib,
)

CALIBRATION_S: Final = 15
LANES: Final = 32
IN_FLIGHT: Final = 400
SOCKET_EVERY: Final = 3
STEPS: Final = (
    "handshake",
    "render",
    "read",
    "gesture → consume",
    "emit",
    "emit → frame",
    "update → frame",
    "visit",
)


@dataclass
class Interval:
    """What was seen between two looks.

    Attributes:
        at_s: Its end, seconds after the start.
        times: Milliseconds by step.
    """

    at_s: float
    rss_main_mib: float
    rss_tree_mib: float
    cpu_share: float
    times: dict[str, list[float]]


@dataclass
class Soak:
    """The visits and what was learned from them."""

    bench: Bench
    pids: Sequence[int]
    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    visits: int = 0
    late: int = 0

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.times[step].append((time.perf_counter() - begun) * 1e3)

    async def visit(self, number: int) -> None:
        """One card from its handshake to the last frame."""
        bench, begun = self.bench, time.perf_counter()
        session, shake_ms, render_ms = await bench.render_cached()
        bench.seen_sessions.clear()  # the client's own memory is not what is measured
        self.times["handshake"].append(shake_ms)
        self.times["render"].append(render_ms)
        with self.timed("read"):
            got = await bench.mcp.request("resources/read", {"uri": session.resource_uri})
        check(session.session_id in got["contents"][0]["text"], "read text names the session")
        channel = await open_channel(bench.http, session) if number % SOCKET_EVERY == 0 else None
        try:
            poll = asyncio.create_task(bench.consume(session, 20))
            try:
                await asyncio.sleep(0.05)
                sent = time.perf_counter()
                answer = await bench.mcp.tool("ggui_runtime_submit_action", bench.action(session, number))
                check(answer["structuredContent"].get("ok") is True, "submit ok", answer)
                woke, events = await poll
            finally:
                poll.cancel()
            check(
                [event["actionData"] for event in events] == [{"n": number}], "the gesture came back", events
            )
            self.times["gesture → consume"].append((woke - sent) * 1e3)
            emit = {"sessionId": session.session_id, "channel": "benchTicks", "payload": {"n": number}}
            begun_emit = time.perf_counter()
            with self.timed("emit"):
                await bench.mcp.tool("ggui_emit", emit)
            if channel is not None:
                arrived, frame = await channel.until(is_bench_tick)
                check(frame["payload"]["payload"] == {"n": number}, "emit payload", frame)
                self.times["emit → frame"].append((arrived - begun_emit) * 1e3)
            patch = {"sessionId": session.session_id, "kind": "merge", "patch": {"count": -number}}
            begun_update = time.perf_counter()
            await bench.mcp.tool("ggui_update", patch)
            if channel is not None:
                arrived, frame = await channel.until(lambda f: f.get("type") == "props_update")
                check(frame["payload"]["props"]["count"] == -number, "update props", frame)
                self.times["update → frame"].append((arrived - begun_update) * 1e3)
        finally:
            if channel is not None:
                await channel.close()
        self.times["visit"].append((time.perf_counter() - begun) * 1e3)
        self.visits += 1

    async def capacity(self) -> float:
        """Visits a second when nobody waits between them."""
        end = time.perf_counter() + CALIBRATION_S

        async def lane(k: int) -> None:
            number = k
            while time.perf_counter() < end:
                await self.bench.guarded("calibration", self.visit(number))
                number += LANES

        begun = time.perf_counter()
        await asyncio.gather(*(lane(k) for k in range(LANES)))
        found = self.visits / (time.perf_counter() - begun)
        self.times.clear()
        self.visits = 0
        return found

    async def run(self, per_s: float, minutes: float, every_s: float) -> list[Interval]:
        """Visits at a fixed rate; what each interval saw."""
        begun, cpu = time.perf_counter(), cpu_seconds(self.pids)
        end, next_look = begun + minutes * 60, begun + every_s
        flying: set[asyncio.Task[Any]] = set()
        intervals: list[Interval] = []
        number = 0
        while (now := time.perf_counter()) < end:
            if now >= next_look:
                used = cpu_seconds(self.pids)
                intervals.append(self._interval(now - begun, (used - cpu) / every_s))
                last = intervals[-1]
                print(
                    f"  {last.at_s:5.0f} s  {self.visits} visits, {self.bench.report.error_count} errors, main "
                    f"{last.rss_main_mib:.1f} MiB, tree {last.rss_tree_mib:.1f} MiB, "
                    f"p50 {_quantile(last, 'visit', 0.5):.1f} ms",
                    flush=True,
                )
                cpu, next_look = used, next_look + every_s
            due = begun + number / per_s
            if now < due:
                await asyncio.sleep(min(due, next_look) - now)
                continue
            number += 1
            if len(flying) >= IN_FLIGHT:
                self.late += 1
                continue
            task = asyncio.create_task(self.bench.guarded("visit", self.visit(number)))
            flying.add(task)
            task.add_done_callback(flying.discard)
        await asyncio.gather(*flying)
        return intervals

    def _interval(self, at_s: float, cpu_share: float) -> Interval:
        times = {step: sorted(values) for step, values in self.times.items()}
        self.times.clear()
        main = sum(own_rss_kib(pid) for pid in self.pids) / 1024
        return Interval(at_s, main, rss_kib(self.pids) / 1024, cpu_share, times)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Growth of y for each unit of x, by least squares; 0 for fewer than two points."""
    if len(points) < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


def _quantile(interval: Interval, step: str, q: float) -> float:
    return quantile(interval.times.get(step, []), q)


def described(
    intervals: Sequence[Interval], soak: Soak, capacity: float, share: float, minutes: float
) -> str:
    """The tables and the sentence about errors."""
    settled = intervals[len(intervals) // 5 :]  # caches fill in the first fifth

    def line(name: str, unit: str, value: Callable[[Interval], float]) -> list[str]:
        points = [(i.at_s / 3600, value(i)) for i in settled if value(i) == value(i)]
        if not points:
            return [name, "–", "–", "–"]
        ends = [f"{points[0][1]:.1f} {unit}", f"{points[-1][1]:.1f} {unit}"]
        return [name, *ends, f"{slope(points):+.2f} {unit} an hour"]

    rows = [
        line("RSS, main process", "MiB", lambda i: i.rss_main_mib),
        line("RSS, sum over the tree", "MiB", lambda i: i.rss_tree_mib),
        line("processor, share of a core", "%", lambda i: i.cpu_share * 100),
    ]
    rows += [
        line(f"{step}, p{q * 100:.0f}", "ms", partial(_quantile, step=step, q=q))
        for step in STEPS
        for q in (0.5, 0.95)
    ]
    head = ("figure", f"at {settled[0].at_s / 60:.1f} min", f"at {settled[-1].at_s / 60:.1f} min", "slope")
    wrong = soak.bench.report.error_count
    return (
        f"{soak.visits:,} visits in {minutes:g} minutes: {share:.0%} of {capacity:.1f} a second, the capacity that was "
        f"measured first with {LANES} visits at once. Errors: **{wrong}**. Visits that could not begin in "
        f"time, because {IN_FLIGHT} were under way: {soak.late}.\n\n"
        + page.table(head, rows)
        + "\nSlopes by least squares over "
        f"{len(settled)} intervals, the first fifth left out.\n"
    )


async def soaked(server: Booted, options: argparse.Namespace) -> tuple[str, int]:
    """The text for the page and the number of errors."""
    arguments = parse(["--base-url", server.base_url, "--control-path", "/ops", "--max-seconds", "86400"])
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=4)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60)) as http:
        bench = Bench(arguments, http)
        await bench.mcp.start()
        await bench.prime()
        soak = Soak(bench, server.pids)
        capacity = await soak.capacity()
        print(f"capacity {capacity:.1f} visits a second", flush=True)
        if bench.report.error_count or not capacity:
            raise SystemExit(f"errors while the capacity was measured: {bench.report.errors[:5]}")
        every_s = options.minutes * 60 / options.intervals
        intervals = await soak.run(capacity * options.share, options.minutes, every_s)
        for error in bench.report.errors:
            print("  " + error)
        return described(intervals, soak, capacity, options.share, options.minutes), bench.report.error_count


def _run(main: Coroutine[Any, Any, tuple[str, int]]) -> tuple[str, int]:
    with contextlib.suppress(ImportError):
        import uvloop

        uvloop.install()
    return asyncio.run(main)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--share", type=float, default=0.7, help="of the measured capacity")
    parser.add_argument("--intervals", type=int, default=30)
    parser.add_argument("--store", choices=SHAPES, default="sqlite")
    parser.add_argument(
        "--processes", type=int, default=1, help="with postgres and Redis: servers behind a proxy"
    )
    parser.add_argument("--dry", action="store_true", help="print the tables, leave the page alone")
    options = parser.parse_args()
    if options.minutes <= 0 or not 0 < options.share <= 1 or options.intervals < 5:
        parser.error("--minutes above 0, --share of at most 1, --intervals of at least 5")
    compiled()
    server_core, client_core = cores()
    try:
        with serving(Shape(options.store, options.processes), server_core, client_core) as server:
            os.sched_setaffinity(0, {client_core})
            text, errors = _run(soaked(server, options))
    except NotHere as missing:
        raise SystemExit(str(missing)) from None
    page.write("soak", page.machine(f"store {options.store}, one run") + text, dry=options.dry)
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
