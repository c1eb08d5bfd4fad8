"""A recalibration line followed through time: what is off, how much of it lasts, and how sure that is."""

import numpy as np
import pytest

from leadscore.scoring.blend.out_of_time import Predicted, followed, identity
from leadscore.scoring.calibration import fit_platt
from leadscore.scoring.line import Prior, fit_line, log_evidence, sigmoid
from leadscore.scoring.moving_line import Drift, Tracker, tried
from tests.fakes import settings

CALIBRATION = settings().calibration
N = 800


def market(levels, *, seed=1, known_after=0, n=N, centre=-1.5):
    """Return stretches of predictions at one level, of a market whose log-odds lie that much higher."""
    draw = np.random.default_rng(seed)
    z = draw.normal(centre, 1, n * len(levels))
    block = np.repeat(np.arange(len(levels)), n)
    y = (draw.random(len(z)) < sigmoid(z + np.repeat(levels, n))).astype(float)
    order = np.arange(len(z))
    return Predicted(sigmoid(z), y, order, order + known_after, block, order.astype(object))


def tracker(seen):
    return Tracker.of(seen.p, seen.y, seen.block, seen.lead, CALIBRATION)


def level(track):
    """Return what is expected of the next stretch, log-odds at the centre."""
    return track.platt.intercept + (track.platt.slope - 1) * track.centre


def at_centre(platt, centre):
    """Return a line's level at the centre, log-odds, and its standard deviation."""
    at = np.array([centre, 1.0])
    return platt.intercept + (platt.slope - 1) * centre, float(
        np.sqrt(at @ np.array(platt.covariance) @ at)
    )


def test_a_market_at_rest_moves_nothing():
    track = tracker(market([0, 0, 0, 0, 0])).averaged(CALIBRATION)
    assert track.drift.level_sd < 0.1
    assert level(track) == pytest.approx(0, abs=0.1)
    assert track.platt.slope == pytest.approx(1, abs=0.1)


def test_a_market_that_rose_for_good_is_followed():
    track = tracker(market([0, 1, 1, 1, 1])).averaged(CALIBRATION)
    assert track.drift.persistence > 0.6
    assert level(track) > 0.6


def test_what_never_lasts_is_not_carried_over():
    """A market that turns at every stretch: the line of the last one would be wrong twice over."""
    track = tracker(market([0, 1, -1, 1, -1, 1, -1])).averaged(CALIBRATION)
    assert track.drift.persistence < 0.5
    assert abs(level(track)) < 0.4


def test_the_last_stretches_say_more_than_the_first():
    rising = tracker(market([0, 0.4, 0.8, 1.2])).averaged(CALIBRATION)
    falling = tracker(market([1.2, 0.8, 0.4, 0])).averaged(CALIBRATION)
    assert level(rising) > level(falling) + 0.5


def test_a_line_that_stays_is_the_platt_line_of_all():
    """One stretch, centred at 0, nothing new: the same prior and the same evidence."""
    seen = market([0.5], centre=0.0)
    x = np.log(seen.p / (1 - seen.p))
    seen = Predicted(
        sigmoid(x - x.mean()), seen.y, seen.order, seen.known_at, seen.block, seen.lead
    )
    found = tracker(seen).under(Drift(1.0, 0.0, 1e-6)).platt
    wanted = fit_platt(
        seen.p, seen.y, slope_sd=CALIBRATION.slope_sd, intercept_sd=CALIBRATION.intercept_sd,
        cluster=seen.lead,
    )  # fmt: skip
    assert (found.slope, found.intercept) == pytest.approx(
        (wanted.slope, wanted.intercept), abs=2e-3
    )
    np.testing.assert_allclose(found.covariance, wanted.covariance, atol=1e-4)


def test_levels_lie_within_their_intervals_nine_times_of_ten():
    drift, missed, n = Drift(0.7, 0.05, 0.3), 0, 0
    for seed in range(40):
        draw = np.random.default_rng(1_000 + seed)
        levels = [0.0]
        for _ in range(5):
            levels.append(0.7 * levels[-1] + draw.normal(0, 0.3))
        track = tracker(market(levels[1:], seed=seed, n=300)).under(drift)
        for step, truth in zip(track.steps, levels[1:], strict=True):
            at, sd = at_centre(step.found, track.centre)
            missed += abs(at - truth) > 1.96 * sd
            n += 1
    assert 0.01 * n <= missed <= 0.10 * n


def test_evidence_is_the_integral_over_all_lines():
    seen = market([0.6], n=60)
    x, w = np.log(seen.p / (1 - seen.p)), np.full(60, 0.8)
    prior = Prior((1.1, 0.2), ((0.09, 0.02), (0.02, 0.25)))
    line, _ = fit_line(x, seen.y, w, prior, min_slope=-np.inf, cluster=None)
    slopes, intercepts = np.meshgrid(np.linspace(-0.7, 2.9, 181), np.linspace(-2.5, 2.9, 181))
    at = np.stack([slopes.ravel(), intercepts.ravel()], axis=1)
    z = at[:, :1] * x + at[:, 1:]
    off = at - prior.mean
    density = np.exp(
        -(w * (np.logaddexp(0, z) - seen.y * z)).sum(1)
        - (off @ np.linalg.inv(prior.covariance) * off).sum(1) / 2
    ) / (2 * np.pi * np.sqrt(np.linalg.det(prior.covariance)))
    area = (slopes[0, 1] - slopes[0, 0]) * (intercepts[1, 0] - intercepts[0, 0])
    assert log_evidence(x, seen.y, w, line, prior) == pytest.approx(
        np.log(density.sum() * area), abs=0.02
    )


