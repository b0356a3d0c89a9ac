"""Cards that only show a blueprint: nobody's session stands behind them (spec 02 section 10.5).

A host may ask for a page long after its session, and all that is known of it, is gone. Where the app still has a
blueprint for the contract that the address names, the page shows what that looks like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ggui_core.protocol.blueprint import Blueprint
from ggui_core.protocol.digests import variant_key
from ggui_core.protocol.props_schema import enforce
from ggui_core.protocol.session import STATIC, Component, Session, Tenant
from ggui_core.registry import Candidate, RegistryTiers
from ggui_core.seams import BlueprintQuery
from ggui_sessions.example import placeholder

_KEY: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)
_DEFAULT_VARIANT: Final = variant_key(None)


@dataclass(frozen=True, slots=True)
class StaticCards:
    """Finds them among the blueprints of an app."""

    tiers: RegistryTiers
    default_theme: str | None

    async def find(self, app_id: str, blueprint_key: str) -> Session | None:
        """A card with default props for a contract's hash, or ``None``. It says nothing of who asked before."""
        if _KEY.fullmatch(blueprint_key) is None:
            return None
        query = BlueprintQuery(app_id, "", {}, blueprint_key, {}, _DEFAULT_VARIANT)
        async for offered in self.tiers.matches(query):
            fitting = [one for one in offered if one.blueprint.contract_hash == blueprint_key]
            for candidate in sorted(fitting, key=_preference):
                component = await candidate.component()
                if component is not None:
                    return _card(candidate.blueprint, component, app_id, self.default_theme)
        return None


def _preference(candidate: Candidate) -> tuple[bool, bool, int, int]:
    """The operator's choice first, then the default variant, then what is used most, then the newest."""
    blueprint = candidate.blueprint
    is_default = blueprint.variant_key == _DEFAULT_VARIANT
    return not blueprint.is_operator_default, not is_default, -blueprint.hits, -blueprint.created_at_ms


def _card(blueprint: Blueprint, component: Component, app_id: str, theme_id: str | None) -> Session:
    schema = enforce(blueprint.contract.get("propsSpec"))
    return Session(
        id=f"{STATIC}{blueprint.id}",
        tenant=Tenant(app_id),
        short_code="",
        intent=blueprint.name or "",  # what it was first asked for as is the words of another user
        contract=blueprint.contract,
        contract_hash=blueprint.contract_hash,
        variant_key=blueprint.variant_key,
        variance=blueprint.variance,
        props=default_props(blueprint.contract.get("propsSpec")),
        props_schema=schema.schema,
        props_schema_hash=schema.hash,
        props_schema_profile=schema.profile,
        created_at_ms=0,
        last_activity_at_ms=0,
        expires_at_ms=0,
        component=component,
        blueprint_id=blueprint.id,
        theme_id=theme_id,
    )


def default_props(props_spec: Mapping[str, Any] | None) -> dict[str, Any]:
    """Declared defaults, and an empty value of the right type for what is required and has none."""
    entries: Mapping[str, Any] = (props_spec or {}).get("properties", {})
    return {
        name: entry["default"] if "default" in entry else placeholder(entry["schema"])
        for name, entry in entries.items()
        if "default" in entry or entry.get("required") is True
    }
