"""Decay learned from outcomes: worth of faded events, slopes, samples, intervals, and the grid's own."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.rules import Decay, Grid
from leadscore.scoring.grid.decay.fit import SATURATIONS, Likelihood
from leadscore.scoring.grid.decay.half_lives import HalfLife, learned_half_lives
from leadscore.scoring.grid.decay.looks import gathered
from leadscore.scoring.grid.decay.rules import against_grid
from leadscore.scoring.grid.decay.sums import EXPONENTIAL, LATEST, LOG, NONE, fill_worth
from leadscore.scoring.grid.learning.fading import refaded
from leadscore.simulation.fading import FadingEvent, FadingWorld, draw_fading
from tests.tables import log_and_moments

DAY = 86_400
WORLD = FadingWorld(
    events=(
        FadingEvent(name="visit", per_week=1.0, half_life_days=7, weight=0.5),
        FadingEvent(name="demo", per_week=0.3, half_life_days=20, weight=1.5),
    )
)
TYPES = ("visit", "demo")


def worth(kind, half_life_days):
    """Visits on days 0 and 7, seen on day 14."""
    log, moments = log_and_moments(
        [("L1", "2026-01-05", "visit"), ("L1", "2026-01-12", "visit")], [("L1", "2026-01-19")]
    )
    out = np.zeros((1, 3))
    looks = moments.sorted_as_of, moments.start
    fill_worth(out, log.time, log.start, *looks, half_life_days * DAY, kind)
    return out[0]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (NONE, 1 / 4 + 1 / 2),
        (LOG, np.log(1 + 3 / 4)),
        (EXPONENTIAL, 1 - np.exp(-3 / 4)),
        (LATEST, 1 / 2),
    ],
)
def test_an_event_counts_half_after_each_half_life(kind, expected):
    assert worth(kind, 7)[0] == pytest.approx(expected)


@pytest.mark.parametrize("kind", [NONE, LOG, EXPONENTIAL, LATEST])
def test_slopes_are_those_along_the_log_half_life(kind):
    step = 1e-5
    low, here, high = (worth(kind, 7 * np.exp(by)) for by in (-step, 0, step))
    assert here[1] == pytest.approx((high[0] - low[0]) / (2 * step), rel=1e-6)
    assert here[2] == pytest.approx((high[1] - low[1]) / (2 * step), rel=1e-6)


@pytest.mark.parametrize("saturation", SATURATIONS)
def test_the_likelihood_knows_its_own_slopes(saturation):
    looks, _ = gathered([draw_fading(WORLD, n_leads=20, seed=1)], TYPES, max_looks=10_000)
    likelihood = Likelihood(looks, saturation, (1, 365), (2, 100), design_effect=3)
    point = likelihood.start(np.array([5.0, 30.0]))
    point[likelihood.weight_at(0) :] += [0.3, 0.6, 0.1, -0.2]
    here, step = likelihood.at(point), 1e-5
    for i, unit in enumerate(np.eye(len(point)) * step):
        low, high = likelihood.at(point - unit), likelihood.at(point + unit)
        assert here.slope[i] == pytest.approx(
            (high.loss - low.loss) / (2 * step), rel=1e-4, abs=1e-4
        )
        bend = (high.slope - low.slope) / (2 * step)
        np.testing.assert_allclose(here.curve[i], bend, rtol=1e-4, atol=1e-4)


def test_exact_chances_give_exact_half_lives():
    looks, log = draw_fading(WORLD, n_leads=150, seed=2)
    learned = learned_half_lives(
        [(looks.assign(label=looks["p_won"]), log)],
        TYPES,
        min_leads=1,
        wanted=(),
        usual_days=(0.01, 10_000),
    )
    assert learned.saturation == "none"
    days = {h.event: h.days for h in learned.half_lives}
    assert days["visit"] == pytest.approx(7, rel=0.01)
    assert days["demo"] == pytest.approx(20, rel=0.01)


def test_outcomes_give_half_lives_with_an_interval_around_them():
    learned = learned_half_lives(
        [draw_fading(WORLD, n_leads=500, seed=3)], TYPES, min_leads=30, saturation="none"
    )
    visit, demo = learned.half_lives
    assert (visit.event, demo.event) == TYPES  # most frequent first
    assert visit.low < 7 < visit.high
    assert demo.low < 20 < demo.high
    assert visit.low < visit.days < visit.high
    assert visit.tells
    assert visit.n_won <= visit.n_leads <= learned.n_leads == 500


def test_an_event_without_worth_has_no_half_life():
    idle = FadingEvent(name="idle", per_week=0.5, half_life_days=10, weight=0.0)
    world = FadingWorld(events=(*WORLD.events, idle))
    learned = learned_half_lives(
        [draw_fading(world, n_leads=300, seed=4)],
        [*TYPES, "idle"],
        min_leads=30,
        saturation="none",
        wanted=["idle"],
    )
    found = {h.event: h for h in learned.half_lives}
    assert not found["idle"].tells
    assert found["idle"].why_not is not None
    assert (
        "fits about as well" in found["idle"].why_not
        or "fit about as well" in found["idle"].why_not
    )
    assert found["visit"].why_not == "no interval asked for"


def test_a_type_of_too_few_leads_says_so():
    learned = learned_half_lives(
        [draw_fading(WORLD, n_leads=100, seed=5)],
        ["visit", "fax"],
        min_leads=30,
        saturation="none",
        wanted=(),
    )
    fax = learned.half_lives[1]
    assert fax.why_not == "too few: 0 leads, 30 needed"
    assert np.isnan(fax.days)
    assert (fax.low, fax.high) == (0, np.inf)


def test_parts_and_rows_in_any_order_give_the_same_looks():
    looks, log = draw_fading(WORLD, n_leads=60, seed=6)
    ids = log.lead_ids
    halves = [(looks.loc[looks["lead_id"].isin(part)], log) for part in (ids[:20], ids[20:])]
    whole, share = gathered([(looks.sample(frac=1, random_state=1), log)], TYPES, max_looks=100)
    parted, same = gathered(halves, TYPES, max_looks=100)
    assert share == same < 0.25
    assert 0 < len(whole) <= 100
    np.testing.assert_array_equal(whole.as_of, parted.as_of)
    np.testing.assert_array_equal(whole.label, parted.label)
    np.testing.assert_allclose(whole.other, parted.other)
    for a, b in zip(whole.time, parted.time, strict=True):
        np.testing.assert_array_equal(a, b)


def test_looks_without_a_known_label_are_refused():
    looks, log = draw_fading(WORLD, n_leads=5, seed=7)
    with pytest.raises(ValueError, match="no look has a known label"):
        learned_half_lives([(looks.assign(label=np.nan), log)], TYPES, min_leads=1)
    with pytest.raises(ValueError, match="same label"):
        learned_half_lives([(looks.assign(label=1.0), log)], TYPES, min_leads=1)


def rule(name, when, decay=None):
    return {
        "id": name, "words": {"en": name, "fr": name}, "group": "engagement", "points": 50,
        "when": when, "owner": "x", "reason": "x", **({"decay": decay} if decay else {}),
    }  # fmt: skip


def half_life(event, low, days, high, why_not=None):
    return HalfLife(event, days, low, high, 0.95, 1.0, 100, 50, 10, why_not)


@pytest.mark.parametrize(
    ("when", "decay", "days"),
    [
        ({"event": "visit"}, {"kind": "half_life", "days": 60}, 60),
        ({"event": ["visit", "demo"]}, {"kind": "linear", "days": 60}, 60 / 2),
        ({"event": "visit"}, {"kind": "step", "days": 60}, 60),
        ({"event": "visit", "within_days": 14}, None, 14),
        ({"all": [{"event": "visit"}, {"event": "demo"}]}, None, np.inf),
    ],
)
def test_a_rule_has_lost_half_of_its_points_after(when, decay, days):
    (row,) = against_grid([half_life("visit", 5, 7, 9)], grid(rule("seen", when, decay)))
    assert (row.rule, row.grid_days, row.says) == ("seen", days, "shorter")


@pytest.mark.parametrize(
    ("learned", "says"),
    [
        (half_life("visit", 20, 30, 40), "agrees"),
        (half_life("visit", 5, 7, 9), "shorter"),
        (half_life("visit", 70, 80, 90), "longer"),
        (half_life("visit", 0, 7, np.inf, "flat"), "cannot tell"),
        (half_life("visit", 40, 80, np.inf, "flat"), "longer"),
    ],
)
def test_the_learned_half_life_beside_that_of_a_rule(learned, says):
    seen = rule("seen", {"event": "visit"}, {"kind": "half_life", "days": 30})
    (row,) = against_grid([learned], grid(seen))
    assert row.says == says


def test_a_type_that_no_rule_names_outside_not_has_no_rule():
    silent = rule("silent", {"not": {"event": "visit"}})
    (row,) = against_grid([half_life("visit", 5, 7, 9)], grid(silent))
    assert (row.rule, row.says) == (None, "no rule")
    assert np.isnan(row.grid_days)


def grid(*rules):
    return Grid.model_validate(
        {
            "grid": "g",
            "version": date(2026, 1, 1),
            "owner": "x",
            "description": "x",
            "bands": {"hot": 50},
            "cells": {"fit": {"A": 2, "B": 1}, "engagement": {"1": 2, "2": 1}},
            "rules": list(rules),
        }
    )


def test_a_look_counts_events_up_to_its_own_second():
    looks = pd.DataFrame({"lead_id": ["L1"], "as_of": pd.to_datetime(["2026-01-12"], utc=True)})
    log, moments = log_and_moments([("L1", "2026-01-12", "visit"), ("L1", "2026-01-13", "visit")],
                                   [("L1", "2026-01-12")])  # fmt: skip
    out = np.zeros((len(looks), 3))
    fill_worth(out, log.time, log.start, moments.sorted_as_of, moments.start, 7.0 * DAY, NONE)
    assert out[0, 0] == 1


@pytest.mark.parametrize(
    ("decay", "learned", "days"),
    [
        ({"kind": "half_life", "days": 30}, half_life("visit", 5, 7.26, 9), 7.3),
        ({"kind": "linear", "days": 60}, half_life("visit", 40, 123.4, 300), 120),
        (None, half_life("visit", 5, 7, 9), 7),
    ],
)
def test_a_rule_takes_the_learned_half_life_where_its_own_is_left_out(decay, learned, days):
    rules = grid(rule("seen", {"event": "visit"}, decay))
    (found,) = refaded(against_grid([learned], rules), rules, day=date(2026, 1, 1))
    assert found.rule.decay == Decay(kind="half_life", days=days)
    assert found.rule.model_copy(update={"decay": rules.rules[0].decay}) == rules.rules[0]
    assert f"[{learned.low:.1f}, {learned.high:.1f}]" in found.told


@pytest.mark.parametrize(
    ("when", "decay", "learned"),
    [
        ({"event": "visit"}, {"kind": "half_life", "days": 8}, half_life("visit", 5, 7, 9)),
        ({"event": "visit"}, {"kind": "half_life", "days": 8}, half_life("visit", 0, 7, np.inf, "flat")),
        ({"event": "visit", "within_days": 14}, None, half_life("visit", 5, 7, 9)),
        ({"not": {"event": "visit"}}, None, half_life("visit", 5, 7, 9)),
        ({"event": "visit"}, {"kind": "inactivity", "days": 90}, half_life("visit", 5, 7, 9)),
    ],
)  # fmt: skip
def test_a_rule_keeps_its_decay_where_nothing_speaks_against_it(when, decay, learned):
    rules = grid(rule("seen", when, decay))
    assert refaded(against_grid([learned], rules), rules, day=date(2026, 1, 1)) == ()


def test_a_rule_on_several_types_takes_their_average_by_looks():
    """4 and 9 days, as many looks of each: the root of 36."""
    rules = grid(rule("seen", {"event": ["visit", "demo"]}, {"kind": "half_life", "days": 60}))
    rows = against_grid([half_life("visit", 3, 4, 5), half_life("demo", 8, 9, 10)], rules)
    (found,) = refaded(rows, rules, day=date(2026, 1, 1))
    assert found.rule.decay.days == 6
