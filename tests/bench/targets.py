"""What the durable server is to reach, line by line, and where each figure comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Target:
    """One figure that has a target.

    Attributes:
        source: Name of the figure in a run: ``part scenario key``.
        reference: What the reference reached, its store in memory.
        least: Whether the target is the least, instead of the most, that counts as met.
    """

    name: str
    source: str
    unit: str
    reference: float | None
    target: float | None
    least: bool = False

    def row(self, value: float | None) -> list[str]:
        """Cells of the table: name, reference, target, figure, verdict."""
        sign = "≥" if self.least else "≤"
        wanted = "–" if self.target is None else f"{sign} {_number(self.target)} {self.unit}"
        before = "–" if self.reference is None else f"{_number(self.reference)} {self.unit}"
        if value is None:
            return [self.name, before, wanted, "not measured", ""]
        return [self.name, before, wanted, f"{_number(value)} {self.unit}", self._verdict(value)]

    def _verdict(self, value: float) -> str:
        if self.target is None:
            return ""
        if value >= self.target if self.least else value <= self.target:
            return "met"
        share = self.target / value if self.least else value / self.target
        return (
            f"**missed**, {share:.1f}× off" if share >= 1.095 else f"**missed** by {(share - 1) * 100:.0f} %"
        )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


TARGETS: Final[Sequence[Target]] = (
    Target("handshake + render, exact reuse, p50", "reuse seq_handshake_render p50_ms", "ms", 4.85, 2.0),
    Target("the same, p95", "reuse seq_handshake_render p95_ms", "ms", 14.0, 4.0),
    Target("pairs a second, 64 clients, 2025-06-18", "reuse conc_64 pairs_per_s", "", 206, 1000, least=True),
    Target(
        "pairs a second, 64 clients, 2026-07-28", "modern conc_64 pairs_per_s", "", None, 1000, least=True
    ),
    Target("server CPU a pair, 2025-06-18", "reuse conc_64 cpu_ms_per_pair", "ms", None, None),
    Target("server CPU a pair, 2026-07-28", "modern conc_64 cpu_ms_per_pair", "ms", None, None),
    Target("submit_action → consume returns, p50", "reuse wake_submit_action p50_ms", "ms", 672, 2),
    Target("the same, p95", "reuse wake_submit_action p95_ms", "ms", 1437, 5),
    Target("submit with nobody waiting, fresh card", "reuse submit_without_consumer p50_ms", "ms", 2004, 510),
    Target("the same, second gesture", "reuse second_submit_without_consumer p50_ms", "ms", None, 3),
    Target("emit → frame on a socket, p50", "reuse emit_to_frame p50_ms", "ms", 1.45, 0.8),
    Target("the same, p95", "reuse emit_to_frame p95_ms", "ms", 5.1, 2),
    Target("fan-out to 200 sockets, each, p50", "reuse fanout_200_each p50_ms", "ms", 6.6, 4),
    Target("tools/list, p50", "reuse tools_list p50_ms", "ms", 13.8, 1),
    Target("tools/list, size", "reuse tools_list kib", "KiB", 77, 30),
    Target("resources/read, p50", "reuse resources_read p50_ms", "ms", 0.83, 0.6),
    Target("cold start to first tools/list, database there", "cold again p50_ms", "ms", 759, 700),
    Target("cold start, first ever", "cold first p50_ms", "ms", None, None),
    Target("Python and its imports aiohttp, mcp, SQLModel alone", "cold imports p50_ms", "ms", None, None),
    Target("4 KiB appended to a file and on the disk", "floor write ms", "ms", None, None),
    Target("a call to an aiohttp server that does nothing", "floor call ms", "ms", None, None),
    Target("RSS of the main process, 5 s idle after start", "growth idle mib", "MiB", 265, 130),
    Target("RSS after 5,000 renders of 500 contracts", "growth end mib", "MiB", 1115, 170),
)


def rows(figures: Mapping[str, float]) -> list[list[str]]:
    """The table's body for the figures of a run, by source."""
    return [target.row(figures.get(target.source)) for target in TARGETS]
