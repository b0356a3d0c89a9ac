"""What ``ggui.json`` and the flags and variables beside it mean: turned into typed settings (spec 03 section 5.1).

Two rules govern everything here. *All problems at once*: nothing raises on the first fault, problems are
gathered and reported one line each. *The owner decides*: keys that plugins own arrive as
:class:`ConfigSection`, settings as models, flags as :class:`ServeOption`; this module imports no plugin.

Names are camelCase in the file and snake_case in Python.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
)
from pydantic.alias_generators import to_camel

from ggui_core import catalog
from ggui_core.errors import BootError
from ggui_core.faults import describe, echo, json_path
from ggui_core.instructions import PRESETS
from ggui_core.manifest import MANIFEST

DEFAULT_PROTOCOL = "draft-2026-08-19"
"""The version of the wire that this server speaks (ruling 4)."""
_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#@*\s]+", re.ASCII)
DEFAULT_APP = "builder"
"""The tenant of builders where ``ggui.json`` names no app (spec 02 section 13.1)."""
LEVELS = ("debug", "info", "warning", "error")
"""What ``GGUI_LOG_LEVEL`` may say."""

Warn = Callable[[str], None]
"""Receives a sentence about what is odd but does not stop the boot."""

T = TypeVar("T")


class Section(BaseModel):
    """A frozen object of ``ggui.json``: camelCase keys, none unknown. Plugins may derive theirs from it."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid", frozen=True
    )


class AppSection(Section):
    """``app``: what this project is called. Its other keys belong to the plugins that use them."""

    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$")] = Field(
        description="2 to 64 characters a-z, 0-9 and inner hyphens"
    )
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)] = Field(
        description="a display name of 1 to 120 characters"
    )
    default_display_mode: Literal["inline", "fullscreen", "pip"] | None = Field(
        None, description="inline, fullscreen or pip"
    )


