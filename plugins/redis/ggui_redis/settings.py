"""Where Redis is: ``plugins.settings.redis`` of ``ggui.json``, or ``GGUI_REDIS_URL``."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, field_validator

from ggui_core.config import Section, ServeOption

SCHEMES: Final = ("redis", "rediss", "unix")


class RedisSettings(Section):
    """``ggui.json#plugins.settings.redis``. Without an address the plugin does nothing."""

    url: SecretStr | None = Field(
        None,
        description="an address such as redis://127.0.0.1:6379/0, rediss:// for TLS, or unix:///path?db=0",
    )
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = Field(
        "ggui",
        description="what every key begins with, 1 to 64 letters, digits and .-_; the same on every replica",
    )

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _names_a_server(value.get_secret_value()):
            raise ValueError("is no address of a Redis server")
        return value


REDIS_URL: Final = ServeOption(
    "--redis-url",
    "url",
    "Redis that joins several replicas of this server; a password is better given in the variable.",
    env="GGUI_REDIS_URL",
    metavar="URL",
)
OPTIONS: Final = (REDIS_URL,)


def _names_a_server(address: str) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port  # raises for what is no number
    except ValueError:
        return False
    if parts.scheme == "unix":
        return parts.path not in ("", "/")
    database = parts.path.strip("/")
    return (
        parts.scheme in SCHEMES
        and bool(parts.hostname)
        and port != 0
        and (not database or database.isdecimal())
    )


def place(address: str) -> str:
    """The address as it may be shown: without user and password."""
    parts = urlsplit(address)
    if parts.scheme == "unix":
        return f"unix://{parts.path}"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port or 6379}/{parts.path.strip('/') or 0}"
