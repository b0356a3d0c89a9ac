"""The bytes of esbuild's protocol."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_compiler.packets import BadPacket, Packet, decoded, encoded

text = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31 - 1) | text | st.binary(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(text, inner, max_size=5),
    max_leaves=20,
)
packets = st.builds(Packet, st.integers(0, 2**31 - 1), st.booleans(), values)


@given(packets)
def test_a_packet_survives_the_wire(packet: Packet) -> None:
    wire = encoded(packet)
    assert int.from_bytes(wire[:4], "little") == len(wire) - 4
    assert decoded(wire[4:]) == packet


@given(packets, st.data())
def test_a_packet_that_is_cut_short_or_goes_on_is_refused(packet: Packet, data: st.DataObject) -> None:
    body = encoded(packet)[4:]
    kept = data.draw(st.integers(0, len(body) - 1))
    for wrong in (body[:kept], body + b"\0"):
        with pytest.raises(BadPacket):
            decoded(wrong)


@given(st.binary(max_size=64))
def test_noise_is_a_packet_or_refused(noise: bytes) -> None:
    try:
        packet = decoded(noise)
    except BadPacket:
        return
    assert isinstance(packet, Packet)


def test_a_known_packet() -> None:
    wire = encoded(Packet(3, True, {"ok": [True, None, -2, "é", b"x"]}))
    assert wire.hex() == (
        "29000000" "07000000" "06" "01000000" "02000000" "6f6b" "05" "05000000"
        "0101" "00" "02feffffff" "0302000000c3a9" "040100000078"
    )  # fmt: skip


def test_endless_nesting_is_refused() -> None:
    with pytest.raises(BadPacket):
        decoded(b"\0\0\0\0" + b"\5\1\0\0\0" * 10_000)
