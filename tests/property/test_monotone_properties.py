"""Numbers that sales insists on: whatever the data say, more of them never counts the other way."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadscore.domain.errors import InputError
from leadscore.history.features import Feature
from leadscore.scoring.blend.lessons import Lesson
from leadscore.scoring.blend.parts import Recipe, Teacher
from leadscore.scoring.monotone import check
from tests.fakes import small_settings

FEATURES = (
    Feature("visits", "number", "Visits: {value}", "visits"),
    Feature("size", "number", "Size: {value}", "size"),
    Feature("channel", "category", "Channel: {value}", "channel"),
)


def looks(n, *, seed, slope):
    """Return looks whose chance moves with visits by `slope`, some visits unknown, and outcomes."""
    draw = np.random.default_rng(seed)
    table = pd.DataFrame({
        "visits": draw.poisson(4, n).astype(float),
        "size": draw.normal(size=n),
        "channel": draw.choice(["web", "fair"], n),
    })  # fmt: skip
    log_odds = slope * (table["visits"] - 4) + np.where(table["channel"] == "web", 0.5, 0)
    y = (draw.random(n) < 1 / (1 + np.exp(-log_odds))).astype(float)
    table.loc[draw.random(n) < 0.1, "visits"] = np.nan
    return table.assign(lead_id=[f"L{i}" for i in range(n)], grid_points=0.0), y


def parts(table, y, **declared):
    s = small_settings(model={"monotone": declared, "learning_rate": 0.3})
    teacher = Teacher(FEATURES, s, is_ordered=False)
    return teacher.fit(Lesson(table, y), Recipe(None, 30, 3.0))


def ladder(table, name, steps):
    """Return log-odds of logistic and trees of the first rows, for each value of a number: [n, steps, 2]."""
    some = table.head(40)
    return lambda fitted: np.stack([
        fitted.log_odds(some.assign(**{name: float(value)}), np.zeros(40))[:, 1:] for value in steps
    ], axis=1)  # fmt: skip


@given(seed=st.integers(0, 50), slope=st.sampled_from([-0.8, -0.2, 0.0, 0.5]))
def test_more_never_counts_the_other_way(seed, slope):
    table, y = looks(400, seed=seed, slope=slope)
    climb = ladder(table, "visits", range(12))
    up = np.diff(climb(parts(table, y, visits="rising")), axis=1)
    down = np.diff(climb(parts(table, y, visits="falling")), axis=1)
    assert up.min() >= -1e-9
    assert down.max() <= 1e-9


def test_without_a_declaration_the_data_decide():
    table, y = looks(400, seed=1, slope=-0.8)
    assert np.diff(ladder(table, "visits", range(12))(parts(table, y)), axis=1).min() < -0.1


def test_what_the_data_say_the_declared_way_is_learned():
    table, y = looks(800, seed=1, slope=0.8)
    climb = ladder(table, "visits", [0, 10])(parts(table, y, visits="rising"))
    assert (climb[:, 1] - climb[:, 0]).min() > 1


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"model\.monotone unknown-feature.*did you mean 'visits'"):
        check(FEATURES, {"visit": "rising"})


def test_a_word_has_no_more():
    with pytest.raises(InputError, match="not-a-number"):
        check(FEATURES, {"channel": "rising"})
