"""When garbage is looked for: not while a server boots, and less often while it serves."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from ggui_core import collector


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
    gc.enable()


def test_nothing_is_collected_while_the_block_runs_and_again_after_it_failed() -> None:
    during: list[bool] = []

    def fail() -> None:
        with collector.resting():
            during.append(gc.isenabled())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert (during, gc.isenabled()) == ([False], True)


def test_who_collects_not_is_left_alone() -> None:
    gc.disable()

    with collector.resting():
        pass

    assert not gc.isenabled()


def test_a_settled_server_keeps_what_there_is_and_still_finds_new_garbage() -> None:
    with collector.resting():
        collector.settle()
        kept = gc.get_freeze_count()
        ring: list[object] = []
        ring.append(ring)
        del ring

        assert kept > 0
        assert gc.isenabled()
        assert gc.collect() >= 1


def test_cycles_that_calls_leave_behind_are_collected_without_being_asked_for() -> None:
    collector.settle()
    before = gc.get_stats()[0]["collections"]

    kept = [[] for _ in range(3 * collector.YOUNG)]

    assert gc.get_stats()[0]["collections"] > before
    assert len(kept) == 3 * collector.YOUNG
