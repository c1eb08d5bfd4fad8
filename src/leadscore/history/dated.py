"""Features that tell the date: a model that learns them has learned when, not whom.

Indices of the economy, ids of campaigns and calendar counters take values after the fit window that
no fit has seen; trees then answer as for the nearest value they know. Named here, never dropped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.drift_settings import DriftSettings
from leadscore.history.features import Feature
from leadscore.history.leakage.signal import Signal, by_level
from leadscore.history.splits import FIT, PURGED, Windows

Float = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
_N_BINS = 50  # of a number; fine enough for an index that moves by steps, coarse enough to share


@dataclass(frozen=True)
class Dated:
    """A feature that tells the date, with its evidence.

    Attributes
    ----------
    name, words
        Column of the snapshots table, and how a rep reads it.
    auc, low, high
        How well the feature alone tells later looks from those of the fit window; 0.5 is not at all.
    new_share
        Share of later looks whose value lies outside the range, or among no level, of the fit window.
    order_correlation
        Rank correlation of a number with the order, in [-1, 1]; NaN for words.
    n
        Looks behind it, one a lead in the fit window and one after it.
    """

    name: str
    words: str
    auc: float
    low: float
    high: float
    new_share: float
    order_correlation: float
    n: int

    @property
    def evidence(self) -> str:
        """Why it is named, in words."""
        return (
            f"tells later looks from the fit window's with AUC {self.auc:.3f} [{self.low:.3f}, "
            f"{self.high:.3f}]; {self.new_share:.0%} of later values are new; {self.n:,} looks"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        plain = {**asdict(self), "evidence": self.evidence}
        return plain | ({"order_correlation": None} if np.isnan(self.order_correlation) else {})


def tells_date(
    looks: pd.DataFrame, features: Sequence[Feature], windows: Windows, settings: DriftSettings
) -> tuple[Dated, ...]:
    """Return the features that tell the date, surest first.

    A feature is named where it alone tells looks of the calibrate and test windows from those of
    the fit window with an AUC of at least `settings.date_auc` (interval clear of it by half), or
    where at least `settings.new_share` of later looks hold values new to it. What comes back each
    year is not seen in a shorter history.

    Parameters
    ----------
    looks
        Mature rows of the snapshots table, row by row as `windows` names them.
    features
        Columns to ask about.
    """
    one = _one_look_each(looks, windows)
    is_later = windows.name[one] != FIT
    if is_later.all() or not is_later.any():
        return ()
    rows = looks.iloc[one]
    order = rows["order"].to_numpy(dtype=np.float64)
    asked = [_asked(f, rows[f.name], is_later, order) for f in features]
    named = [
        d
        for d in asked
        if (d.auc >= settings.date_auc and d.low > (0.5 + settings.date_auc) / 2)
        or d.new_share >= settings.new_share
    ]
    return tuple(sorted(named, key=lambda d: (-d.auc, -d.new_share, d.name)))


def without(
    features: Sequence[Feature], dated: Sequence[Dated], settings: DriftSettings
) -> list[Feature]:
    """Return the features a model may learn from: all, or with ``drop`` those that tell no date."""
    dropped = {d.name for d in dated} if settings.date_features == "drop" else set()
    return [f for f in features if f.name not in dropped]


def _one_look_each(looks: pd.DataFrame, windows: Windows) -> npt.NDArray[np.intp]:
    """Return rows: of each lead one look in the fit window and one after it, now early, now late."""
    asked = np.flatnonzero(windows.name != PURGED)
    lead = pd.factorize(looks["lead_id"].to_numpy(dtype=object)[asked])[0]
    group = lead * 2 + (windows.name[asked] != FIT)
    by = np.lexsort((looks["order"].to_numpy()[asked], group))
    first = np.flatnonzero(np.concatenate([[True], np.diff(group[by]) != 0]))
    size = np.diff(np.append(first, len(by)))
    return np.sort(asked[by[first + (lead[by[first]] % size)]])


def _asked(feature: Feature, column: pd.Series, is_later: Mask, order: Float) -> Dated:
    if feature.kind == "number":
        values = column.to_numpy(dtype=np.float64)
        signal, new = by_level(_binned(values), is_later), _new_numbers(values, is_later)
        ranks = _ranks(values)
        correlation = _correlation(ranks, _ranks(order))
    else:
        code = pd.factorize(column, use_na_sentinel=False)[0].astype(np.int64)
        signal, new = by_level(code, is_later), _new_words(column, is_later)
        correlation = float("nan")
    return _dated(feature, signal, new, correlation)


def _dated(feature: Feature, signal: Signal, new: float, correlation: float) -> Dated:
    words = feature.words.replace("{value}", "…")
    return Dated(
        feature.name, words, signal.auc, signal.low, signal.high, new, correlation, signal.n
    )


def _binned(values: Float) -> npt.NDArray[np.int64]:
    known = values[np.isfinite(values)]
    edges = np.unique(np.quantile(known, np.arange(1, _N_BINS) / _N_BINS)) if len(known) else known
    return np.where(np.isfinite(values), np.searchsorted(edges, values, side="right") + 1, 0)


def _new_numbers(values: Float, is_later: Mask) -> float:
    fit = values[~is_later & np.isfinite(values)]
    if not len(fit):
        return float(np.isfinite(values[is_later]).mean())
    later = values[is_later]
    return float(((later < fit.min()) | (later > fit.max())).mean())


def _new_words(column: pd.Series, is_later: Mask) -> float:
    seen = set(column[~is_later].dropna())
    later = column[is_later]
    return float((later.notna() & ~later.isin(seen)).mean())


def _ranks(values: Float) -> Float:
    return np.asarray(pd.Series(values).rank(), dtype=np.float64)


def _correlation(a: Float, b: Float) -> float:
    known = np.isfinite(a)
    a, b = a[known], b[known]
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