def test_repeated_looks_at_a_lead_make_nothing_surer():
    seen = market([0.3, 0.5])
    five = Predicted(*(np.repeat(each, 5) for each in vars(seen).values()))
    one, many = (tracker(each).under(Drift(0.7, 0.05, 0.3)).platt for each in (seen, five))
    np.testing.assert_allclose(one.covariance, many.covariance, rtol=0.1)


def test_a_stretch_of_one_outcome_is_evidence_too():
    seen = market([0, 0, 0])
    y = np.where(seen.block == 2, 0.0, seen.y)
    track = tracker(
        Predicted(seen.p, y, seen.order, seen.known_at, seen.block, seen.lead)
    ).averaged(CALIBRATION)
    assert track.level < at_centre(track.steps[0].found, track.centre)[0] - 0.5
    assert np.isfinite(track.evidence)


def test_following_a_market_that_moves_saves_what_is_told():
    found = followed(market([0, 1, 1, 1, 1]), CALIBRATION, half_life_blocks=2.0)
    assert found.saved > 3 * found.saved_error > 0
    assert found.n_looks == 4 * N


def test_an_outcome_not_known_yet_tries_nothing():
    """Known only two stretches later: no stretch has anything known before it."""
    slow = followed(market([0, 1, 1], known_after=2 * N), CALIBRATION, half_life_blocks=2.0)
    assert (slow.saved, slow.n_looks) == (0.0, 0)
    assert slow.track is not None


def test_predictions_that_are_all_alike_have_no_line():
    seen = market([0, 0])
    flat = Predicted(np.full(len(seen.p), 0.2), *list(vars(seen).values())[1:])
    assert followed(flat, CALIBRATION, half_life_blocks=2.0).track is None
    np.testing.assert_allclose(identity(seen).apply(seen.p), seen.p)


def test_every_drift_is_tried_once():
    c = CALIBRATION
    every = list(tried(c))
    n = len(c.tried_persistence) * len(c.tried_slope_drift) * len(c.tried_level_drift)
    assert len(every) == len(set(every)) == n


def test_a_line_that_is_less_sure_promises_nearer_to_a_half():
    """As the mean over all lines it may be: compared with that mean, drawn."""
    seen = market([0.4, 0.4], n=400)
    far = []
    for sd in (0.03, 0.8):
        track = tracker(seen).under(Drift(1.0, 0.0, sd))
        platt, p = track.platt, sigmoid(np.array([track.centre]))
        plain = track.level + track.centre
        at = np.array([track.centre, 1.0])
        spread = float(np.sqrt(at @ np.array(platt.covariance) @ at))
        draws = np.random.default_rng(1).normal(plain, spread, 200_000)
        assert float(platt.apply(p)[0]) == pytest.approx(float(sigmoid(draws).mean()), abs=0.004)
        far.append(abs(float(platt.apply(p)[0]) - 0.5))
    assert far[1] < far[0]


def test_drifts_count_by_how_probable_they_make_the_outcomes():
    one, other = Drift(0.3, 0.1, 1.2), Drift(1.0, 0.1, 0.1)
    asked = CALIBRATION.model_copy(
        update={"tried_persistence": [0.3, 1.0], "tried_slope_drift": [0.1], "tried_level_drift": [0.1, 1.2]}
    )  # fmt: skip
    seen = tracker(market([0, 0.8, 0.1], n=150))
    tracks = [seen.under(drift) for drift in tried(asked)]
    assert {one, other} < {track.drift for track in tracks}
    share = np.exp([track.evidence for track in tracks])
    share /= share.sum()
    mean = seen.averaged(asked)
    assert mean.platt.intercept == pytest.approx(
        float(share @ [track.platt.intercept for track in tracks])
    )
    assert mean.drift.level_sd == pytest.approx(
        float(share @ [track.drift.level_sd for track in tracks])
    )
    assert mean.platt.covariance[1][1] >= min(track.platt.covariance[1][1] for track in tracks)
    told = np.exp([track.steps[0].evidence for track in tracks])
    weighed = (told / told.sum()) @ [track.steps[1].promised.intercept for track in tracks]
    assert mean.steps[1].promised.intercept == pytest.approx(float(weighed))


def test_what_was_promised_knows_of_the_outcomes_before_alone():
    seen = market([0.2, 0.6, -0.3, 0.9], n=200)
    y = np.where(seen.block == 3, 1 - seen.y, seen.y)
    turned = Predicted(seen.p, y, seen.order, seen.known_at, seen.block, seen.lead)
    plain, other = (tracker(each).averaged(CALIBRATION).steps for each in (seen, turned))
    for a, b in zip(plain, other, strict=True):
        assert a.promised.slope == pytest.approx(b.promised.slope, abs=1e-9)
        assert a.promised.intercept == pytest.approx(b.promised.intercept, abs=1e-9)
    assert plain[3].found.intercept != pytest.approx(other[3].found.intercept, abs=0.1)
