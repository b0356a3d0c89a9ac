"""A draft that no rule mends, mended by a language model where there is one (spec 06 section 3.8).

What comes back is a stranger's text: it has to pass the gate and to keep every prop of the draft, in the time it is
given. Otherwise the handshake goes on as if nobody had been asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog

from ggui_core.clock import Clock, within
from ggui_core.offloading import weighed
from ggui_core.protocol import gate
from ggui_core.protocol.digests import contract_hash
from ggui_core.protocol.paths import clipped
from ggui_core.seams import Negotiator, RepairRequest
from ggui_sessions.amendments import patch
from ggui_sessions.negotiation import GADGETS, Negotiated, Negotiations, findings_of, implied_props
from ggui_sessions.normalisation import normalised
from ggui_sessions.salvage import has_surface
from ggui_sessions.tool_catalog import Catalog, identified

log = structlog.get_logger("ggui.sessions")


@dataclass(frozen=True, slots=True)
class Repairs:
    """Asks the negotiator of this server.

    Attributes:
        timeout_s: How long it may take.
    """

    negotiator: Negotiator | None
    clock: Clock
    timeout_s: float
    mended: Negotiations = field(default_factory=lambda: Negotiations(capacity=64))

    async def repaired(
        self, app_id: str, intent: str, draft: Mapping[str, Any], refused: Negotiated, catalog: Catalog
    ) -> Negotiated | None:
        """A sound contract in place of what could be kept of the draft; ``None`` when there is none."""
        if self.negotiator is None or not refused.issues:
            return None
        key, known = self.mended.known({"app": app_id, "intent": intent, "draft": draft})
        if known is not None:
            return known
        request = RepairRequest(app_id, intent, draft, refused.issues)
        try:
            answer = await within(self.clock, self.timeout_s, self.negotiator.repair(request))
            if answer is None:
                return None
            octets = orjson.dumps(answer)  # from here on it is JSON, and nobody else's
            mended = await weighed(len(octets), _judged, draft, octets, refused, catalog)
        except TimeoutError:
            log.warning("negotiator_slow", app=app_id, seconds=self.timeout_s)
            return None
        except Exception:
            log.exception("negotiator_failed", app=app_id)
            return None
        if mended is not None and key is not None:
            self.mended.remember(key, mended)
        return mended


def _judged(
    draft: Mapping[str, Any], octets: bytes, refused: Negotiated, catalog: Catalog
) -> Negotiated | None:
    answer = orjson.loads(octets)
    contract = identified(answer, catalog) if isinstance(answer, dict) else answer
    verdict = gate.check(contract, gadgets=GADGETS)
    if verdict.contract is None:
        log.warning("repair_refused", phase=verdict.failed_phase, issue=verdict.issues[0].code)
        return None
    lost = _props(normalised(draft)) - _props(contract)
    if lost or not has_surface(contract):
        log.warning("repair_refused", lost=clipped(", ".join(sorted(lost)), 240) or "everything")
        return None
    return Negotiated(
        "repaired",
        contract,
        contract_hash(contract),
        findings_of(refused.issues),
        refused.issues,
        amendments=tuple(patch(draft, contract)),
        draft_props=implied_props(draft),
    ).settle()


def _props(contract: Mapping[str, Any]) -> set[str]:
    spec = contract.get("propsSpec")
    properties = spec.get("properties") if isinstance(spec, Mapping) else None
    return set(properties) if isinstance(properties, Mapping) else set()
