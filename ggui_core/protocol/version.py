"""The protocol version and what is done about a client that does not speak it (spec 01 section 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

PROTOCOL_VERSION: Final = "draft-2026-08-19"
"""The one version that shipped browser runtimes accept; also the ``schemaVersion`` stamp of envelopes."""

UPGRADE_REQUIRED: Final = "UPGRADE_REQUIRED"
"""Code of the ``error`` frame that answers a mismatch."""

MismatchPolicy = Literal["reject", "advisory"]
"""``reject`` closes the socket after the error frame; ``advisory`` leaves it open, without an ack."""


@dataclass(frozen=True, slots=True)
class VersionMismatch:
    """Client and server share no protocol version.

    Attributes:
        offered: What the client listed, in its order.
        policy: What happens to the socket after the error frame.
    """

    offered: tuple[str, ...]
    policy: MismatchPolicy

    def details(self) -> dict[str, object]:
        """``error.payload.details`` of the frame."""
        return {
            "serverVersion": PROTOCOL_VERSION,
            "clientSupportedVersions": list(self.offered),
            "policy": self.policy,
        }


def mismatch(offered: Sequence[str] | None, policy: MismatchPolicy = "reject") -> VersionMismatch | None:
    """Compare what a subscriber offers with what this server speaks.

    An absent or empty offer is a first-party client: nothing is checked. Versions are compared as strings.
    """
    if not offered or PROTOCOL_VERSION in offered:
        return None
    return VersionMismatch(tuple(offered), policy)
