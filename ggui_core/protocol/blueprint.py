"""A blueprint: a component that is kept to be shown again (spec 06 section 2, spec 01 section 9).

Blueprints of one app and one contract form a group; its members differ in their variance. Times are whole
milliseconds since the epoch.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

SHARED_APP: Final = "shared"
"""The scope of read-only pools, which every app may reuse from."""

NO_MODEL: Final = "none"
"""What a blueprint's provenance names as the model of a generator that uses none: clients require a name."""

ProvenanceKind = Literal["llm", "user", "curated"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the component of a blueprint comes from: a closed union on the wire (spec 06 section 2.1).

    Attributes:
        kind: ``llm`` for what a generator wrote, ``user`` for bytes an operator gave, ``curated`` for a pool.
        generator, model: Set for ``llm`` and for nothing else.
    """

    kind: ProvenanceKind
    generator: str | None = None
    model: str | None = None

    @classmethod
    def generated(cls, generator: str, model: str | None) -> Provenance:
        """What a generator wrote, with or without a language model."""
        return cls("llm", generator, model or NO_MODEL)

    @classmethod
    def parse(cls, value: object) -> Provenance | None:
        """The provenance in a JSON value; ``None`` when it is malformed, members too many included."""
        if not isinstance(value, Mapping):
            return None
        if value.get("kind") == "llm":
            generator, model = value.get("generator"), value.get("model")
            named = isinstance(generator, str) and generator and isinstance(model, str) and model
            return cls("llm", generator, model) if named and len(value) == 3 else None
        kind = value.get("kind")
        if len(value) != 1 or kind not in ("user", "curated"):
            return None
        return cls("user" if kind == "user" else "curated")

    def wire(self) -> dict[str, str]:
        """As ``source`` carries it."""
        if self.kind == "llm":
            return {"kind": "llm", "generator": self.generator or "", "model": self.model or NO_MODEL}
        return {"kind": self.kind}


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A stored component with the contract it was made for.

    Attributes:
        id: ``bp_`` and a UUID; the one id under which tools, handshakes and sessions name it.
        app_id: Whose it is; :data:`SHARED_APP` for pools.
        contract: The effective contract, as JSON.
        contract_hash: Names the group, together with ``app_id``.
        variance: How this member looks and sounds; ``{}`` for the default variant.
        variant_key: Hash of ``variance``; tells the members of a group apart.
        code_hash: 64 hex digits of the compiled module in the code store.
        authored: The TSX it was compiled from, where somebody wrote some.
        intent: What it was first asked for as; searched, never matched exactly.
        created_by: Who asked for it, whatever its provenance.
        validator_score: 0 to 1, where a check rated it.
        is_operator_default: The operator's choice within its group; at most one has it.
        is_installed, is_featured: Declared by the project; never evicted.
        is_yanked: Kept, and offered to nobody.
        hits: How often it was reused.
    """

    id: str
    app_id: str
    contract: Mapping[str, Any]
    contract_hash: str
    variance: Mapping[str, Any]
    variant_key: str
    source: Provenance
    code_hash: str
    created_at_ms: int
    created_by: Literal["agent", "operator"]
    authored: str | None = None
    intent: str = ""
    name: str | None = None
    description: str | None = None
    validator_score: float | None = None
    is_operator_default: bool = False
    is_installed: bool = False
    is_featured: bool = False
    is_yanked: bool = False
    hits: int = 0
    last_hit_at_ms: int | None = None

    @property
    def exact_key(self) -> tuple[str, str]:
        """What a request must share with it to be served by it without any judgement (spec 06 section 1)."""
        return self.contract_hash, self.variant_key


def new_blueprint_id() -> str:
    """A fresh id."""
    return f"bp_{uuid.uuid4()}"
