"""The whole recipe on looks whose outcome is known: criteria, bands, coefficients, whole points.

With too few won leads it learns nothing and says so: the hand-written grid stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import GridLearnSettings
from leadscore.scoring.calibration import fit_grid_curve
from leadscore.scoring.grid.learning.bins import Price
from leadscore.scoring.grid.learning.logistic import losses, mean_by_lead
from leadscore.scoring.grid.learning.points import Ask, Ends, Rounded, groups, rounded, totals
from leadscore.scoring.grid.learning.selection import Pool, Selected, Together, select, together
from leadscore.scoring.line import log_odds

Float = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
RIDGE = 1.0
"""Pull of coefficients towards 0, as a precision; felt by small sets only."""
_PRIOR_LEADS = 5.0  # at the base rate, from which each band starts: small bands say little
_PLENTY = 10  # times `won_leads`: from there on learned points were never worse than written ones
_WRITTEN_SLOPE_SD = 2.0  # prior of the written points' curve, as wide as for judging
_LOOKS_A_LEAD = 4  # looks of a lead that help to choose, spread over its time; more say little new


@dataclass(frozen=True)
class LearnedGrid:
    """What was learned: criteria with coefficients, points per band, and from how many leads.

    `ends` are those of the grid it will stand in; `n_leads` and `n_won` the leads behind it;
    `drifting` the candidates left out for telling the date; `steps` what each criterion gained;
    `doubt` why it may not take the written grid's place, None if it may.
    """

    selected: Together
    rounded: Rounded
    ends: Ends
    n_leads: int
    n_won: int
    drifting: tuple[str, ...]
    steps: tuple[float, ...]
    doubt: str | None

    def log_odds(self, columns: Sequence[pd.Series]) -> Float:
        """Return unrounded log-odds of looks; `columns` in the order of the pool's candidates."""
        return _log_odds(self.selected, columns)

    def points(self, columns: Sequence[pd.Series]) -> Float:
        """Return the points that the proposed grid gives looks, 0..100; disqualifiers apart."""
        if not self.selected.criteria:
            return np.zeros(len(columns[0]))
        return totals(_asks(self.selected, columns), self.rounded.points, self.ends)

    def group_points(self, columns: Sequence[pd.Series]) -> tuple[Float, Float]:
        """Return the capped sums of fit and of engagement, each float64[n]; may be negative."""
        n = len(columns[0])
        if not self.selected.criteria:
            return np.zeros(n), np.zeros(n)
        return groups(_asks(self.selected, columns), self.rounded.points, self.ends)


def price_of(settings: GridLearnSettings) -> Price:
    """Return what a band must bring, as the settings say."""
    return Price(settings.band_leads, settings.max_bands, settings.border_gain, _PRIOR_LEADS)


def learn(
    pool: Pool, settings: GridLearnSettings, ends: Ends, *, written: Float
) -> LearnedGrid | str:
    """Learn a grid, or say why none is learned.

    With few wins chance chooses too: then the recipe must beat the written points on leads it left
    out by more than a standard error, or a doubt is told with what was learned.

    Parameters
    ----------
    pool
        Candidates with their values at looks whose outcome is known; disqualified looks left out.
    ends
        Of the grid that the points will stand in: caps and floors have no date, so the old ones hold.
    written
        float64[n] points of the written grid at the same looks.
    """
    n_won = len(np.unique(pool.lead[pool.y == 1]))
    n_leads = len(np.unique(pool.lead))
    if n_won < settings.won_leads or n_leads - n_won < settings.won_leads:
        return (
            f"{n_won:,} of {n_leads:,} leads were won; from {settings.won_leads} won (and as many not) on, "
            "learned points order leads better than written ones"
        )
    chosen, made = _criteria(pool, settings)
    if not made.criteria:
        return "no criterion tells leads apart on leads that it was not learned on"
    found = rounded(
        _asks(made, pool.columns),
        intercept=made.model.intercept, round_to=settings.round_to, ends=ends,
    )  # fmt: skip
    doubt = None
    if n_won < _PLENTY * settings.won_leads:
        gain, error = gain_on_left_out(pool, settings, written)
        if gain <= error:
            doubt = (
                f"on left-out leads its log loss is {-gain:+.4f} against the written points, with a standard "
                f"error of {error:.4f}; {n_won:,} won leads are too few to tell which is better"
            )
    return LearnedGrid(made, found, ends, n_leads, n_won, chosen.drifting, chosen.steps, doubt)