class OperatorSection(Section):
    """``operator``: who runs this server."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="a name of 1 to 200 characters"
    )
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")] | None = Field(
        None, description="an http:// or https:// address"
    )
    tagline: Annotated[str, StringConstraints(min_length=1, max_length=280)] | None = Field(
        None, description="a line of 1 to 280 characters"
    )
    contact: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")] | None = Field(
        None, description="an e-mail address"
    )


class PluginsSection(Section):
    """``plugins``: which plugins run, who provides what, and their settings."""

    enable: tuple[str, ...] | None = Field(
        None, description="a list of plugin names: only these and what they require are enabled"
    )
    disable: tuple[str, ...] = Field((), description="a list of plugin names that stay off")
    use: dict[str, str] = Field(
        default_factory=dict, description="an object from Protocol name to the plugin that provides it"
    )
    settings: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="an object from plugin name to that plugin's settings"
    )


class LimitsSection(Section):
    """``limits``: rates and sizes. Rates are token buckets per second."""

    calls_per_second: float = Field(50, gt=0, description="requests per second and principal, above 0")
    burst: int = Field(200, ge=1, description="requests a principal may send at once, at least 1")
    anonymous_per_second: float = Field(5, gt=0, description="requests per second and address, above 0")
    anonymous_burst: int = Field(20, ge=1, description="requests an address may send at once, at least 1")
    body_bytes: int = Field(4 * 1024 * 1024, ge=1024, description="bytes of a request body, at least 1024")
    form_bytes: int = Field(64 * 1024, ge=1024, description="bytes of a form body, at least 1024")
    sockets_per_principal: int = Field(50, ge=1, description="open sockets of one principal, at least 1")
    sessions_per_app: int = Field(100_000, ge=1, description="sessions that one app may have, at least 1")
    ended_sessions_per_app: int = Field(
        10_000, ge=0, description="ended sessions of one app whose page can be brought back, 0 or more"
    )


class Config(Section):
    """A validated ``ggui.json``; every default when there is no file.

    ``app`` is ``None`` only without a file. Values of plugin-owned keys are read with :meth:`section`.
    """

    schema_: Literal["1"] = Field("1", alias="schema", description='the string "1"')
    protocol: Annotated[
        str,
        StringConstraints(
            pattern=r"^(draft-[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]+\.[0-9]+(\.[0-9]+)?(-[0-9A-Za-z.-]+)?)$"
        ),
    ] = Field(DEFAULT_PROTOCOL, description='a version like "draft-2026-08-19" or "1.1"')
    app: AppSection | None = Field(None, description="an object with slug and name")
    operator: OperatorSection | None = Field(None, description="an object with at least a name")
    plugins: PluginsSection = Field(default_factory=PluginsSection, description="an object")
    limits: LimitsSection = Field(default_factory=LimitsSection, description="an object")
    mcp_mounts: tuple[
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*$")], ...
    ] = Field((), description='a list of factories written "package.module:factory"')
    _sections: dict[str, Any] = PrivateAttr(default_factory=dict)

    def section(self, path: str) -> Any:
        """The value of a plugin-owned key, or its default.

        Raises:
            LookupError: no enabled plugin declared ``path`` in ``ggui_config_sections``.
        """
        if path not in self._sections:
            raise LookupError(f"no enabled plugin owns the ggui.json key {path}")
        return self._sections[path]


REQUIRED_KEYS = {"schema": "schema_", "protocol": "protocol", "app": "app"}
"""What a ``ggui.json`` must have: keys and the fields they fill."""


@dataclass(frozen=True, slots=True)
class ConfigSection:
    """A ``ggui.json`` key that a plugin owns.

    Attributes:
        path: Dotted, such as ``app.gadgets``.
        type: What pydantic validates the value as; derive from :class:`Section` for objects.
        default: What :meth:`Config.section` returns when the key is absent.
        description: What a valid value is, as the end of "expected ..."; also shown by editors.
    """

    path: str
    type: Any
    default: Any = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class ServeOption:
    """A flag of ``ggui serve`` bound to a field of a settings model.

    Attributes:
        flag: ``--keys-file``.
        field: The field's name in Python. A boolean field makes the flag a switch.
        help: One sentence for ``ggui serve --help``.
        env: Variable read when the flag is absent; an empty one counts as absent.
        metavar: What stands for the value in the help.
        multiple: The flag may be repeated; the variable is a comma list.
        choices: The accepted values, for the help and the refusal.
    """

    flag: str
    field: str
    help: str
    env: str | None = None
    metavar: str | None = None
    multiple: bool = False
    choices: tuple[str, ...] = ()


def _origin(value: str) -> str:
    """What is no origin would never match a request, and the operator would not learn why."""
    if _ORIGIN.fullmatch(value.strip().rstrip("/")) is None:
        raise ValueError("is no origin")
    return value


class ServerSettings(BaseModel):
    """The settings of ``ggui serve`` that the kernel owns (spec 03 section 3.1)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", min_length=1, description="an address to listen on")
    port: int = Field(6781, ge=0, le=65535, description="an integer from 0 to 65535")
    public_base_url: str | None = Field(None, description="an address that starts http:// or https://")
    browser_origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = Field(
        (), description="origins such as https://app.example"
    )
    mcp_instructions: str = "default"
    dev_allow_all: bool = False
    ephemeral: bool = False
    no_open: bool = False
    skip_broken_plugins: bool = False
    trust_proxy: bool = False
    control_alias: bool = False
    confirm_ops: bool = False
    workers: int = Field(1, ge=1, le=64, description="an integer from 1 to 64")

    @field_validator("public_base_url")
    @classmethod
    def _absolute(cls, value: str | None) -> str | None:
        if value is None:
            return None
        scheme, separator, rest = value.rstrip("/").partition("://")
        if scheme.lower() not in ("http", "https") or not separator or not rest:
            raise ValueError("is no absolute address")
        return f"{scheme.lower()}://{rest}"

    @property
    def loopback(self) -> bool:
        """True when only this machine can reach the server; it checks ``Host`` then (spec 03 section 6.2)."""
        host = self.host.strip("[]").lower()
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


