"""Is this a blueprint? Three tiers, of which the first that fails ends the run (spec 02 section 8).

Nothing of the source is ever executed here. What can take long (a stranger decides how long) happens in the
compiler's process or in a thread, and only so much of it at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final

from ggui_core.errors import ToolError
from ggui_core.protocol import gate
from ggui_core.protocol.errors import Issue, Violation
from ggui_core.protocol.props_schema import enforce
from ggui_core.protocol.values import props_violations
from ggui_core.seams import CompileFailed, Compiler, ComponentCatalog, Diagnostic
from ggui_protocol import security, wiring
from ggui_protocol.finding import Finding, Findings, Tier
from ggui_protocol.module import Module, read
from ggui_protocol.tokens import Unreadable
from ggui_protocol.wiring import Declared

SOURCE_BYTES: Final = 256 * 1024
"""A component of this size has thousands of lines; reading more is not worth what it costs others."""

MOST_FINDINGS: Final = 50
CHECKS_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is to be validated.

    Attributes:
        contract: Any JSON; ``None`` for none.
        fixture: Example props, or ``None``.
    """

    source: str
    contract: Any = None
    fixture: Any = None


@dataclass(frozen=True, slots=True)
class Report:
    """What came out.

    Attributes:
        failed_at: The tier that ended the run, or ``None`` for a valid blueprint.
    """

    failed_at: Tier | None
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


class Validation:
    """Validates for everybody; ``compiler`` and ``catalog`` are there or not."""

    def __init__(self, compiler: Compiler | None, catalog: ComponentCatalog | None) -> None:
        self._compiler = compiler
        self._catalog = catalog
        self._slots = asyncio.Semaphore(CHECKS_AT_ONCE)

    async def report(self, candidate: Candidate) -> Report:
        """Run the tiers.

        Raises:
            ToolError: ``compiler_unavailable``; a blueprint that was not compiled is neither valid nor invalid.
        """
        warnings: list[Finding] = []
        declared = await asyncio.to_thread(Declared.of, candidate.contract)
        compiled = await self._compile(candidate.source, declared)
        if isinstance(compiled, Findings):
            return Report("compile", compiled.errors, ())
        async with self._slots:
            checked = await asyncio.to_thread(self_check, compiled, declared, self._catalog)
            warnings += checked.warnings
            if checked.errors:
                return Report("selfCheck", checked.errors, tuple(warnings))
            held = await asyncio.to_thread(runtime_check, candidate)
        warnings += held.warnings
        return Report("runtime" if held.errors else None, held.errors, tuple(warnings))

    async def _compile(self, source: str, declared: Declared) -> str | Findings:
        if self._compiler is None:
            raise ToolError(
                "This server has no compiler, so it cannot say whether a blueprint is valid.",
                code="compiler_unavailable",
                hint="Install ggui-compiler on the server or enable it (ggui plugins enable compiler), and restart.",
            )
        octets = len(source.encode("utf-8", "surrogatepass"))
        if octets > SOURCE_BYTES:
            message = f"The source has {octets:,} bytes; {SOURCE_BYTES:,} are the limit."
            return Findings(
                (Finding("compile", "SOURCE_TOO_LARGE", message, "Show less, or let the agent send less."),)
            )
        try:
            return (await self._compiler.compile(source, packages=tuple(declared.gadgets))).code
        except CompileFailed as failed:
            return Findings(tuple(_diagnosed(diagnostic) for diagnostic in failed.diagnostics))


def self_check(code: str, declared: Declared, catalog: ComponentCatalog | None) -> Findings:
    """What can be said of a compiled module without running it (spec 06 section 10.1)."""
    try:
        module = read(code)
    except Unreadable as fault:
        message = f"The compiled module is not understood: {fault}."
        return Findings((Finding("selfCheck", "module-unreadable", message, "Write it more simply."),))
    calls = wiring.used(module)
    errors = chain(
        _exports(module),
        security.faults(module),
        wiring.import_faults(module, declared, catalog),
        wiring.faults(calls, declared),
        wiring.gadget_faults(module, declared),
    )
    return Findings(_first(errors), _first(chain(wiring.remarks(calls), _uncompared(catalog))))


def runtime_check(candidate: Candidate) -> Findings:
    """The contract through the gate, the example props against the props it lets through."""
    not_executed = Finding(
        "runtime",
        "runtime:component-not-executed",
        "The component was not mounted: what it does with its props when it runs is not checked here.",
    )
    if candidate.contract is None:
        skipped = Finding(
            "runtime",
            "runtime:skipped-no-contract",
            "There is no contract to hold the blueprint against, so this tier was skipped.",
            "Pass the contract too.",
        )
        return Findings((), (skipped,))
    verdict = gate.check(candidate.contract)
    remarks = tuple(_issue(issue) for issue in verdict.issues if issue.severity == "warn")[:MOST_FINDINGS]
    if verdict.contract is None:
        errors = (_issue(issue) for issue in verdict.issues if issue.severity == "error")
        return Findings(_first(errors), remarks)
    if candidate.fixture is None:
        none = Finding(
            "runtime",
            "runtime:no-fixture-props",
            "There are no fixtureProps, so no props were held against the contract.",
            "Pass an example of the props.",
        )
        return Findings((), (*remarks, none, not_executed))
    violations = props_violations(enforce(candidate.contract.get("propsSpec")), candidate.fixture)
    return Findings(_first(_violation(violation) for violation in violations), (*remarks, not_executed))


def _exports(module: Module) -> Iterator[Finding]:
    if "default" not in module.exports:
        yield Finding(
            "selfCheck",
            "default-export",
            "The module has no default export, so there is no component to mount.",
            "Write `export default function Name(props: Props) { … }`.",
        )


def _uncompared(catalog: ComponentCatalog | None) -> Iterator[Finding]:
    if catalog is None:
        yield Finding(
            "selfCheck",
            "selfCheck:imports-not-compared",
            "This server shows no views, so imported names were not compared with what a view offers.",
            "Install ggui-renderer on the server.",
        )


def _diagnosed(diagnostic: Diagnostic) -> Finding:
    place = f"Line {diagnostic.line}, column {diagnostic.column}: " if diagnostic.line else ""
    fix = (
        "Import from react, @ggui-ai/design, @ggui-ai/wire, or a gadget package of the contract."
        if diagnostic.code == "IMPORT_NOT_ALLOWED"
        else "Correct the source and validate it again."
    )
    return Finding("compile", diagnostic.code, f"{place}{diagnostic.message}", fix)


def _issue(issue: Issue) -> Finding:
    where = f"{issue.path}: " if issue.path else ""
    return Finding("runtime", issue.code, f"{where}{issue.message}", issue.fix_hint)


def _violation(violation: Violation) -> Finding:
    expected = f"Expected {violation.expected}." if violation.expected is not None else None
    message = f"fixtureProps break the contract at {violation.field or '(root)'}: {violation.message}"
    return Finding("runtime", "contract_violation", message, expected)


def _first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(islice(findings, MOST_FINDINGS))
