"""What the CRM learns after the fact: deals, reps' verdicts and customers' satisfaction.

It reads paths and fit; nothing here flows back into the truth.
"""

from dataclasses import dataclass

import numpy as np

from leadscore.simulation.paths import LOST, WON, Paths
from leadscore.simulation.people import Firms, People
from leadscore.simulation.rhythm import office_time
from leadscore.simulation.vocabulary import LOST_REASONS
from leadscore.simulation.weeks import WEEK_SECONDS, Floats, Indices
from leadscore.simulation.world import World

_DAY = 86_400
_AMOUNT_SPREAD = 0.55
_AMOUNT_BY_SIZE = 0.30
_NO_REASON_SHARE = 0.05
_REASONS_IF_WORKED = (0.26, 0.22, 0.18, 0.14, 0.12, 0.08)
_REASONS_IF_UNWORKED = (0.02, 0.05, 0.06, 0.09, 0.18, 0.60)
_VERDICT_WEIGHTS = (
    (0.62, 0.33, 0.05),
    (0.38, 0.50, 0.12),
    (0.15, 0.60, 0.25),
    (0.07, 0.58, 0.35),
)
"""Overrated, right, underrated: one row per intent."""


@dataclass(frozen=True)
class Deals:
    """Amount (EUR, NaN unless won) and reason (position, -1 unless lost) by lead."""

    amount: Floats
    reason: Indices


@dataclass(frozen=True)
class Answers:
    """Verdicts or satisfaction scores: lead, seconds since the start, answer."""

    lead: Indices
    time: Indices
    answer: Indices


def draw_deals(
    rng: np.random.Generator, *, people: People, firms: Firms, paths: Paths, world: World
) -> Deals:
    """Draw amounts of won leads and reasons of lost ones.

    Returns
    -------
    Deals
        Amounts are lognormal around the product's median, rising with the firm's size.
    """
    n_leads = len(people)
    median = np.array([item.amount_eur for item in world.products])[people.product]
    size = (firms.employees[people.firm] / 100) ** _AMOUNT_BY_SIZE
    amount = np.round(median * size * np.exp(rng.normal(0, _AMOUNT_SPREAD, n_leads)), 2)
    was_worked = np.zeros(n_leads, dtype=np.bool_)
    was_worked[paths.lead[paths.is_worked]] = True
    by_worked = rng.choice(len(LOST_REASONS), n_leads, p=_REASONS_IF_WORKED)
    otherwise = rng.choice(len(LOST_REASONS), n_leads, p=_REASONS_IF_UNWORKED)
    reason = np.where(was_worked, by_worked, otherwise)
    reason[rng.random(n_leads) < _NO_REASON_SHARE] = -1
    return Deals(
        amount=np.where(paths.status == WON, amount, np.nan),
        reason=np.where(paths.status == LOST, reason, -1),
    )


def draw_feedback(
    rng: np.random.Generator, *, people: People, paths: Paths, world: World
) -> Answers:
    """Draw reps' verdicts: at most one per worked lead, in a week in which it was worked.

    Returns
    -------
    Answers
        `answer` is a position in `VERDICTS`; the higher the intent, the less often "Overrated".
    """
    rows = np.flatnonzero(paths.is_worked & (paths.week < world.n_weeks))
    rows = rows[rng.permutation(len(rows))]
    lead, at = np.unique(paths.lead[rows], return_index=True)
    said = rng.random(len(lead)) < world.feedback_share
    lead, row = lead[said], rows[at[said]]
    time = paths.week[row] * WEEK_SECONDS + office_time(rng.random(len(row)))
    edges = np.cumsum(_VERDICT_WEIGHTS, axis=1)[:, :-1][paths.intent[row]]
    verdict = (edges <= rng.random(len(row))[:, None]).sum(axis=1)
    kept = (paths.closed[lead] < 0) | (time < paths.closed[lead])
    return Answers(lead=lead[kept], time=time[kept], answer=verdict[kept])


def draw_nps(rng: np.random.Generator, *, people: People, paths: Paths, world: World) -> Answers:
    """Draw satisfaction scores of customers, 30 to 90 days after winning.

    Returns
    -------
    Answers
        `answer` is 0 .. 10; the better the fit, the higher. Answers after the end are cut.
    """
    lead = np.flatnonzero((paths.status == WON) & (rng.random(len(people)) < world.nps_share))
    wait = rng.integers(30 * _DAY, 90 * _DAY, len(lead))
    time = paths.closed[lead] + wait
    score = np.round(7.3 + 1.1 * people.fit[lead] + rng.normal(0, 1.7, len(lead)))
    kept = time < world.n_weeks * WEEK_SECONDS
    return Answers(
        lead=lead[kept],
        time=time[kept],
        answer=np.clip(score, 0, 10).astype(np.int64)[kept],
    )