SERVER_OPTIONS: tuple[ServeOption, ...] = (
    ServeOption("--port", "port", "Port to listen on, 6781 by default; 0 picks a free one.", metavar="N"),
    ServeOption("--host", "host", "Address to listen on, 127.0.0.1 by default.", metavar="ADDRESS"),
    ServeOption(
        "--workers",
        "workers",
        "Processes that serve this port, 1 by default. More than one needs PostgreSQL and Redis.",
        env="GGUI_WORKERS",
        metavar="N",
    ),
    ServeOption(
        "--public-base-url",
        "public_base_url",
        "Address under which others reach this server.",
        metavar="URL",
    ),
    ServeOption(
        "--browser-origin",
        "browser_origins",
        "Origin of a web page that may speak to the MCP routes; repeatable.",
        env="GGUI_BROWSER_ORIGINS",
        metavar="ORIGIN",
        multiple=True,
    ),
    ServeOption(
        "--mcp-instructions",
        "mcp_instructions",
        "How much the server tells a model about itself.",
        env="GGUI_MCP_INSTRUCTIONS",
        choices=PRESETS,
    ),
    ServeOption("--dev-allow-all", "dev_allow_all", "Treat every caller as the builder. Development only."),
    ServeOption("--ephemeral", "ephemeral", "Keep everything in memory, pairings too."),
    ServeOption("--no-open", "no_open", "Do not open a browser."),
    ServeOption(
        "--skip-broken-plugins",
        "skip_broken_plugins",
        "Leave out plugins that cannot be loaded, unless they store data or check credentials.",
    ),
    ServeOption(
        "--trust-proxy",
        "trust_proxy",
        "Take the client's address from the last entry of X-Forwarded-For. Only behind a proxy that writes it.",
        env="GGUI_TRUST_PROXY",
    ),
    ServeOption(
        "--control-alias",
        "control_alias",
        "Serve the tools of /protocol and /ops at /control too, where changes need confirm: true.",
        env="GGUI_CONTROL_ALIAS",
    ),
    ServeOption(
        "--confirm-ops",
        "confirm_ops",
        "Run tools of /ops that change something only when they are called with confirm: true.",
        env="GGUI_CONFIRM_OPS",
    ),
)
"""The flags of ``ggui serve`` that the kernel owns."""


def plugins_section(raw: Mapping[str, Any], source: str) -> PluginsSection:
    """The part of ``ggui.json`` that is needed before any plugin can be asked about the rest.

    Raises:
        BootError: ``plugins`` itself is not valid.
    """
    problems: list[str] = []
    value = _validated(PluginsSection, raw.get("plugins", {}), ("plugins",), source, problems)
    if value is None:
        raise BootError(*problems)
    return value


@dataclass(slots=True)
class _Node:
    """A place in the tree of known keys: the kernel's, or a plugin's section."""

    children: dict[str, _Node] = field(default_factory=dict)
    section: ConfigSection | None = None
    owner: str = "ggui-core"


def parse_config(
    raw: Mapping[str, Any],
    *,
    sections: Sequence[tuple[str, ConfigSection]] = (),
    source: str = MANIFEST,
    complete: bool = True,
    judge_unknown: bool = True,
    warn: Warn,
) -> Config:
    """Validate a whole ``ggui.json``.

    Args:
        sections: ``(plugin name, section)`` pairs of the enabled plugins.
        source: How problems name the file: ``ggui.json at /srv/app/ggui.json``.
        complete: Whether the required keys must be there; configuration given in code may leave them out.
        judge_unknown: False while the plugins are not known, and so not all the keys either.
        warn: Receives a sentence for each known key whose plugin is absent.

    Raises:
        BootError: every problem, one line each: source, JSON path, what is wrong, and the fix.
    """
    problems: list[str] = []
    tree = _tree(sections)
    unknown: list[str] = []
    own, owned = _split(raw, tree, (), source, unknown, warn if judge_unknown else _ignore)
    problems.extend(unknown if judge_unknown else ())
    values: dict[str, Any] = {section.path: section.default for _, section in sections}
    for path, (section, value) in owned.items():
        values[path] = _validated(
            section.type, value, tuple(path.split(".")), source, problems, expected=section.description
        )
    if complete:
        problems.extend(
            f"{source}: $.{key}: is required; expected {Config.model_fields[name].description}"
            for key, name in REQUIRED_KEYS.items()
            if key not in raw or (name == "app" and raw[key] is None)
        )
    config = _validated(Config, own, (), source, problems)
    if problems or config is None:
        raise BootError(*problems)
    config._sections.update(values)
    return config


