"""What every pair of thresholds would have meant, tabulated by cut: volumes, wins, money, moves.

All of it is a function of one cut, or the difference of two, so sums by cut are enough, for the
leads as they were and for each resample. The sums count leads, so they are exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.schemas import TIERS
from leadscore.domain.settings import ReviewSettings, Thresholds, ThresholdSettings
from leadscore.metrics import Figure, Resamples, too_few
from leadscore.review.effect import Effect, Move, stretches
from leadscore.review.evidence import Codes, Evidence, Float
from leadscore.review.proposal import Proposal

# Draws that the page carries: they are its weight, and ends of intervals settle well before.
MOST_RESAMPLES = 400
SUMS = ("standing", "caught", "worked", "won_when_worked")


@dataclass(frozen=True)
class Row:
    """A consequence: key, words for a head of sales, unit, and how it is written."""

    key: str
    words: str
    unit: str
    kind: str


@dataclass(frozen=True)
class WhatIf:
    """Sums on or above each cut, and what turns them into figures.

    Attributes
    ----------
    cuts
        float64[n_cuts] ascending: 0 to 100, and thresholds in force or proposed that lie between.
    sums
        int64[4, n_cuts] by `SUMS`: leads that stand at or above the cut, each once in every week;
        won leads that ever did; leads that ever did, so that they are worked once; and those of
        them that were won within the horizon of their first look there, or of a later one of its quarter.
    draws
        int64[n_resamples, 4, n_cuts] the same, of leads drawn with replacement.
    last
        int64[2, n_cuts] leads, and won leads, whose last look lies from a cut to below the next.
    standing_over, flowing_over
        What volumes, and money, are divided by: weeks looked at and weeks spanned, or thousands of
        leads without dates.
    start
        Where the page begins: as proposed, or in force where no change is.
    considered
        The best by the evidence, None where there is none.
    leads
        The leads, and how they were drawn.
    min_leads
        Fewer leads called have no share won.
    """

    cuts: Float
    sums: Codes
    draws: Codes
    last: Codes
    standing_over: float
    flowing_over: float
    settings: ThresholdSettings
    in_force: Thresholds
    start: Thresholds
    considered: Thresholds | None
    leads: Resamples
    is_dated: bool
    min_leads: int

    @property
    def rows(self) -> tuple[Row, ...]:
        """The consequences in the order of `effects`."""
        per = "a week" if self.is_dated else "per 1,000 leads"
        return (
            Row("hot", "Leads that are hot", f"leads {per}", "count"),
            Row("warm", "Leads that are warm", f"leads {per}", "count"),
            Row("caught_hot", "Wins caught by calling the hot", "share of won leads", "share"),
            Row("caught_warm", "Wins caught, warm or hot", "share of won leads", "share"),
            Row("precision", "Hot leads that were won", "share of leads called", "share"),
            Row("call_cost", "Cost of calling the hot", f"EUR {per}", "money"),
            Row("call_profit", "Profit of calling the hot", f"EUR {per}", "money"),
            Row("nurture_cost", "Cost of nurturing, warm or hot", f"EUR {per}", "money"),
            Row("nurture_profit", "Profit of nurturing, warm or hot", f"EUR {per}", "money"),
        )

    def effects(self, at: Thresholds) -> tuple[Effect, ...]:
        """Return each consequence in force, at other thresholds on the list of cuts, and the difference."""
        value = [self._ratios(self.sums, pair) for pair in (self.in_force, at)]
        draws = [self._ratios(self.draws, pair) for pair in (self.in_force, at)]

        def figure(i: int, number: Float, drawn: Float, pairs: tuple[Thresholds, ...]) -> Figure:
            found = self.leads.figure(float(number[i]), drawn[:, i])
            if self.rows[i].key != "precision":
                return found
            n, n_won = min(self.worked(pair.hot) for pair in pairs)
            if n < self.min_leads:
                return too_few(n, n_won, min_leads=self.min_leads)
            return replace(found, n=n, n_won=n_won)

        return tuple(
            Effect(
                row.key, row.unit, figure(i, value[0], draws[0], (self.in_force,)),
                figure(i, value[1], draws[1], (at,)),
                figure(i, value[1] - value[0], draws[1] - draws[0], (self.in_force, at)),
            )
            for i, row in enumerate(self.rows)
        )  # fmt: skip

    def worked(self, cut: float) -> tuple[int, int]:
        """Return leads that ever stood on or above a cut, and those won from their first look there."""
        i = self._place(cut)
        return int(self.sums[2, i]), int(self.sums[3, i])

    def moves(self, at: Thresholds) -> tuple[Move, ...]:
        """Return leads by tier in force and at other thresholds, by their last look; hot to cold first."""
        before, after = (self._tiers(pair) for pair in (self.in_force, at))
        return tuple(
            Move(a, b, *(int(n[(before == a) & (after == b)].sum()) for n in self.last))
            for a in TIERS
            for b in TIERS
        )

    def _place(self, cut: float) -> int:
        found = int(np.searchsorted(self.cuts, cut))
        if found == len(self.cuts) or self.cuts[found] != cut:
            raise ValueError(f"{cut:g} is not among the cuts tabulated")
        return found

    def _tiers(self, at: Thresholds) -> npt.NDArray[np.str_]:
        return np.select([self.cuts >= at.hot, self.cuts >= at.warm], ["hot", "warm"], "cold")

    def _ratios(self, sums: Codes, at: Thresholds) -> Float:
        """Return the nine consequences along the last axis."""
        hot, warm = sums[..., self._place(at.hot)], sums[..., self._place(at.warm)]
        money, weeks = self.settings, self.flowing_over
        win, call, nurture = money.win_value_eur, money.call_cost_eur, money.nurture_cost_eur
        n_won = sums[..., 1, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.stack(
                [
                    hot[..., 0] / self.standing_over,
                    (warm[..., 0] - hot[..., 0]) / self.standing_over,
                    hot[..., 1] / n_won,
                    warm[..., 1] / n_won,
                    hot[..., 3] / hot[..., 2],
                    call * hot[..., 2] / weeks,
                    (win * hot[..., 3] - call * hot[..., 2]) / weeks,
                    nurture * warm[..., 2] / weeks,
                    (win * warm[..., 3] - nurture * warm[..., 2]) / weeks,
                ],
                axis=-1,
            )


def what_if(
    table: pd.DataFrame, proposal: Proposal, review: ReviewSettings, *, in_force: Thresholds,
    seed: int,
) -> WhatIf | None:  # fmt: skip
    """Tabulate the evidence of a proposal; None where it was too little to judge any threshold.

    Parameters
    ----------
    table, review, seed
        As `propose` had them. Draws are the first `MOST_RESAMPLES` of its draws.
    """
    if proposal.curve is None:
        return None
    settings = proposal.settings
    looks = Evidence.from_table(table, as_of=None, half_life_days=settings.half_life_days)
    return tabulated(
        looks, settings, in_force=in_force,
        start=Thresholds(hot=proposal.hot.proposed, warm=proposal.warm.proposed),
        considered=proposal.considered, n_resamples=review.bootstrap, seed=seed,
        min_leads=review.min_leads,
    )  # fmt: skip


def tabulated(
    looks: Evidence, settings: ThresholdSettings, *, in_force: Thresholds, start: Thresholds,
    considered: Thresholds | None, n_resamples: int, seed: int, min_leads: int,
) -> WhatIf:  # fmt: skip
    """Return the sums by cut of the leads, and of each resample of them."""
    pairs = [pair for pair in (in_force, start, considered) if pair is not None]
    cuts = np.unique([*range(101), *(cut for pair in pairs for cut in (pair.hot, pair.warm))])
    cuts = cuts.astype(np.float64)
    resamples = Resamples(
        looks.by_lead(looks.y), cluster=np.arange(looks.n_leads),
        n_resamples=min(n_resamples, MOST_RESAMPLES), seed=seed,
    )  # fmt: skip
    steps = _steps(looks, cuts)

    def on_or_above(times: Float) -> Codes:
        summed = [
            np.bincount(cell, times[lead] * step, minlength=len(cuts))
            for lead, cell, step in steps
        ]  # fmt: skip
        return np.rint(np.cumsum(np.array(summed)[:, ::-1], axis=1)[:, ::-1]).astype(np.int64)

    standing_over, flowing_over = stretches(looks)
    return WhatIf(
        cuts=cuts, sums=on_or_above(np.ones(looks.n_leads)),
        draws=np.array([on_or_above(times) for times in resamples]),
        last=_last(looks, cuts),
        standing_over=standing_over, flowing_over=flowing_over,
        settings=settings, in_force=in_force, start=start, considered=considered,
        leads=resamples, is_dated=looks.is_dated, min_leads=min_leads,
    )  # fmt: skip


def _steps(looks: Evidence, cuts: Float) -> list[tuple[Codes, Codes, Float]]:
    """Return, by `SUMS`, (lead, cell, step): what each lead adds on going down past a cell's cut."""
    standing, _, best = looks.best_of_week()
    every = np.arange(looks.n_leads)
    top = _cell(looks.by_lead(looks.score), cuts)
    won = looks.by_lead(looks.y)
    lead, cell, below, y = _firsts(looks, cuts)
    again = below >= 0
    return [
        (standing, _cell(best, cuts), np.ones(len(standing))),
        (every, top, won),
        (every, top, np.ones(looks.n_leads)),
        (
            np.concatenate([lead, lead[again]]),
            np.concatenate([cell, below[again]]),
            np.concatenate([y, -y[again]]),
        ),
    ]


