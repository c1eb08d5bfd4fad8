"""Training: the recipe is judged on what it never saw, and says so when there is nothing to learn."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.errors import GateError
from leadscore.history.features import Feature
from leadscore.history.log import DAY
from leadscore.metrics import log_loss
from leadscore.scoring.described import described, golden_rows
from leadscore.scoring.training import train
from tests.fakes import grid, small_settings
from tests.markets import MARKET_FEATURES, MARKET_UNTIL, market


def trained_on(
    snapshots, *, described_by=MARKET_FEATURES, until=MARKET_UNTIL, anchor=None, **changes
):
    return train(
        snapshots, described_by, grid(), small_settings(**changes),
        until=until, anchor_probability=anchor,
    )  # fmt: skip


def test_where_features_tell_the_model_leads(market_trained):
    verdict = market_trained.trained.verdict
    assert verdict.opinion == market_trained.trained.scorer.opinion == "model"
    assert all(gate.passed for gate in verdict.gates)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_nothing_tells_the_gate_refuses_the_model(seed):
    trained = trained_on(market(signal=0.0, seed=seed))
    assert trained.verdict.opinion in ("grid", "base_rate")
    failed = [g.gate for g in trained.verdict.gates if not g.passed]
    assert "model beats the base rate" in failed


def test_too_few_won_leads_keep_the_model_from_leading():
    trained = trained_on(market(), gates={"min_won": 500})
    assert trained.verdict.opinion == "grid"
    assert not trained.verdict.gates[0].passed
    assert "500 needed" in trained.verdict.gates[0].evidence


def test_training_twice_gives_the_same_and_so_do_shuffled_rows_and_two_threads(market_trained):
    first = market_trained.trained
    mixed = market_trained.snapshots.sample(frac=1.0, random_state=3)
    again = trained_on(mixed, threads=2)
    assert again.scorer.model.trees.sha256 == first.scorer.model.trees.sha256
    assert again.scorer.model.platt == first.scorer.model.platt
    assert again.scorer.grid_curve == first.scorer.grid_curve
    pd.testing.assert_frame_equal(again.evidence, first.evidence)
    assert again.verdict == first.verdict


def _turned_round(snapshots, rows):
    """Turn outcomes round: what was won never closes, the rest is won on the tenth day."""
    label = np.where(rows, 1 - snapshots["label"], snapshots["label"])
    wait = np.where(label == 1, 10.0, np.nan)
    return snapshots.assign(
        label=label,
        closed_won=label == 1,
        closed_after_days=np.where(rows, wait, snapshots["closed_after_days"]),
    )


def test_outcomes_of_the_test_window_do_not_reach_the_models_judged_on_it(market_trained):
    """Turn every outcome after the border round: what was said before does not change."""
    snapshots, first = market_trained.snapshots, market_trained.trained
    after = (snapshots["order"] >= first.windows.test_from).to_numpy()
    again = trained_on(_turned_round(snapshots, after))
    for column in ("p_model", "p_grid", "p_base"):
        was, now = (
            t.evidence.loc[t.evidence["window"] == "test", column].tolist() for t in (first, again)
        )
        assert now == was
    assert again.verdict.opinion != "model"
    assert again.scorer.model.trees.sha256 != first.scorer.model.trees.sha256


def test_what_is_frequent_only_in_the_test_window_is_pooled_as_before():
    """Before it, "rare" (mostly won) and "odd" (never won) have 60 and 50 rows: below 61, one code.

    40 rows of "rare" in the test window must not earn it a code of its own in the judged model.
    """
    snapshots = market()
    name = trained_on(snapshots).windows.name
    fit, calibrate, test = (np.flatnonzero(name == w) for w in ("fit", "calibrate", "test"))
    channel, label = snapshots["lead_channel"].copy(), snapshots["label"].copy()
    channel.iloc[fit[:50]], label.iloc[fit[:50]] = "rare", 1.0
    channel.iloc[fit[50:100]], label.iloc[fit[50:100]] = "odd", 0.0
    channel.iloc[calibrate[:10]] = "rare"
    before = snapshots.assign(lead_channel=channel, label=label)
    frequent = before.assign(lead_channel=channel.where(~channel.index.isin(test[:40]), "rare"))
    pooled = {"min_level_rows": 61, "few_level_rows": 61}
    one, other = (trained_on(t, features=pooled) for t in (before, frequent))
    was, now = (
        t.evidence.loc[t.evidence["window"] == "calibrate", "p_model"].tolist()
        for t in (one, other)
    )
    assert now == was
    assert (
        other.scorer.model.encoder.levels["lead_channel"]
        != (one.scorer.model.encoder.levels["lead_channel"])
    )


def test_evidence_holds_calibrate_and_test_rows_once_with_probabilities_of_each_opinion(
    market_trained,
):
    evidence, windows = market_trained.trained.evidence, market_trained.trained.windows
    wanted = {w: int((windows.name == w).sum()) for w in ("calibrate", "test")}
    assert evidence["window"].value_counts().to_dict() == wanted
    assert not evidence.duplicated(["lead_id", "as_of"]).any()
    for column in ("p_model", "p_raw", "p_grid", "p_base", "p_issued"):
        assert evidence[column].between(0, 1).all()
    assert evidence["p_issued"].tolist() == evidence["p_model"].tolist()
    assert evidence["score"].between(0, 100).all()
    assert "lead_channel" in evidence.columns


def test_the_evidence_is_out_of_time_and_the_model_beats_the_base_rate_there(market_trained):
    evidence = market_trained.trained.evidence
    test = evidence.loc[evidence["window"] == "test"]
    y = test["label"].to_numpy()
    model, base = (log_loss(y, test[c].to_numpy()) for c in ("p_model", "p_base"))
    assert model < base


def test_base_rates_are_shares_that_can_be_counted(market_trained):
    """To beat: the calibrate window, a row of 90 days before its end weighing half of its last one."""
    trained, snapshots = market_trained.trained, market_trained.snapshots
    name = trained.windows.name
    ranked = snapshots.sort_values(["order", "lead_id"])
    label, order = ranked["label"].to_numpy(), ranked["order"].to_numpy()
    recent = name == "calibrate"
    weight = 0.5 ** ((order[recent].max() - order[recent]) / (90 * DAY))
    to_beat = (weight @ label[recent]) / weight.sum()
    assert trained.evidence["p_base"].unique().tolist() == pytest.approx([to_beat])
    assert trained.fit_rate.value == label[name == "fit"].mean()
    assert label.min() < trained.scorer.base_rate < label.max()


def test_the_base_rate_scores_50_unless_an_anchor_is_pinned(market_trained):
    scale = market_trained.trained.scorer.scale
    assert scale.score([market_trained.trained.evidence["p_base"].iloc[0]]) == pytest.approx(50)
    in_settings = trained_on(market(), scale={"anchor_probability": 0.2}).scorer.scale
    assert in_settings.anchor_probability == 0.2
    signed = trained_on(market(), anchor=0.1, scale={"anchor_probability": 0.2}).scorer.scale
    assert signed.anchor_probability == 0.1


def with_young_looks(snapshots, *, seen_days):
    """Add 300 looks at other leads, their horizon of 28 days not over; half were won on the third day."""
    as_of = MARKET_UNTIL - pd.Timedelta(days=seen_days)
    won = np.arange(300) % 2 == 0
    young = market(300, seed=9).assign(
        lead_id=[f"Y{i:04d}" for i in range(300)],
        as_of=as_of.as_unit("us"),
        order=int(as_of.timestamp()),
        label=np.nan,
        is_mature=False,
        closed_after_days=np.where(won, 3.0, np.nan),
        closed_won=won,
        lead_channel=np.where(won, "podcast", "ads"),
    )
    return pd.concat([snapshots, young], ignore_index=True)


def test_looks_whose_horizon_is_not_over_teach_the_scorer_and_judge_nothing(market_trained):
    """Who came by podcast was won within days: it is known before the first 28 days are over."""
    first = market_trained.trained
    again = trained_on(with_young_looks(market_trained.snapshots, seen_days=20))
    assert (first.n_inferred, again.n_inferred) == (0, 300)
    pd.testing.assert_frame_equal(again.evidence, first.evidence)
    assert again.verdict == first.verdict
    assert "podcast" in again.scorer.model.encoder.levels["lead_channel"]
    asked = market().assign(lead_channel="podcast")
    points = asked["grid_points"].to_numpy()
    now, before = (t.scorer.model.probability(asked, points).mean() for t in (again, first))
    assert now / before > 1.2


def test_left_out_they_teach_nothing(market_trained):
    left_out = {"label": {"immature": "left_out"}}
    first = trained_on(market_trained.snapshots, **left_out)
    again = trained_on(with_young_looks(market_trained.snapshots, seen_days=20), **left_out)
    assert again.n_inferred == 0
    assert again.scorer.model.trees.sha256 == first.scorer.model.trees.sha256
    assert again.verdict == first.verdict


def test_an_outcome_after_the_border_is_not_known_before_it(market_trained):
    """Looks before the test window whose outcome comes after its opening may end as they like."""
    snapshots, first = market_trained.snapshots, market_trained.trained
    opens = first.windows.test_from
    closed = snapshots["order"] + snapshots["closed_after_days"] * DAY
    late = (
        (snapshots["order"] < opens) & ~(closed <= opens) & (snapshots["order"] + 28 * DAY > opens)
    )
    assert late.sum() > 20
    other_end = snapshots.assign(
        closed_won=np.where(late, ~snapshots["closed_won"], snapshots["closed_won"]),
        closed_after_days=np.where(late, 27.9, snapshots["closed_after_days"]),
    )
    still_late = snapshots["order"] + 27.9 * DAY > opens
    other_end = other_end.where(~late | still_late, snapshots)
    judged = trained_on(other_end).evidence
    for window in ("calibrate", "test"):
        was, now = (
            e.loc[e["window"] == window, "p_raw"].tolist() for e in (first.evidence, judged)
        )
        assert now == was


def test_dated_windows_are_purged_by_the_horizon_and_ranked_ones_are_not(market_trained):
    order = np.sort(market_trained.snapshots["order"].to_numpy())
    windows = market_trained.trained.windows
    fit = order[windows.name == "fit"]
    assert fit.max() + 28 * DAY <= windows.calibrate_from
    ranked = market().assign(order=np.arange(900))
    assert not (trained_on(ranked, until=None).windows.name == "purged").any()


def test_no_mature_rows_stop_the_run():
    with pytest.raises(GateError, match="known outcome") as stopped:
        trained_on(market(50).assign(is_mature=False, label=np.nan))
    assert stopped.value.code == "no-matured-rows"
    assert "horizon_days" in stopped.value.fix


@pytest.mark.parametrize(("label", "said"), [(0.0, "0 won / 50 not won"), (1.0, "50 won / 0 not")])
def test_one_outcome_class_stops_the_run(label, said):
    with pytest.raises(GateError, match=said) as stopped:
        trained_on(market(50).assign(label=label))
    assert stopped.value.code == "one-class"
    assert stopped.value.exit_code == 4


def test_wins_in_the_test_window_alone_stop_the_run():
    snapshots = market()
    border = trained_on(snapshots).windows.test_from
    late = snapshots["label"].where(snapshots["order"] >= border, 0.0)
    with pytest.raises(GateError, match="before the test window") as stopped:
        trained_on(snapshots.assign(label=late))
    assert stopped.value.code == "one-class"


@pytest.mark.parametrize("window", ["calibrate", "test"])
def test_a_window_without_wins_leaves_the_grid_to_lead(window):
    snapshots = market()
    windows = trained_on(snapshots).windows
    at = snapshots["order"].between(windows.calibrate_from, windows.test_from - 1)
    at = at if window == "calibrate" else snapshots["order"] >= windows.test_from
    trained = trained_on(snapshots.assign(label=snapshots["label"].mask(at, 0.0)))
    assert trained.scorer.model is None
    assert trained.verdict.opinion in ("grid", "base_rate")
    said = {g.gate: g.evidence for g in trained.verdict.gates if not g.passed}
    assert f"the {window} window" in said["a model could be fitted"]
    assert golden_rows(trained, snapshots)[0].shape == (0, 0)


def test_constant_features_leave_the_grid_to_lead():
    dull = Feature("dull", "number", "Dull: {value:g}", "dull")
    trained = trained_on(market().assign(dull=1.0), described_by=[dull])
    assert trained.scorer.model is None
    assert trained.verdict.opinion == "grid"


def test_the_manifest_says_what_the_training_saw(market_trained):
    said = described(market_trained.trained)
    name = market_trained.trained.windows.name
    assert said["opinion"] == "model"
    assert said["windows"]["rows"]["test"] == int((name == "test").sum())
    assert sum(said["windows"]["rows"].values()) == len(market_trained.snapshots)
    assert said["n_features"] == len(MARKET_FEATURES)
    assert said["rounds"] == market_trained.trained.scorer.model.trees.rounds
    assert [set(g) for g in said["gates"]] == [{"gate", "passed", "evidence"}] * len(said["gates"])


def test_golden_rows_are_rows_of_the_models_matrix_and_do_not_depend_on_row_order(market_trained):
    trained, snapshots = market_trained.trained, market_trained.snapshots
    golden, points = golden_rows(trained, snapshots, n=5)
    assert golden.shape == (5, len(MARKET_FEATURES))
    again, same = golden_rows(trained, snapshots.sample(frac=1.0, random_state=1), n=5)
    np.testing.assert_array_equal(again, golden)
    np.testing.assert_array_equal(same, points)


def test_a_scorer_without_a_model_answers_by_its_opinion(market_trained):
    scorer = market_trained.trained.scorer
    points = np.array([0.0, 40.0, 80.0])
    rows = market_trained.snapshots.head(3)
    by_grid = dataclasses.replace(scorer, opinion="grid").probability(rows, points)
    assert by_grid.tolist() == scorer.grid_curve.apply(points).tolist()
    assert by_grid.tolist() == sorted(by_grid)
    by_rate = dataclasses.replace(scorer, opinion="base_rate").probability(rows, points)
    assert by_rate.tolist() == [scorer.base_rate] * 3
