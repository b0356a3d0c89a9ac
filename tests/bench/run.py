"""Measures a freshly started server over the public wire and writes the table of ``docs/benchmarks.md``.

    python tests/bench/run.py                    three fresh runs, the medians are written down
    python tests/bench/run.py --runs 1 --dry     one run, printed only
    python tests/bench/run.py --quick --dry      shows in a minute that everything runs; its figures say nothing

Two servers take part in a run. One has no blueprints, so that every card is written and compiled; for the other an
operator registered the component, so that every card is reused. Each is the ``ggui`` of this environment, in a
temporary project, pinned to the first core; the client
(``wirebench.py`` beside this file) is pinned to the second. Loopback only; ends by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
PAGE: Final = HERE.parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
PROJECT: Final = {
    "schema": "1",
    "protocol": "draft-2026-08-19",
    "app": {"slug": "bench", "name": "Bench"},
}
QUICK: Final = ("--n", "10", "--conc-n", "16", "--wake-n", "12", "--waiters", "10", "--fanout-n", "5")


@dataclass(frozen=True)
class Part:
    """What is measured of one server.

    Attributes:
        prime: How the client makes sure of the first component: ``fresh`` has each written, ``register`` brings one.
    """

    prime: str
    scenarios: str
    disabled: tuple[str, ...] = ()


PARTS: Final = {
    "fresh": Part("fresh", "seq", disabled=("blueprints",)),
    "reuse": Part("register", "ping,seq,conc,read,wake,wakews,waiters,nocons,nocons2,emit,update,fanout"),
}
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
    "reuse resources_read": "`resources/read` of a card",
    "reuse wake_submit_action": "gesture by tool → parked consume returns",
    "reuse wake_ws_action": "gesture by socket → parked consume returns",
    "reuse waiters_100": "100 parked consumes woken at once",
    "reuse submit_without_consumer": "gesture that nobody waits for",
    "reuse submit_after_a_miss": "the next gesture after that one",
    "reuse emit_to_frame": "emit → frame on a socket",
    "reuse emit_call": "emit → its own answer",
    "reuse amend_to_frame": "update → frame on a socket",
    "reuse fanout_200_each": "emit → frame on 200 sockets, each",
    "reuse fanout_200_last": "emit → frame on 200 sockets, the last",
}


@contextmanager
def serving(core: int, disabled: Sequence[str] = ()) -> Iterator[tuple[str, int]]:
    """The base URL and process id of a server that ends with the block."""
    ggui = Path(sys.executable).parent / "ggui"
    with tempfile.TemporaryDirectory(prefix="ggui-bench-") as home:
        project = {**PROJECT, "plugins": {"disable": list(disabled)}}
        Path(home, "ggui.json").write_text(json.dumps(project), encoding="utf-8")
        environment = {**os.environ, "HOME": home, "GGUI_LOG_LEVEL": "error"}
        command = [str(ggui), "serve", "--port", "0", "--dev-allow-all", "--ephemeral", "--no-open"]
        server = subprocess.Popen(
            command, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            os.sched_setaffinity(server.pid, {core})
            assert server.stdout is not None
            ready = server.stdout.readline()
            if not ready.startswith("READY "):
                raise SystemExit(f"the server did not start: {ready!r}")
            yield ready.split()[1], server.pid
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)


def measure(core: int, base_url: str, pid: int, part: Part, more: Sequence[str]) -> dict[str, Any]:
    """One run of the load client; its report."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, str(HERE / "wirebench.py"), "--base-url", base_url, "--prime", part.prime]
        command += ["--control-path", "/ops", "--scenarios", part.scenarios, "--pid", str(pid), *more]
        command += ["--out", str(report)]
        finished = subprocess.run(command, preexec_fn=lambda: os.sched_setaffinity(0, {core}), check=False)
        result: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    if finished.returncode != 0:
        raise SystemExit(f"the run had errors: {result['errors'][:5]}")
    return result


def median(runs: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Each figure's median over the runs."""
    rows = [name for name, row in runs[0].items() if isinstance(row, dict) and "p50_ms" in row]
    keys = ("n", "p50_ms", "p95_ms", "pairs_per_s")
    return {
        name: {key: statistics.median(run[name][key] for run in runs) for key in keys if key in runs[0][name]}
        for name in rows
    }


def table(runs: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The figures as Markdown."""
    lines = ["| figure | n | p50 | p95 | a second |", "|---|---|---|---|---|"]
    for part, reports in runs.items():
        for name, row in median(reports).items():
            shown = NAMES.get(f"{part} {name}", f"{part}: {name.replace('_', ' ')}")
            rate = f"{row['pairs_per_s']:.0f}" if "pairs_per_s" in row else ""
            times = f"{row['p50_ms']:.2f} ms | {row['p95_ms']:.2f} ms"
            lines.append(f"| {shown} | {row['n']:.0f} | {times} | {rate} |")
    reuse = runs["reuse"]
    idle = statistics.median(run["rss_idle_kib"] for run in reuse) / 1024
    end = statistics.median(run["rss_end_kib"] for run in reuse) / 1024
    lines.append("")
    lines.append(f"Memory of the process tree: {idle:.0f} MiB after the warm-up, {end:.0f} MiB at the end.")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="fresh servers of each kind; the medians count")
    parser.add_argument("--quick", action="store_true", help="a handful of each operation, once")
    parser.add_argument("--dry", action="store_true", help="print the table, leave the page alone")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    server_core, client_core = cores[0], cores[-1]
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in PARTS}
    count = 1 if options.quick else options.runs
    for number in range(count):
        print(f"run {number + 1} of {count}", flush=True)
        for name, part in PARTS.items():
            with serving(server_core, part.disabled) as (base_url, pid):
                runs[name].append(measure(client_core, base_url, pid, part, QUICK if options.quick else ()))
    written = table(runs)
    machine = (
        f"Measured {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()} on {platform.system()} "
        f"{platform.machine()}, {len(cores)} cores, server and client pinned to one each; "
        f"median of {count} fresh runs.\n\n"
    )
    print(machine + written)
    if not options.dry and not options.quick:
        page = PAGE.read_text(encoding="utf-8")
        page = re.sub(
            re.escape(BEGIN) + ".*?" + re.escape(END),
            lambda _: BEGIN + "\n" + machine + written + "\n" + END,
            page,
            flags=re.DOTALL,
        )
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
