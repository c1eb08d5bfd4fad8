"""The truth is true: among leads with p_won = p, a share p is won within the horizon.

Leads repeat over weeks, so every comparison is clustered by lead: the residual `won - p_won` is
summed within each lead before its spread is taken.
"""

from collections.abc import Hashable

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from leadscore.simulation.blocks import Block, simulate_blocks
from leadscore.simulation.world import default_world

WORLD = default_world()
END = pd.Timestamp(WORLD.end_seconds, unit="s", tz="UTC")
HORIZON = pd.Timedelta(days=WORLD.horizon_days)
Z_MAX = 3.7
"""Largest |z| allowed in any group; one true group in 4,600 exceeds it."""


@pytest.fixture(scope="module")
def block() -> Block:
    """Return a market of 20,000 leads."""
    return next(simulate_blocks(WORLD, n_leads=20_000, seed=20260101))


@pytest.fixture(scope="module")
def mature(block: Block) -> pd.DataFrame:
    """Return all mature snapshots with their outcome `won`."""
    deals = block.deals.rename(columns={"Lead ID": "lead_id"})
    leads = block.leads[["Lead ID", "Channel", "Product"]].rename(columns={"Lead ID": "lead_id"})
    table = block.truth.merge(deals, on="lead_id").merge(leads, on="lead_id")
    table = table[table["as_of"] + HORIZON <= END]
    within = (table["Closed"] > table["as_of"]) & (table["Closed"] <= table["as_of"] + HORIZON)
    return table.assign(
        won=(table["Status"] == "Won") & within,
        quarter=table["as_of"].dt.strftime("%Y") + "Q" + table["as_of"].dt.quarter.astype("str"),
    )


def z_by(snapshots: pd.DataFrame, groups: "pd.Series[Hashable]") -> "pd.Series[float]":
    """Return the z score of won against p_won in each group, clustered by lead."""
    residual = (snapshots["won"] - snapshots["p_won"]).groupby([groups, snapshots["lead_id"]]).sum()
    by_group = residual.groupby(level=0)
    return by_group.sum() / by_group.apply(lambda lead: np.sqrt((lead**2).sum()))


def test_one_snapshot_per_lead_is_calibrated_in_each_decile(mature: pd.DataFrame) -> None:
    """The age at which a lead is looked at is drawn before its fate is known.

    One of its snapshots at random would not do: leads that win soon have few snapshots, so each
    of these would be drawn too often.
    """
    first = mature.groupby("lead_id")["as_of"].transform("min")
    age = (mature["as_of"] - first).dt.days // 7
    wanted = pd.Series(
        np.random.default_rng(7).integers(0, 12, mature["lead_id"].nunique()),
        index=mature["lead_id"].unique(),
    )
    one = mature[age == mature["lead_id"].map(wanted)]
    decile = pd.qcut(one["p_won"], 10, labels=False)
    spread = (one["p_won"] * (1 - one["p_won"])).groupby(decile).sum() ** 0.5
    gap = (one["won"] - one["p_won"]).groupby(decile).sum() / spread
    assert len(one) > 5_000
    assert gap.abs().max() < Z_MAX


def test_all_snapshots_are_calibrated_from_low_to_high(mature: pd.DataFrame) -> None:
    """The lower half is one group: it holds too few wins to estimate a spread in finer ones."""
    band = pd.qcut(mature["p_won"], [0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1], labels=False)
    assert z_by(mature, band).abs().max() < Z_MAX


@pytest.mark.parametrize("column", ["Channel", "Product", "quarter"])
def test_truth_holds_in_each_group(mature: pd.DataFrame, column: str) -> None:
    assert z_by(mature, mature[column]).abs().max() < Z_MAX


def test_truth_holds_overall(mature: pd.DataFrame) -> None:
    assert abs(z_by(mature, pd.Series(0, index=mature.index))[0]) < Z_MAX


@pytest.mark.parametrize(
    "activity", ["Demo requested", "Meeting held", "Pricing page viewed", "Email clicked"]
)
def test_events_tell_nothing_beyond_the_state(
    block: Block, mature: pd.DataFrame, activity: str
) -> None:
    """Leads that did something in the week before as_of are won as often as p_won says."""
    did = block.events.loc[block.events["Activity"] == activity, ["Lead ID", "Time"]]
    monday = did["Time"].dt.floor("D") + pd.to_timedelta(7 - did["Time"].dt.day_of_week, unit="D")
    key = pd.MultiIndex.from_arrays([did["Lead ID"], monday])
    has_done = pd.MultiIndex.from_frame(mature[["lead_id", "as_of"]]).isin(key)
    assert has_done.sum() > 500
    assert z_by(mature, pd.Series(has_done, index=mature.index)).abs().max() < Z_MAX


def test_base_rate_and_ranking_are_as_designed(mature: pd.DataFrame) -> None:
    assert 0.04 <= mature["won"].mean() <= 0.08
    assert 0.85 <= roc_auc_score(mature["won"], mature["p_won"]) <= 0.90


def test_one_truth_per_open_monday(block: Block) -> None:
    truth = block.truth.merge(block.leads, left_on="lead_id", right_on="Lead ID")
    truth = truth.merge(block.deals, on="Lead ID")
    assert not truth.duplicated(["lead_id", "as_of"]).any()
    assert (truth["as_of"].dt.day_of_week == 0).all()
    assert (truth["Created"] < truth["as_of"]).all()
    assert (truth["as_of"] < truth["Closed"].fillna(END + HORIZON)).all()
    assert truth["p_won"].between(0, 1).all()
    until = truth["Closed"].fillna(END + pd.Timedelta(seconds=1))
    mondays = np.ceil((until - truth["Created"]) / pd.Timedelta(days=7))
    n = truth.groupby("lead_id").size()
    assert (n - mondays.groupby(truth["lead_id"]).first()).abs().max() <= 1
