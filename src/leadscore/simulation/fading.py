"""A market whose decay is known: the log-odds of a win are a sum of events that fade by given half-lives.

It exists to check what learns half-lives from outcomes; nothing in it is meant to look like a CRM.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from leadscore.domain.errors import InputError
from leadscore.history.kernel import Selection, Sweep
from leadscore.history.log import DAY, EventLog, Moments
from leadscore.simulation.weeks import WEEK_SECONDS, Floats

_START = 1_704_067_200  # 2024-01-01 UTC, a Monday


@dataclass(frozen=True, kw_only=True)
class FadingEvent:
    """An event type that fades.

    Parameters
    ----------
    name : name of the type
    per_week : events per week of a lead of average activity
    half_life_days : age at which an event counts half
    weight : log-odds that a fresh event adds
    """

    name: str
    per_week: float
    half_life_days: float
    weight: float


@dataclass(frozen=True, kw_only=True)
class FadingWorld:
    """Constants of the market.

    Parameters
    ----------
    events : the types
    level : log-odds of a win without any event
    n_weeks : length of each lead's history (weeks)
    first_look, every : week of the first look, and weeks between two
    burst_shape : shape of the Gamma law (mean 1) of a lead's activity in a week, shared by all types:
        the smaller, the more do types come together
    echo : correlation of the normal scores behind the outcomes of two looks at one lead, in [0, 1)
    """

    events: tuple[FadingEvent, ...]
    level: float = -2.5
    n_weeks: int = 30
    first_look: int = 10
    every: int = 2
    burst_shape: float = 0.4
    echo: float = 0.7

    def __post_init__(self) -> None:
        """Refuse a market that cannot be drawn."""
        if not self.events or not 0 < self.first_look <= self.n_weeks or self.every < 1:
            raise InputError("bad-world", "a fading world needs events, and a look in its history")
        if not 0 <= self.echo < 1:
            raise InputError("bad-world", f"echo must be in [0, 1), got {self.echo}")


def draw_fading(world: FadingWorld, *, n_leads: int, seed: int) -> tuple[pd.DataFrame, EventLog]:
    """Draw leads, their events, and looks with outcome and exact chance.

    Returns
    -------
    Looks with lead_id, as_of, age_days, label (0 or 1), p_won; and the events of the same leads.
    """
    rng = np.random.default_rng(seed)
    ids = np.array([f"F{i:07d}" for i in range(n_leads)], dtype=object)
    log = EventLog.from_table(_events(rng, world, ids), ids)
    week = np.arange(world.first_look, world.n_weeks + 1, world.every)
    second = _START + np.tile(week, n_leads) * WEEK_SECONDS
    looks = pd.DataFrame(
        {
            "lead_id": pd.Series(np.repeat(ids, len(week)), dtype="str"),
            "as_of": pd.Series(pd.to_datetime(second, unit="s", utc=True)).dt.as_unit("us"),
            "age_days": (second - _START) / DAY,
        }
    )
    sweep = Sweep(log, Moments.from_table(looks, log))
    z = np.full(len(looks), world.level)
    for kind in world.events:
        chain = sweep.chain(Selection((kind.name,)))
        z += kind.weight * chain.decayed_sum(kind.half_life_days)
    p_won = 1 / (1 + np.exp(-z))
    shared = np.repeat(rng.normal(size=n_leads), len(week))
    score = np.sqrt(world.echo) * shared + np.sqrt(1 - world.echo) * rng.normal(size=len(looks))
    return looks.assign(label=(ndtr(score) < p_won).astype(float), p_won=p_won), log


def _events(rng: np.random.Generator, world: FadingWorld, ids: NDArray[np.object_]) -> pd.DataFrame:
    """Draw every type by a Poisson law whose rate the lead's activity of the week multiplies."""
    shape = (len(ids), world.n_weeks)
    burst: Floats = rng.gamma(world.burst_shape, 1 / world.burst_shape, size=shape)
    tables = []
    for kind in world.events:
        n = rng.poisson(kind.per_week * burst)
        lead, week = (np.repeat(axis.ravel(), n.ravel()) for axis in np.indices(shape))
        second = _START + week * WEEK_SECONDS + rng.integers(0, WEEK_SECONDS, len(week))
        tables.append(pd.DataFrame({"lead_id": ids[lead], "second": second, "type": kind.name}))
    drawn = pd.concat(tables, ignore_index=True)
    times = pd.Series(pd.to_datetime(drawn["second"], unit="s", utc=True)).dt.as_unit("us")
    return pd.DataFrame(
        {
            "lead_id": drawn["lead_id"].astype("str"),
            "occurred_at": times,
            "type": drawn["type"].astype("str"),
            "subject": pd.Series(np.full(len(drawn), None), dtype="str"),
            "value": np.full(len(drawn), np.nan),
        }
    )
