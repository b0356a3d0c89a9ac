"""``docs/benchmarks.md``: each command of the benchmarks rewrites its own part and leaves the others alone."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def machine(what: str) -> str:
    """A line that says where, when and by which command figures were made."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = f" ({line.split(':', 1)[1].strip()})"
            break
    words = " ".join([f"tests/bench/{Path(sys.argv[0]).name}", *sys.argv[1:]])
    return (
        f"Measured {datetime.now(UTC):%Y-%m-%d} by `python {words}` with Python {platform.python_version()} on "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores{model}; {what}. "
        f"Load of the machine at the end: {os.getloadavg()[0]:.1f}.\n\n"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def write(part: str, text: str, *, dry: bool) -> None:
    """Print the text and, unless ``dry``, put it between ``<!-- part -->`` and ``<!-- end of part -->``.

    Raises:
        SystemExit: the page has no such part.
    """
    print("\n" + text, flush=True)
    if dry:
        return
    begin, end = f"<!-- {part} -->\n", f"<!-- end of {part} -->\n"
    page = PAGE.read_text(encoding="utf-8")
    if begin not in page or end not in page:
        raise SystemExit(f"{PAGE} has no part {part!r}")
    pattern = re.escape(begin) + ".*?" + re.escape(end)
    page = re.sub(pattern, lambda _: f"{begin}\n{text}\n{end}", page, flags=re.DOTALL)
    PAGE.write_text(page, encoding="utf-8")
