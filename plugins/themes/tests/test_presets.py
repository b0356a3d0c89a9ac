"""The presets: complete, legible in both modes, different from one another, and loading nothing."""

from __future__ import annotations

import itertools
import re

import pytest

from ggui_core.protocol.theme import Mode
from ggui_themes.contrast import MINIMUM, PAIRS, STATUSES, contrast, illegible, luminance
from ggui_themes.presets import IDS, preset

MODES: tuple[Mode, ...] = ("light", "dark")
EVERY = [pytest.param(name, mode, id=f"{name}-{mode}") for name in IDS for mode in MODES]
ROLES = (
    "surface onSurface surfaceVariant onSurfaceVariant container onContainer outline outlineVariant onPrimary "
    "primaryContainer onPrimaryContainer onError errorContainer onErrorContainer tertiary onTertiary "
    "tertiaryContainer onTertiaryContainer"
)
LAYERS = "hide base docked dropdown sticky banner overlay modal popover skipLink toast tooltip"
GROUPS: dict[str, str] = {
    "color-primary": "50 100 200 300 400 500 600 700 800 900",
    "color-neutral": "50 100 200 300 400 500 600 700 800 900",
    **{f"color-{status}": "50 100 200 500 600 700 800" for status in STATUSES},
    "color": f"{ROLES} primary primary-gradient surface-gradient surface-subtle surface-sunken",
    "effect-glow": "primary primary-strong",
    "font-family": "sans mono",
    "font-size": "xs sm base lg xl 2xl 3xl 4xl",
    "font-weight": "normal medium semibold bold",
    "font-lineHeight": "tight normal relaxed",
    "spacing": "1 2 3 4 5 6 8 10 12 xs sm md lg xl 2xl",
    "shape-radius": "sm md lg xl full",
    "shape-shadow": "sm md lg xl",
    "motion-duration": "fast normal slow",
    "motion-easing": "default spring",
    "motion-transition": "fast normal slow colors opacity transform",
    "accessibility-focusRing": "color width offset",
    "accessibility-reducedMotion": "duration",
    "accessibility-highContrast": "borderWidth textColor backgroundColor linkColor",
    "zIndex": LAYERS,
}
VOCABULARY = {f"{group}-{name}" for group, names in GROUPS.items() for name in names.split()}
"""Spec 05 section 10.3: no preset may lack one of these names."""


def ladder(name: str, mode: Mode) -> dict[str, str]:
    theme = preset(name)
    return {key.removeprefix("--ggui-"): value for key, value in getattr(theme, mode).items()}


def ratio(one: str, other: str) -> float:
    lights = luminance(one), luminance(other)
    assert lights[0] is not None
    assert lights[1] is not None
    return contrast(lights[0], lights[1])


def mixed(one: str, other: str, share: float) -> str:
    """``color-mix(in srgb, one share, other)``."""
    pairs = zip(*(bytes.fromhex(colour[1:]) for colour in (one, other)), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


@pytest.mark.parametrize(("name", "mode"), EVERY)
def test_every_name_of_the_vocabulary_is_there(name: str, mode: Mode) -> None:
    assert ladder(name, mode).keys() >= VOCABULARY
    assert preset(name).light.keys() == preset(name).dark.keys()


@pytest.mark.parametrize(("name", "mode"), EVERY)
def test_every_text_is_legible_on_every_ground_it_stands_on(name: str, mode: Mode) -> None:
    variables = getattr(preset(name), mode)
    for pair in PAIRS:
        for colour in pair:
            assert luminance(variables[f"--ggui-color-{colour}"]) is not None, f"{colour} cannot be measured"
    assert [str(pair) for pair in illegible(variables)] == []


@pytest.mark.parametrize(("name", "mode"), EVERY)
def test_the_text_of_a_main_button_stays_legible_under_the_pointer(name: str, mode: Mode) -> None:
    colours = ladder(name, mode)
    hovered = mixed(colours["color-primary-500"], colours["color-surface"], 0.86)
    assert ratio(colours["color-onPrimary"], hovered) >= MINIMUM


@pytest.mark.parametrize(("name", "mode"), EVERY)
def test_edges_of_controls_and_the_focus_ring_can_be_seen(name: str, mode: Mode) -> None:
    colours = ladder(name, mode)
    for line in ("color-outline", "accessibility-focusRing-color"):
        assert ratio(colours[line], colours["color-surface"]) >= 3, line


@pytest.mark.parametrize("name", IDS)
def test_light_is_light_and_dark_is_dark(name: str) -> None:
    light, dark = (luminance(ladder(name, mode)["color-surface"]) for mode in MODES)
    assert light is not None
    assert dark is not None
    assert light > 0.7
    assert dark < 0.05


@pytest.mark.parametrize(("name", "mode"), EVERY)
def test_a_preset_loads_nothing_and_ends_its_fonts_with_a_family_that_every_machine_has(
    name: str, mode: Mode
) -> None:
    values = ladder(name, mode)
    assert not any(re.search(r"url\(|https?:|@import", value, re.IGNORECASE) for value in values.values())
    assert values["font-family-sans"].rpartition(", ")[2] in ("sans-serif", "serif")
    assert values["font-family-mono"].rpartition(", ")[2] == "monospace"


@pytest.mark.parametrize("mode", MODES)
def test_presets_differ_in_more_than_a_name(mode: Mode) -> None:
    for one, other in itertools.combinations(IDS, 2):
        first, second = ladder(one, mode), ladder(other, mode)
        assert first["color-primary-500"] != second["color-primary-500"]
        assert first["color-surface"] != second["color-surface"]
        assert first["shape-shadow-lg"] != second["shape-shadow-lg"]
        assert preset(one).description != preset(other).description


def test_a_hash_names_one_theme() -> None:
    assert len({preset(name).document_hash for name in IDS}) == len(IDS)


@pytest.mark.parametrize("colour", ["", "red", "rgb(1 2 3 / 50%)", "#12", "#1234567", "var(--x)", "#ggg"])
def test_what_cannot_be_measured_is_not_guessed(colour: str) -> None:
    assert luminance(colour) is None


def test_contrast_is_that_of_wcag() -> None:
    assert ratio("#000", "#ffffff") == pytest.approx(21)
    assert ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert ratio("rgb(118, 118, 118)", "#fff") == pytest.approx(4.54, abs=0.005)
