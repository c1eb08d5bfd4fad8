"""Leads scored alike: who counts, by which look, and when there are too few."""

import numpy as np
import pandas as pd
import pytest

from leadscore.scoring.scale import Scale
from leadscore.scoring.similar import similar_leads
from tests import fakes

SCALE = Scale(points_to_double=10, anchor_probability=0.2)
AS_OF = fakes.utc("2026-06-01")


def looks(text):
    """Columns ``lead_id | as_of | score | label``; the grid's probability is that of ten points less."""
    rows = fakes.rows(text)
    score = np.array([float(row["score"]) for row in rows])
    table = fakes.looks(text)[["lead_id", "as_of", "order"]]
    return table.assign(
        label=[float(row["label"]) for row in rows], p_model=SCALE.probability(score),
        p_grid=SCALE.probability(score - 10), p_base=0.2,
    )  # fmt: skip


SEEN = looks("""
    lead_id | as_of      | score | label
    a       | 2026-01-05 | 60    | 1
    b       | 2026-01-05 | 65    | 0
    b       | 2026-01-12 | 61    | 1
    c       | 2026-01-05 | 54.9  | 1
    d       | 2026-01-05 | 66    | 1
    e       | 2026-04-06 | 60    | 1
    me      | 2026-01-05 | 60    | 1
""")


def alike(evidence=SEEN, **changes):
    asked = {
        "lead_id": "me", "score": 60.0, "within": 5.0, "opinion": "model", "scale": SCALE, "as_of": AS_OF,
        "horizon_days": 90, "min_leads": 1,
    }  # fmt: skip
    return similar_leads(evidence, **(asked | changes))


def test_other_leads_within_the_points_count_once_each_by_their_first_look_there():
    """a won; b by its first look, which did not; c is 5.1 away, d 6; e's horizon is not over; me is itself."""
    figure = alike()
    assert (figure.n, figure.n_won, figure.value) == (2, 1, 1 / 2)


def test_a_later_moment_knows_more_outcomes_and_an_earlier_one_fewer():
    assert alike(as_of=fakes.utc("2026-07-05")).n == 3  # 90 days after April 6
    assert alike(as_of=fakes.utc("2026-04-05")).n == 2  # 90 days after January 5
    assert alike(as_of=fakes.utc("2026-04-04")).n == 0


def test_without_dates_all_count():
    assert alike(as_of=pd.NaT).n == 3


def test_the_opinion_that_scores_decides_who_is_alike():
    assert alike(opinion="grid", score=50.0).n == 2
    assert alike(opinion="grid").n == 2  # b with 65 - 10 and d with 66 - 10 points


def test_by_the_base_rate_all_leads_are_alike_however_its_level_has_moved():
    assert alike(opinion="base_rate", score=50.0).n == alike(opinion="base_rate", score=90.0).n == 4


def test_fewer_than_the_floor_are_too_few():
    figure = alike(min_leads=3)
    assert np.isnan(figure.value)
    assert figure.why_no_interval == "too few: 2 leads, 3 needed"


def test_looks_without_a_model_are_not_alike():
    assert alike(SEEN.assign(p_model=np.nan)).n == 0


@pytest.mark.parametrize("within", [5.0, 6.0])
def test_the_border_belongs_to_it(within):
    assert alike(within=within).n == (2 if within == 5.0 else 4)
