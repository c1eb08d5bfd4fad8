"""The thresholds benchmark: a world whose best cut is known, and ways that know no later quarter."""

import dataclasses

import numpy as np
import pytest

from benchmarks.thresholds import ways, world
from benchmarks.thresholds.__main__ import bars, histories, measured
from benchmarks.thresholds.page import page
from tests.fakes import settings

SETTINGS = settings()


def test_the_best_cut_loses_nothing_and_others_do():
    assert world.regret(world.START, 1.0, 0.0) == pytest.approx(0, abs=1e-4)
    higher = (world.START - 1.37) / 1.0  # the level is 1.37 higher: the same chance stands lower
    assert world.regret(higher, 1.0, 1.37) == pytest.approx(0, abs=1e-4)
    assert world.regret(world.START, 1.0, 1.37) == pytest.approx(0.28, abs=0.01)
    assert world.regret(np.inf, 1.0, 0.0) == 1


def test_turns_are_counted_against_the_move_before():
    history = world.run("stable", 50, 1)
    cuts = np.array([0, 1, 2, 1, 1, 2, 2, 2, 2, 2.0])
    assert world.judged(cuts, history).reversals == 2


@pytest.mark.parametrize("name", ways.WAYS)
def test_a_way_knows_the_quarters_before_alone(name):
    history = world.run("shock", 120, 3)
    y = history.y.copy()
    y[6:] = 1 - y[6:]
    way = ways.WAYS[name]
    plain, other = (way(h, SETTINGS) for h in (history, dataclasses.replace(history, y=y)))
    assert plain[0] == world.START
    np.testing.assert_array_equal(plain[:7], other[:7])
    assert len(plain) == world.QUARTERS


def test_a_page_tells_every_way_and_bars_have_words():
    found = measured((60,), 2, workers=1)
    told = list(bars(found))
    text = page(found, [words for _, words in told])
    assert all(name in text for name in (*ways.WAYS, *world.SCENARIOS))
    assert len(told) == 2 * len(world.SCENARIOS)


def test_a_history_is_the_same_again():
    assert histories(("drift", 60, 4)) == histories(("drift", 60, 4))
