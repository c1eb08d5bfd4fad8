"""What a model loses by getting older: folds of several ages on the same looks."""

import numpy as np
import pandas as pd
import pytest

from leadscore.history.features import Feature
from leadscore.history.log import DAY
from leadscore.review.model_card import _ages
from leadscore.scoring.blend.lessons import Fold, Lesson, later_borders
from leadscore.scoring.blend.parts import Teacher
from leadscore.scoring.blend.recipe import left_out
from leadscore.scoring.blend.stack import Weights
from leadscore.scoring.blend.staleness import aged, curve
from tests.fakes import small_settings

FEATURES = (Feature("visits", "number", "Visits: {value}", "visits"),)
LOGISTIC = Weights(0.0, (0.0, 1.0, 0.0), 0, 0, 0.0, 0.0)


def market(*, turns=0.0, rises=0.0, n=3_000):
    """Return looks of 500 days: visits say less and less (`turns`), or everybody wins more (`rises`)."""
    draw = np.random.default_rng(4)
    order = np.sort(draw.integers(0, 500 * DAY, n))
    time = order / (500 * DAY)
    visits = draw.normal(size=n)
    log_odds = visits * (1.5 - turns * time) - 1 + rises * time
    y = (draw.random(n) < 1 / (1 + np.exp(-log_odds))).astype(float)
    table = pd.DataFrame({"visits": visits, "order": order, "grid_points": visits})
    return Lesson(table.assign(lead_id=[f"L{i}" for i in range(n)]), y)


def steps(asked, *, days=60.0):
    order = asked.looks["order"].to_numpy()
    begins = later_borders(order, n_blocks=5)
    folds = [
        Fold(
            Lesson(asked.looks.loc[order < begin], asked.y[order < begin]),
            np.flatnonzero((order >= begin) & (order < end)),
        )
        for begin, end in zip(begins, [*begins[1:], 500 * DAY], strict=True)
    ]
    found = left_out(Teacher(FEATURES, small_settings(), is_ordered=True), folds, asked)
    old = aged(found.taught, asked, found.recipe, threads=1)
    told = curve(
        old, found.z, asked.y, asked.lead, found.block, LOGISTIC, stretch_days=days
    )  # fmt: skip
    return old, found, told


def test_where_visits_say_less_and_less_age_costs_what_no_recalibration_mends():
    _, _, told = steps(market(turns=3.0))
    assert [step.age for step in told] == [1, 2, 3, 4]
    assert [step.days for step in told] == [60.0, 120.0, 180.0, 240.0]
    cost = [step.levelled.value for step in told]
    assert cost == sorted(cost)
    assert told[-1].levelled.low > 0


def test_where_only_the_level_rises_a_shift_mends_nearly_all():
    _, _, told = steps(market(rises=4.0))
    assert told[-1].plain.low > 0
    assert told[-1].levelled.value < told[-1].plain.value / 4


def test_where_nothing_moves_age_costs_little():
    _, _, told = steps(market())
    assert all(abs(step.plain.value) < 0.01 for step in told)


def test_each_age_is_asked_of_looks_after_the_fold_only():
    old, found, told = steps(market())
    assert (found.block[old.row] >= old.age).all()
    assert len(old.row) == sum(
        (found.block == block).sum() * block for block in range(5)
    )  # each stretch by every older fold
    assert told[0].plain.n == len(set(old.row[old.age == 1]))


def test_the_card_tells_it_with_intervals_and_leads():
    _, _, told = steps(market(turns=3.0))
    text = _ages({"staleness": [step.to_dict() for step in told]})
    assert "| older by | log loss more | 95 % |" in text
    assert "| 240 days | +" in text
    assert _ages({"staleness": []}) == _ages(None) == ""


def test_a_rank_has_no_days():
    _, _, told = steps(market(), days=None)
    text = _ages({"staleness": [step.to_dict() for step in told]})
    assert "| 1 stretch |" in text
    assert "| 4 stretches |" in text
    assert told[0].to_dict()["days"] is None


@pytest.mark.parametrize("blend", [{"weights": 1}, {}])
def test_a_bundle_of_before_has_none(blend):
    assert _ages(blend) == ""
