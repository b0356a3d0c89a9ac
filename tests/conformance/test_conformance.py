"""The public MCP conformance suite against a booted server, on both protocol eras.

Every server scenario of the suite is one test, for ``/mcp`` and ``/protocol`` (what the kernel makes of declared
tools) and for ``/everything`` (a standalone service that has whatever the suite calls). ``expected-failures.yml``
names what fails and why. A scenario that fails without being named there fails its test, and so does one that passes
although it is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

import node_tools
from everything import plugin as everything
from everything import protocol
from ggui_core.testing import booted

TARGETS = ("/mcp", "/protocol", "/everything")
EXPECTED_FAILURES = Path(__file__).with_name("expected-failures.yml")

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(node_tools.missing() is not None, reason=str(node_tools.missing())),
    # The suite asks for what 2026-07-28 deprecates; the SDK says so each time.
    pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning"),
]


@dataclass(frozen=True, slots=True)
class Excuse:
    """An entry of ``expected-failures.yml``, for one scenario of one run."""

    reason: str
    checks: set[str] = field(default_factory=set)
    """Check ids; empty for the whole scenario."""


def _groups() -> Sequence[Mapping[str, Any]]:
    return yaml.safe_load(EXPECTED_FAILURES.read_text())


def _excuses(target: str, revision: str) -> dict[str, Excuse]:
    found: dict[str, Excuse] = {}
    for group in _groups():
        if target not in group["targets"] or revision not in group["revisions"]:
            continue
        for entry in group["scenarios"]:
            scenario, _, check = entry.partition(":")
            excuse = found.setdefault(scenario, Excuse(group["reason"]))
            if check:
                excuse.checks.add(check)
    return found


def _cases() -> list[tuple[str, str, str]]:
    if node_tools.missing() is not None:
        return [(target, revision, "all") for target in TARGETS for revision in node_tools.REVISIONS]
    return [
        (target, revision, scenario)
        for target in TARGETS
        for revision in node_tools.REVISIONS
        for scenario in node_tools.scenarios(revision)
    ]


Runs = Mapping[tuple[str, str], Mapping[str, Sequence[node_tools.Check]]]
"""The checks of every scenario, by target and revision."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """The suite against two servers: a tool of one name stands on one shared route only."""
    home = tmp_path_factory.mktemp("conformance")
    found: dict[tuple[str, str], Mapping[str, Sequence[node_tools.Check]]] = {}
    # The suite sends no bearer, hence any-bearer mode on /mcp; /everything is anonymous.
    for plugin, targets in ((everything, ("/mcp", "/everything")), (protocol, ("/protocol",))):
        async with booted([plugin], args=["--dev-allow-all"]) as server:
            for target in targets:
                for revision in node_tools.REVISIONS:
                    results = home / target.strip("/") / revision
                    found[target, revision] = await node_tools.run_suite(
                        f"{server.base_url}{target}", revision, results
                    )
    return found


@pytest.mark.parametrize(("target", "revision", "scenario"), _cases())
async def test_scenario_of_the_public_suite(runs: Runs, target: str, revision: str, scenario: str) -> None:
    checks = runs[target, revision].get(scenario)
    assert checks, f"the suite did not finish {scenario}"
    failed = {check.id: check for check in checks if check.failed}
    excuse = _excuses(target, revision).get(scenario)
    if excuse is None:
        assert not failed, "\n".join(f"{check.id}: {check.message}" for check in failed.values())
        return
    assert failed, f"{scenario} passes now: remove it from {EXPECTED_FAILURES.name} ({excuse.reason})"
    if excuse.checks:
        unexpected = failed.keys() - excuse.checks
        assert not unexpected, "\n".join(f"{name}: {failed[name].message}" for name in unexpected)
        passing = excuse.checks - failed.keys()
        assert not passing, f"pass now, remove from {EXPECTED_FAILURES.name}: {', '.join(sorted(passing))}"
    pytest.xfail(excuse.reason)


async def test_every_excuse_names_a_scenario_and_a_reason() -> None:
    for group in _groups():
        assert set(group["targets"]) <= set(TARGETS)
        assert len(re.findall(r"\w+", group["reason"])) >= 5, f"say why: {group}"
        for revision in group["revisions"]:
            known = node_tools.scenarios(revision)
            for entry in group["scenarios"]:
                assert entry.partition(":")[0] in known, f"{entry} is no scenario of {revision}"
