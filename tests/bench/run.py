"""Measures a freshly started server over the public wire and writes the table of ``docs/benchmarks.md``.

    python tests/bench/run.py                    three fresh runs, the medians are written down
    python tests/bench/run.py --runs 1 --dry     one run, printed only

The server is the ``ggui`` of this environment, in a temporary project, pinned to the first core; the client
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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
PAGE: Final = HERE.parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
SCENARIOS: Final = "ping,seq,wake,wakews,nocons,emit,update,fanout"
PROJECT: Final = {
    "schema": "1",
    "protocol": "draft-2026-08-19",
    "app": {"slug": "bench", "name": "Bench"},
}
NAMES: Final = {
    "ping": "`ping`",
    "tools_list": "`tools/list`",
    "seq_handshake": "handshake, fresh contract",
    "seq_render": "render: forms writes, esbuild compiles",
    "seq_handshake_render": "handshake + render",
    "wake_submit_action": "gesture by tool → parked consume returns",
    "wake_ws_action": "gesture by socket → parked consume returns",
    "submit_without_consumer": "gesture that nobody waits for",
    "emit_to_frame": "emit → frame on a socket",
    "emit_call": "emit → its own answer",
    "amend_to_frame": "update → frame on a socket",
    "fanout_200_each": "emit → frame on 200 sockets, each",
    "fanout_200_last": "emit → frame on 200 sockets, the last",
}


@contextmanager
def serving(core: int) -> Iterator[tuple[str, int]]:
    """The base URL and process id of a server that ends with the block."""
    ggui = Path(sys.executable).parent / "ggui"
    with tempfile.TemporaryDirectory(prefix="ggui-bench-") as home:
        Path(home, "ggui.json").write_text(json.dumps(PROJECT), encoding="utf-8")
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


def measure(core: int, base_url: str, pid: int, scenarios: str) -> dict[str, Any]:
    """One run of the load client; its report."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, str(HERE / "wirebench.py"), "--base-url", base_url, "--prime", "fresh"]
        command += ["--scenarios", scenarios, "--pid", str(pid), "--out", str(report)]
        finished = subprocess.run(command, preexec_fn=lambda: os.sched_setaffinity(0, {core}), check=False)
        result: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    if finished.returncode != 0:
        raise SystemExit(f"the run had errors: {result['errors'][:5]}")
    return result


def median(runs: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Each figure's median over the runs."""
    rows = [name for name, row in runs[0].items() if isinstance(row, dict) and "p50_ms" in row]
    return {
        name: {key: statistics.median(run[name][key] for run in runs) for key in ("n", "p50_ms", "p95_ms")}
        for name in rows
    }


def table(figures: Mapping[str, Mapping[str, float]], runs: Sequence[Mapping[str, Any]]) -> str:
    """The figures as Markdown."""
    lines = ["| figure | n | p50 | p95 |", "|---|---|---|---|"]
    for name, row in figures.items():
        shown = NAMES.get(name, name.replace("_", " "))
        lines.append(f"| {shown} | {row['n']:.0f} | {row['p50_ms']:.2f} ms | {row['p95_ms']:.2f} ms |")
    idle = statistics.median(run["rss_idle_kib"] for run in runs) / 1024
    end = statistics.median(run["rss_end_kib"] for run in runs) / 1024
    lines.append("")
    lines.append(f"Memory of the process tree: {idle:.0f} MiB after the warm-up, {end:.0f} MiB at the end.")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="fresh servers; the medians count")
    parser.add_argument("--scenarios", default=SCENARIOS)
    parser.add_argument("--dry", action="store_true", help="print the table, leave the page alone")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    server_core, client_core = cores[0], cores[-1]
    runs = []
    for number in range(options.runs):
        print(f"run {number + 1} of {options.runs}", flush=True)
        with serving(server_core) as (base_url, pid):
            runs.append(measure(client_core, base_url, pid, options.scenarios))
    written = table(median(runs), runs)
    machine = (
        f"Measured {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()} on {platform.system()} "
        f"{platform.machine()}, {len(cores)} cores, server and client pinned to one each; "
        f"median of {len(runs)} fresh runs.\n\n"
    )
    print(machine + written)
    if not options.dry:
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
