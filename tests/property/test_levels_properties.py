"""What holds with levels of segments whatever they are: the sum, the order of rows, the number of threads."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.metrics import log_loss
from leadscore.scoring.blend.additive import additive
from leadscore.scoring.blend.levels import Level, Levels, Trial
from leadscore.scoring.line import log_odds, sigmoid
from leadscore.scoring.training import train
from tests.fakes import grid, small_settings
from tests.markets import MARKET_FEATURES, MARKET_UNTIL, market

offset = st.floats(-2, 2)


@settings(max_examples=25, deadline=None)
@given(st.tuples(offset, offset, offset), st.booleans())
def test_base_features_rules_and_rest_add_up_with_any_levels(market_trained, drawn, in_force):
    model = market_trained.trained.scorer.model
    found = [
        Level("lead_channel", channel, value, 0.1, 9, 1)
        for channel, value in zip(("ads", "fair", "referral"), drawn, strict=True)
    ]
    levels = Levels(
        tuple(found), {"lead_channel": 0.5}, {"lead_channel": 0.3}, Trial(1.0, 0.1, 9, 9), in_force
    )
    moved = dataclasses.replace(model, levels=levels)
    rows = market_trained.snapshots.head(30)
    x, points = model.encoder.matrix(rows), rows["grid_points"].to_numpy()
    trace = points[:, None]
    with_, without = (
        additive(m.parts, m.weights, m.platt, m.levels, x, points, trace) for m in (moved, model)
    )
    wanted = moved.probability(rows, points)
    np.testing.assert_allclose(sigmoid(with_.total), wanted, rtol=1e-9)
    np.testing.assert_allclose(with_.rest, without.rest, atol=1e-9)
    at = model.encoder.names.index("lead_channel")
    own = rows["lead_channel"].map({each.level: each.offset for each in found}).to_numpy()
    wanted = np.where(in_force, own - 0.3, 0.0)
    before = additive(
        model.parts, model.weights, model.platt, dataclasses.replace(levels, in_force=False), x, points, trace,
    )  # fmt: skip
    np.testing.assert_allclose(with_.features[:, at] - before.features[:, at], wanted, atol=1e-9)


# The blend stays at the grid, which does not know the channels: what they tell is left to the levels.
GRID_ONLY = {"grid": 1.0, "logistic": 0.0, "trees": 0.0, "pull": 1e6, "few_pull": 1e6}


def trained_on(snapshots, *, threads=1, **changes):
    s = small_settings(threads=threads, blend=GRID_ONLY | changes)
    return train(snapshots, MARKET_FEATURES, grid(), s, until=MARKET_UNTIL)


@pytest.fixture(scope="module")
def told():
    snapshots = market(1_500)
    return snapshots, trained_on(snapshots)


def test_levels_are_in_what_is_judged_and_in_what_scores(told):
    snapshots, trained = told
    judged, model = trained.learned.levels, trained.scorer.model
    assert judged.in_force
    assert model.levels.in_force
    for levels in (judged, model.levels):
        ranked = sorted(levels.levels, key=lambda each: each.offset)
        assert [each.level for each in ranked] == ["ads", "fair", "referral"]
    plain = trained_on(snapshots, segments=[])
    y, p, without = (
        t.evidence.loc[t.evidence["window"] == "test", column].to_numpy()
        for t, column in ((trained, "label"), (trained, "p_model"), (plain, "p_model"))
    )
    assert log_loss(y, p) < log_loss(y, without) - 0.005


def test_the_judged_probability_is_the_line_and_the_offset(told):
    _, trained = told
    evidence, learned = trained.evidence, trained.learned
    by = {each.level: each.offset for each in learned.levels.levels}
    line = learned.platt.intercept + learned.platt.slope * log_odds(evidence["p_raw"])
    wanted = sigmoid(line + evidence["lead_channel"].map(by).to_numpy(dtype=float))
    np.testing.assert_allclose(evidence["p_model"], wanted, rtol=1e-9)


def test_shuffled_rows_and_two_threads_give_the_same_levels(told):
    snapshots, trained = told
    again = trained_on(snapshots.sample(frac=1.0, random_state=3), threads=2)
    assert again.scorer.model.levels == trained.scorer.model.levels
    assert again.learned.levels == trained.learned.levels
    assert again.evidence["p_model"].tolist() == trained.evidence["p_model"].tolist()


def test_outcomes_of_the_test_window_do_not_reach_the_judged_levels(told):
    snapshots, trained = told
    after = (snapshots["order"] >= trained.windows.test_from).to_numpy()
    label = np.where(after, 1 - snapshots["label"], snapshots["label"])
    wait = np.where(after, np.where(label == 1, 10.0, np.nan), snapshots["closed_after_days"])
    turned = snapshots.assign(label=label, closed_won=label == 1, closed_after_days=wait)
    assert trained_on(turned).learned.levels == trained.learned.levels


def test_levels_that_were_not_in_force_before_the_test_window_do_not_score(market_trained):
    trained = market_trained.trained
    if not trained.learned.levels.in_force:
        assert not trained.scorer.model.levels.in_force


def test_a_simulated_crm_tells_levels_of_its_channels(world_trained):
    model = world_trained.scorer.model
    told = {each.feature for each in model.levels.levels}
    assert {"lead_channel", "lead_product"} <= told
    assert sum(each.n_leads for each in model.levels.levels if each.feature == "lead_product") > 100
