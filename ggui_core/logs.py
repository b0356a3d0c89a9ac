"""Logs on stderr: coloured lines for a person at a terminal, JSON lines for everything else.

stdout belongs to beacons and the banner (spec 03 section 22).
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from functools import partial
from typing import Any, BinaryIO, Final, TextIO, cast

import orjson
import structlog

from ggui_core.config import LEVELS

_SECRET_KEY: Final = re.compile(
    r"authorization|bearer|cookie|password|secret|api_?key|(^|_)(token|code_verifier)$|^pairing_?code$",
    re.IGNORECASE,
)
_SECRET_TEXT: Final = re.compile(
    r"ggui_(?:user|admin|sk)_[A-Za-z0-9_-]+|(?i:\b(?:bearer|basic))\s+[A-Za-z0-9._~+/=-]{4,}"
)
REDACTED: Final = "[redacted]"


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that takes out what must never be written down, however deep it stands."""
    for key, value in event.items():
        event[key] = REDACTED if _SECRET_KEY.search(key.replace("-", "_")) else _without_secrets(value)
    return event


def _text(value: str) -> str:
    """``value`` as text that can be written: a header may hold bytes that are none."""
    return value.encode("utf-8", "replace").decode("utf-8")


def _without_secrets(value: Any) -> Any:
    match value:
        case str():
            return _SECRET_TEXT.sub(REDACTED, _text(value))
        case bytes():
            return _without_secrets(value.decode("utf-8", "replace"))
        case Mapping():
            return {
                _text(str(key)): REDACTED
                if _SECRET_KEY.search(str(key).replace("-", "_"))
                else _without_secrets(inner)
                for key, inner in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [_without_secrets(inner) for inner in value]
        case None | bool() | float():
            return value
        case int():
            return value if -(1 << 63) <= value < 1 << 64 else str(value)
        case _:
            return _without_secrets(repr(value))


def configure(environ: Mapping[str, str], *, cached: bool = True, worker: int = 0) -> None:
    """Set up structlog and route the standard library's warnings through the same door.

    ``GGUI_LOG_LEVEL`` is one of debug, info (default), warning, error.

    Args:
        worker: The number that lines name where a server has several processes; 0 for one that has not.
        cached: Loggers keep this set-up once they were used; tests that capture logs say no.
    """
    wanted = environ.get("GGUI_LOG_LEVEL", "").strip().lower()
    level = getattr(logging, wanted.upper()) if wanted in LEVELS else logging.INFO
    renderer: Any
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    if worker:
        processors.append(partial(_of_worker, worker))
    if sys.stderr.isatty():
        # Tracebacks without local variables: those hold bodies and bearers.
        plain = structlog.dev.plain_traceback
        processors += [
            structlog.processors.format_exc_info,
            redact,
            structlog.dev.ConsoleRenderer(exception_formatter=plain),
        ]
        renderer = structlog.PrintLoggerFactory(cast("TextIO", _Lossy(sys.stderr)))
    else:
        processors += [
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ]
        renderer = structlog.BytesLoggerFactory(cast("BinaryIO", _Lossy(sys.stderr.buffer)))
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=renderer,
        cache_logger_on_first_use=cached,
    )
    root = logging.getLogger()
    root.handlers = [_Forward()]
    root.setLevel(max(level, logging.WARNING))


def _of_worker(
    number: int, logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    event["worker"] = number
    return event


class _Lossy:
    """A stream that drops what cannot be written: a full disk or a closed pipe must not fail a request."""

    def __init__(self, stream: TextIO | BinaryIO) -> None:
        self._stream: Any = stream

    def write(self, line: str | bytes) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(line)
        return len(line)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


class _Forward(logging.Handler):
    """Hands records of the standard library's loggers to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, record.getMessage(), exc_info=record.exc_info)
