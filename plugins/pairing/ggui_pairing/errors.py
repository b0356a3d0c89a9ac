"""What can go wrong while pairing."""

from __future__ import annotations

from ggui_core.errors import GguiError, RequestError


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
