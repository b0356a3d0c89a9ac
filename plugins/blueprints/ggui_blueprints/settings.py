"""What an operator can set (spec 03 sections 3.1 and 5.1, spec 06 section 2.3)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from ggui_core.config import ConfigSection, Section, ServeOption
from ggui_core.stores.blueprints import CAPACITY


class BlueprintSettings(Section):
    """``ggui.json#plugins.settings.blueprints``."""

    rows_per_app: int = Field(
        CAPACITY, ge=1, description="blueprints of one app that are kept before the least used go, at least 1"
    )
    compile_timeout_s: float = Field(
        30, gt=0, description="seconds that compiling one entry of the project or of a pool may take, above 0"
    )
    generation_timeout_s: float = Field(
        120, gt=0, description="seconds ggui_ops_generate_blueprint may take, above 0"
    )
    seed_pools: tuple[Path, ...] = Field(
        (),
        description="a list of folders that ggui export-pool wrote; relative ones start at the folder of ggui.json",
    )


SEED_POOL: Final = ServeOption(
    "--seed-pool",
    "seed_pools",
    "Folder with a read-only pool of components to reuse; repeatable.",
    metavar="DIR",
    multiple=True,
)
OPTIONS: Final = (SEED_POOL,)


class BlueprintsSection(Section):
    """``ggui.json#blueprints``."""

    include: tuple[Annotated[str, StringConstraints(min_length=1)], ...] = Field(
        (), description='a list of globs for ggui.ui.json files, such as "ui/**/ggui.ui.json"'
    )


BLUEPRINTS: Final = "blueprints"
SECTIONS: Final = (
    ConfigSection(
        BLUEPRINTS,
        BlueprintsSection,
        default=BlueprintsSection(),
        description="an object with include, a list of globs for ggui.ui.json files",
    ),
)
