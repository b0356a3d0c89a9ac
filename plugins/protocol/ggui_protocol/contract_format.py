"""What a contract may say, written from the models and the rules that the gate itself uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from ggui_core.protocol.bounds import (
    ACTION_DATA_BOUNDS,
    CONTEXT_SNAPSHOT_BYTES,
    CONTEXT_SNAPSHOT_SLOTS,
    CONTEXT_VALUE_BOUNDS,
    CONTRACT_BOUNDS,
    PROPS_BOUNDS,
)
from ggui_core.protocol.contract import (
    ActionEntry,
    AgentCapabilities,
    AgentTool,
    ClientCapabilities,
    ContextEntry,
    DataContract,
    GadgetUse,
    PropEntry,
    PropsSpec,
    ServerInfo,
    StreamEntry,
    StreamSource,
    ToolExample,
    ToolInfo,
)
from ggui_core.protocol.dialect import ANNOTATIONS, KEYWORDS, TYPES
from ggui_core.protocol.formats import FORMATS
from ggui_core.protocol.names import FORBIDDEN_SLOTS, RESERVED_PREFIX, RETIRED_FIELDS
from ggui_core.protocol.version import PROTOCOL_VERSION


class Part(NamedTuple):
    """One kind of object in a contract: where it stands, its model, and a word on each of its fields."""

    title: str
    model: type[BaseModel]
    fields: Mapping[str, str]


PARTS: Final = (
    Part(
        "The contract",
        DataContract,
        {
            "propsSpec": "What the agent hands to the component.",
            "actionSpec": "Gestures of the person, by name: component to agent.",
            "streamSpec": "Channels that the agent emits on while the component is open, by name.",
            "contextSpec": "Slots of component state that the agent can read, by name.",
            "agentCapabilities": "Tools that the agent can call for this component.",
            "clientCapabilities": "Gadget packages that the browser must provide.",
        },
    ),
    Part(
        "propsSpec",
        PropsSpec,
        {
            "properties": "The props by name.",
            "description": "What they are about, as a whole.",
        },
    ),
    Part(
        "propsSpec.properties.<name>",
        PropEntry,
        {
            "schema": "What the value looks like.",
            "required": "True: every render carries it. Otherwise the component must do without.",
            "description": "What it means.",
            "default": "What the component shows when it is absent.",
            "example": "A value as it may come.",
            "sourceTool": "Bare name of the declared tool that the agent fills it from.",
        },
    ),
    Part(
        "actionSpec.<name>",
        ActionEntry,
        {
            "label": "What the control says.",
            "schema": "The payload. Without it the action carries none.",
            "nextStep": "Bare name of a declared tool that the agent calls with the payload; the schemas agree.",
            "confirm": "True: the person confirms before it is sent.",
            "description": "When it is pressed, and what follows.",
            "icon": "Name of an icon for the control.",
            "example": "A payload as it may be sent.",
        },
    ),
    Part(
        "streamSpec.<name>",
        StreamEntry,
        {
            "schema": "One delivery.",
            "mode": "append: deliveries are a list. replace: each takes the place of the one before.",
            "replay": "What a view that connects later gets of the deliveries before.",
            "complete": "True: the agent will say when nothing more comes.",
            "source": "A tool that the server asks in turn, instead of the agent emitting.",
            "description": "What comes on it, and how often.",
            "example": "A delivery as it may come.",
        },
    ),
    Part(
        "streamSpec.<name>.source",
        StreamSource,
        {"tool": "Bare name of a declared tool.", "args": "Arguments of the call."},
    ),
    Part(
        "contextSpec.<name>",
        ContextEntry,
        {
            "schema": "What the slot holds.",
            "default": "What it starts with; needed where the schema names no single type.",
            "debounceMs": "Milliseconds without a change before the agent is told.",
            "description": "What it says about the person's state.",
            "example": "A value as it may be.",
        },
    ),
    Part("agentCapabilities", AgentCapabilities, {"tools": "Tools by bare name."}),
    Part(
        "agentCapabilities.tools.<name>",
        AgentTool,
        {
            "toolInfo": "What the tool's owner says about it.",
            "serverInfo": "The MCP server that has it.",
            "usage": "When the agent should call it.",
            "example": "One call and its answer.",
        },
    ),
    Part(
        "agentCapabilities.tools.<name>.toolInfo",
        ToolInfo,
        {
            "inputSchema": "Its arguments.",
            "description": "What it does.",
            "outputSchema": "Its structured answer.",
        },
    ),
    Part(
        "agentCapabilities.tools.<name>.serverInfo",
        ServerInfo,
        {"name": "As the server calls itself.", "version": "The version it was seen in."},
    ),
    Part(
        "agentCapabilities.tools.<name>.example",
        ToolExample,
        {"input": "The arguments.", "output": "The answer."},
    ),
    Part("clientCapabilities", ClientCapabilities, {"gadgets": "Exports by npm package name."}),
    Part(
        "clientCapabilities.gadgets.<package>.<export>",
        GadgetUse,
        {"description": "What it is for.", "usage": "How the component uses it."},
    ),
)

_NAMES: Final = {part.model.__name__: part.title for part in PARTS}


def documentation() -> str:
    """The whole page, Markdown."""
    return "\n\n".join([_OPENING, *map(_table, PARTS), _rules()]) + "\n"


_OPENING: Final = f"""\
# DataContract

