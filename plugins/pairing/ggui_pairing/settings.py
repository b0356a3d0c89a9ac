"""What an operator can set, and which flags and variables say the same (spec 03 sections 3.1 and 4.1)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from ggui_core.config import Section, ServeOption

DEFAULT_FILE = "keys.json"
"""The pairings file below the configuration directory, when nothing else is said."""


class PairingSettings(Section):
    """``ggui.json#plugins.settings.pairing``."""

    keys_file: Path | None = Field(
        None, description="the path of a pairings file; a relative one starts at the folder of ggui.json"
    )
    admin_token: SecretStr | None = Field(
        None, description="an operator token of printable ASCII without spaces, 8 characters or more"
    )
    builder_may_mint: bool = Field(
        True,
        description="true lets paired devices mint codes, list and revoke; false leaves that to the operator",
    )

    @field_validator("keys_file")
    @classmethod
    def _names_a_file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.name:
            raise ValueError("names no file")
        return value


KEYS_FILE = ServeOption(
    "--keys-file",
    "keys_file",
    "File that keeps pairings and connector keys.",
    env="GGUI_KEYS_FILE",
    metavar="PATH",
)
ADMIN_TOKEN = ServeOption(
    "--admin-token",
    "admin_token",
    "Operator token; a fresh one is made at every start unless given.",
    env="GGUI_ADMIN_TOKEN",
    metavar="TOKEN",
)
OPTIONS = (KEYS_FILE, ADMIN_TOKEN)
