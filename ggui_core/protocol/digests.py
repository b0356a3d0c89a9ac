"""The digests of the protocol. They have different inputs and encodings; do not mix them (spec 01 section 7).

====================================== ========================= ==================
digest                                 of                        encoding
====================================== ========================= ==================
:func:`contract_hash`                  a contract: its identity  16 hex digits
:func:`variant_key`                    a blueprint's variance    16 hex digits
:func:`props_schema_hash`              an enforced props schema  64 hex digits
:func:`render_slice_hash`              the four specs of a card  64 hex digits
:func:`tool_identity_catalog_hash`     who owns which tool       16 hex digits
:func:`code_hash`                      bytes of a component      16 or 64 digits
====================================== ========================= ==================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ggui_core.protocol.canonical import canonical_bytes, nfc, sha256_hex
from ggui_core.protocol.paths import utf16

DEFAULT_VARIANT: Final = "44136fa355b3678a"
"""The key of a variance that says nothing: the hash of ``{}``."""

_SHORT: Final = 16
_PROSE: Final = ("description", "usage")
_SLICE_DOMAIN: Final = b"ggui-validators-v2\n"
_SLICE_SPECS: Final = ("actionSpec", "contextSpec", "propsSpec", "streamSpec")


def canonical_contract(contract: Mapping[str, Any] | None) -> bytes:
    """The bytes whose hash identifies a contract (spec 01 section 7.1).

    Left out are the versions of tool servers and every text called ``description`` or ``usage``, at every depth;
    a *member* of these names that is no text stays. Text and keys are in NFC.

    Raises:
        NotCanonical: See :func:`ggui_core.protocol.canonical.canonical_bytes`.
    """
    plain: object = dict(contract or {})
    canonical_bytes(plain)  # bounds the depth of what the recursive steps below walk
    return canonical_bytes(nfc(_without_prose(_without_server_versions(plain))))


def contract_hash(contract: Mapping[str, Any] | None) -> str:
    """``contractHash`` of blueprints and handshakes: 16 hex digits. A missing contract is ``{}``."""
    return sha256_hex(canonical_contract(contract))[:_SHORT]


def canonical_variance(variance: Mapping[str, Any] | None) -> bytes:
    """The bytes of a variance: NFC, then everything empty removed at every depth (spec 01 section 7.2)."""
    plain: object = dict(variance or {})
    canonical_bytes(plain)
    return canonical_bytes(_without_empties(nfc(plain)) or {})


def variant_key(variance: Mapping[str, Any] | None) -> str:
    """``variantKey`` of a blueprint: 16 hex digits. Missing and empty variance are the same."""
    if not variance:
        return DEFAULT_VARIANT
    return sha256_hex(canonical_variance(variance))[:_SHORT]


def props_schema_hash(enforced: Mapping[str, Any]) -> str:
    """``propsSchemaHash`` of a schema made by :func:`ggui_core.protocol.props_schema.enforce`: 64 hex digits."""
    return sha256_hex(canonical_bytes(dict(enforced)))


def render_slice_hash(contract: Mapping[str, Any]) -> str:
    """``contractHash`` *of the render slice*, which names the validator bundle (spec 01 section 7.4): 64 digits.

    Only the four specs count, absent ones as ``null``; nothing is stripped or normalised.
    """
    specs = {name: contract.get(name) for name in _SLICE_SPECS}
    return sha256_hex(_SLICE_DOMAIN + canonical_bytes(specs))


def canonical_tool_identities(catalog: Mapping[str, Mapping[str, Any]]) -> bytes:
    """``[[key, name, version or null], ...]`` sorted by key, as compact JSON (spec 01 section 7.5)."""
    rows = [[key, owner["name"], owner.get("version")] for key, owner in catalog.items()]
    return canonical_bytes(sorted(rows, key=lambda row: utf16(row[0])))


def tool_identity_catalog_hash(catalog: Mapping[str, Mapping[str, Any]]) -> str:
    """``toolIdentityCatalogHash``: 16 hex digits. ``catalog`` maps a tool name to ``{name, version?}``."""
    return sha256_hex(canonical_tool_identities(catalog))[:_SHORT]


def code_hash(code: bytes) -> str:
    """``codeHash`` of a blueprint row: 16 hex digits of the compiled component's bytes (spec 01 section 7)."""
    return code_address(code)[:_SHORT]


def code_address(code: bytes) -> str:
    """The 64 hex digits under which a code store keeps a component."""
    return sha256_hex(code)


def _without_server_versions(contract: object) -> object:
    assert isinstance(contract, dict)
    capabilities = contract.get("agentCapabilities")
    if not isinstance(capabilities, Mapping) or not isinstance(capabilities.get("tools"), Mapping):
        return contract
    tools = {name: _without_server_version(tool) for name, tool in capabilities["tools"].items()}
    return {**contract, "agentCapabilities": {**capabilities, "tools": tools}}


def _without_server_version(tool: object) -> object:
    if not isinstance(tool, Mapping) or not isinstance(tool.get("serverInfo"), Mapping):
        return tool
    server = {key: value for key, value in tool["serverInfo"].items() if key != "version"}
    return {**tool, "serverInfo": server}


def _without_prose(value: object) -> object:
    if isinstance(value, list):
        return [_without_prose(item) for item in value]
    if isinstance(value, Mapping):
        return {
            key: _without_prose(member)
            for key, member in value.items()
            if not (key in _PROSE and isinstance(member, str))
        }
    return value


def _without_empties(value: object) -> object | None:
    """None for a value that is empty or becomes empty; numbers and booleans always stay."""
    if isinstance(value, list):
        return [kept for item in value if (kept := _without_empties(item)) is not None] or None
    if isinstance(value, Mapping):
        pairs = ((key, _without_empties(member)) for key, member in value.items())
        return {key: kept for key, kept in pairs if kept is not None} or None
    return None if value == "" else value
