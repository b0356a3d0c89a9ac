"""The shape of a contract (spec 01 section 2). Whether it also makes sense is for :mod:`.gate` to say.

The models are strict: unknown keys are refused, except at the top, in ``agentCapabilities`` and in schemas. The
hash of a contract is taken from the JSON that came in, never from a model, because a default that is spelled out
and one that is left out are different contracts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from ggui_core.protocol.names import is_component, is_hook, is_package

Schema = dict[str, Any]
"""A JSON Schema; what it may say is checked by :mod:`.dialect`."""

DEFAULT_DEBOUNCE_MS: Final = 300


def _whole(value: object) -> object:
    """``300.0`` is the whole number 300 on a wire whose numbers are doubles."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Milliseconds = Annotated[int, BeforeValidator(_whole), Field(ge=0)]


class _Entry(BaseModel):
    """A strict part of a contract. ``None`` in a field means that it was left out: the wire refuses null."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=to_camel, populate_by_name=False
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_null(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, Mapping):
            for name, field in cls.model_fields.items():
                key = field.alias or name
                if value.get(key, ...) is None and field.annotation is not Any:
                    raise PydanticCustomError(
                        "null_type", "'{key}' is null; leave it out instead", {"key": key}
                    )
        return value

    def has(self, name: str) -> bool:
        """True when a field was given, even as null: what tells ``default: null`` from no default."""
        return name in self.model_fields_set


class PropEntry(_Entry):
    """One prop: agent to UI."""

    schema_: Schema = Field(alias="schema")
    required: bool = False
    description: str | None = None
    default: Any = None
    example: Any = None
    source_tool: str | None = None


class PropsSpec(_Entry):
    """The props of a UI."""

    properties: dict[str, PropEntry]
    description: str | None = None


class ActionEntry(_Entry):
    """One action: UI to agent. Without a schema it is void, and its payload is not looked at."""

    label: str
    schema_: Schema | None = Field(default=None, alias="schema")
    next_step: Annotated[str, Field(min_length=1)] | None = None
    confirm: bool | None = None
    description: str | None = None
    icon: str | None = None
    example: Any = None


class StreamSource(_Entry):
    """The tool that a channel is polled from."""

    tool: str
    args: dict[str, Any] | None = None


class StreamEntry(_Entry):
    """One channel: agent to UI, over time."""

    schema_: Schema = Field(alias="schema")
    mode: Literal["append", "replace"] = "append"
    replay: Literal["latest", "all", "none"] = "none"
    complete: bool = False
    source: StreamSource | None = None
    description: str | None = None
    example: Any = None


class ContextEntry(_Entry):
    """One slot of state that the agent can read."""

    schema_: Schema = Field(alias="schema")
    default: Any = None
    debounce_ms: Milliseconds = DEFAULT_DEBOUNCE_MS
    description: str | None = None
    example: Any = None


class ToolInfo(_Entry):
    """What the owner of a tool says about it."""

    input_schema: Schema
    description: str | None = None
    output_schema: Schema | None = None


class ServerInfo(_Entry):
    """Which MCP server owns a tool."""

    name: str
    version: str | None = None


class ToolExample(_Entry):
    """One call and its answer."""

    input: Any
    output: Any


class AgentTool(_Entry):
    """A tool that the agent can call for the UI."""

    tool_info: ToolInfo
    server_info: ServerInfo | None = None
    usage: str | None = None
    example: ToolExample | None = None


class AgentCapabilities(_Entry):
    """What the agent can do; open for keys of later versions."""

    model_config = ConfigDict(extra="allow")

    tools: dict[str, AgentTool]


class GadgetUse(_Entry):
    """One export of a gadget package that the UI may use."""

    description: str | None = None
    usage: str | None = None


def _package(name: str) -> str:
    if not is_package(name):
        raise PydanticCustomError("package_name", "'{name}' is no npm package name", {"name": name})
    return name


def _export(name: str) -> str:
    if not is_hook(name) and not is_component(name):
        message = "'{name}' is neither a hook (useName) nor a component (Name)"
        raise PydanticCustomError("export_name", message, {"name": name})
    return name


_Exports = Annotated[dict[Annotated[str, BeforeValidator(_export)], GadgetUse], Field(min_length=1)]


class ClientCapabilities(_Entry):
    """What the browser side is asked to provide."""

    gadgets: dict[Annotated[str, BeforeValidator(_package)], _Exports]


class DataContract(_Entry):
    """The contract between an agent and a UI. Unknown top-level keys survive, travel and count in the hash."""

    model_config = ConfigDict(extra="allow")

    props_spec: PropsSpec | None = None
    action_spec: dict[str, ActionEntry] | None = None
    stream_spec: dict[str, StreamEntry] | None = None
    context_spec: dict[str, ContextEntry] | None = None
    agent_capabilities: AgentCapabilities | None = None
    client_capabilities: ClientCapabilities | None = None

    @property
    def tools(self) -> Mapping[str, AgentTool]:
        """The tools it declares, by bare name."""
        return self.agent_capabilities.tools if self.agent_capabilities else {}


@dataclass(frozen=True, slots=True)
class SlotDefault:
    """The value a context slot starts with. Wrapped, because ``None`` is such a value."""

    value: object


_EMPTY: Final[Mapping[str, object]] = {
    "string": "",
    "number": 0,
    "integer": 0,
    "boolean": False,
    "null": None,
}


def slot_default(entry: Mapping[str, Any]) -> SlotDefault | None:
    """The default of a context entry as it stands in JSON, or None where none follows (spec 01 section 2.2).

    An explicit default wins, even null; otherwise a single type name decides. Type arrays and alternatives have
    no default of their own.
    """
    if "default" in entry:
        return SlotDefault(entry["default"])
    kind = entry.get("schema", {}).get("type")
    if kind == "array":
        return SlotDefault([])
    if kind == "object":
        return SlotDefault({})
    return SlotDefault(_EMPTY[kind]) if isinstance(kind, str) and kind in _EMPTY else None
