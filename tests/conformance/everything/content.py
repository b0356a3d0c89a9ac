"""The fixed bodies that tools, prompts and resources of the suite answer with."""

from __future__ import annotations

import base64
import struct
import zlib

import mcp_types as types


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _red_pixel() -> bytes:
    """A PNG of one red pixel (PNG specification, section 5)."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _silence() -> bytes:
    """A WAV of eight silent samples, 8 kHz, 8 bit, mono."""
    samples = b"\x80" * 8
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


PNG = base64.b64encode(_red_pixel()).decode()
WAV = base64.b64encode(_silence()).decode()


def text(body: str) -> types.TextContent:
    """One text block."""
    return types.TextContent(type="text", text=body)


def image() -> types.ImageContent:
    """One red pixel."""
    return types.ImageContent(type="image", data=PNG, mime_type="image/png")


def audio() -> types.AudioContent:
    """A millisecond of silence."""
    return types.AudioContent(type="audio", data=WAV, mime_type="audio/wav")


def embedded(uri: str, mime_type: str, body: str) -> types.EmbeddedResource:
    """A text resource inside a result."""
    return types.EmbeddedResource(
        type="resource", resource=types.TextResourceContents(uri=uri, mime_type=mime_type, text=body)
    )


SIMPLE_TEXT = (text("This is a simple text response for testing."),)
IMAGE = (image(),)
AUDIO = (audio(),)
EMBEDDED_RESOURCE = (
    embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."),
)
MULTIPLE_TYPES = (
    text("Multiple content types test:"),
    image(),
    embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
)
