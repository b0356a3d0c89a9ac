"""What an operator can set (spec 02 sections 3.3 and 5.3, spec 06 section 13)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from ggui_core.config import ConfigSection, Section, ServeOption
from ggui_core.protocol.gadgets import PublicAppEnv


class SessionSettings(Section):
    """``ggui.json#plugins.settings.sessions``. Times are seconds."""

    ttl_s: float = Field(
        3600, gt=0, description="seconds a session lives after it was last read or written, above 0"
    )
    max_lifetime_s: float | None = Field(
        None, gt=0, description="seconds after which a session ends whoever uses it, above 0"
    )
    keep_expired_s: float = Field(
        3600, ge=0, description="seconds an expired session is kept whole before it is removed, 0 or more"
    )
    sweep_s: float = Field(30, gt=0, description="seconds between two looks for expired sessions, above 0")
    generations_at_once: int = Field(4, ge=1, description="components written at the same time, at least 1")
    generations_queued: int = Field(32, ge=0, description="renders that may wait for that, 0 or more")
    generation_timeout_s: float = Field(120, gt=0, description="seconds one generation may take, above 0")
    repair_timeout_s: float = Field(
        10, gt=0, description="seconds in which a language model may mend a draft, above 0"
    )
    renders_per_minute: int | None = Field(
        None, ge=1, description="renders that one credential may ask for in a minute, at least 1"
    )
    next_step_mismatch: Literal["reject", "warn", "off"] = Field(
        "reject", description="reject, warn or off: what happens when an action does not fit its server tool"
    )
    prefers_border: bool | None = Field(
        None, description="true or false tells hosts whether to draw a border around cards"
    )
    tokens_in_lists: bool = Field(
        False, description="true shows live tokens in what models read of ggui_list_sessions"
    )
    withhold_result_meta: bool = Field(
        False, description="true leaves live tokens and code out of tool results; hosts read the resource"
    )


WITHHOLD_RESULT_META: Final = ServeOption(
    "--withhold-result-meta",
    "withhold_result_meta",
    "Leave the render slice out of tool results; hosts get it by reading the resource.",
)
OPTIONS: Final = (WITHHOLD_RESULT_META,)

DEFAULT_THEME: Final = "app.defaultTheme"
PUBLIC_ENV: Final = "app.publicEnv"
SECTIONS: Final = (
    ConfigSection(
        DEFAULT_THEME,
        Annotated[str, StringConstraints(min_length=1)] | None,
        default=None,
        description="the id of the theme of sessions whose render names none",
    ),
    ConfigSection(
        PUBLIC_ENV,
        dict[PublicAppEnv, str],
        default={},
        description="an object from GGUI_PUBLIC_APP_ names to text that gadgets in the browser may read",
    ),
)
"""Keys of ``ggui.json`` that say what the app is to its sessions."""
