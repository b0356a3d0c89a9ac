"""Measures freshly started servers over the public wire and writes the tables of ``docs/benchmarks.md``.

    python tests/bench/run.py                       three fresh runs on SQLite: every line that has a target
    python tests/bench/run.py --runs 1 --dry        one run, printed only
    python tests/bench/run.py --quick --dry         shows in a minute that everything runs; its figures say nothing
    python tests/bench/run.py --store memory        another store: memory or postgres (with Redis where it is)
    python tests/bench/run.py --replicas            PostgreSQL + Redis, one process and two: processor time of a pair
    python tests/bench/tree.py                      50,000 renders with the process tree in 256 MiB
    python tests/bench/soak.py                      ten minutes of mixed load

Several servers take part in a run. One has no blueprints, so that every card is written and compiled; for the others an
operator registered the component, so that every card is reused. Each is the ``ggui`` of this environment, in a
temporary project, pinned to the first core; the client (``wirebench.py`` beside this file) is pinned to the second.
Loopback only; ends by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import page
import targets
from cold import cold_start_ms
from floor import call_ms, import_ms, write_ms
from shapes import SHAPES, Booted, NotHere, Shape, compiled, cores, serving
from wirebench import MODERN, own_rss_kib

HERE: Final = Path(__file__).parent
IDLE_S: Final = 5
QUICK: Final = (
    *("--n", "10", "--conc-n", "16", "--wake-n", "12", "--waiters", "10"),
    *("--fanout-n", "5", "--contracts", "5", "--growth-n", "50"),
)
KEYS: Final = ("n", "p50_ms", "p95_ms", "pairs_per_s", "cpu_ms_per_pair", "bytes")
COLD: Final = "cold"


@dataclass(frozen=True)
class Part:
    """What is measured of one server.

    Attributes:
        prime: How the client makes sure of the first component: ``fresh`` has each written, ``register`` brings one.
    """

    prime: str
    scenarios: str
    more: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()


PARTS: Final = {
    "fresh": Part("fresh", "seq", disabled=("blueprints",)),
    "reuse": Part("register", "ping,seq,conc,read,wake,wakews,waiters,nocons,nocons2,emit,update,fanout"),
    "modern": Part("register", "conc", ("--era", MODERN)),
    "growth": Part("register", "growth", ("--warmup", "0")),
}
LOAD: Final = ("--clients", "64", "--conc-n", "4000")
NAMES: Final = {
    "fresh seq_handshake": "handshake, nothing to reuse",
    "fresh seq_render": "render: forms writes, esbuild compiles",
    "fresh seq_handshake_render": "handshake + render, written",
    "reuse ping": "`ping`",
    "reuse tools_list": "`tools/list`",
    "reuse seq_handshake": "handshake that finds a blueprint",
    "reuse seq_render": "render of that blueprint",
    "reuse seq_handshake_render": "handshake + render, reused",
    "reuse conc_16": "handshake + render, reused, 16 clients",
    "reuse conc_64": "handshake + render, reused, 64 clients",
    "modern conc_16": "the same in the words of 2026-07-28, 16 clients",
    "modern conc_64": "the same in the words of 2026-07-28, 64 clients",
    "reuse resources_read": "`resources/read` of a card",
    "reuse wake_submit_action": "gesture by tool → parked consume returns",
    "reuse wake_ws_action": "gesture by socket → parked consume returns",
    "reuse waiters_100": "100 parked consumes woken at once",
    "reuse submit_without_consumer": "gesture that nobody waits for",
    "reuse second_submit_without_consumer": "the next gesture of that card",
    "reuse emit_to_frame": "emit → frame on a socket",
    "reuse emit_call": "emit → its own answer",
    "reuse amend_to_frame": "update → frame on a socket",
    "reuse fanout_200_each": "emit → frame on 200 sockets, each",
    "reuse fanout_200_last": "emit → frame on 200 sockets, the last",
    "growth growth": "handshake + render, 500 contracts, 8 clients",
}

Figures = dict[str, float]
"""By source: ``part scenario key``."""


def measure(core: int, server: Booted, part: Part, more: Sequence[str] = ()) -> dict[str, Any]:
    """One run of the load client; its report.

    Raises:
        SystemExit: an answer was wrong: figures of such a run count for nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, str(HERE / "wirebench.py"), "--base-url", server.base_url]
        command += ["--prime", part.prime, "--control-path", "/ops", "--scenarios", part.scenarios]
        command += ["--pid", server.pid_list, *part.more, *more, "--out", str(report)]
        finished = subprocess.run(command, preexec_fn=lambda: os.sched_setaffinity(0, {core}), check=False)
        if not report.exists():
            raise SystemExit("the load client did not finish")
        result: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    if finished.returncode != 0:
        raise SystemExit(f"the run had errors: {result['errors'][:5]}")
    return result


