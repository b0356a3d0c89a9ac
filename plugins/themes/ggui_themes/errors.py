"""What the tools refuse (spec 02 section 9.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ggui_core.errors import ToolError
from ggui_core.protocol.theme import Mode


def app_not_found(app_id: str) -> ToolError:
    """There is no such app, or it is somebody else's: callers cannot tell which (law 7)."""
    return ToolError(
        f"There is no app '{app_id}'.",
        code="app_not_found",
        hint="ggui_ops_list_apps names yours.",
        details={"appId": app_id},
    )


def app_access_denied() -> ToolError:
    """An agent named an app that its credential is not for."""
    return ToolError(
        "appId is not the app of this credential.",
        code="app_access_denied",
        hint="Leave appId out: the credential says which app is meant.",
    )


def theme_identity(message: str, hint: str) -> ToolError:
    """The id is malformed or belongs to a theme of the server."""
    return ToolError(message, code="theme_identity", hint=hint)


def theme_document(faults: Sequence[str]) -> ToolError:
    """A document is no theme document."""
    return ToolError(
        f"The registration is no pair of theme documents: {'; '.join(faults)}.",
        code="theme_document",
        hint="Correct the listed tokens. `ggui theme validate <path>` checks a document on your machine.",
        details={"faults": list(faults)},
    )


def theme_coverage(missing: Mapping[Mode, Sequence[str]]) -> ToolError:
    """A document leaves colours out, which no other theme could lend it."""
    named = "; ".join(f"{mode}: {', '.join(names)}" for mode, names in missing.items())
    return ToolError(
        f"The documents do not cover every colour. Missing in {named}.",
        code="theme_coverage",
        hint="Give each of them a value in both documents; sizes, motion and layers may be left out.",
        details={"missing": {mode: list(names) for mode, names in missing.items()}},
    )
