"""Whether higher scores convert better: rank correlation by lead and by band."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from leadscore.metrics import Figure, Resamples, too_few, without_interval
from leadscore.review.quarter.joined import Joined, band_names
from leadscore.review.quarter.rows import Measure, Table, row

Float = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
_LEAST_BANDS = 3


def correlation(joined: Joined, measure: Measure) -> Table:
    """Return the rank correlation of score and outcome by lead, and of bands with their conversion."""
    matured, review = joined.matured, measure.review
    y = matured["label"].to_numpy(dtype=np.float64)
    least = review.min_leads
    if len(y) < least:
        nothing = too_few(len(y), int(y.sum()), min_leads=least)
        by_lead = by_band = nothing
    else:
        sample = Resamples(
            y, cluster=matured["lead_id"].astype(object), n_resamples=review.bootstrap, seed=measure.seed
        )  # fmt: skip
        score = matured["score"].to_numpy(dtype=np.float64)
        level = np.unique(score, return_inverse=True)[1].astype(np.int64)
        draws = np.array([of_leads(level, y, times[sample.code]) for times in sample])
        by_lead = sample.figure(of_leads(level, y, np.ones(len(y))), draws)
        place = {name: i for i, name in enumerate(band_names(review.bands))}
        band: Codes = np.asarray(matured["band"].map(place), dtype=np.int64)
        by_band = _of_bands(sample, band, y, least=least)
    rows = [row("correlation", "rank_correlation", ("all", "leads"), by_lead),
            row("correlation", "rank_correlation", ("all", "bands"), by_band)]  # fmt: skip
    return Table("correlation", rows, (
        f"Bands: order of the bands with at least {least} leads against their conversion. Leads: score "
        "against won or not; as most leads are not won it cannot come near 1.",
    ))  # fmt: skip


def of_leads(level: Codes, y: Float, w: Float) -> float:
    """Return Spearman's rank correlation of score and outcome, rows counting `w` times.

    Parameters
    ----------
    level
        Rank of each row's score among the distinct ones, from 0.
    """
    weight = np.bincount(level, w)
    middle = np.cumsum(weight) - weight / 2
    return _correlation(middle[level], y, w)


def of_bands(won: Float, leads: Float) -> float:
    """Return Spearman's rank correlation of the order of bands and their rates; NaN below 3 bands."""
    filled = leads > 0
    if int(filled.sum()) < _LEAST_BANDS:
        return math.nan
    rates = rankdata(won[filled] / leads[filled])
    return _correlation(np.flatnonzero(filled).astype(np.float64), rates, np.ones(len(rates)))


def _of_bands(sample: Resamples, band: Codes, y: Float, *, least: int) -> Figure:
    n = np.bincount(band)
    kept = n >= least
    if int(kept.sum()) < _LEAST_BANDS:
        told = f"too few: {int(kept.sum())} bands of {least} leads, {_LEAST_BANDS} needed"
        return without_interval(told, n=sample.n, n_won=sample.n_won)

    def once(w: Float) -> float:
        won, leads = np.bincount(band, w * y), np.bincount(band, w)
        return of_bands(won[kept].astype(np.float64), leads[kept].astype(np.float64))

    draws = np.array([once(times[sample.code]) for times in sample])
    return sample.figure(once(np.ones(len(y))), draws)


def _correlation(a: Float, b: Float, w: Float) -> float:
    total = float(w.sum())
    a, b = a - float((w * a).sum()) / total, b - float((w * b).sum()) / total
    both = math.sqrt(float((w * a * a).sum()) * float((w * b * b).sum()))
    return float((w * a * b).sum()) / both if both > 0 else math.nan