def gain_on_left_out(
    pool: Pool, settings: GridLearnSettings, written: Float
) -> tuple[float, float]:
    """Return the log loss saved against the written points on leads left out, and its standard error.

    Criteria, bands and coefficients are learned anew without each part of the leads; the written
    points get their curve from the same leads.
    """
    saved = np.zeros(len(pool.y))
    for k in range(settings.folds):
        out = pool.lead % settings.folds == k
        if len(np.unique(pool.y[~out])) < 2 or not out.any():
            continue
        made = _criteria(_part(pool, ~out), settings)[1]
        z = _log_odds(made, [column[out] for column in pool.columns])
        curve = fit_grid_curve(
            written[~out], pool.y[~out], slope_sd=_WRITTEN_SLOPE_SD, cluster=pool.lead[~out]
        )
        saved[out] = losses(log_odds(curve.apply(written[out])), pool.y[out]) - losses(
            z, pool.y[out]
        )
    return mean_by_lead(saved, pool.lead)


def _criteria(pool: Pool, settings: GridLearnSettings) -> tuple[Selected, Together]:
    price = price_of(settings)
    chosen = select(
        _thinned(pool), price,
        max_criteria=settings.max_criteria, n_folds=settings.folds, ridge=RIDGE,
        max_drift=settings.max_drift,
    )  # fmt: skip
    return chosen, together(pool, chosen.places, price, ridge=RIDGE)


def _part(pool: Pool, rows: Mask) -> Pool:
    """Return some looks of a pool, their leads numbered anew in the same order."""
    columns = tuple(column[rows].reset_index(drop=True) for column in pool.columns)
    return Pool(
        pool.candidates, columns, pool.y[rows], np.unique(pool.lead[rows], return_inverse=True)[1]
    )


def _log_odds(kept: Together, columns: Sequence[pd.Series]) -> Float:
    if not kept.criteria:
        return np.full(len(columns[0]), kept.model.intercept)
    x = [c.x(columns[at]) for c, at in zip(kept.criteria, kept.places, strict=True)]
    return kept.model.log_odds(np.stack(x, axis=1))


def _thinned(pool: Pool) -> Pool:
    """Return at most some looks of each lead, spread over its looks; rows stay in their order."""
    count = np.bincount(pool.lead)[pool.lead]
    place = pd.Series(pool.lead).groupby(pool.lead).cumcount().to_numpy()
    step = np.maximum(count / _LOOKS_A_LEAD, 1.0)
    keep = np.floor((place + 1) / step) > np.floor(place / step)
    if keep.all():
        return pool
    return _part(pool, keep)


def _asks(selected: Together, columns: Sequence[pd.Series]) -> list[Ask]:
    """Return what is to be given points: per criterion its bands in log-odds beside the others."""
    asks = []
    for got, at, slope in zip(
        selected.criteria, selected.places, selected.model.slopes, strict=True
    ):
        values, group, bands = columns[at], got.candidate.group, got.bands
        if bands is None:
            one, share = np.ones(1, dtype=np.bool_), values.to_numpy(dtype=np.float64)
            codes = np.zeros(len(values), dtype=np.int64)
            asks.append(Ask(group, np.array([slope * got.per_share]), one, 0.0, codes, share))
            continue
        weight, free = slope * bands.weight, bands.looks > 0
        at_zero = None
        if bands.levels is not None:  # what no band names can have no points
            at_zero = float(weight[0]) if free[0] else None
            free[0] = False
        asks.append(Ask(group, weight, free, at_zero, bands.codes(values), np.ones(len(values))))
    return asks