def _firsts(looks: Evidence, cuts: Float) -> tuple[Codes, Codes, Codes, Float]:
    """Return (lead, cell, cell before, outcome) of looks that are their lead's first on some cut.

    Such a look is higher than all before it: it is the first for cuts above the highest cell before
    (-1 where it is the lead's first look), up to its own.
    """
    rank = np.lexsort((looks.order, looks.lead))
    lead, cell, y = looks.lead[rank], _cell(looks.score, cuts)[rank], looks.won_from[rank]
    key = lead * (len(cuts) + 1)
    highest = np.maximum.accumulate(key + cell) - key
    is_first = np.concatenate([[True], np.diff(lead) != 0])
    below = np.where(is_first, -1, np.concatenate([[-1], highest[:-1]]))
    rises = cell > below
    return lead[rises], cell[rises], below[rises], y[rises]


def _last(looks: Evidence, cuts: Float) -> Codes:
    """Return leads and won leads by the cell of their last look, int64[2, n_cuts]."""
    rank = np.lexsort((looks.order, looks.lead))
    last = rank[np.concatenate([np.diff(looks.lead[rank]) != 0, [True]])]
    cell, won = _cell(looks.score[last], cuts), looks.y[last] == 1
    return np.stack([np.bincount(each, minlength=len(cuts)) for each in (cell, cell[won])])


def _cell(score: Float, cuts: Float) -> Codes:
    """Return the place of the highest cut that each score is on or above."""
    cell = np.searchsorted(cuts, score, side="right") - 1
    if bool((cell < 0).any()) or bool(np.isnan(score).any()):
        raise ValueError("scores must lie in 0..100, none missing")
    return cell.astype(np.int64)
