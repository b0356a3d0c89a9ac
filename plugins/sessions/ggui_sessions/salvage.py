"""What can be kept of a draft that no rule repairs: the largest part of it that the gate accepts.

One cut a round: what is at fault first, then the whole entry around it. Deterministic, and bounded in rounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ggui_core.protocol import gate
from ggui_core.protocol.errors import Issue
from ggui_core.protocol.paths import Path, field_path

MOST_ROUNDS: Final = 100

_ENTRY_DEPTH: Final[Mapping[str, int]] = {
    "propsSpec": 3,
    "actionSpec": 2,
    "streamSpec": 2,
    "contextSpec": 2,
    "agentCapabilities": 3,
    "clientCapabilities": 3,
}
"""How many segments name one entry: ``propsSpec.properties.title``, ``actionSpec.save``."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Something left out.

    Attributes:
        path: Where it stood.
        issue: Why.
    """

    path: Path
    issue: Issue


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What is left of a draft; ``contract`` is None when that is no surface at all."""

    contract: dict[str, Any] | None
    cuts: tuple[Cut, ...] = field(default=())


def salvage(draft: Mapping[str, Any]) -> Salvaged:
    """Cut until the gate accepts, or nothing is left to show."""
    current = dict(draft)
    cuts: list[Cut] = []
    suspects: set[Path] = set()
    for _ in range(MOST_ROUNDS):
        verdict = gate.check(current)
        if verdict.contract is not None:
            return Salvaged(current if has_surface(current) else None, tuple(cuts))
        issue = next(issue for issue in verdict.issues if issue.severity == "error")
        place = _to_cut(current, issue, suspects)
        if not place:
            break
        suspects.add(_entry(place))
        current = _without(current, place)
        cuts.append(Cut(place, issue))
    return Salvaged(None, tuple(cuts))


def has_surface(contract: Mapping[str, Any]) -> bool:
    """Whether there is anything to see or to do."""
    props = contract.get("propsSpec")
    specs = [contract.get(name) for name in ("actionSpec", "streamSpec", "contextSpec")]
    specs.append(props.get("properties") if isinstance(props, Mapping) else None)
    return any(isinstance(spec, Mapping) and spec for spec in specs)


def _to_cut(contract: Mapping[str, Any], issue: Issue, suspects: set[Path]) -> Path:
    """The part to leave out for an issue; empty when it concerns the whole contract."""
    place = located(contract, issue.path)
    entry = _entry(place)
    if issue.code == "CTR_SCHEMA_INCOMPAT" and len(place) == 3:
        # The hint that names a tool goes, not the data that the person would send or see.
        hint = {"actionSpec": "nextStep", "streamSpec": "source"}[str(place[0])]
        return (*place[:2], hint)
    # An entry without its schema would accept anything: an action would lose its payload without a word.
    if entry in suspects or len(place) <= len(entry) or place[-1] == "schema":
        return entry
    return place


def _entry(place: Path) -> Path:
    return place[: _ENTRY_DEPTH.get(str(place[0]), 1)] if place else ()


def located(contract: Mapping[str, Any], path: str) -> Path:
    """The segments of a written path, as deep as they exist in the contract.

    A written path is ambiguous, because names may hold dots and brackets; the contract says which names there are.
    """
    node: Any = contract
    found: tuple[str | int, ...] = ()
    while True:
        step = _step(node, found, path)
        if step is None:
            return found
        node = node[step]
        found = (*found, step)


def _step(node: object, found: Path, path: str) -> str | int | None:
    members: Sequence[str | int]
    if isinstance(node, Mapping):
        members = list(node)
    elif isinstance(node, list):
        members = range(len(node))
    else:
        return None
    fitting = [member for member in members if _leads(field_path((*found, member)), path)]
    return max(fitting, key=lambda member: len(str(member)), default=None)


def _leads(prefix: str, path: str) -> bool:
    return path == prefix or (path.startswith(prefix) and path[len(prefix)] in ".[")


def _without(node: Any, path: Path) -> Any:
    """A copy without what stands at a path."""
    head, rest = path[0], path[1:]
    if isinstance(node, list):
        items = list(node)
        if rest:
            items[int(head)] = _without(items[int(head)], rest)
        else:
            del items[int(head)]
        return items
    if rest:
        return {**node, head: _without(node[head], rest)}
    return {name: member for name, member in node.items() if name != head}
