"""Gadget descriptors (spec 01 section 2.5)."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ggui_core.protocol.gadgets import BUILT_IN, GadgetDescriptor, RegistryDescriptor

MINIMAL: dict[str, Any] = {"package": "@acme/maps", "version": "1.2.3", "exports": [{"hook": "useMap"}]}


def described(**fields: object) -> GadgetDescriptor:
    return GadgetDescriptor.model_validate(MINIMAL | fields)


@pytest.mark.parametrize(
    ("fields", "bundle", "style"),
    [
        ({}, "https://registry.ggui.ai/bundles/public/@acme/maps/1.2.3/bundle.js",
         "https://registry.ggui.ai/bundles/public/@acme/maps/1.2.3/style.css"),
        ({"bundleHost": "localhost:8080"}, "http://localhost:8080/bundles/public/@acme/maps/1.2.3/bundle.js",
         "http://localhost:8080/bundles/public/@acme/maps/1.2.3/style.css"),
        ({"bundleHost": "localhost.example.net"},
         "https://localhost.example.net/bundles/public/@acme/maps/1.2.3/bundle.js",
         "https://localhost.example.net/bundles/public/@acme/maps/1.2.3/style.css"),
        ({"bundleUrl": "https://cdn.example.net/m.js"}, "https://cdn.example.net/m.js", None),
        ({"bundleUrl": "https://a.example/m.js", "styleUrl": "https://b.example/m.css"},
         "https://a.example/m.js", "https://b.example/m.css"),
    ],
)  # fmt: skip
def test_code_and_style_are_found(fields: dict[str, object], bundle: str, style: str | None) -> None:
    gadget = described(**fields)
    assert (gadget.bundle_location, gadget.style_location) == (bundle, style)


@pytest.mark.parametrize(
    "fields",
    [
        {"package": "Acme"},
        {"version": "1.2"},
        {"version": "\u0661.2.3"},
        {"version": "1.2.3-\u03b1"},
        {"exports": []},
        {"exports": [{}]},
        {"exports": [{"hook": "useMap", "component": "Map"}]},
        {"exports": [{"hook": "map"}]},
        {"exports": [{"component": "map"}]},
        {"bundleUrl": "/m.js"},
        {"bundleHost": "https://a"},
        {"bundleSri": "sha256-AAAA"},
        {"connect": ["example.net"]},
        {"requires": ["GGUI_PUBLIC_USER_KEY"]},
        {"unknown": 1},
    ],
)
def test_wrong_descriptors_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        described(**fields)


def test_a_registry_wants_documentation_and_known_permissions() -> None:
    export = {"hook": "useMap", "description": "d", "usage": "u", "example": "e"}
    assert RegistryDescriptor.model_validate(MINIMAL | {"exports": [export]})
    assert RegistryDescriptor.model_validate(MINIMAL | {"exports": [{**export, "permission": "midi"}]})
    for worse in ({"usage": ""}, {"permission": "bluetooth"}):
        with pytest.raises(ValidationError):
            RegistryDescriptor.model_validate(MINIMAL | {"exports": [export | worse]})
    with pytest.raises(ValidationError):
        RegistryDescriptor.model_validate(MINIMAL)


def test_the_built_in_package_has_seven_hooks_and_no_location() -> None:
    assert len(BUILT_IN.exports) == 7
    assert BUILT_IN.bundle_location is None
    assert BUILT_IN.style_location is None


def test_origins_are_those_that_a_policy_can_name() -> None:
    gadget = described(
        bundleUrl="https://cdn.example:8443/m.js",
        styleUrl="https://cdn.example:8443/m.css",
        connect=["https://user:secret@tiles.example/a?b", "https://tiles.example/c"],
    )
    assert gadget.resource_origins == ("https://cdn.example:8443",)
    assert gadget.connect_origins == ("https://tiles.example",)
    assert BUILT_IN.resource_origins == ()
