"""What becomes of a draft: accept it verbatim, normalise it, keep what can be kept, or decline.

Deterministic and pure (spec 06 sections 3.7 and 3.8): the same draft gets the same answer. A clean draft is never
rewritten, because its hash must not change; and a draft with something in it is never answered by an empty contract,
unless all of it stands in members that no contract has.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Literal

import orjson

from ggui_core.catalog import nearest
from ggui_core.protocol import gate
from ggui_core.protocol.bounds import CONTRACT_BOUNDS, Excess, measure
from ggui_core.protocol.digests import contract_hash
from ggui_core.protocol.errors import Issue, NotCanonical, Severity
from ggui_core.protocol.gadgets import BUILT_IN
from ggui_core.protocol.paths import clipped, field_path
from ggui_core.protocol.props_schema import PropsSchema, enforce
from ggui_sessions import normalisation
from ggui_sessions.amendments import Operation, patch
from ggui_sessions.salvage import Cut, salvage
from ggui_sessions.summary import contract_summary

Outcome = Literal["verbatim", "normalised", "repaired", "partial", "declined"]
Origin = Literal["agent", "synth"]

MOST_FINDINGS: Final = 50
UNKNOWN_MEMBER: Final = "CTR_SHAPE_INVALID"
_TOLD: Final = 20
"""Members that no contract has and that are named, so that they leave room for other findings."""
_WHOLE: Final = "contract"
"""The path of a finding that concerns the draft as a whole: every finding names one."""

GADGETS: Final = {BUILT_IN.package: frozenset(export.name for export in BUILT_IN.exports)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about a draft."""

    code: str
    severity: Severity
    path: str
    message: str

    def wire(self) -> dict[str, str]:
        """As ``suggestion.validationFindings`` carries it."""
        return {"code": self.code, "severity": self.severity, "path": self.path, "message": self.message}


@dataclass(frozen=True)
class Negotiated:
    """What became of a draft.

    Attributes:
        contract: The effective contract; ``{}`` when declined.
        findings: What is wrong with the draft as it was sent, then what was left out of it.
        issues: What the gate says of the draft; none of a draft that is too large to be mended.
        left_out: Where the parts stood that could not be kept.
        strangers: Members of the draft that no contract has; nothing of them is kept.
        amendments: How the draft was changed.
        draft_props: The enforced schema that the draft's own props imply; None when they are not sound.
    """

    outcome: Outcome
    contract: Mapping[str, Any]
    contract_hash: str
    findings: tuple[Finding, ...] = ()
    issues: tuple[Issue, ...] = ()
    left_out: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    amendments: tuple[Operation, ...] = ()
    draft_props: PropsSchema | None = None

    @property
    def origin(self) -> Origin:
        """``suggestion.origin``: who wrote the effective contract."""
        return "agent" if self.outcome in ("verbatim", "declined") else "synth"

    @property
    def is_sound(self) -> bool:
        """Whether nothing of what the draft meant was lost."""
        return self.outcome not in ("partial", "declined")

    @cached_property
    def props_schema(self) -> PropsSchema:
        """The schema that render will hold props against."""
        return enforce(self.contract.get("propsSpec"))

    @cached_property
    def summary(self) -> str:
        """``suggestion.proposedContractSummary``."""
        if self.outcome == "declined":
            return f"DECLINED: no part of the draft could be kept; {self.findings[0].message}"
        line = contract_summary(self.contract)
        if self.outcome == "partial":
            return f"PARTIAL, left out: {clipped(', '.join(self.left_out), 1_000)}; {line}"
        return line

    @property
    def rationale(self) -> str:
        """``suggestion.rationale``."""
        if self.strangers and self.outcome == "normalised":
            return _WITHOUT_STRANGERS
        return _RATIONALE[self.outcome]

    def implies(self, enforced: PropsSchema) -> bool:
        """Whether the agent knows this schema from its own draft."""
        implied = self.draft_props
        return implied is not None and implied.canonical == enforced.canonical

    def settle(self) -> Negotiated:
        """Compute now what is slow to compute about it."""
        _ = self.props_schema.hash
        _ = self.summary
        return self


_RATIONALE: Final[Mapping[Outcome, str]] = {
    "verbatim": "The draft is sound as it was sent.",
    "normalised": "The draft was brought into the shape of a contract; nothing of it was lost.",
    "repaired": "The draft was rewritten as a contract with the help of a language model; it keeps every prop.",
    "partial": "Some parts of the draft are not sound and were left out; the rest is a sound contract.",
    "declined": "Nothing of the draft makes a sound contract. Correct the findings and send it again.",
}
_WITHOUT_STRANGERS: Final = (
    "The draft was brought into the shape of a contract. Members that no contract has were left out, with all that "
    "is in them; validationFindings names them."
)


