"""The blend: weights of its parts, the ridge logistic, folds, and the sum that explains it."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from leadscore.history.features import Feature
from leadscore.scoring.blend.additive import additive
from leadscore.scoring.blend.alone import fit_alone
from leadscore.scoring.blend.lessons import Lesson, later_borders, random_folds
from leadscore.scoring.blend.levels import NO_LEVELS
from leadscore.scoring.blend.linear import NO_LINE, Design, Linear, fit_linear
from leadscore.scoring.blend.stack import GRID_ALONE, Pull, Weights, fit_weights
from leadscore.scoring.calibration import Platt
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.line import log_odds, sigmoid
from tests.fakes import small_settings
from tests.markets import MARKET_FEATURES, market

PULL = Pull((0.5, 0.3, 0.2), strength=10, few_strength=30, few_won=40, intercept=1)


def drawn(n=4_000, *, seed=1, shift=0.0):
    """Return log-odds of three parts and outcomes: the second part is the truth, the others are noise."""
    draw = np.random.default_rng(seed)
    true = draw.normal(-1, 1, n)
    z = np.stack([draw.normal(-1, 1, n), true, draw.normal(-1, 1, n)], axis=1)
    return z, (draw.random(n) < sigmoid(true + shift)).astype(float)


def test_the_part_that_knows_carries_the_blend():
    z, y = drawn()
    found = fit_weights(z, y, np.arange(len(y)), PULL)
    assert found.weights[1] == pytest.approx(1, abs=0.1)
    assert max(found.weights[0], found.weights[2]) < 0.1
    assert found.gain > 10 * found.gain_error > 0


def test_no_part_is_turned_round():
    z, y = drawn()
    turned = np.column_stack([z[:, 0], z[:, 1], -z[:, 1]])
    found = fit_weights(turned, y, np.arange(len(y)), PULL)
    assert found.weights[2] == 0
    assert min(found.weights) >= 0


def test_few_wins_leave_the_weights_where_they_usually_are():
    z, y = drawn(12)
    found = fit_weights(z, y, np.arange(12), PULL)
    assert found.weights == pytest.approx((0.5, 0.3, 0.2), abs=0.1)


def test_repeated_looks_at_a_lead_are_one_piece_of_evidence():
    """Every look ten times weighs as each once: the pull is felt as much."""
    z, y = drawn(300)
    once = fit_weights(z, y, np.arange(300), PULL)
    again = np.repeat(np.arange(300), 10)
    tenfold = fit_weights(z[again], y[again], again, PULL)
    assert tenfold.weights == pytest.approx(once.weights, abs=0.01)
    alone = fit_weights(z[again], y[again], np.arange(3_000), PULL)
    assert np.abs(np.subtract(alone.weights, once.weights)).max() > 0.02


def test_a_market_that_moves_does_not_move_the_level_of_the_blend():
    """With blocks, each has a level of its own; the mean log-odds stay those of the parts."""
    parts = [drawn(seed=k, shift=shift) for k, shift in enumerate((0.0, 1.5, -1.0))]
    z, y = (np.concatenate(each) for each in zip(*parts, strict=True))
    block = np.repeat([0, 1, 2], 4_000)
    found = fit_weights(z, y, np.arange(len(y)), PULL, block=block)
    share = np.array(found.weights) / sum(found.weights)
    assert found.log_odds(z).mean() == pytest.approx((np.clip(z, -6, 6) @ share).mean())
    assert found.weights[1] == pytest.approx(1, abs=0.1)


def test_weights_come_back_from_text():
    found = fit_weights(*drawn(200), np.arange(200), PULL)
    assert Weights.from_dict(found.to_dict()) == found


def design(x, *, features=("number",)):
    table = pd.DataFrame({f"f{i}": column for i, column in enumerate(np.atleast_2d(x))})
    described = [
        Feature(f"f{i}", kind, f"F{i}: {{value}}", f"f{i}") for i, kind in enumerate(features)
    ]
    encoder = Encoder.learn(table, described, min_rows=1, max_levels=9)
    matrix = encoder.matrix(table)
    return Design.of(encoder, matrix), matrix


def test_a_line_bends_where_the_outcomes_do():
    """Wins are likely in the middle only: a straight line would see nothing."""
    x = np.linspace(0, 1, 2_000)
    y = (np.abs(x - 0.5) < 0.2).astype(float)
    made, matrix = design(x)
    line = fit_linear(made, y, penalty=1.0)
    low, middle, high = line.predict(matrix)[[50, 1_000, 1_950]]
    assert middle > 0.8 > 0.3 > max(low, high)


def test_beyond_what_was_seen_a_number_says_nothing_more():
    x = np.linspace(0, 1, 500)
    made, _ = design(x)
    line = fit_linear(made, (x > 0.4).astype(float), penalty=1.0)
    far = line.log_odds(np.array([[1.0], [50.0], [1e9]]))
    assert far[0] == far[1] == far[2]


def test_missing_values_have_a_term_of_their_own():
    x = np.concatenate([np.linspace(0, 1, 200), np.full(100, np.nan)])
    y = np.concatenate([np.zeros(200), np.ones(100)])
    made, matrix = design(x)
    p = fit_linear(made, y, penalty=1.0).predict(matrix)
    assert p[200:].min() > 0.8 > 0.2 > p[:200].max()


def test_a_chance_teaches_as_a_won_and_a_lost_look_would():
    """A look with chance 0.25 weighs as a quarter won and three quarters lost."""
    x = np.linspace(-1, 1, 40)
    made, _ = design(x)
    chance = np.where(x > 0, 0.25, 0.75)
    as_chance = fit_linear(made, chance, penalty=2.0)
    twice = Design(made.columns, np.concatenate([made.x, made.x]))
    weight = np.concatenate([chance, 1 - chance])
    as_rows = fit_linear(twice, np.repeat([1.0, 0.0], 40), penalty=2.0, weight=weight)
    np.testing.assert_allclose(as_chance.weights[0], as_rows.weights[0], rtol=1e-4)


def test_a_sign_that_sales_insists_on_is_kept():
    x = np.linspace(0, 1, 500)
    y = (np.random.default_rng(3).random(500) < 1 - x).astype(float)
    made, _ = design(x)
    free, held = (fit_linear(made, y, penalty=1.0, signs=[sign]) for sign in (0, 1))
    assert free.weights[0][0] < 0 == held.weights[0][0]


def test_terms_add_up_and_come_back_from_text():
    rows = market(300)
    encoder = Encoder.learn(rows, MARKET_FEATURES, min_rows=5, max_levels=9)
    x = encoder.matrix(rows)
    line = fit_linear(Design.of(encoder, x), rows["label"].to_numpy(), penalty=3.0)
    np.testing.assert_allclose(line.intercept + line.terms(x).sum(axis=1), line.log_odds(x))
    np.testing.assert_allclose(line.terms(x).mean(axis=0), line.means, atol=1e-12)
    assert Linear.from_dict(line.to_dict()) == line
    assert NO_LINE.log_odds(x).tolist() == [0.0] * 300


def test_random_folds_never_part_a_lead_and_share_out_the_won_ones():
    looks = pd.DataFrame({"lead_id": list("aabbccddee"), "grid_points": 0.0})
    lesson = Lesson(looks, np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0.0]))
    folds = list(random_folds(lesson, n_folds=2, seed=1))
    assert sorted(i for fold in folds for i in fold.later) == list(range(10))
    for fold in folds:
        inside = set(looks["lead_id"].iloc[fold.later])
        assert not inside & set(fold.lesson.lead)
        assert len(inside & {"a", "b"}) == 1


def test_later_blocks_begin_after_two_fifths_and_keep_ties_together():
    order = np.repeat(np.arange(10), 10)
    assert later_borders(order, n_blocks=3) == [4, 6, 8]
    assert later_borders(np.zeros(10, dtype=np.int64), n_blocks=3) == []


@pytest.fixture(scope="module")
def fitted():
    rows = market(900)
    args = rows, MARKET_FEATURES, rows["label"].to_numpy(), rows["grid_points"].to_numpy()
    return rows, fit_alone(
        *args, rows["lead_id"], order=rows["order"].to_numpy(), settings=small_settings()
    )


def test_the_blend_of_a_market_beats_its_grid(fitted):
    rows, blend = fitted
    later = market(600, seed=9)
    points = later["grid_points"].to_numpy()
    y = later["label"].to_numpy()

    def loss(p):
        z = log_odds(p)
        return float((np.logaddexp(0, z) - y * z).mean())

    parts = blend.parts(later, points)
    assert loss(blend.probability(later, points)) < loss(parts["grid"]) - 0.02
    assert set(parts) == {"grid", "logistic", "trees"}


def test_the_order_of_rows_changes_nothing(fitted):
    rows, blend = fitted
    mixed = rows.sample(frac=1.0, random_state=5)
    again = fit_alone(
        mixed, MARKET_FEATURES, mixed["label"].to_numpy(), mixed["grid_points"].to_numpy(),
        mixed["lead_id"], order=mixed["order"].to_numpy(), settings=small_settings(),
    )  # fmt: skip
    assert again.fitted.trees.sha256 == blend.fitted.trees.sha256
    assert again.weights == blend.weights
    assert again.fitted.linear == blend.fitted.linear


def test_one_outcome_teaches_nothing():
    rows = market(60)
    with pytest.raises(ValueError, match="nothing to learn"):
        fit_alone(
            rows, MARKET_FEATURES, np.zeros(60), rows["grid_points"].to_numpy(), rows["lead_id"],
            order=None, settings=small_settings(),
        )  # fmt: skip


@pytest.mark.parametrize(
    "weights", [(0.4, 0.3, 0.5), (1.0, 0.0, 0.0), (0.0, 1.2, 0.0), (0.0, 0.0, 0.9)]
)
def test_base_features_rules_and_rest_add_up_to_the_log_odds(fitted, weights):
    """Two rules of which one was capped: what the cap took away is the rest."""
    rows, blend = fitted
    platt = Platt(0.8, 0.3, ((0.0, 0.0), (0.0, 0.0)), 1, 1, 1.0)
    few = rows.head(20)
    points = few["grid_points"].to_numpy()
    trace = np.stack([points, np.where(points > 40, 10.0, 0.0)], axis=1)
    stack = dataclasses.replace(GRID_ALONE, weights=weights, intercept=0.1)
    parts = blend.fitted
    split = additive(parts, stack, platt, NO_LEVELS, parts.encoder.matrix(few), points, trace)
    wanted = platt.apply(stack.probability(parts.log_odds(few, points)))
    np.testing.assert_allclose(sigmoid(split.total), wanted, rtol=1e-9)
    took = -platt.slope * weights[0] * parts.curve.slope / parts.curve.spread * trace[:, 1]
    np.testing.assert_allclose(split.rest, took, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_terms_are_the_columns_times_their_weights(seed):
    rng = np.random.default_rng(seed)
    x = np.stack(
        [rng.normal(size=200), rng.integers(0, 6, 200).astype(float), rng.exponential(size=200)],
        axis=1,
    )
    x[rng.random(x.shape) < 0.2] = np.nan
    encoder = Encoder(
        (
            Feature("a", "number", "", "a"),
            Feature("b", "category", "", "b"),
            Feature("c", "number", "", "c"),
        ),
        {"b": tuple("uvwxyz")},
    )
    design = Design.of(encoder, x, straight=[2])
    line = fit_linear(design, rng.integers(0, 2, 200).astype(float), penalty=0.5)
    other = np.concatenate([x, [[np.nan] * 3, [99.0, 6.0, -99.0], [-99.0, 0.0, 1e9]]])
    for i, (column, weight) in enumerate(zip(line.columns, line.weights, strict=True)):
        made = column.filled(other[:, i]) @ np.array(weight)
        assert np.abs(line.terms(other)[:, i] - made).max() < 1e-12
