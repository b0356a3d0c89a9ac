"""The root of every error the kernel raises on purpose.

Each error carries a stable ``code``, an HTTP status and a remedy. It is raised where the fault is found and
translated once, at the edge (HTTP envelope, tool result or one line on stderr).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class GguiError(Exception):
    """An expected failure.

    Args:
        message: One sentence that names the cause; it may reach the wire, so no path and no secret.
        code: Stable machine code; defaults to the class's code.
        hint: One sentence that names the remedy.
    """

    code: str = "internal_error"
    http_status: int = 500

    def __init__(self, message: str, *, code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code


class BootError(GguiError):
    """The server cannot start. Carries every problem found in one pass, each with its remedy.

    ``ggui`` prints one line per problem on stderr and exits with status 1.
    """

    code = "boot_failed"

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems: tuple[str, ...] = problems


class RequestError(GguiError):
    """A request that is refused with an HTTP status; rendered in the error family of its route."""

    code = "bad_request"
    http_status = 400

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        hint: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
        jsonrpc_code: int | None = None,
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.jsonrpc_code = jsonrpc_code
        self.headers: Mapping[str, str] = headers or {}
        self.extra: Mapping[str, object] = extra or {}
        if status is not None:
            self.http_status = status


class ToolError(GguiError):
    """A tool call that failed for a reason the agent can act on (spec 02 section 14.2).

    It becomes an ``isError`` result whose text starts with ``<code>: `` and whose
    ``_meta["ai.ggui/error"]`` carries ``code``, ``retryable`` and what else is known.
    """

    code = "tool_failed"
    http_status = 200

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        retryable: bool = False,
        retry_after_ms: int | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.retryable = retryable
        self.retry_after_ms = retry_after_ms
        self.details: Mapping[str, object] = details or {}


def first_line(error: BaseException) -> str:
    """The first line of an exception, prefixed by its type: what a person needs to find the cause."""
    lines: Sequence[str] = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
