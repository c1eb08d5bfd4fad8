"""What parts are taught: recent looks count more, and small tables keep their words and their trees."""

import numpy as np
import pandas as pd
import pytest

from leadscore.history.features import Feature
from leadscore.history.log import DAY
from leadscore.scoring.blend.lessons import Lesson
from leadscore.scoring.blend.parts import Recipe, Teacher
from leadscore.scoring.line import log_odds
from leadscore.scoring.model import _leaf_rows
from tests.fakes import settings, small_settings

FEATURES = (Feature("visits", "number", "Visits: {value}", "visits"),)
WORD = Feature("channel", "category", "Channel: {value}", "channel")
RECIPE = Recipe(None, 40, 3.0)


def turned(n=2_000):
    """Return looks of 400 days in whose first half visits mean wins, and in the second none."""
    draw = np.random.default_rng(1)
    visits = draw.integers(0, 2, n).astype(float)
    order = np.sort(draw.integers(0, 400 * DAY, n))
    chance = np.where(order < 200 * DAY, np.where(visits == 1, 0.8, 0.2), 0.5)
    table = pd.DataFrame({"visits": visits, "order": order, "grid_points": 0.0})
    y = (draw.random(n) < chance).astype(float)
    return table.assign(lead_id=[f"L{i}" for i in range(n)]), y


def gap(table, y, *, half_life, is_ordered=True):
    """Return by how much a visit raises the log-odds of logistic and trees."""
    s = small_settings(blend={"training_half_life": half_life})
    fitted = Teacher(FEATURES, s, is_ordered=is_ordered).fit(Lesson(table, y), RECIPE)
    asked = table.head(2).assign(visits=[0.0, 1.0])
    return np.diff(fitted.log_odds(asked, np.zeros(2))[:, 1:], axis=0)[0]


def test_the_sooner_the_past_is_forgotten_the_less_it_teaches():
    table, y = turned()
    never, slow, fast = (gap(table, y, half_life=h) for h in (None, 0.5, 0.1))
    assert (never > slow).all()
    assert (slow > fast).all()
    assert fast == pytest.approx([0, 0], abs=0.35)


def test_a_half_life_is_what_it_says():
    """A fifth of the history ago, with that half-life, two looks count as one of now."""
    table, y = turned()
    now = table.assign(order=400 * DAY)
    old = table.assign(order=np.where(np.arange(len(table)) < 1_000, 320 * DAY, 400 * DAY))
    old = pd.concat([old, old.head(1).assign(order=0)])  # stretches the history to 400 days
    doubled = pd.concat([old.iloc[:1_000], old], ignore_index=True)
    teacher = Teacher(FEATURES, small_settings(blend={"training_half_life": 0.2}), is_ordered=True)
    worth = teacher._worth(Lesson(doubled, np.zeros(len(doubled))))
    assert worth.mean() == pytest.approx(1)
    assert worth[0] * 2 == pytest.approx(worth[2_500])
    assert teacher._worth(Lesson(now, y)) == pytest.approx(np.ones(len(now)))


def test_without_time_all_looks_teach_alike():
    table, y = turned()
    same = [gap(table, y, half_life=h, is_ordered=False).tolist() for h in (None, 0.1)]
    assert same[0] == same[1]


@pytest.mark.parametrize(("n", "kept"), [(60, True), (1_000, False)])
def test_a_small_table_keeps_words_that_a_large_one_pools(n, kept):
    """Six looks of "fair": a tenth of sixty, noise among a thousand."""
    table = pd.DataFrame({"channel": ["fair"] * 6 + ["web"] * (n - 6), "grid_points": 0.0})
    table["lead_id"] = [f"L{i}" for i in range(n)]
    y = np.arange(n) % 2.0
    teacher = Teacher((WORD,), settings(threads=1), is_ordered=False)
    fitted = teacher.fit(Lesson(table, y), RECIPE)
    assert ("fair" in fitted.encoder.levels["channel"]) is kept


@pytest.mark.parametrize(
    ("rows", "leaf"), [(50, 40), (199, 40), (200, 20), (500, 25), (800, 40), (50_000, 40)]
)
def test_leaves_of_small_tables_are_smaller_but_not_of_tiny_ones(rows, leaf):
    assert _leaf_rows(settings().model, rows) == leaf


def test_some_hundred_looks_grow_trees():
    """With leaves of forty, 240 looks of four words gave no tree that tells them apart."""
    draw = np.random.default_rng(2)
    table = pd.DataFrame({"channel": draw.choice(list("abcd"), 240), "grid_points": 0.0})
    table["lead_id"] = [f"L{i}" for i in range(240)]
    chance = table["channel"].map({"a": 0.1, "b": 0.3, "c": 0.6, "d": 0.9}).to_numpy()
    y = (draw.random(240) < chance).astype(float)
    fitted = Teacher((WORD,), settings(threads=1), is_ordered=False).fit(
        Lesson(table, y), RECIPE
    )  # fmt: skip
    asked = pd.DataFrame({"channel": list("abcd")})
    said = log_odds(fitted.trees.predict(fitted.encoder.matrix(asked)))
    assert said[3] - said[0] > 1
