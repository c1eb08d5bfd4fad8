"""On a simulated CRM the truth is known: the model beats the grid for sure, and its chances hold."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leadscore.adapters.config.yaml_strict import load_yaml
from leadscore.metrics import Expected, log_loss, paired_difference, roc_auc
from leadscore.review.truth import against_truth
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.snapshots import take
from leadscore.scoring.training import train
from leadscore.simulation.blocks import simulate_blocks
from leadscore.simulation.world import default_world
from tests.fakes import settings
from tests.markets import world_sources

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("known truth")]


@pytest.fixture(scope="module")
def judged():
    world = default_world()
    block = next(simulate_blocks(world, n_leads=8_000, seed=20260101))
    chosen = settings(review={"bootstrap": 100})
    grid_file = Path(__file__).parents[2] / "config/grids/combined.yaml"
    grid = parse_grid(load_yaml(grid_file), file=grid_file)
    until = pd.Timestamp(world.end_seconds, unit="s", tz="UTC")
    taken = take(world_sources(block), grid, chosen, shape="events", until=until)
    trained = train(taken.snapshots, taken.features, grid, chosen, until=until)
    return trained, block.truth


def test_the_model_leads_and_beats_the_grid_with_an_interval_clear_of_zero(judged):
    trained, _ = judged
    test = trained.evidence.loc[trained.evidence["window"] == "test"]
    gap = paired_difference(
        log_loss, test["label"].to_numpy(), test["p_model"].to_numpy(), test["p_grid"].to_numpy(),
        lower_is_better=True, cluster=test["lead_id"].to_numpy(object), n_resamples=200, seed=1,
    ).figure  # fmt: skip
    assert trained.verdict.opinion == "model"
    assert gap.high < 0
    assert gap.n > 1_000


def test_chances_lie_near_the_truth_in_every_decile(judged):
    """The market drifts between the windows, so not exactly: 2.5 points of probability on average."""
    trained, truth = judged
    test = trained.evidence.loc[trained.evidence["window"] == "test"]
    found = against_truth(test, truth[["lead_id", "as_of", "p_won"]], n_resamples=100, seed=1)
    assert found.deciles["n_looks"].sum() == len(test)
    assert found.error.high < 0.025
    assert np.corrcoef(found.deciles["mean_issued"], found.deciles["mean_true"])[0, 1] > 0.98


def test_nothing_built_from_the_columns_beats_the_hidden_truth(judged):
    trained, truth = judged
    test = trained.evidence.loc[trained.evidence["window"] == "test"]
    found = against_truth(test, truth[["lead_id", "as_of", "p_won"]], n_resamples=100, seed=1)
    assert found.log_loss_truth < found.log_loss_issued
    assert found.auc_truth > found.auc_issued


def test_auc_estimated_before_outcomes_is_near_the_one_seen_and_the_true_one(judged):
    """What came, and what the simulated chances make of it, lie within the estimate's interval."""
    trained, truth = judged
    test = trained.evidence.loc[trained.evidence["window"] == "test"]
    joined = test.merge(truth[["lead_id", "as_of", "p_won"]], on=["lead_id", "as_of"])
    p, y = joined["p_issued"].to_numpy(), joined["label"].to_numpy()
    expected = Expected(p, cluster=joined["lead_id"].astype(object), n_draws=200, seed=1)
    found = expected.confronted(roc_auc, y)
    assert found.is_held
    won, lost = joined["p_won"].to_numpy(), 1 - joined["p_won"].to_numpy()
    best = np.argsort(-p, kind="stable")
    true = roc_auc.kernel(won[best], lost[best], p[best])
    assert found.estimated.low <= true <= found.estimated.high
