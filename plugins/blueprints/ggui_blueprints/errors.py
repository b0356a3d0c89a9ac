"""What this plugin refuses."""

from __future__ import annotations

from ggui_core.errors import GguiError, ToolError


class ModuleRefused(GguiError):
    """A text is no component that a view could load; ``code`` says why.

    ``component_invalid``: it is not what it has to be. ``component_too_large``. ``compilation_error``: it is TSX with
    faults. ``compiler_unavailable``: it is TSX, and this server compiles nothing at the moment; the only one that
    another try may change.
    """

    code = "component_invalid"


class ExportFailed(GguiError):
    """A pool was not written."""

    code = "export_failed"


def blueprint_not_found(blueprint_id: str) -> ToolError:
    """The same for one that is not there and one that is not the caller's (law 7)."""
    return ToolError(
        f"There is no blueprint '{blueprint_id}' for this caller.",
        code="BLUEPRINT_NOT_FOUND",
        hint="Take an id from a search or a list.",
    )


def declared_by_project(blueprint_id: str) -> ToolError:
    """It stands in a file of the operator's, which no tool changes."""
    return ToolError(
        f"The blueprint '{blueprint_id}' is declared by a ggui.ui.json of this project.",
        code="blueprint_read_only",
        hint="Change or remove that file and restart the server.",
    )
