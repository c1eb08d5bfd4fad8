"""The thresholds benchmark: a world whose best cut is known, and ways that know no later quarter."""

import dataclasses

import numpy as np
import pytest

from benchmarks.thresholds import ways, world
from benchmarks.thresholds.__main__ import bars, histories, measured, promise_bars
from benchmarks.thresholds.page import page
from benchmarks.thresholds.promises import promises
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
    found, promised = measured((60,), 2, workers=1)
    told = [*bars(found), *promise_bars(promised, 0.9)]
    text = page(found, promised, [words for _, words in told])
    assert all(name in text for name in (*ways.WAYS, *world.SCENARIOS))
    assert len(told) == 3 * len(world.SCENARIOS)


def test_a_promise_is_judged_by_the_true_line_of_its_quarter():
    """The line known for sure keeps every promise; one that takes leads for better breaks it."""
    history = world.run("stable", 3_000, 5)
    sure = [np.array([[1.0, 0.0]] * 20)] * world.QUARTERS
    rosy = [np.array([[1.0, 1.0]] * 20)] * world.QUARTERS
    right, wrong = (promises(history, SETTINGS, lines) for lines in (sure, rosy))
    assert np.mean([each.caught for each in right]) == pytest.approx(1, abs=0.05)
    assert not any(each.kept for each in wrong)
    bars_of_wrong = list(promise_bars({("stable", 3_000): wrong}, 0.9))
    assert [holds for holds, _ in bars_of_wrong] == [False]


def test_a_history_is_the_same_again():
    assert histories(("drift", 60, 4)) == histories(("drift", 60, 4))