def _ignore(_: str) -> None:
    return None


def _tree(sections: Iterable[tuple[str, ConfigSection]]) -> _Node:
    """The known keys as a tree.

    Raises:
        BootError: two plugins, or a plugin and the kernel, own the same key or one inside the other's.
    """
    root = _model_node(Config)
    problems = []
    for plugin, section in sections:
        node, parts = root, section.path.split(".")
        for part in parts[:-1]:
            node = node.children.setdefault(part, _Node(owner=plugin))
            if node.section is not None:
                break
        clash = node if node.section is not None else node.children.get(parts[-1])
        if clash is not None:
            problems.append(
                f'the ggui.json key {section.path} is claimed by plugin "{plugin}" and by {clash.owner}; '
                "disable one of them"
            )
            continue
        node.children[parts[-1]] = _Node(section=section, owner=plugin)
    if problems:
        raise BootError(*problems)
    return root


def _model_node(model: type[BaseModel]) -> _Node:
    node = _Node()
    for name, info in model.model_fields.items():
        inner = next(
            (t for t in (info.annotation, *getattr(info.annotation, "__args__", ())) if _is_model(t)), None
        )
        node.children[info.alias or name] = _model_node(inner) if inner is not None else _Node()
    return node


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _split(
    raw: Mapping[str, Any],
    node: _Node,
    at: tuple[str, ...],
    source: str,
    problems: list[str],
    warn: Warn,
) -> tuple[dict[str, Any], dict[str, tuple[ConfigSection, Any]]]:
    """Part the kernel's values from those of plugins; report and drop keys that nobody owns."""
    own: dict[str, Any] = {}
    owned: dict[str, tuple[ConfigSection, Any]] = {}
    for key, value in raw.items():
        path = (*at, key)
        child = node.children.get(key)
        if child is None:
            package = catalog.CONFIG_KEYS.get(".".join(path))
            if package is not None:
                warn(
                    f"{source}: {json_path(path)} is ignored: it belongs to {package}, which is not "
                    f"installed or is disabled; run: pip install {package}, or remove the key"
                )
                continue
            siblings = {*node.children, *_catalogued(at)}
            remedy = catalog.suggestion(key, siblings, "remove it, or install the plugin that owns it")
            problems.append(f"{source}: {json_path(path)}: unknown key; {remedy}")
        elif child.section is not None:
            owned[child.section.path] = (child.section, value)
        elif child.children and isinstance(value, Mapping):
            inner, more = _split(value, child, path, source, problems, warn)
            owned.update(more)
            if child.owner == "ggui-core":
                own[key] = inner
        elif child.owner == "ggui-core":
            own[key] = value
        else:
            problems.append(
                f"{source}: {json_path(path)}: must be an object, not {echo(value)}; write {{...}}"
            )
    return own, owned


def _catalogued(at: tuple[str, ...]) -> list[str]:
    """Keys directly below ``at`` that absent first-party plugins would own."""
    prefix = "".join(f"{part}." for part in at)
    return [p[len(prefix) :].partition(".")[0] for p in catalog.CONFIG_KEYS if p.startswith(prefix)]


def _validated(
    shape: type[T],
    value: Any,
    at: tuple[str, ...],
    source: str,
    problems: list[str],
    expected: str = "",
) -> T | None:
    """Validate a JSON value without coercion; add a line per fault and return ``None`` if there is one."""
    try:
        return TypeAdapter(shape).validate_json(json.dumps(value, default=str), strict=True)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            text = describe(fault, shape, expected)
            problems.append(f"{source}: {json_path((*at, *fault['loc']))}: {text}")
        return None
