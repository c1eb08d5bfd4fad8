"""Fixtures that several rooms' tests share: a small simulated CRM, and a scorer trained on it."""

import os
from dataclasses import dataclass

import hypothesis
import pandas as pd
import pytest

from leadscore.scoring.issuing import Issue
from leadscore.scoring.snapshots import take
from leadscore.scoring.training import train
from leadscore.simulation.blocks import simulate_blocks
from leadscore.simulation.world import default_world
from tests import fakes, markets

# A shared machine may be slow at any moment: no example fails for its time. Integration runs repeat
# the same examples, so that a red run can be run again; at a desk new ones are tried each time.
hypothesis.settings.register_profile(
    "house",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def world():
    """Return the tables of 800 simulated leads (`scoring.view.Sources`)."""
    return markets.world_sources(next(simulate_blocks(default_world(), n_leads=800, seed=5)))


@pytest.fixture(scope="session")
def world_settings():
    return fakes.settings(
        threads=1,
        snapshots={"every_days": 14},
        model={"max_rounds": 60, "patience": 10, "learning_rate": 0.2},
        gates={"min_won": 10},
        review={"bootstrap": 100},
    )


@pytest.fixture(scope="session")
def world_until():
    return pd.Timestamp(default_world().end_seconds, unit="s", tz="UTC")


@pytest.fixture(scope="session")
def taken(world, world_settings, world_until):
    """Return the snapshots of the simulated leads, every second Monday."""
    return take(world, fakes.grid(), world_settings, shape="events", until=world_until)


@pytest.fixture(scope="session")
def world_trained(taken, world_settings, world_until):
    return train(taken.snapshots, taken.features, fakes.grid(), world_settings, until=world_until)


@dataclass(frozen=True)
class Market:
    """A synthetic snapshots table, and what was trained on it."""

    snapshots: pd.DataFrame
    trained: object


@pytest.fixture(scope="session")
def market_trained():
    """Return a market whose features tell enough for the model to lead."""
    snapshots = markets.market()
    trained = train(
        snapshots,
        markets.MARKET_FEATURES,
        fakes.grid(),
        fakes.small_settings(),
        until=markets.MARKET_UNTIL,
    )
    return Market(snapshots, trained)


@pytest.fixture
def about():
    """Return what an issued score says of its origin: hot from 65, warm from 50."""
    return Issue(
        thresholds=fakes.settings().thresholds.initial,
        decision_id="0001",
        bundle_sha256="0" * 64,
        reasons_per_sign=2,
        trend_points=5.0,
    )
