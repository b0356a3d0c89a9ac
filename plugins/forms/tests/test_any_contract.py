"""Whatever the gate lets through has a component: it compiles, and it is the same every time."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import ggui_compiler.plugin as compiler_plugin
import ggui_forms.plugin as forms_plugin
from ggui_core.protocol.gate import check
from ggui_core.seams import Compiled, Compiler
from ggui_core.testing import booted
from ggui_core.testing.any_contract import NASTY, TEXT, Json, contracts
from ggui_forms.layout import source_of

from .contracts import BENCH, BOARD, FEEDBACK, STATUS

GENERATED = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


class Compiling:
    """The real compiler, asked from tests that are not async: hypothesis wants those."""

    def __init__(self, compiler: Compiler, loop: asyncio.AbstractEventLoop) -> None:
        self._compiler = compiler
        self._loop = loop

    def __call__(self, source: str) -> Compiled:
        compiling = asyncio.run_coroutine_threadsafe(self._compiler.compile(source), self._loop)
        return compiling.result(120)


@pytest_asyncio.fixture
async def compiling() -> AsyncIterator[Compiling]:
    async with booted([compiler_plugin, forms_plugin], args=["--dev-allow-all"]) as server:
        yield Compiling(server.setup.get(Compiler), asyncio.get_running_loop())


async def test_every_contract_has_a_component_that_compiles(compiling: Compiling) -> None:
    @GENERATED
    @given(contracts)
    def holds(contract: Json) -> None:
        assume(check(contract).contract is not None)
        before = copy.deepcopy(contract)
        source = source_of(contract)
        assert source == source_of(before)
        assert contract == before
        assert set(compiling(source).imports) <= {
            "react",
            "react/jsx-runtime",
            "@ggui-ai/design",
            "@ggui-ai/wire",
        }

    await asyncio.to_thread(holds)


def test_a_member_without_a_name_fits_into_a_table() -> None:
    row = {"type": "object", "properties": {"": {"type": "string", "minLength": 0}}}
    assert source_of({"streamSpec": {"id": {"schema": {"anyOf": [{"type": "null"}, row]}}}})


def nasty_contract(text: str) -> Json:
    """A contract in which everything that can be called something is called so."""
    item = {
        "type": "object",
        "properties": {"id": TEXT, text: {**TEXT, "title": text}, f"{text}2": {"enum": [text, f"{text}!"]}},
        "required": ["id"],
    }
    payload = {
        "type": "object",
        "title": text,
        "properties": {
            text: {**TEXT, "title": text, "description": text, "default": text},
            f"{text}2": {"enum": [text, f"{text}!"]},
            f"{text}3": {"type": "array", "items": {**item, "title": text}},
            f"{text}4": {"const": text},
            f"{text}5": {"oneOf": [{**item, "title": text}, {**item, "title": f"{text}!"}]},
            f"{text}6": {"type": "array", "items": {"enum": [text, f"{text}!"]}},
        },
        "required": [text, f"{text}4"],
    }
    return {
        "propsSpec": {
            "description": text,
            "properties": {
                text: {"schema": {**TEXT, "title": text}, "description": text},
                f"{text}s": {"schema": {"type": "array", "items": item, "title": text}, "description": text},
                f"{text}r": {"schema": item},
            },
        },
        "actionSpec": {
            f"{text}a": {"label": text, "description": text, "confirm": True, "schema": payload},
            f"{text}b": {"label": text},
            f"{text}c": {
                "label": text,
                "schema": {
                    "type": "object",
                    "properties": {"id": TEXT, text: TEXT},
                    "required": ["id", text],
                },
            },
        },
        "streamSpec": {f"{text}t": {"schema": item, "description": text}},
        "contextSpec": {
            "slot": {"schema": {**payload, "title": text}, "default": {text: "", f"{text}4": text}}
        },
    }


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[1:20])
async def test_text_that_wants_to_be_code_stays_text(text: str, compiling: Compiling) -> None:
    contract = nasty_contract(text)
    assert check(contract).contract is not None, check(contract).issues
    source = source_of(contract)
    compiled = await asyncio.to_thread(compiling, source)
    assert "</script" not in source
    assert "</script" not in compiled.code
    assert not {"\u2028", "\u2029", "\u202e", "\u200b"} & set(source)


@given(st.permutations(list(NASTY)))
@settings(max_examples=10, deadline=None)
def test_many_names_do_not_run_into_one_another(names: list[str]) -> None:
    properties = {name: {"schema": TEXT} for name in names}
    source = source_of({"propsSpec": {"properties": properties}})
    (signature,) = (part for part in source.split("export default ")[1].split(") {")[:1])
    identifiers = [line.split(":")[-1].strip(" ,") for line in signature.splitlines()[1:-1]]
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("contract", [{}, BENCH, FEEDBACK, BOARD, STATUS, {"propsSpec": {"properties": {}}}])
async def test_known_contracts_compile(contract: Json, compiling: Compiling) -> None:
    assert (await asyncio.to_thread(compiling, source_of(contract))).code


def test_the_seed_of_hashes_has_no_part_in_it() -> None:
    program = "\n".join(
        [
            "import json, sys",
            "from ggui_forms.layout import source_of",
            "sys.stdout.write(source_of(json.load(sys.stdin)))",
        ]
    )
    written = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps(BOARD),
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert written == {source_of(BOARD)}


def test_an_endless_schema_ends() -> None:
    tree = {
        "type": "object",
        "properties": {"name": TEXT, "children": {"type": "array", "items": {"$ref": "#"}}},
    }
    wide = {"$ref": "#/definitions/d0"}
    definitions = {
        f"d{n}": {
            "type": "object",
            "properties": {f"p{k}": {"$ref": f"#/definitions/d{n + 1}"} for k in range(9)},
        }
        for n in range(8)
    }
    definitions["d8"] = {"type": "string"}
    for schema in (tree, {**wide, "definitions": definitions}):
        contract = {
            "propsSpec": {"properties": {"data": {"schema": schema}}},
            "actionSpec": {"save": {"label": "Save", "schema": schema}},
        }
        assert len(source_of(contract)) < 512 * 1024
