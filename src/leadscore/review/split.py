"""Why the share won changed between two periods: other leads, another level, or scores that fail.

The three parts add up to the change exactly. It says what moved, not why the market did so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import ReviewSettings
from leadscore.metrics import Figure, Resamples, level_line, too_few
from leadscore.review.rows import record
from leadscore.scoring.line import log_odds, sigmoid

Float = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
PARTS = ("change", "mix", "level", "shape", "log_odds_shift", "slope_change")
NOISE = "inside the noise"
_STEP = 0.02  # log-odds that count as equal when a line is fitted: below any rounding of a score
_TESTED = {"mix": ("weaker leads came", "better leads came"),
           "log_odds_shift": ("market fell", "market rose"),
           "slope_change": ("scores no longer hold: they spread too far",
                            "scores no longer hold: they spread too little")}  # fmt: skip


@dataclass(frozen=True)
class Split:
    """The parts of a change in the share won; shares are in [-1, 1].

    Attributes
    ----------
    change
        Share won now minus share won then: ``mix + level + shape``.
    mix
        Mean probability now minus then: what the scores expected to change as the leads differ.
    level
        What a shift of the log-odds common to all leads adds, beyond the one there was then.
    shape
        What is left: leads of high and of low probability moved differently.
    log_odds_shift, slope_change
        The shift itself, and the change of the calibration slope; 0 where nothing moved.
    """

    change: float
    mix: float
    level: float
    shape: float
    log_odds_shift: float
    slope_change: float


@dataclass(frozen=True)
class Period:
    """Looks of one period, reduced to weight by level of log-odds.

    Attributes
    ----------
    z
        float64[n_levels] log-odds.
    won, lost
        float64[n_levels] weight.
    mean_p
        Mean probability of the looks as issued.
    """

    z: Float
    won: Float
    lost: Float
    mean_p: float

    @property
    def rate(self) -> float:
        """Share won."""
        return float(self.won.sum() / (self.won.sum() + self.lost.sum()))

    @property
    def centre(self) -> float:
        """Log-odds where evidence on level and on slope do not mix: mean by p (1 - p)."""
        q = sigmoid(self.z)
        h = (self.won + self.lost) * q * (1 - q)
        return float((h * self.z).sum() / h.sum())

    def line(self, centre: float) -> tuple[float, float, float]:
        """Return (shift at `centre`, what it adds to the share, slope) of the calibration line."""
        slope, intercept = level_line(self.won, self.lost, sigmoid(self.z))
        moved = intercept + (slope - 1) * centre
        both = self.won + self.lost
        gain = float((both * (sigmoid(self.z + moved) - sigmoid(self.z))).sum() / both.sum())
        return moved, gain, slope


def split(then: Period, now: Period) -> Split:
    """Return why the share won changed; ``change == mix + level + shape``.

    With p the probabilities, y the outcomes and s the shift at the centre of the reference::

        mean y now - mean y then = (mean p now - mean p then)                       mix
                                 + (added by s now - added by s then)               level
                                 + what is left of the gap between y and p          shape

    NaN in level and shape where a period has no calibration line (one outcome, one probability).
    """
    centre = then.centre
    moved_then, gain_then, slope_then = then.line(centre)
    moved_now, gain_now, slope_now = now.line(centre)
    change, mix = now.rate - then.rate, now.mean_p - then.mean_p
    level = gain_now - gain_then
    return Split(
        change, mix, level, change - mix - level, moved_now - moved_then, slope_now - slope_then
    )


def split_table(
    evidence: pd.DataFrame, period: pd.Series, review: ReviewSettings, *, seed: int
) -> pd.DataFrame:
    """Split the change from the calibrate window to each period of the test window.

    Parameters
    ----------
    evidence
        lead_id, label, p_issued, window (``calibrate``: when the probabilities were last corrected).
    period
        Name of each look's period.

    Returns
    -------
    One row per period of the test window: n, n_won, won, promised, each part with low and high, and
    `verdict`: every part that differs from 0 beyond chance, all parts and periods considered
    together (Bonferroni, 5 %), or ``inside the noise``, or ``too few``.
    """
    then = (evidence["window"] == "calibrate").to_numpy()
    test = (evidence["window"] == "test").to_numpy()
    names = sorted(period.loc[test].unique())
    rows = []
    for name in names:
        now = test & (period == name).to_numpy()
        found, draws = _drawn(evidence.loc[then | now], now[then | now], review, seed=seed)
        inside = evidence.loc[now, ["lead_id", "label", "p_issued"]]
        rows.append(
            {"period": name, "n_looks": len(inside), "n": int(inside["lead_id"].nunique()),
             "n_won": int(inside.loc[inside["label"] == 1, "lead_id"].nunique()),
             "won": float(inside["label"].mean()), "promised": float(inside["p_issued"].mean()),
             "verdict": _verdict(found, draws, n_tests=len(_TESTED) * len(names)),
             **_columns(found)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _drawn(
    looks: pd.DataFrame, is_now: npt.NDArray[np.bool_], review: ReviewSettings, *, seed: int
) -> tuple[dict[str, Figure], dict[str, Float]]:
    """Return every part as a figure, and its draws; leads of both periods are drawn together."""
    lead = looks["lead_id"].astype(object).to_numpy()
    fewest = min(len(set(lead[is_now])), len(set(lead[~is_now])))
    y, p = (looks[name].to_numpy(dtype=np.float64) for name in ("label", "p_issued"))
    sample = Resamples(y, cluster=lead, n_resamples=review.bootstrap, seed=seed)
    if fewest < review.min_leads:
        nothing = too_few(fewest, sample.n_won, min_leads=review.min_leads)
        return dict.fromkeys(PARTS, nothing), {}
    reduce = _Reducing.of(y, p, is_now)
    value = _values(split(*reduce.periods(np.ones(len(y)))))
    with np.errstate(invalid="ignore"):
        draws = np.array([_values(split(*reduce.periods(times[sample.code]))) for times in sample])
    figures = [sample.figure(v, d) for v, d in zip(value, draws.T, strict=True)]
    return dict(zip(PARTS, figures, strict=True)), dict(zip(PARTS, draws.T, strict=True))


@dataclass(frozen=True)
class _Reducing:
    """Looks ready to be weighed into levels, as often as resampling needs."""

    y: Float
    p: Float
    level: Codes
    z: Float
    is_now: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, y: Float, p: Float, is_now: npt.NDArray[np.bool_]) -> _Reducing:
        steps, level = np.unique(np.round(log_odds(p) / _STEP), return_inverse=True)
        return cls(y, p, level, steps * _STEP, is_now)

    def periods(self, weight: Float) -> tuple[Period, Period]:
        """Return the reference and the period now."""
        return self._period(weight * ~self.is_now), self._period(weight * self.is_now)

    def _period(self, weight: Float) -> Period:
        both, won = (
            np.bincount(self.level, w, minlength=len(self.z)).astype(np.float64)
            for w in (weight, weight * self.y)
        )
        return Period(self.z, won, both - won, float((weight * self.p).sum() / weight.sum()))


def _values(parts: Split) -> list[float]:
    return [float(getattr(parts, name)) for name in PARTS]


def _columns(found: dict[str, Figure]) -> dict[str, float | str]:
    ends = {
        f"{name}{ending}": record(figure)[key]
        for name, figure in found.items()
        for ending, key in (("", "value"), ("_low", "low"), ("_high", "high"))
    }
    return {**ends, "why_no_interval": found["level"].why_no_interval or ""}


def _verdict(found: dict[str, Figure], draws: dict[str, Float], *, n_tests: int) -> str:
    """Name every part beyond chance, the surest first."""
    if not draws:
        return "too few"
    limit = NormalDist().inv_cdf(1 - 0.05 / 2 / n_tests)
    sure = {name: _distance(found[name].value, draws[name]) for name in _TESTED}
    beyond = sorted((n for n in sure if abs(sure[n]) > limit), key=lambda n: -abs(sure[n]))
    return _joined([_TESTED[name][int(sure[name] > 0)] for name in beyond])


def _distance(value: float, draws: Float) -> float:
    """Return how many standard errors lie between a value and 0; 0 where it is not known."""
    known = draws[np.isfinite(draws)]
    if not np.isfinite(value) or len(known) < 0.95 * len(draws) or float(known.std()) == 0:
        return 0.0
    return value / float(known.std(ddof=1))


def _joined(words: Sequence[str]) -> str:
    return "; ".join(words) or NOISE
