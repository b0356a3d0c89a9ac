"""What can go wrong while pairing."""

from __future__ import annotations

from ggui_core.errors import GguiError, RequestError, ToolError


class CodeRejected(RequestError):
    """The code is wrong, expired, consumed, or none is pending; callers cannot tell which (spec 03 section 10.2)."""

    code = "pairing_rejected"
    http_status = 401

    def __init__(self) -> None:
        super().__init__(
            "The pairing code is wrong or no longer valid.",
            hint="Ask the operator for the current code, or mint one with POST /admin/pair/init.",
        )


class CodePaused(RequestError):
    """Too many wrong guesses at the pending code; even the right one is refused for now (ruling 11)."""

    code = "rate_limited"
    http_status = 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            f"Too many wrong pairing codes; try again in {retry_after_s} seconds or mint a new code.",
            headers={"Retry-After": str(retry_after_s)},
            extra={"retryAfter": retry_after_s},
        )
        self.retry_after_s = retry_after_s


class PairingsFileError(GguiError):
    """The pairings file cannot be read or written.

    ``message`` may reach the wire; ``detail`` names the file and is for the operator's terminal and log only.
    """

    code = "pairings_unavailable"
    http_status = 503

    def __init__(self, detail: str, *, hint: str) -> None:
        super().__init__(
            "The server cannot read or write its pairings file; its log says why.",
            hint="Ask the operator to repair the pairings file.",
        )
        self.detail = detail
        self.remedy = hint

    def __str__(self) -> str:
        return f"{self.detail}; {self.remedy}"


def connector_key_access_denied(app_id: str | None = None) -> ToolError:
    """The caller may not make keys, or not for this app; a missing app and somebody else's look the same."""
    if app_id is None:
        return ToolError(
            "Keys of this server are made by its operator.",
            code="connector_key_access_denied",
            hint="Ask the operator for one; with builderMayMint: false only the admin token makes them.",
        )
    return ToolError(
        f"You cannot make a key for the app '{app_id}'.",
        code="connector_key_access_denied",
        hint="Name one of your apps (ggui_ops_list_apps), or leave appId out.",
        details={"appId": app_id},
    )


def connector_key_not_found(key_id: str) -> ToolError:
    """No key ever had this id."""
    return ToolError(
        f"There is no connector key '{key_id}'.",
        code="connector_key_not_found",
        hint="ggui_ops_list_connector_keys names them.",
        details={"keyId": key_id},
    )


def expires_in_the_past() -> ToolError:
    """A key that could never be used is a mistake."""
    fault = {"field": "expiresAt", "message": "must lie in the future", "keyword": "expired"}
    return ToolError(
        "expiresAt must lie in the future.",
        code="invalid_arguments",
        hint="Leave it out for a key that stays valid until it is revoked.",
        details={"violations": [fault]},
    )
