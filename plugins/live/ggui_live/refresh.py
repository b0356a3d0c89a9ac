"""``ggui_runtime_refresh_ws_token``: a new token for an old one (spec 02 section 7.3)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ggui_core.clock import iso
from ggui_core.mcp import Tool, ToolContext
from ggui_core.tokens import Claims, TokenRefused, TokenSigner
from ggui_live.channel import REFRESH_WINDOW_S, LiveChannel, tenant_of
from ggui_live.wire import Model

Code = Literal["BOOTSTRAP_INVALID", "REFRESH_WINDOW_CLOSED", "BOOTSTRAP_NOT_SUPPORTED"]


class RefreshInput(Model):
    """The token to renew."""

    envelope: str = Field(min_length=1, description="The current wsToken, expired or not, or a sessionToken.")


class RefreshOutput(Model):
    """A new token, or why there is none."""

    ok: bool
    envelope: str | None = None
    expires_at: str | None = None
    code: Code | None = None
    message: str | None = None


def refresh_tool(channel: LiveChannel) -> Tool[Any, Any]:
    """The declaration; a view calls it through its host, with the host's credential."""

    async def refresh(arguments: RefreshInput, context: ToolContext) -> RefreshOutput:
        try:
            claims = _claims(channel.signer, arguments.envelope)
        except TokenRefused as refused:
            if refused.fault == "refresh_window_closed":
                return _refusal(
                    "REFRESH_WINDOW_CLOSED", "The token is too old; read the card's resource again."
                )
            return _invalid()
        # A token is good for as long as its session, and only the session's owner renews it.
        session = await channel.sessions.session(
            claims.session_id, tenant_of(context.principal, context.app_id)
        )
        if session is None or session.tenant.app_id != claims.app_id:
            return _invalid()
        token, renewed = channel.mint(claims.session_id, claims.app_id)
        return RefreshOutput(ok=True, envelope=token, expires_at=iso(renewed.expires_at))

    return Tool(
        "ggui_runtime_refresh_ws_token",
        "Renew the token of a view's live channel.",
        RefreshInput,
        RefreshOutput,
        refresh,
        title="Refresh token",
        audience="runtime",
    )


def _claims(signer: TokenSigner, envelope: str) -> Claims:
    """What the token says: that of a slice in its window, or the ``sessionToken`` of an ack, which lasts for hours.

    Raises:
        TokenRefused: it is neither.
    """
    try:
        return signer.verify(envelope, "ws", refreshable_s=REFRESH_WINDOW_S)
    except TokenRefused as refused:
        if refused.fault != "wrong_kind":
            raise
        return signer.verify(envelope, "session")


def _invalid() -> RefreshOutput:
    return _refusal("BOOTSTRAP_INVALID", "The token cannot be renewed; read the card's resource again.")


def _refusal(code: Code, message: str) -> RefreshOutput:
    return RefreshOutput(ok=False, code=code, message=message)
