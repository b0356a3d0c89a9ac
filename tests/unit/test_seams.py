"""Seams: who provides what, and who decides when several offer one (ARCHITECTURE section 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Protocol

import pytest

from ggui_core.errors import BootError
from ggui_core.setup import Seams, Setup
from ggui_core.testing import booted


class Store(Protocol):
    def where(self) -> str: ...


class At:
    def __init__(self, place: str) -> None:
        self.place = place

    def where(self) -> str:
        return self.place


def where(seams: Seams) -> str | None:
    found = seams.find(Store)
    return None if found is None else found.where()


# The kernel's default


def test_nobody_provides_is_none() -> None:
    seams = Seams()
    seams.close()
    assert where(seams) is None


def test_default_serves_until_somebody_provides() -> None:
    seams = Seams()
    seams.default(Store, At("kernel"))
    assert where(seams) == "kernel"
    seams.close()
    assert where(seams) == "kernel"
    assert seams.providers() == {}


@pytest.mark.parametrize("rank", [-10, 0, 10])
def test_every_provider_replaces_the_default_whatever_its_rank(rank: int) -> None:
    seams = Seams()
    seams.default(Store, At("kernel"))
    seams.provide(Store, At("sql"), "sql", rank)
    seams.close()
    assert where(seams) == "sql"


# Before and after everybody has spoken


def test_before_everybody_has_spoken_a_provided_seam_is_not_known() -> None:
    seams = Seams()
    seams.default(Store, At("kernel"))
    seams.provide(Store, At("sql"), "sql")
    assert where(seams) is None


def test_providing_too_late_is_refused() -> None:
    seams = Seams()
    seams.close()
    with pytest.raises(BootError, match="only ggui_provide may call"):
        seams.provide(Store, At("late"), "late")


# Ranks


@pytest.mark.parametrize("order", [("file", "sql"), ("sql", "file")])
def test_lowest_rank_is_taken_whatever_the_order(order: Sequence[str]) -> None:
    ranks = {"file": 10, "sql": 0}
    seams = Seams()
    seams.default(Store, At("kernel"))
    for plugin in order:
        seams.provide(Store, At(plugin), plugin, ranks[plugin])
    seams.close()
    assert where(seams) == "sql"


@pytest.mark.parametrize("stand_ins", [(), ("file",)], ids=["alone", "above a stand-in"])
def test_tie_at_the_lowest_rank_prints_the_line_that_chooses_among_those_who_tie(
    stand_ins: Sequence[str],
) -> None:
    seams = Seams()
    for plugin in stand_ins:
        seams.provide(Store, At(plugin), plugin, 10)
    for plugin in ("sql", "redis"):
        seams.provide(Store, At(plugin), plugin)
    with pytest.raises(BootError) as refused:
        seams.close()
    assert refused.value.problems == (
        'Store is provided by sql and redis; choose one in ggui.json: "plugins": {"use": {"Store": "sql"}}',
    )


# The operator's choice


@pytest.mark.parametrize("wanted", ["sql", "redis"])
def test_use_settles_a_tie(wanted: str) -> None:
    seams = Seams(use={"Store": wanted})
    seams.provide(Store, At("sql"), "sql")
    seams.provide(Store, At("redis"), "redis")
    seams.close()
    assert where(seams) == wanted


def test_use_beats_every_rank() -> None:
    seams = Seams(use={"Store": "file"})
    seams.provide(Store, At("sql"), "sql", -10)
    seams.provide(Store, At("file"), "file", 10)
    seams.close()
    assert where(seams) == "file"


def test_use_of_a_plugin_that_does_not_provide_is_refused() -> None:
    seams = Seams(use={"Store": "mongo"})
    seams.provide(Store, At("sql"), "sql")
    with pytest.raises(BootError, match=r"plugins\.use\.Store names 'mongo'.*providers: sql"):
        seams.close()


def test_every_bad_choice_is_reported_at_once() -> None:
    seams = Seams(use={"Stoer": "sql", "Store": "x"})
    seams.provide(Store, At("sql"), "sql")
    with pytest.raises(BootError) as refused:
        seams.close()
    assert len(refused.value.problems) == 2
    assert "no enabled plugin provides Stoer" in refused.value.problems[1]


# Seams of which every implementation counts


def places(seams: Seams) -> list[str]:
    return [store.where() for store in seams.contributions(Store)]


def test_nobody_contributes_is_empty() -> None:
    assert places(Seams()) == []


def test_contributions_come_in_order_of_rank_then_of_plugins() -> None:
    seams = Seams()
    for place, rank in (("b", 0), ("last", 10), ("a", 0), ("first", -1)):
        seams.contribute(Store, At(place), "plugin", rank)
    seams.close()
    assert places(seams) == ["first", "b", "a", "last"]


def test_contributions_of_the_same_rank_are_no_tie() -> None:
    seams = Seams()
    seams.contribute(Store, At("sql"), "sql")
    seams.contribute(Store, At("redis"), "redis")
    seams.close()
    assert places(seams) == ["sql", "redis"]


def test_a_plugin_may_contribute_more_than_one() -> None:
    seams = Seams()
    for place in ("hot", "cold"):
        seams.contribute(Store, At(place), "sql")
    assert places(seams) == ["hot", "cold"]


def test_what_is_contributed_is_not_provided_and_the_other_way_round() -> None:
    seams = Seams()
    seams.default(Store, At("kernel"))
    seams.contribute(Store, At("contributed"), "sql")
    seams.close()
    assert where(seams) == "kernel"
    assert seams.providers() == {}
    seams = Seams()
    seams.provide(Store, At("provided"), "sql")
    seams.close()
    assert places(seams) == []


def test_contributing_too_late_is_refused() -> None:
    seams = Seams()
    seams.close()
    with pytest.raises(BootError, match="plugin 'late' contributes a Store too late: only ggui_provide may"):
        seams.contribute(Store, At("late"), "late")


async def test_hooks_read_what_every_plugin_contributed(plugin: Callable[..., ModuleType]) -> None:
    read: list[str] = []

    def contributing(place: str, rank: int) -> Callable[[Setup], None]:
        return lambda setup: setup.contribute(Store, At(place), rank=rank)

    def routes(setup: Setup) -> list[object]:
        read.extend(store.where() for store in setup.contributions(Store))
        return []

    plugins = [
        plugin("alpha", provide=contributing("alpha", 5), routes=routes),
        plugin("beta", provide=contributing("beta", 0)),
        plugin("gamma", provide=contributing("gamma", 5)),
    ]
    async with booted(plugins):
        assert read == ["beta", "alpha", "gamma"]
