"""A render is refused before anything is written when it names what the app has not (spec 07 section 15.3)."""

from __future__ import annotations

from typing import Any

import pytest

from ggui_core.testing import Booted

from .serving import ROW, contract, serving

DUPLICATE = {"clientCapabilities": {"gadgets": {"@acme/map": {"Map": {}}, "@acme/other": {"Map": {}}}}}
ENV = {"GGUI_PUBLIC_APP_MAP_KEY": ""}


async def refused(server: Booted, contract: dict[str, Any]) -> dict[str, Any]:
    draft = {"intent": "Show a map", "blueprintDraft": {"contract": contract}}
    agreed = (await server.call_tool("ggui_handshake", draft))["structuredContent"]
    given = {"handshakeId": agreed["handshakeId"], "props": {}}
    first = await server.call_tool("ggui_render", given)
    assert first["isError"], first
    again = await server.call_tool("ggui_render", given)
    assert again["content"] == first["content"], "the handshake stays open"
    error: dict[str, Any] = first["_meta"]["ai.ggui/error"]
    assert first["content"][0]["text"].startswith(f"{error['code']}: ")
    return error


@pytest.mark.parametrize(
    ("contract", "env", "code", "found"),
    [
        (
            DUPLICATE,
            ENV,
            "duplicate_gadget_hook",
            {"duplicates": [{"package": "@acme/other", "firstSeenPackage": "@acme/map", "hook": "Map"}]},
        ),
        (
            contract(builtin=["useGeoLocation"], map=["useCamera"]),
            ENV,
            "gadget_not_registered",
            {
                "unregistered": [
                    {"hook": "useGeoLocation", "package": "@ggui-ai/gadgets", "suggestion": "useGeolocation"}
                ],
                "secondary": {
                    "packageMismatches": [
                        {
                            "hook": "useCamera",
                            "requestedPackage": "@acme/map",
                            "registered": ["@ggui-ai/gadgets"],
                        }
                    ]
                },
            },
        ),
        (
            contract(map=["useCamera"]),
            {},
            "gadget_package_mismatch",
            {
                "mismatches": [
                    {"hook": "useCamera", "requestedPackage": "@acme/map", "registered": ["@ggui-ai/gadgets"]}
                ]
            },
        ),
        (
            contract(map=["Map"]),
            {"GGUI_PUBLIC_APP_MAP_KEYS": "k"},
            "gadget_public_env_missing",
            {
                "violations": [
                    {
                        "hook": "Map",
                        "package": "@acme/map",
                        "missingKey": "GGUI_PUBLIC_APP_MAP_KEY",
                        "suggestion": "GGUI_PUBLIC_APP_MAP_KEYS",
                    }
                ]
            },
        ),
    ],
    ids=["duplicate", "not registered", "mismatch", "public env"],
)
async def test_every_miss_is_named_with_its_code(
    contract: dict[str, Any], env: dict[str, str], code: str, found: dict[str, Any]
) -> None:
    async with serving([ROW], env=env) as server:
        error = await refused(server, contract)
    assert error["code"] == code
    assert {name: error[name] for name in found} == found
    assert error["retryable"] is True


async def test_a_package_that_is_declared_and_not_named_needs_nothing() -> None:
    async with serving([ROW], env={}) as server:
        error = await refused(server, contract(builtin=["useNothing"]))
    assert error["code"] == "gadget_not_registered"


async def test_a_thousand_misses_are_answered_at_once_and_briefly() -> None:
    asked = contract(map=[f"useThing{number}" for number in range(1500)])
    async with serving([ROW]) as server:
        error = await refused(server, asked)
    assert len(error["unregistered"]) == 20