def run_once(store: str, parts: Sequence[str], more: Sequence[str]) -> Figures:
    """Every part on a server of its own."""
    server_core, client_core = cores()
    figures: Figures = {}
    for name in parts:
        if name == COLD:
            first, again = cold_start_ms(Shape(store), server_core)
            figures |= {"cold first p50_ms": first, "cold again p50_ms": again}
            figures["cold imports p50_ms"] = import_ms(server_core)
            figures |= {"floor write ms": write_ms(), "floor call ms": call_ms(server_core)}
            continue
        part = PARTS[name]
        with serving(Shape(store, disabled=part.disabled), server_core, client_core) as server:
            if name == "growth":
                time.sleep(IDLE_S)
                figures["growth idle mib"] = own_rss_kib(server.pids[0]) / 1024
            report = measure(client_core, server, part, more)
        for scenario, row in report.items():
            if isinstance(row, dict) and "p50_ms" in row:
                figures |= {f"{name} {scenario} {key}": row[key] for key in KEYS if key in row}
        if "tools_list" in report:
            figures[f"{name} tools_list kib"] = report["tools_list"]["bytes"] / 1024
        if "growth" in report:
            figures["growth end mib"] = report["growth"]["rss_main_kib"] / 1024
            figures["growth tree mib"] = report["growth"]["rss_tree_kib"] / 1024
    return figures


def median(runs: Sequence[Figures]) -> Figures:
    """Each figure's median over the runs."""
    return {source: statistics.median(run[source] for run in runs) for source in runs[0]}


def all_figures(figures: Mapping[str, float]) -> str:
    """Everything that was timed, as a table."""
    rows = []
    for source in figures:
        stem, _, key = source.rpartition(" ")
        if key != "p50_ms" or stem.startswith(COLD):
            continue
        rate, cpu = figures.get(f"{stem} pairs_per_s"), figures.get(f"{stem} cpu_ms_per_pair")
        rows.append(
            [
                NAMES.get(stem, stem.replace("_", " ")),
                f"{figures[f'{stem} n']:.0f}",
                f"{figures[source]:.2f} ms",
                f"{figures[f'{stem} p95_ms']:.2f} ms",
                "" if rate is None else f"{rate:.0f}",
                "" if cpu is None else f"{cpu:.2f} ms",
            ]
        )
    return page.table(("figure", "n", "p50", "p95", "a second", "server CPU each"), rows)


def replicas(runs: int, more: Sequence[str]) -> str:
    """What a pair costs on PostgreSQL + Redis with one process and with two."""
    server_core, client_core = cores()
    found: dict[int, list[dict[str, Any]]] = {1: [], 2: []}
    for _ in range(runs):
        for processes, reports in found.items():
            with serving(Shape("postgres", processes), server_core, client_core) as server:
                reports.append(measure(client_core, server, PARTS["modern"], more)["conc_64"])
    keys = ("cpu_ms_per_pair", "pairs_per_s", "p50_ms", "p95_ms")
    middle = {n: {key: statistics.median(r[key] for r in found[n]) for key in keys} for n in found}
    rows = [
        [
            str(n),
            f"{row['cpu_ms_per_pair']:.2f} ms",
            f"{row['pairs_per_s']:.0f}",
            f"{row['p50_ms']:.1f} ms",
            f"{row['p95_ms']:.1f} ms",
        ]
        for n, row in middle.items()
    ]
    growth = (middle[2]["cpu_ms_per_pair"] / middle[1]["cpu_ms_per_pair"] - 1) * 100
    verdict = "met" if growth <= 15 else "**missed**"
    head = ("processes", "server CPU a pair", "pairs a second", "p50", "p95")
    return page.table(head, rows) + (
        f"\nWith two processes a pair costs {growth:+.0f} % of processor time; target ≤ +15 %: {verdict}. No error.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="fresh servers of each kind; the medians count")
    parser.add_argument(
        "--store", choices=SHAPES, default="sqlite", help="sqlite is what the targets are for"
    )
    parser.add_argument(
        "--parts",
        default=",".join([*PARTS, COLD]),
        help="comma list; without all of them the page is left alone",
    )
    parser.add_argument(
        "--replicas", action="store_true", help="only: PostgreSQL + Redis, one process and two"
    )
    parser.add_argument("--quick", action="store_true", help="a handful of each operation, once")
    parser.add_argument("--dry", action="store_true", help="print the tables, leave the page alone")
    options = parser.parse_args()
    count = 1 if options.quick else options.runs
    more = QUICK if options.quick else ()
    compiled()
    note = f"server and client pinned to one core each; median of {count} fresh runs"
    try:
        if options.replicas:
            text = replicas(count, more or LOAD)
            page.write("replicas", page.machine(note) + text, dry=options.dry or options.quick)
            return
        parts = options.parts.split(",")
        runs = []
        for number in range(count):
            print(f"run {number + 1} of {count}", flush=True)
            runs.append(run_once(options.store, parts, more))
    except NotHere as missing:
        raise SystemExit(str(missing)) from None
    figures = median(runs)
    dry = options.dry or options.quick or set(parts) != {*PARTS, COLD}
    if options.store == "sqlite":
        head = ("figure", "reference", "target", "measured", "")
        page.write("targets", page.machine(note) + page.table(head, targets.rows(figures)), dry=dry)
    page.write(f"figures on {options.store}", page.machine(note) + all_figures(figures), dry=dry)


if __name__ == "__main__":
    main()