A contract is one JSON object. It says what goes back and forth between an agent and a component, and nothing about how
the component looks. Protocol version: `{PROTOCOL_VERSION}`.

Every part may be left out. Objects are strict: an unknown key is refused, except at the top level, in
`agentCapabilities` and inside schemas. A field that does not apply is left out; `null` is refused where a value is
optional.

| from | to | part | in the component |
|---|---|---|---|
| agent | component | `propsSpec` | the props |
| component | agent | `actionSpec` | `useAction(name)` from `@ggui-ai/wire` |
| agent | component, over time | `streamSpec` | `useStream(name)` |
| component | agent, as state | `contextSpec` | `useGguiContext(name)` |"""


def _table(part: Part) -> str:
    lines = [f"## {part.title}", "", "| field | type | required | default | |", "|---|---|---|---|---|"]
    schema = part.model.model_json_schema(by_alias=True)
    required = schema.get("required", [])
    for name, member in schema["properties"].items():
        default = member.get("default")
        lines.append(
            f"| `{name}` | {_type(member)} | {'yes' if name in required else ''} "
            f"| {f'`{_json(default)}`' if default is not None else ''} | {part.fields[name]} |"
        )
    return "\n".join(lines)


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return f"object, see {_NAMES[schema['$ref'].rpartition('/')[2]]}"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"] if each.get("type") != "null")
    if "enum" in schema:
        return " or ".join(f"`{_json(value)}`" for value in schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"map of name to {_type(inner)}" if isinstance(inner, dict) and inner else "object"
    if kind == "string":
        return "string, not empty" if schema.get("minLength") else "string"
    return kind if isinstance(kind, str) else "any JSON"


def _json(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value}"


def _rules() -> str:
    return "\n".join(_rule_lines())


def _rule_lines() -> Iterator[str]:
    yield "## Names"
    yield ""
    yield (
        "- A name stands in one of `actionSpec`, `streamSpec` and `contextSpec` only; "
        "a slot is not called like a prop."
    )
    yield f"- Names that start with `{RESERVED_PREFIX}` are the server's own."
    yield (
        "- A context slot is an identifier of letters, digits and underscores; "
        f"{_listed(FORBIDDEN_SLOTS)} are refused."
    )
    yield "- A gadget export is a hook (`useName`) or a component (`Name`); its package is an npm package name."
    yield f"- Fields of earlier versions are errors: {_listed(RETIRED_FIELDS)}."
    yield ""
    yield "## Schemas"
    yield ""
    yield (
        "Draft-07, read strictly: an unknown keyword is refused, and so is one whose `type` is not declared beside it. "
        "`$ref` leads to a definition inside the same schema."
    )
    yield ""
    yield f"- Types: {_listed(TYPES)}; `nullable: true` adds `null` to them."
    yield f"- Keywords: {_listed(KEYWORDS - ANNOTATIONS)}."
    yield f"- Annotations: {_listed(ANNOTATIONS)}."
    yield f"- Formats: {_listed(FORMATS)}."
    yield (
        "- Objects are closed: what `properties` does not name is refused unless `additionalProperties` allows it, "
        'so `{"type": "object"}` accepts `{}` only.'
    )
    yield ""
    yield "## Sizes"
    yield ""
    yield "| what | bytes of JSON | depth | objects and arrays |"
    yield "|---|---|---|---|"
    for what, bounds in (
        ("a contract", CONTRACT_BOUNDS),
        ("props, one delivery", PROPS_BOUNDS),
        ("a payload", ACTION_DATA_BOUNDS),
        ("one context slot", CONTEXT_VALUE_BOUNDS),
    ):
        yield f"| {what} | {bounds.octets:,} | {bounds.depth} | {bounds.containers:,} |"
    yield ""
    yield (
        f"All context slots together: {CONTEXT_SNAPSHOT_BYTES:,} bytes, {CONTEXT_SNAPSHOT_SLOTS} slots. "
        "`ggui_protocol_validate_blueprint` runs the same gate as a handshake and names what it finds."
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
