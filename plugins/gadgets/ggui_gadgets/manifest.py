"""``ggui.gadget.json``: what an author says of a gadget (spec 05 section 12.3, spec 07 sections 2, 3.1 and 3.2)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from ggui_core.protocol.formats import is_url
from ggui_core.protocol.gadgets import PublicAppEnv, RegistryDescriptor, RegistryExport, named_once

MANIFEST: Final = "ggui.gadget.json"
MAX_BYTES: Final = 1_048_576
"""A manifest says what a package is; one that is larger is none."""

_NAME: Final = r"[a-z0-9][a-z0-9-]{0,62}[a-z0-9]"
_SEMVER: Final = (
    r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(-(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
    r"(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$"
)

Summary = Annotated[str, StringConstraints(min_length=1, max_length=280)]
Words = Annotated[str, StringConstraints(min_length=1)]


def _checked_url(url: str) -> str:
    if not is_url(url):
        raise ValueError("must be an absolute URL")
    return url


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class ManifestExport(_Strict):
    """One thing the package exports, with what whoever writes a component should know of it."""

    hook: str | None = None
    component: str | None = None
    description: Summary
    usage: Words
    example: JsonValue
    gotchas: str | None = None

    @model_validator(mode="after")
    def _named_once(self) -> ManifestExport:
        named_once(self.hook, self.component)
        return self


class Author(_Strict):
    """Who wrote it."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    email: str | None = None
    url: str | None = None


class ToolBinding(_Strict):
    """A tool of an MCP server that the gadget goes with; helps people to find it, and nothing else."""

    server: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,128}$")] | None = None
    tool: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,128}$")]


class GadgetManifest(_Strict):
    """The manifest at the root of a gadget's repository."""

    kind: Literal["gadget"]
    scope: Annotated[str, StringConstraints(pattern=rf"^@{_NAME}$")]
    name: Annotated[str, StringConstraints(pattern=rf"^{_NAME}$")]
    version: Annotated[str, StringConstraints(pattern=_SEMVER)]
    visibility: Literal["public", "private"]
    description: Summary
    exports: Annotated[tuple[ManifestExport, ...], Field(min_length=1)]
    bundle: Words
    style: Words | None = None
    requires: tuple[PublicAppEnv, ...] = ()
    peer_deps: dict[Words, Words] = Field(default_factory=dict)
    bundle_host: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+(:[0-9]+)?$")] | None = None
    connect: tuple[Annotated[str, AfterValidator(_checked_url)], ...] = ()
    tags: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")], ...], Field(max_length=20)
    ] = ()
    author: Author | None = None
    license: Words | None = None
    homepage: Annotated[str, AfterValidator(_checked_url)] | None = None
    mcp_tools: Annotated[tuple[ToolBinding, ...], Field(min_length=1, max_length=16)] | None = None

    @property
    def package(self) -> str:
        """The npm name: what components import."""
        return f"{self.scope}/{self.name}"

    @model_validator(mode="after")
    def _said_once(self) -> GadgetManifest:
        names = [export.hook or export.component for export in self.exports]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"exports {', '.join(sorted(map(str, twice)))} twice")
        bindings = self.mcp_tools or ()
        if len(set(bindings)) < len(bindings):
            raise ValueError("mcpTools names a tool of one server twice")
        return self

    def row(self, **locations: str | None) -> RegistryDescriptor:
        """The row of ``app.gadgets`` that it stands for (spec 07 section 3.5); what only authors need is left out.

        Args:
            locations: ``bundle_url``, ``bundle_sri`` and ``style_url`` of the built package.

        Raises:
            pydantic.ValidationError: the version is no exact pin of a catalog.
        """
        return RegistryDescriptor(
            package=self.package,
            version=self.version,
            exports=tuple(RegistryExport.model_validate(export.model_dump()) for export in self.exports),
            connect=self.connect,
            requires=self.requires,
            **locations,
        )


class BadManifest(Exception):
    """A manifest that is none; ``faults`` has one line for each thing to mend, with its path."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def read_manifest(path: Path) -> GadgetManifest:
    """Read ``ggui.gadget.json``.

    Raises:
        BadManifest: it cannot be read, or is no manifest; every fault is named.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadManifest([f"has more than {MAX_BYTES} bytes"])
        raw = json.loads(path.read_bytes())
    except OSError as error:
        raise BadManifest([f"cannot be read: {error.strerror}"]) from None
    except ValueError as error:
        raise BadManifest([f"is not valid JSON: {error}"]) from None
    except RecursionError:
        raise BadManifest(["is nested too deeply"]) from None
    try:
        return GadgetManifest.model_validate(raw)
    except ValidationError as error:
        raise BadManifest(faults_of(error)) from None


def faults_of(error: ValidationError) -> list[str]:
    """One line for each fault: where, and what is wrong there."""
    faults = error.errors(include_url=False)
    lines = []
    for fault in faults:
        place = fault["loc"]
        # pydantic counts only the sound items of a list: that too few are left says nothing new.
        if fault["type"] == "too_short" and any(
            len(other["loc"]) > len(place) for other in faults if other["loc"][: len(place)] == place
        ):
            continue
        lines.append(f"$.{_path(place)}: {fault['msg'].removeprefix('Value error, ')}".replace("$.:", "$:"))
    return lines


def _path(location: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in location)