def negotiate(draft: Mapping[str, Any]) -> Negotiated:
    """Decide about a draft contract of any provenance.

    Members that no contract has are left out first, whatever the draft is otherwise: they count in its hash, and
    nothing made for it would be found again by who leaves them out.
    """
    known, strange = normalisation.told_apart(draft)
    if not strange or isinstance(measure(draft, CONTRACT_BOUNDS), Excess):
        return _negotiated(draft)
    answer = _negotiated(known)
    findings = [Finding(UNKNOWN_MEMBER, "warn", name[:64], _stranger(name)) for name in strange[:_TOLD]]
    left_out = tuple(patch(dict.fromkeys(strange), {}))
    return replace(
        answer,
        outcome="normalised" if answer.outcome == "verbatim" else answer.outcome,
        findings=(*answer.findings, *findings)[:MOST_FINDINGS],
        strangers=strange,
        amendments=() if answer.outcome == "declined" else (*left_out, *answer.amendments),
    )


def _stranger(name: str) -> str:
    close = nearest(name[:64], normalisation.MEMBERS)
    meant = (
        f"Did you mean '{close}'?" if close is not None else f"It has: {', '.join(normalisation.MEMBERS)}."
    )
    return f"Left out. No contract has a member of this name. {meant}"


def _negotiated(draft: Mapping[str, Any]) -> Negotiated:
    verdict = gate.check(draft, gadgets=GADGETS)
    if verdict.contract is not None:
        findings = findings_of(verdict.issues)
        own = enforce(draft.get("propsSpec"))
        return Negotiated("verbatim", draft, contract_hash(draft), findings, draft_props=own)
    issues = verdict.issues
    faults = findings_of(verdict.issues)
    if isinstance(measure(draft, CONTRACT_BOUNDS), Excess):
        return Negotiated("declined", {}, contract_hash({}), faults)
    repaired = normalisation.normalised(draft)
    implied = implied_props(draft)
    if gate.check(repaired).contract is not None:
        return Negotiated(
            "normalised",
            repaired,
            contract_hash(repaired),
            faults,
            issues,
            amendments=tuple(patch(draft, repaired)),
            draft_props=implied,
        )
    kept = salvage(repaired)
    findings = (*faults, *_dropped(kept.cuts, faults))[:MOST_FINDINGS]
    if kept.contract is None:
        return Negotiated("declined", {}, _hash_of(draft), findings, issues)
    return Negotiated(
        "partial",
        kept.contract,
        contract_hash(kept.contract),
        findings,
        issues,
        left_out=tuple(dict.fromkeys(field_path(cut.path) for cut in kept.cuts)),
        amendments=tuple(patch(draft, kept.contract)),
        draft_props=implied,
    )


def findings_of(issues: Sequence[Issue]) -> tuple[Finding, ...]:
    """What an agent should hear of the gate's issues: advice about tools it declares is none of it."""
    heard = [i for i in issues if i.phase != "hygiene" or i.code.startswith("LINT_GADGET")]
    return tuple(
        Finding(issue.code, issue.severity, issue.path or _WHOLE, _sentence(issue)) for issue in heard
    )[:MOST_FINDINGS]


def _sentence(issue: Issue) -> str:
    return f"{issue.message} {issue.fix_hint}" if issue.fix_hint else issue.message


def _dropped(cuts: Sequence[Cut], known: Sequence[Finding]) -> list[Finding]:
    said = {(finding.code, finding.path) for finding in known}
    found = []
    for cut in cuts:
        finding = Finding(cut.issue.code, "error", field_path(cut.path), f"Left out. {cut.issue.message}")
        if (finding.code, finding.path) not in said:
            said.add((finding.code, finding.path))
            found.append(finding)
    return found


def implied_props(draft: Mapping[str, Any]) -> PropsSchema | None:
    """The enforced schema of the draft's own props, where those alone are sound."""
    props = {"propsSpec": draft["propsSpec"]} if "propsSpec" in draft else {}
    return enforce(props.get("propsSpec")) if gate.check(props).contract is not None else None


def _hash_of(draft: Mapping[str, Any]) -> str:
    try:
        return contract_hash(draft)
    except NotCanonical:
        return contract_hash({})


class Negotiations:
    """Remembers the answers to the newest drafts: agents send the same draft again and again.

    Sessions of one draft then also share one contract in memory.
    """

    def __init__(self, capacity: int = 256, largest: int = 16 * 1024) -> None:
        self._capacity = capacity
        self._largest = largest
        self._answers: OrderedDict[bytes, Negotiated] = OrderedDict()

    def known(self, draft: Mapping[str, Any]) -> tuple[bytes | None, Negotiated | None]:
        """The key of a draft (None for one that is not remembered) and what was answered to it."""
        try:
            key = orjson.dumps(draft)
        except (TypeError, ValueError):
            return None, None
        if len(key) > self._largest:
            return None, None
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return key, answer

    def remember(self, key: bytes, answer: Negotiated) -> None:
        """Keep an answer."""
        self._answers[key] = answer
        while len(self._answers) > self._capacity:
            self._answers.popitem(last=False)
