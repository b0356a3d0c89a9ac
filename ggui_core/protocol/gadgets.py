"""Gadget descriptors: what a registry or an app says about a gadget package (spec 01 section 2.5).

A descriptor is never part of a contract; a contract only names packages and exports.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic.alias_generators import to_camel

from ggui_core.protocol.formats import is_url
from ggui_core.protocol.names import is_component, is_hook, is_package

Permission = Literal[
    "geolocation",
    "notifications",
    "microphone",
    "camera",
    "persistent-storage",
    "midi",
    "clipboard-read",
    "clipboard-write",
    "speaker-selection",
    "storage-access",
    "background-sync",
    "accelerometer",
    "gyroscope",
    "magnetometer",
    "ambient-light-sensor",
    "screen-wake-lock",
]
"""Browser permissions that a registry-grade export may ask for."""

DEFAULT_REGISTRY: Final = "registry.ggui.ai"
PUBLIC_APP_ENV: Final = r"^GGUI_PUBLIC_APP_[A-Z0-9_]+$"
_VERSION: Final = r"^[0-9]+\.[0-9]+\.[0-9]+(-[A-Za-z0-9_.]+)?(\+[A-Za-z0-9_.]+)?$"
"""Spelled out, because ``\\d`` and ``\\w`` take digits and letters of every script here and ASCII in browsers."""

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "0.0.0.0"})  # noqa: S104 - a name to recognise


def _checked_url(url: str) -> str:
    if not is_url(url):
        raise ValueError("must be an absolute URL")
    return url


def _checked_package(name: str) -> str:
    if not is_package(name):
        raise ValueError("must be the name of an npm package")
    return name


Url = Annotated[str, AfterValidator(_checked_url)]
Sri = Annotated[str, Field(pattern=r"^sha384-[A-Za-z0-9+/]+=*$")]
PublicAppEnv = Annotated[str, Field(pattern=PUBLIC_APP_ENV)]


class _Strict(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=to_camel, populate_by_name=True
    )


def named_once(hook: str | None, component: str | None) -> None:
    """Hold that an export has one name, of the kind it claims (spec 05 section 12.3).

    Raises:
        ValueError: it has none, two, or one that components could not import by.
    """
    if (hook is None) == (component is None):
        raise ValueError("an export is either a hook or a component")
    if hook is not None and not is_hook(hook):
        raise ValueError("a hook is called useName")
    if component is not None and not is_component(component):
        raise ValueError("a component is called Name")


class GadgetExport(_Strict):
    """One thing a package exports: a hook or a component."""

    hook: str | None = None
    component: str | None = None
    description: str | None = None
    usage: str | None = None
    example: JsonValue = None
    gotchas: str | None = None
    permission: str | None = None

    @model_validator(mode="after")
    def _named_once(self) -> GadgetExport:
        named_once(self.hook, self.component)
        return self

    @property
    def name(self) -> str:
        """The exported name."""
        return self.hook or self.component or ""


class GadgetDescriptor(_Strict):
    """One gadget package at one version."""

    package: Annotated[str, AfterValidator(_checked_package)]
    version: Annotated[str, Field(pattern=_VERSION)]
    exports: Annotated[tuple[GadgetExport, ...], Field(min_length=1, strict=False)]
    bundle_url: Url | None = None
    style_url: Url | None = None
    types_url: Url | None = None
    bundle_host: Annotated[str, Field(pattern=r"^[a-z0-9.-]+(:\d+)?$")] | None = None
    bundle_sri: Sri | None = None
    types_sri: Sri | None = None
    connect: Annotated[tuple[Url, ...], Field(strict=False)] = ()
    requires: Annotated[tuple[PublicAppEnv, ...], Field(strict=False)] = ()

    @property
    def bundle_location(self) -> str | None:
        """Where its code is: as written, or derived from host, package and version; None for the built-in one."""
        if self.package == BUILT_IN_PACKAGE:
            return None
        return self.bundle_url or f"{self._base}/bundle.js"

    @property
    def style_location(self) -> str | None:
        """Where its style sheet is. An explicit bundle says nothing about styles, so none is derived from it."""
        if self.package == BUILT_IN_PACKAGE:
            return None
        if self.style_url or self.bundle_url:
            return self.style_url
        return f"{self._base}/style.css"

    @property
    def resource_origins(self) -> tuple[str, ...]:
        """Origins that code and style sheet load from."""
        return _origins(self.bundle_location, self.style_location)

    @property
    def connect_origins(self) -> tuple[str, ...]:
        """Origins that its code talks to."""
        return _origins(*self.connect)

    @property
    def _base(self) -> str:
        host = self.bundle_host or DEFAULT_REGISTRY
        scheme = "http" if urlsplit(f"//{host}").hostname in _LOOPBACK else "https"
        return f"{scheme}://{host}/bundles/public/{self.package}/{self.version}"


def _origins(*urls: str | None) -> tuple[str, ...]:
    """``scheme://host[:port]`` of each, once; what has no host has no origin that a policy could name."""
    split = (urlsplit(url) for url in urls if url is not None)
    return tuple(
        dict.fromkeys(f"{url.scheme}://{url.netloc.rpartition('@')[2]}" for url in split if url.netloc)
    )


class RegistryExport(GadgetExport):
    """An export fit for a registry: documented, and honest about the permission it asks for."""

    description: Annotated[str, Field(min_length=1)]
    usage: Annotated[str, Field(min_length=1)]
    example: JsonValue
    permission: Permission | None = None


class RegistryDescriptor(GadgetDescriptor):
    """A descriptor fit for a registry."""

    exports: Annotated[tuple[RegistryExport, ...], Field(min_length=1, strict=False)]


def _hook(name: str, description: str, options: str, permission: str | None = None) -> GadgetExport:
    usage = f"const {{value, status, error, start, stop}} = {name}({options}); call start() on a gesture."
    return GadgetExport(hook=name, description=description, usage=usage, permission=permission)


BUILT_IN_PACKAGE: Final = "@ggui-ai/gadgets"
BUILT_IN: Final = GadgetDescriptor(
    package=BUILT_IN_PACKAGE,
    version="0.11.0",
    exports=(
        _hook("useCamera", "Takes one picture.", "{facingMode, mimeType, quality}", "camera"),
        _hook("useClipboardPaste", "Reads text from the clipboard.", "", "clipboard-read"),
        _hook("useClipboardWrite", "Puts text on the clipboard.", "{text}", "clipboard-write"),
        _hook("useFilePicker", "Lets the person choose files.", "{multiple, accept}"),
        _hook("useGeolocation", "Tells where the person is, once or from then on.", "{watch}", "geolocation"),
        _hook("useMicrophone", "Records from start() until stop().", "{mimeType}", "microphone"),
        _hook("useNotifications", "Shows a notification.", "{title, body, icon, tag}", "notifications"),
    ),
)
"""The gadgets that every runtime has; their code is part of it."""
