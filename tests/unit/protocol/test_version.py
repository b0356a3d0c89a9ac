"""Version negotiation (spec 01 section 1)."""

from __future__ import annotations

import pytest

from ggui_core.protocol.version import PROTOCOL_VERSION, mismatch


@pytest.mark.spec("01 22.1")
def test_the_version_is_the_one_that_shipped_runtimes_accept() -> None:
    assert PROTOCOL_VERSION == "draft-2026-08-19"


@pytest.mark.parametrize("offered", [None, [], [PROTOCOL_VERSION], ["draft-2026-06-12", PROTOCOL_VERSION]])
def test_no_offer_and_a_fitting_offer_pass(offered: list[str] | None) -> None:
    assert mismatch(offered) is None


@pytest.mark.parametrize(
    "offered", [["draft-2026-06-12"], [PROTOCOL_VERSION.upper()], [f" {PROTOCOL_VERSION}"]]
)
def test_another_version_is_answered_with_both_lists(offered: list[str]) -> None:
    found = mismatch(offered, "advisory")
    assert found is not None
    assert found.details() == {
        "serverVersion": "draft-2026-08-19",
        "clientSupportedVersions": offered,
        "policy": "advisory",
    }


def test_a_mismatch_is_rejected_unless_said_otherwise() -> None:
    found = mismatch(["x"])
    assert found is not None
    assert found.policy == "reject"
