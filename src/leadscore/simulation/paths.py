"""One path per lead through the hidden states, week by week, until it closes or history ends.

It draws states, demo requests and closings from `chain`; it draws no other event.
"""

from dataclasses import dataclass

import numpy as np

from leadscore.simulation.chain import N_INTENTS, Law, law_of_week
from leadscore.simulation.people import People
from leadscore.simulation.rhythm import share_of_week_after
from leadscore.simulation.weeks import WEEK_SECONDS, Calendar, Flags, Floats, Indices
from leadscore.simulation.world import World

OPEN, WON, LOST = 0, 1, 2


@dataclass(frozen=True)
class Paths:
    """States of the open leads of a block, one row per lead and week, sorted by week.

    The row of the week of creation is a partial week: the lead can neither close nor change its
    intent in it. Rows of week `n_weeks` stand for the moment the export is made.

    Parameters
    ----------
    lead : position of the lead in its block, shape (n_rows,)
    week : week counted from the start of the history, shape (n_rows,)
    intent : intent during the week, 0 .. 3, shape (n_rows,)
    is_worked : sales works the lead during the week, shape (n_rows,)
    has_demo : the lead requests a demo in the week, shape (n_rows,)
    status : OPEN, WON or LOST at the end of history, shape (n_leads,)
    closed : closing, seconds since the start, -1 while open, shape (n_leads,)
    """

    lead: Indices
    week: Indices
    intent: Indices
    is_worked: Flags
    has_demo: Flags
    status: Indices
    closed: Indices


def draw_paths(
    rng: np.random.Generator, *, people: People, world: World, calendar: Calendar
) -> Paths:
    """Draw the path of every lead.

    Returns
    -------
    Paths
        Rows from the week of creation to the week of closing, or to week `n_weeks`.
    """
    n_leads = len(people)
    start = np.cumsum([channel.start for channel in world.channels], axis=1)[people.channel]
    intent = (start[:, :-1] <= rng.random(n_leads)[:, None]).sum(axis=1)
    worked = np.zeros(n_leads, dtype=np.bool_)
    status = np.full(n_leads, OPEN)
    closed = np.full(n_leads, -1)
    n_created = np.searchsorted(people.created_week, np.arange(world.n_weeks + 1), side="right")
    rows: list[tuple[Indices, Indices, Flags, Flags]] = []
    for week in range(world.n_weeks):
        leads = np.flatnonzero(status[: n_created[week]] == OPEN)
        law = law_of_week(world, calendar, people, leads=leads, week=week)
        now = (np.arange(len(leads)), worked[leads].astype(np.int64), intent[leads])
        is_new = people.created_week[leads] == week
        demo = _draw_demos(rng, law.demo[now], is_new, people.created[leads])
        rows.append((leads, intent[leads], worked[leads], demo))
        u = rng.random(len(leads))
        ends = (u < law.close[now]) & ~is_new
        status[leads[ends]] = np.where(u < law.win[now], WON, LOST)[ends]
        offset = rng.integers(1, WEEK_SECONDS, len(leads))
        closed[leads[ends]] = week * WEEK_SECONDS + offset[ends]
        worked[leads] = _next_worked(rng, law, now[2], worked[leads], demo)
        intent[leads] = _next_intent(rng, law, now[2], worked[leads], is_new)
    leads = np.flatnonzero(status == OPEN)
    rows.append((leads, intent[leads], worked[leads], np.zeros(len(leads), dtype=np.bool_)))
    return Paths(
        lead=np.concatenate([row[0] for row in rows]),
        week=np.repeat(np.arange(len(rows)), [len(row[0]) for row in rows]),
        intent=np.concatenate([row[1] for row in rows]),
        is_worked=np.concatenate([row[2] for row in rows]),
        has_demo=np.concatenate([row[3] for row in rows]),
        status=status,
        closed=closed,
    )


def _draw_demos(
    rng: np.random.Generator, p_full_week: Floats, is_new: Flags, created: Indices
) -> Flags:
    """Draw who requests a demo; the week of creation counts only from the creation on."""
    share = np.where(is_new, share_of_week_after(created % WEEK_SECONDS), 1.0)
    return np.asarray(rng.random(len(share)) < 1 - (1 - p_full_week) ** share)


def _next_worked(
    rng: np.random.Generator, law: Law, intent: Indices, worked: Flags, demo: Flags
) -> Flags:
    rows = np.arange(len(intent))
    pick = np.where(demo, law.pick_after_demo[rows, intent], law.pick[rows, intent])
    u = rng.random(len(intent))
    return np.where(worked, u >= law.drop[intent], u < pick)


def _next_intent(
    rng: np.random.Generator, law: Law, intent: Indices, worked: Flags, is_new: Flags
) -> Indices:
    now = (np.arange(len(intent)), worked.astype(np.int64), intent)
    rise, fall = law.rise[now], law.fall[now]
    u = rng.random(len(intent))
    step = (u < rise).astype(np.int64) - ((u >= rise) & (u < rise + fall))
    return np.clip(intent + np.where(is_new, 0, step), 0, N_INTENTS - 1)
