"""What can go wrong with apps."""

from __future__ import annotations

from ggui_core.errors import ToolError


def app_not_found(app_id: str) -> ToolError:
    """There is no such app, or it is somebody else's: callers cannot tell which (law 7)."""
    return ToolError(
        f"There is no app '{app_id}'.",
        code="app_not_found",
        hint="ggui_ops_list_apps names yours.",
        details={"appId": app_id},
    )


def default_app_delete_blocked(app_id: str) -> ToolError:
    """The app is the one that calls without a per-app address land in."""
    return ToolError(
        f"The app '{app_id}' is the default of this server and stays.",
        code="default_app_delete_blocked",
        hint="Choose another one with ggui_ops_set_default_app first; the app that ggui.json declares always stays.",
        details={"appId": app_id},
    )
