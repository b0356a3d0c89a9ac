"""What is said about a contract: its summary, its example call, what a view starts with, what its gadgets need."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ggui_core.errors import ToolError
from ggui_core.protocol.gadget_gate import check_gadgets, permissions
from ggui_core.protocol.gadgets import BUILT_IN, GadgetDescriptor, GadgetExport
from ggui_sessions import context, host_context
from ggui_sessions.amendments import patch
from ggui_sessions.equality import same_json
from ggui_sessions.example import example_props, placeholder, render_example
from ggui_sessions.summary import contract_summary

from .serving import CONTRACT

STRING = {"type": "string"}


# Summary (spec 06 section 1.3)


@pytest.mark.parametrize(
    ("contract", "line"),
    [
        ({}, "slots=∅; actions=∅; streams=∅"),
        ({"propsSpec": {"properties": {}}}, "slots=∅; actions=∅; streams=∅"),
        (
            {
                "propsSpec": {
                    "properties": {
                        "title": {"schema": STRING, "required": True},
                        "count": {"schema": {"type": "number"}},
                    }
                },
                "actionSpec": {
                    "increment": {"label": "+", "schema": {"type": "object", "properties": {"by": {}}}}
                },
                "contextSpec": {"draft": {"schema": STRING}},
                "streamSpec": {"ticks": {"schema": {}}},
            },
            "slots=draft:string; actions=increment(by); streams=ticks; props=count:number,title:string!",
        ),
        (
            {
                "actionSpec": {
                    "b": {"label": "b"},
                    "a": {"label": "a", "schema": {"type": "object", "properties": {"z": {}, "y": {}}}},
                },
                "contextSpec": {"any": {"schema": {"anyOf": [STRING]}, "default": ""}},
                "propsSpec": {
                    "properties": {
                        "either": {"schema": {"type": ["string", "null"]}, "required": True},
                        "maybe": {"schema": STRING, "required": False},
                    }
                },
            },
            "slots=any; actions=a(y,z),b; streams=∅; props=either!,maybe:string",
        ),
    ],
)
def test_a_contract_in_one_line(contract: dict[str, Any], line: str) -> None:
    assert contract_summary(contract) == line


def test_a_line_has_an_end() -> None:
    huge = {"actionSpec": {f"action_{number}": {"label": "x"} for number in range(2_000)}}
    assert len(contract_summary(huge)) == 4_000


# Example call (spec 02 section 6.1)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"const": 7, "default": 8}, 7),
        ({"example": "e", "default": "d"}, "e"),
        ({"default": None, "type": "string"}, None),
        ({"enum": ["first", "second"], "type": "string"}, "first"),
        ({"type": "number"}, 0),
        ({"type": "integer", "minimum": 3}, 0),
        ({"type": "boolean"}, False),
        ({"type": "string"}, ""),
        ({"type": "null"}, None),
        ({"type": ["null", "integer"]}, 0),
        ({}, ""),
        ({"anyOf": [STRING]}, ""),
        ({"type": "array", "items": {"type": "integer"}}, [0]),
        ({"type": "array"}, []),
        ({"type": "object", "properties": {"b": {"type": "boolean"}, "a": STRING}}, {"b": False, "a": ""}),
        ({"type": "object"}, {}),
    ],
)
def test_a_placeholder_has_the_type_that_is_asked_for(schema: dict[str, Any], value: Any) -> None:
    assert same_json(placeholder(schema), value)


def test_placeholders_end_at_the_fourth_level() -> None:
    nested: dict[str, Any] = STRING
    for _ in range(6):
        nested = {"type": "object", "properties": {"a": nested}}
    assert placeholder(nested) == {"a": {"a": {"a": {}}}}


@pytest.mark.spec("02 18.12")
def test_props_of_the_example_are_all_declared_ones_with_required_ones_first() -> None:
    spec = {
        "properties": {
            "c": {"schema": STRING, "default": "d"},
            "b": {"schema": STRING, "required": True, "example": "e", "default": "d"},
            "a": {"schema": {"type": "integer"}, "required": True},
        }
    }
    assert list(example_props(spec).items()) == [("b", "e"), ("a", 0), ("c", "d")]
    assert example_props(None) == {}


def test_the_example_is_a_literal_call() -> None:
    call = render_example("h-1", CONTRACT)
    assert call.startswith("ggui_render({")
    arguments = json.loads(call.removeprefix("ggui_render(").removesuffix(")"))
    assert arguments == {"handshakeId": "h-1", "props": {"title": "", "rows": [{"id": "", "done": False}]}}


# Amendments


@pytest.mark.parametrize(
    ("before", "after", "operations"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, [{"op": "replace", "path": "/a", "value": True}]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}, [{"op": "remove", "path": "/a/b"}]),
        ({}, {"a/b": {"~": 1}}, [{"op": "add", "path": "/a~1b", "value": {"~": 1}}]),
        ({"~": [1, 2]}, {"~": [1]}, [{"op": "replace", "path": "/~0", "value": [1]}]),
        ({"a": [1]}, {"a": {"b": 1}}, [{"op": "replace", "path": "/a", "value": {"b": 1}}]),
    ],
)
def test_a_patch_leads_from_draft_to_contract(before: Any, after: Any, operations: list[Any]) -> None:
    assert patch(before, after) == operations


# Context slots


def test_slots_start_with_the_snapshot_then_the_default_then_what_the_type_says() -> None:
    contract = {
        "contextSpec": {
            "filter": {"schema": STRING, "default": "all", "debounceMs": 0},
            "page_size": {"schema": {"type": "integer"}},
            "nothing": {"schema": {"type": ["string", "null"]}, "default": None},
        }
    }
    assert list(context.slots(contract, {"filter": None, "gone": 1})) == [
        {
            "name": "filter",
            "contextName": "FilterContext",
            "schema": STRING,
            "default": None,
            "debounceMs": 0,
        },
        {"name": "page_size", "contextName": "PageSizeContext", "schema": {"type": "integer"}, "default": 0},
        {
            "name": "nothing",
            "contextName": "NothingContext",
            "schema": {"type": ["string", "null"]},
            "default": None,
        },
    ]
    assert [slot["default"] for slot in context.slots(contract, None)] == ["all", 0, None]
    assert list(context.slots({}, None)) == []


@pytest.mark.parametrize(
    ("snapshot", "fits"),
    [
        ({f"s{n}": 1 for n in range(50)}, True),
        ({f"s{n}": 1 for n in range(51)}, False),
        ({"s": "x" * 16_382}, True),
        ({"s": "x" * 16_383}, False),
        ({"s": "é" * 8_191}, True),
        ({"s": "é" * 8_192}, False),
        ({f"s{n}": "x" * 16_000 for n in range(4)}, True),
        ({f"s{n}": "x" * 16_000 for n in range(5)}, False),
    ],
)
def test_sizes_of_a_snapshot(snapshot: dict[str, Any], fits: bool) -> None:
    assert (context.excess(snapshot) is None) is fits


def test_the_context_of_a_gesture_keeps_declared_slots_of_a_decent_size() -> None:
    given = {"filter": "x" * 20_000, "page_size": "not a number", "other": 1}
    assert context.declared_slots(CONTRACT, given) == {"page_size": "not a number"}
    assert context.declared_slots(CONTRACT, None) == {}
    assert context.declared_slots({}, {"a": 1}) == {}


# Host context (spec 01 section 10.5)


def test_malformed_members_of_a_host_context_are_dropped_one_by_one() -> None:
    given = {
        "availableDisplayModes": ["pip", "hologram", "inline"],
        "currentDisplayMode": "hologram",
        "containerDimensions": {"width": 640, "height": "tall", "maxHeight": True, "maxWidth": -1},
        "platform": "web",
        "deviceCapabilities": {"touch": True, "hover": "no"},
        "locale": "",
        "timeZone": "Europe/Berlin",
        "secret": "x",
    }
    assert host_context.projection(given) == {
        "availableDisplayModes": ["inline", "pip"],
        "containerDimensions": {"width": 640},
        "platform": "web",
        "deviceCapabilities": {"touch": True},
        "timeZone": "Europe/Berlin",
    }
    assert host_context.projection({"containerDimensions": 5, "deviceCapabilities": [], "platform": 1}) == {}


# Gadgets (spec 02 section 6.2, gate 7)

MAP = GadgetDescriptor(
    package="@acme/map",
    version="1.0.0",
    exports=(GadgetExport(component="Map"), GadgetExport(hook="useRoute", permission="geolocation")),
    requires=("GGUI_PUBLIC_APP_MAP_KEY",),
)
KNOWN = {BUILT_IN.package: BUILT_IN, MAP.package: MAP}


def asking(**packages: list[str]) -> dict[str, Any]:
    """A contract that asks packages for exports."""
    names = {"builtin": "@ggui-ai/gadgets", "map": "@acme/map", "other": "@acme/other"}
    gadgets = {names[name]: {export: {} for export in exports} for name, exports in packages.items()}
    return {"clientCapabilities": {"gadgets": gadgets}}


@pytest.mark.parametrize(
    ("contract", "code"),
    [
        (asking(builtin=["useCamera"], other=["useCamera"]), "duplicate_gadget_hook"),
        (asking(other=["useThing"]), "gadget_not_registered"),
        (asking(builtin=["useThing"]), "gadget_not_registered"),
        (asking(other=["useCamera"]), "gadget_package_mismatch"),
        (asking(builtin=["Map"]), "gadget_package_mismatch"),
        (asking(map=["Map"]), "gadget_public_env_missing"),
    ],
)
def test_gadgets_that_the_app_cannot_give(contract: dict[str, Any], code: str) -> None:
    with pytest.raises(ToolError) as refused:
        check_gadgets(contract, KNOWN, {})
    assert refused.value.code == code


def test_gadgets_that_it_can() -> None:
    check_gadgets({}, KNOWN, {})
    check_gadgets(asking(builtin=["useCamera"], map=["Map"]), KNOWN, {"GGUI_PUBLIC_APP_MAP_KEY": "k"})


def test_permissions_are_those_of_the_exports_that_are_asked_for() -> None:
    contract = asking(map=["useRoute", "Map"], builtin=["useCamera", "useFilePicker", "useGeolocation"])
    assert permissions(contract, KNOWN) == ("geolocation", "camera")
    assert permissions(asking(other=["useThing"]), KNOWN) == ()
