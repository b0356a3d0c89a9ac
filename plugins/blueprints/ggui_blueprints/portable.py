"""A blueprint on its way between servers, and the folder that carries many (spec 06 section 2.6, 07 section 17)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ggui_core.errors import BootError, GguiError
from ggui_core.manifest import read_manifest
from ggui_core.protocol import gate
from ggui_core.protocol.blueprint import Blueprint, Provenance
from ggui_core.protocol.digests import contract_hash, variant_key
from ggui_core.protocol.errors import ContractRefused, NotCanonical
from ggui_core.protocol.names import RETIRED_FIELDS
from ggui_core.protocol.version import PROTOCOL_VERSION

SCHEMA_VERSION: Final = 2
MANIFEST: Final = "manifest.json"
CODES: Final = "codes"
MOST_BYTES: Final = 256 * 1024 * 1024
"""What the manifest of a pool may weigh."""

MOST_BLUEPRINTS: Final = 20_000

_CODE_REF: Final = re.compile(r"[0-9a-f]{64}\.tsx")
_HASH: Final = re.compile(r"[0-9a-f]{16}")
_VARIANCE: Final[Mapping[str, type]] = {"persona": str, "aesthetic": str, "context": dict, "seedPrompt": str}
_MEMBERS: Final = frozenset(
    {
        "schemaVersion",
        "contract",
        "componentCode",
        "variance",
        "contractHash",
        "variantKey",
        "source",
        "generatorProtocolVersion",
        "intent",
        "toolIdentityCatalogHash",
    }
)


class RecordRefused(GguiError):
    """A record that no blueprint can be made of."""

    code = "record_refused"


@dataclass(frozen=True, slots=True)
class PortableBlueprint:
    """What travels, without its code. The keys are those that its contract and variance have, whatever it says.

    Attributes:
        mismatch: What the record said instead, for the log; empty when it said the truth.
    """

    contract: Mapping[str, Any]
    contract_hash: str
    variance: Mapping[str, Any]
    variant_key: str
    source: Provenance
    intent: str = ""
    mismatch: str = ""

    @classmethod
    def of(cls, blueprint: Blueprint) -> PortableBlueprint:
        """What travels of a blueprint."""
        return cls(
            blueprint.contract,
            blueprint.contract_hash,
            blueprint.variance,
            blueprint.variant_key,
            blueprint.source,
            blueprint.intent,
        )

    @classmethod
    def parse(cls, value: object) -> PortableBlueprint:
        """A record of another server. Its contract has still to pass the gate: see :meth:`fault`.

        Raises:
            RecordRefused: it is malformed or of another version, or its contract has fields that were retired.
        """
        if not isinstance(value, Mapping):
            raise RecordRefused("it is no JSON object")
        unknown = sorted(set(value) - _MEMBERS)
        if unknown:
            raise RecordRefused(f"it has the unknown member {json.dumps(unknown[0])[:80]}")
        if value.get("schemaVersion") != SCHEMA_VERSION:
            raise RecordRefused("its schemaVersion is not 2; export it again with a server of this version")
        era = value.get("generatorProtocolVersion")
        if era != PROTOCOL_VERSION:
            raise RecordRefused(f"its generatorProtocolVersion is not {PROTOCOL_VERSION}")
        source = Provenance.parse(value.get("source"))
        if source is None:
            raise RecordRefused("its source is no provenance")
        intent = value.get("intent")
        if intent is not None and (not isinstance(intent, str) or not intent):
            raise RecordRefused("its intent is no text")
        catalog = value.get("toolIdentityCatalogHash")
        if catalog is not None and (not isinstance(catalog, str) or not _HASH.fullmatch(catalog)):
            raise RecordRefused("its toolIdentityCatalogHash is not 16 hex digits")
        variance = _variance(value.get("variance"))
        contract = _contract(value.get("contract"))
        try:
            hashed, key = contract_hash(contract), variant_key(variance)
        except NotCanonical as fault:
            raise RecordRefused("it cannot be hashed") from fault
        said = {"contractHash": hashed, "variantKey": key}
        wrong = [name for name, truth in said.items() if value.get(name) != truth]
        return cls(contract, hashed, variance, key, source, intent or "", ", ".join(wrong))

    def fault(self) -> str | None:
        """What the gate says against its contract; takes milliseconds, so a pool asks when an entry is needed."""
        try:
            gate.check(self.contract).accepted()
        except ContractRefused as refusal:
            first = next(issue for issue in refusal.issues if issue.severity == "error")
            return f"its contract is refused: [{first.code}] {first.path}: {first.message}"
        return None

    def record(self) -> dict[str, Any]:
        """As a manifest carries it."""
        record: dict[str, Any] = {
            "schemaVersion": SCHEMA_VERSION,
            "contract": self.contract,
            "variance": self.variance,
            "contractHash": self.contract_hash,
            "variantKey": self.variant_key,
            "source": self.source.wire(),
            "generatorProtocolVersion": PROTOCOL_VERSION,
        }
        if self.intent:
            record["intent"] = self.intent
        return record


def _contract(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RecordRefused("its contract is no JSON object")
    retired = next((name for name in RETIRED_FIELDS if name in value), None)
    if retired is not None:
        raise RecordRefused(f"its contract has the retired field {retired}")
    return value


def _variance(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RecordRefused("its variance is no JSON object")
    for name, member in value.items():
        if name not in _VARIANCE or not isinstance(member, _VARIANCE[name]):
            raise RecordRefused(f"its variance has no {str(name)[:40]} like this")
    return value


@dataclass(frozen=True, slots=True)
class PoolEntry:
    """One entry of a pool's manifest.

    Attributes:
        code_ref: Name of its file below ``codes``; its stem is the SHA-256 of the file.
    """

    blueprint: PortableBlueprint
    code_ref: str

    @property
    def digest(self) -> str:
        """What the bytes of its file hash to."""
        return self.code_ref.removesuffix(".tsx")


def read_pool(folder: Path, shown: str) -> Iterator[PoolEntry | str]:
    """The entries of a pool, and a sentence for each one that is none.

    Raises:
        BootError: the pool cannot be read at all.
    """
    path = folder / MANIFEST
    try:
        size = path.stat().st_size
    except OSError as fault:
        raise BootError(
            f"{shown}: there is no {MANIFEST} that can be read ({fault.strerror}); name a folder that "
            "ggui export-pool wrote"
        ) from None
    if size > MOST_BYTES:
        raise BootError(f"{shown}: {MANIFEST} is larger than {MOST_BYTES:,} bytes; split the pool")
    manifest = read_manifest(path, f"{shown}: {MANIFEST}")
    version = manifest.get("schemaVersion")
    if version == 1:
        raise BootError(
            f"{shown}: {MANIFEST}: $.schemaVersion: is 1, which lacks provenance; re-export the pool"
        )
    if version != SCHEMA_VERSION:
        raise BootError(f"{shown}: {MANIFEST}: $.schemaVersion: must be 2; export the pool again")
    listed = manifest.get("blueprints")
    if not isinstance(listed, list):
        raise BootError(f"{shown}: {MANIFEST}: $.blueprints: must be a list; export the pool again")
    if len(listed) > MOST_BLUEPRINTS:
        raise BootError(f"{shown}: holds more than {MOST_BLUEPRINTS:,} blueprints; split the pool")
    for number, value in enumerate(listed):
        try:
            yield _entry(value)
        except RecordRefused as refusal:
            yield f"$.blueprints[{number}]: {refusal.message}"


def _entry(value: object) -> PoolEntry:
    if not isinstance(value, Mapping):
        raise RecordRefused("it is no JSON object")
    ref = value.get("codeRef")
    if not isinstance(ref, str) or not _CODE_REF.fullmatch(ref):
        raise RecordRefused("its codeRef is not 64 hex digits and .tsx")
    return PoolEntry(PortableBlueprint.parse(value.get("record")), ref)


@dataclass(frozen=True, slots=True)
class Packed:
    """A blueprint with the text of its module."""

    blueprint: PortableBlueprint
    code: str


def write_pool(folder: Path, packed: Iterable[Packed]) -> int:
    """Write a pool into an empty folder; returns how many blueprints it holds."""
    codes = folder / CODES
    codes.mkdir(parents=True)
    entries = []
    for one in packed:
        octets = one.code.encode()
        ref = f"{sha256(octets).hexdigest()}.tsx"
        (codes / ref).write_bytes(octets)
        entries.append({"record": one.blueprint.record(), "codeRef": ref})
    text = json.dumps({"schemaVersion": SCHEMA_VERSION, "blueprints": entries}, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")
    return len(entries)
