"""The packets of esbuild's service protocol, as bytes.

esbuild reads and writes packets on its standard streams. A packet is its length, a word of ``id * 2 + is_response``
and one tagged value; every number is little-endian and has 32 bits. A value is null, a boolean, an integer, text,
bytes, an array or a map with text keys.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, TypeAlias

Value: TypeAlias = "bool | int | str | bytes | list[Value] | dict[str, Value] | None"

_WORD: Final = struct.Struct("<I")
_INT: Final = struct.Struct("<i")
_NULL, _BOOL, _INTEGER, _TEXT, _BYTES, _ARRAY, _MAP = range(7)
_DEEPEST: Final = 32
"""Arrays and maps inside one another; esbuild's own answers stay far below."""


class BadPacket(ValueError):
    """Bytes that are no packet of the protocol."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One message in either direction; a response carries the id of its request."""

    id: int
    is_response: bool
    value: Value


def encoded(packet: Packet) -> bytes:
    """The bytes of a packet, its length included."""
    out = bytearray(_WORD.pack(packet.id << 1 | packet.is_response))
    _write(packet.value, out)
    return _WORD.pack(len(out)) + bytes(out)


def decoded(body: bytes) -> Packet:
    """The packet in these bytes, which come without their length.

    Raises:
        BadPacket: They are cut short, go on too long, or are tagged with what the protocol does not know.
    """
    reader = _Reader(body)
    head = reader.word()
    packet = Packet(head >> 1, bool(head & 1), reader.value())
    if reader.at != len(body):
        raise BadPacket("bytes are left over")
    return packet


def _write(value: Value, out: bytearray) -> None:
    match value:
        case None:
            out.append(_NULL)
        case bool():
            out += bytes((_BOOL, value))
        case int():
            out.append(_INTEGER)
            out += _INT.pack(value)
        case str():
            out.append(_TEXT)
            _write_octets(value.encode(), out)
        case bytes():
            out.append(_BYTES)
            _write_octets(value, out)
        case list():
            out.append(_ARRAY)
            out += _WORD.pack(len(value))
            for item in value:
                _write(item, out)
        case dict():
            out.append(_MAP)
            out += _WORD.pack(len(value))
            for key, member in value.items():
                _write_octets(key.encode(), out)
                _write(member, out)


def _write_octets(octets: bytes, out: bytearray) -> None:
    out += _WORD.pack(len(octets))
    out += octets


class _Reader:
    def __init__(self, body: bytes) -> None:
        self._body = body
        self.at = 0

    def _take(self, count: int) -> bytes:
        start, self.at = self.at, self.at + count
        if self.at > len(self._body):
            raise BadPacket("cut short")
        return self._body[start : self.at]

    def word(self) -> int:
        number: int = _WORD.unpack(self._take(4))[0]
        return number

    def _text(self) -> str:
        try:
            return self._take(self.word()).decode()
        except UnicodeDecodeError as fault:
            raise BadPacket("text that is no UTF-8") from fault

    def value(self, depth: int = 0) -> Value:
        if depth > _DEEPEST:
            raise BadPacket("nested too deep")
        match self._take(1)[0]:
            case 0:
                return None
            case 1:
                return bool(self._take(1)[0])
            case 2:
                number: int = _INT.unpack(self._take(4))[0]
                return number
            case 3:
                return self._text()
            case 4:
                return self._take(self.word())
            case 5:
                return [self.value(depth + 1) for _ in range(self.word())]
            case 6:
                return {self._text(): self.value(depth + 1) for _ in range(self.word())}
            case tag:
                raise BadPacket(f"unknown tag {tag}")
