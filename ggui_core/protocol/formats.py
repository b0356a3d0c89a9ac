"""The string and number formats of the dialect, as the deployed browser validators read them (spec 01 section 4.1).

Only formats that the engine does not know, or reads differently, are defined here. All checks are linear in the
length of the text.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

ENGINE_FORMATS: Final = frozenset(
    {
        "uri",
        "uri-reference",
        "uri-template",
        "hostname",
        "ipv4",
        "ipv6",
        "regex",
        "json-pointer",
        "relative-json-pointer",
    }
)
"""Left to the engine, whose reading is that of the RFCs."""

NUMBER_RANGES: Final[Mapping[str, tuple[int, int] | None]] = {
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "float": None,
    "double": None,
}
"""Formats of numbers: the whole numbers that are allowed, or None for any number."""

LONGEST_HOST: Final = 253
"""Characters of a host name, RFC 1035."""

_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_TIME: Final = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:(z)|([+-])(\d\d)(?::?(\d\d))?)?", re.ASCII | re.IGNORECASE
)
_DURATION: Final = re.compile(
    r"P(?:(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?|\d+W)", re.ASCII
)
_UUID: Final = re.compile(r"(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_MAILBOX: Final = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.IGNORECASE
)
_HOST_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE | re.ASCII)
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_FRAGMENT: Final = re.compile(
    r"#(?:/(?:[a-z0-9_\-.!$&'()*+,;:=@]|%[0-9a-f]{2}|~0|~1)*)*", re.IGNORECASE | re.ASCII
)
_URL_SCHEMES: Final = ("http", "https", "ftp")


def is_date(text: str) -> bool:
    """RFC 3339 full-date of a day that exists."""
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    year, month, day = (int(part) for part in match.groups())
    if not 1 <= month <= 12:
        return False
    days = 29 if month == 2 and calendar.isleap(year) else _DAYS[month - 1]
    return 1 <= day <= days


def is_time(text: str) -> bool:
    """RFC 3339 full-time; the zone must be there."""
    return _is_time(text, zone_needed=True)


def is_iso_time(text: str) -> bool:
    """A time whose zone may be missing."""
    return _is_time(text, zone_needed=False)


def is_date_time(text: str) -> bool:
    """RFC 3339 date-time, with ``T``, ``t`` or a space between; the zone must be there."""
    return _is_moment(text, is_time)


def is_iso_date_time(text: str) -> bool:
    """A date-time whose zone may be missing."""
    return _is_moment(text, is_iso_time)


def is_duration(text: str) -> bool:
    """An ISO 8601 duration of RFC 3339 appendix A, such as ``P1DT12H`` or ``P2W``."""
    return text != "P" and _DURATION.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """A mailbox at a domain of two labels or more."""
    mailbox, at, host = text.rpartition("@")
    labels = host.split(".")
    return (
        bool(at)
        and len(host) <= LONGEST_HOST
        and len(labels) > 1
        and all(_HOST_LABEL.fullmatch(label) for label in labels)
        and _MAILBOX.fullmatch(mailbox) is not None
    )


def is_url(text: str) -> bool:
    """An absolute http, https or ftp URL with a host."""
    if any(character.isspace() or character < "!" for character in text):
        return False
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in _URL_SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port >= 0)
        )
    except ValueError:  # a port that is no number, a bracket that is not closed
        return False


def is_uuid(text: str) -> bool:
    """A UUID, with or without ``urn:uuid:`` before it."""
    return _UUID.fullmatch(text) is not None


def is_base64(text: str) -> bool:
    """``byte``: base64 with padding."""
    return _BASE64.fullmatch(text) is not None


def is_pointer_fragment(text: str) -> bool:
    """A JSON pointer as a URI fragment, RFC 6901 section 6."""
    return _FRAGMENT.fullmatch(text) is not None


def is_any_text(_text: str) -> bool:
    """``password`` and ``binary`` are notes to the form, not rules; number formats say nothing about text."""
    return True


STRING_CHECKS: Final[Mapping[str, Callable[[str], bool]]] = {
    "date": is_date,
    "time": is_time,
    "date-time": is_date_time,
    "iso-time": is_iso_time,
    "iso-date-time": is_iso_date_time,
    "duration": is_duration,
    "url": is_url,
    "email": is_email,
    "uuid": is_uuid,
    "json-pointer-uri-fragment": is_pointer_fragment,
    "byte": is_base64,
    "password": is_any_text,
    "binary": is_any_text,
    **dict.fromkeys(NUMBER_RANGES, is_any_text),
}

FORMATS: Final = ENGINE_FORMATS | STRING_CHECKS.keys()


def _is_moment(text: str, time: Callable[[str], bool]) -> bool:
    return len(text) > 11 and text[10] in "Tt " and is_date(text[:10]) and time(text[11:])


def _is_time(text: str, *, zone_needed: bool) -> bool:
    match = _TIME.fullmatch(text)
    if match is None:
        return False
    hour, minute, second = (int(part) for part in match.group(1, 2, 3))
    zulu, sign, zone_hour, zone_minute = match.group(4, 5, 6, 7)
    offset_hour, offset_minute = int(zone_hour or 0), int(zone_minute or 0)
    if offset_hour > 23 or offset_minute > 59 or (zone_needed and not zulu and not sign):
        return False
    if hour <= 23 and minute <= 59 and second < 60:
        return True
    # A leap second ends a day in UTC, whatever the local clock shows.
    direction = -1 if sign == "-" else 1
    in_utc = (hour * 60 + minute - direction * (offset_hour * 60 + offset_minute)) % (24 * 60)
    return hour <= 23 and minute <= 59 and second == 60 and in_utc == 23 * 60 + 59
