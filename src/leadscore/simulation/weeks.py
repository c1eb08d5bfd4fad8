"""The calendar of the simulation: what a week number means for season, drift, mix and capacity.

Everything here is the same for all leads and depends on the world alone; nothing is drawn.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from leadscore.simulation.world import World

WEEK_SECONDS = 7 * 86_400
_SMOOTHING_WEEKS = 6
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Calendar:
    """One value per week from 0 to the last week a truth can look at.

    Parameters
    ----------
    pull : log-odds of the market in that week, shape (weeks,)
    channel_pull : log-odds of each channel in that week, shape (weeks, channels)
    activity : factor on arrivals and web activity, shape (weeks,)
    capacity : log of sales' capacity over its expected load, shape (weeks,)
    arrivals : share of all leads that arrive in that week of the history, shape (n_weeks,)
    mix : share of each channel among the arrivals, shape (n_weeks, channels)
    """

    pull: Floats
    channel_pull: Floats
    activity: Floats
    capacity: Floats
    arrivals: Floats
    mix: Floats


def quarter_of(moment: datetime, *, start: datetime) -> int:
    """Return how many calendar quarters `moment` lies after the quarter of `start`.

    Examples
    --------
    >>> from datetime import UTC
    >>> quarter_of(datetime(2025, 5, 1, tzinfo=UTC), start=datetime(2024, 1, 1, tzinfo=UTC))
    5
    """
    return (moment.year - start.year) * 4 + (moment.month - 1) // 3 - (start.month - 1) // 3


def calendar_of(world: World) -> Calendar:
    """Return season, drift, mix and capacity of every week of `world`.

    Returns
    -------
    Calendar
        Weeks 0 .. n_weeks + horizon; beyond the last quarter its values hold.
    """
    n = world.n_weeks + world.horizon_days // 7 + 2
    middles = [world.start + timedelta(days=7 * week + 3) for week in range(n)]
    quarter = np.array([quarter_of(middle, start=world.start) for middle in middles])
    month = np.array([middle.month - 1 for middle in middles])
    activity = np.asarray(world.month_activity, dtype=float)[month]
    growth = np.exp(world.growth_per_quarter * quarter) * activity
    arrivals = growth[: world.n_weeks] / growth[: world.n_weeks].sum()
    return Calendar(
        pull=_by_quarter(world.quarter_pull, quarter) + np.asarray(world.month_pull)[month],
        channel_pull=_channel_pull(world, quarter),
        activity=activity,
        capacity=_capacity(world, growth / growth[: world.n_weeks].sum(), quarter, month),
        arrivals=arrivals,
        mix=_mix(world, quarter[: world.n_weeks]),
    )


def _by_quarter(values: tuple[float, ...], quarter: NDArray[np.int_]) -> Floats:
    return np.asarray(values, dtype=float)[np.minimum(quarter, len(values) - 1)]


def _channel_pull(world: World, quarter: NDArray[np.int_]) -> Floats:
    pull = np.tile([channel.pull for channel in world.channels], (len(quarter), 1))
    names = [channel.name for channel in world.channels]
    for shock in world.shocks:
        pull[quarter >= shock.quarter, names.index(shock.channel)] += shock.pull
    return pull


def _mix(world: World, quarter: NDArray[np.int_]) -> Floats:
    share = np.array([channel.share for channel in world.channels])
    trend = np.array([channel.trend for channel in world.channels])
    mix = share * np.exp(trend * quarter[:, None])
    return np.asarray(mix / mix.sum(axis=1, keepdims=True))


def _capacity(
    world: World, arrivals: Floats, quarter: NDArray[np.int_], month: NDArray[np.int_]
) -> Floats:
    """Return log capacity over load; the load is the mean expected arrivals of the last weeks."""
    padded = np.concatenate([np.full(_SMOOTHING_WEEKS - 1, arrivals[0]), arrivals])
    smoothed = np.convolve(padded, np.full(_SMOOTHING_WEEKS, 1 / _SMOOTHING_WEEKS), mode="valid")
    load = 1000 * world.wanted_share * smoothed
    reps = _by_quarter(world.capacity_growth, quarter) * np.asarray(world.month_capacity)[month]
    return np.asarray(np.clip(np.log(world.capacity_per_week * reps / load), -1.5, 1.0))
