"""Many renders of many contracts while the server and all it starts share little memory.

    python tests/bench/tree.py                      50,000 renders of 500 contracts in 256 MiB
    python tests/bench/tree.py --renders 5000 --dry a tenth of it, printed only

SQLite, everything else as shipped, time-to-live of sessions included. The status is 1 when the server does not get
through.
"""

from __future__ import annotations

import argparse
import sys

import page
from cage import cage
from run import Part, measure
from shapes import Shape, compiled, cores, serving

LONGEST_S = 3600


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--renders", type=int, default=50_000)
    parser.add_argument("--contracts", type=int, default=500)
    parser.add_argument("--limit-mib", type=int, default=256)
    parser.add_argument("--dry", action="store_true", help="print the table, leave the page alone")
    options = parser.parse_args()
    server_core, client_core = cores()
    more = ["--growth-n", str(options.renders), "--contracts", str(options.contracts)]
    more += ["--warmup", "0", "--max-seconds", str(LONGEST_S)]
    compiled()
    problem, row = "", None
    with (
        cage(options.limit_mib) as limit,
        serving(Shape("sqlite"), server_core, client_core, limit.enter) as server,
    ):
        limit.watch(server.pids[0])
        try:
            row = measure(client_core, server, Part("register", "growth", tuple(more)))["growth"]
        except SystemExit as failed:
            problem = str(failed)
        held = limit.held_mib()
    head = ("figure", "value", "target", "")
    lines = [
        ["limit of the process tree", f"{options.limit_mib} MiB ({limit.how})", "", ""],
        ["most that the tree held, page cache left out", f"{limit.peak_mib:.0f} MiB", "", ""],
    ]
    if row is None or limit.killed:
        lines.append([f"{options.renders:,} renders", "not completed", "completes", "**missed**"])
        text = page.table(head, lines) + f"\nIt ended with: {problem or 'a process of the tree was killed'}\n"
    else:
        ratio = row["p50_last_tenth_ms"] / row["p50_first_tenth_ms"]
        verdict = "met" if ratio <= 1.3 else "**missed**"
        lines += [
            ["held at the end", f"{held:.0f} MiB", "", ""],
            ["RSS of the main process at the end", f"{row['rss_main_kib'] / 1024:.0f} MiB", "", ""],
            [
                f"{row['renders']:,} renders of {row['contracts']} contracts",
                f"{row['wall_s']:.0f} s",
                "completes",
                "met",
            ],
            ["p50 of the first tenth", f"{row['p50_first_tenth_ms']:.1f} ms", "", ""],
            ["p50 of the last tenth", f"{row['p50_last_tenth_ms']:.1f} ms, {ratio:.2f}×", "≤ 1.3×", verdict],
            [
                "p95 of the first and the last tenth",
                f"{row['p95_first_tenth_ms']:.1f}, {row['p95_last_tenth_ms']:.1f} ms",
                "",
                "",
            ],
        ]
        text = page.table(head, lines)
        samples = row.get("rss_samples", [])[::10]
        shown = ", ".join(
            f"{number:,}: {main / 1024:.0f}/{tree / 1024:.0f}" for number, main, tree in samples
        )
        text += f"\nRSS of the main process / sum over the tree in MiB, after so many renders: {shown}.\n"
    page.write(
        "tree", page.machine("server and client pinned to one core each, one run") + text, dry=options.dry
    )
    sys.exit(1 if row is None or limit.killed else 0)


if __name__ == "__main__":
    main()
