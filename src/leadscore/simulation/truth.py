"""The exact probability of winning at every Monday snapshot, by backward recursion.

It reads the same weekly law as `paths` and the state the lead really was in; no event is used,
because given the state the past says nothing more about the future.
"""

import numpy as np

from leadscore.simulation.chain import Law, law_of_week
from leadscore.simulation.paths import Paths
from leadscore.simulation.people import People
from leadscore.simulation.weeks import Calendar, Flags, Floats
from leadscore.simulation.world import World


def is_snapshot(paths: Paths, people: People) -> Flags:
    """Return which rows of `paths` are Mondays on which the lead already existed, (n_rows,)."""
    return np.asarray(paths.week > people.created_week[paths.lead])


def p_won_at(paths: Paths, *, people: People, world: World, calendar: Calendar) -> Floats:
    """Return P(won in (as_of, as_of + horizon]) for every row of `paths`.

    Every week the recursion moves all snapshots that can still see that week one step back. A
    horizon that ends within a week counts that share of the week's wins, since closings are
    uniform in the week.

    Returns
    -------
    array of shape (n_rows,)
        In [0, 1]; NaN where the row is no snapshot.
    """
    n_full, share = world.horizon_days // 7, world.horizon_days % 7 / 7
    n_slots = n_full + 1
    snapshot = is_snapshot(paths, people)
    first = people.created_week + 1
    last = np.full(len(people), -1)
    np.maximum.at(last, paths.lead[snapshot], paths.week[snapshot])
    value = np.zeros((len(people), n_slots, 2, 4))
    edges = np.searchsorted(paths.week, np.arange(world.n_weeks + 2))
    p_won = np.full(len(paths.lead), np.nan)
    for week in range(world.n_weeks + n_full, 0, -1):
        leads = np.flatnonzero((first <= week) & (week - n_full <= last))
        law = law_of_week(world, calendar, people, leads=leads, week=week)
        stepped = one_week_back(value[leads], law)
        stepped[:, (week - n_full) % n_slots] = share * law.win
        value[leads] = stepped
        if week <= world.n_weeks:
            rows = slice(edges[week], edges[week + 1])
            p_won[rows] = _read(value, paths, rows, week % n_slots)
    return np.where(snapshot, p_won, np.nan)


def one_week_back(value: Floats, law: Law) -> Floats:
    """Turn the values of next Monday into those of this Monday.

    Parameters
    ----------
    value : P(won) by lead, snapshot, worked and intent of next Monday, shape (n, s, 2, 4)
    law : law of the week

    Returns
    -------
    array of shape (n, s, 2, 4)
        P(won) by worked and intent of this Monday.
    """
    rise, fall = law.rise[:, None], law.fall[:, None]
    moved = value.copy()
    moved[..., :-1] += rise[..., :-1] * (value[..., 1:] - value[..., :-1])
    moved[..., 1:] += fall[..., 1:] * (value[..., :-1] - value[..., 1:])
    unworked, worked = moved[:, :, :1], moved[:, :, 1:]
    later = unworked + law.worked_next[:, None] * (worked - unworked)
    return np.asarray(law.win[:, None] + (1 - law.close)[:, None] * later)


def _read(value: Floats, paths: Paths, rows: slice, slot: int) -> Floats:
    lead, worked = paths.lead[rows], paths.is_worked[rows].astype(np.int64)
    return np.asarray(value[lead, slot, worked, paths.intent[rows]])
