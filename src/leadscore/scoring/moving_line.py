"""A recalibration line that moves with the market: a logistic state-space model, filtered stretch by stretch.

Slope and level of the line drift from one stretch of time to the next and come back, as far as they do,
to the line that changes nothing: a model that is taught again has learned part of what was off. How fast
they drift and how much of it lasts, nobody knows: several drifts are followed, and each counts by how
probable it makes the outcomes seen (Bayesian model averaging).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from leadscore.domain.model_settings import CalibrationSettings
from leadscore.scoring.calibration import Platt
from leadscore.scoring.line import (
    Covariance,
    Line,
    Prior,
    design_effect,
    fit_line,
    log_evidence,
    log_odds,
    pairs,
)

Float = npt.NDArray[np.float64]
_LEAST_SD = 1e-4  # of a drift of 0: then a covariance can be inverted


@dataclass(frozen=True)
class Drift:
    """How a line moves from one stretch to the next.

    Attributes
    ----------
    persistence
        Share of what was off that stays off in the next stretch, above 0 to 1.
    slope_sd, level_sd
        Standard deviation of what comes new in a stretch: slope, and log-odds at the centre.
    """

    persistence: float
    slope_sd: float
    level_sd: float


@dataclass(frozen=True)
class Step:
    """One stretch.

    Attributes
    ----------
    promised
        The line to promise by in this stretch, from the outcomes before it: a little nearer to a half than the
        line expected, since that is not sure. Its covariance holds what comes new.
    found
        The line by all outcomes up to the end of the stretch.
    evidence
        Log probability of the outcomes up to the end of the stretch.
    """

    promised: Platt
    found: Platt
    evidence: float


@dataclass(frozen=True)
class Track:
    """A line followed through time.

    Attributes
    ----------
    drift
        How it moves; of several drifts the mean, each by its probability.
    centre
        Mean log-odds of the first stretch's predictions: where levels are told.
    platt
        What to promise in the stretch after the last.
    steps
        The stretches; none knows of a later one.
    """

    drift: Drift
    centre: float
    platt: Platt
    steps: tuple[Step, ...]

    @property
    def latest(self) -> Platt:
        """Return the line by all outcomes, as it was in the last stretch."""
        return self.steps[-1].found

    @property
    def level(self) -> float:
        """Return how far the last stretch's log-odds lay above those predicted, at the centre."""
        return self.latest.intercept + (self.latest.slope - 1) * self.centre

    @property
    def evidence(self) -> float:
        """Return the log probability of all outcomes."""
        return self.steps[-1].evidence


@dataclass(frozen=True)
class Tracker:
    """Predictions and outcomes by stretch, ready to be followed under any drift.

    Attributes
    ----------
    stretches
        Log-odds, outcomes and weights of each stretch, in the order of time.
    centre
        Mean log-odds of the first stretch.
    start
        Slope and intercept standard deviations of the first stretch's prior, around (1, 0).
    """

    stretches: tuple[tuple[Float, Float, Float], ...]
    centre: float
    start: tuple[float, float]

    @classmethod
    def of(
        cls, p: Float, y: Float, stretch: npt.NDArray[np.int64], lead: npt.ArrayLike,
        settings: CalibrationSettings,
    ) -> Tracker:  # fmt: skip
        """Sort predictions by stretch; several looks at a lead are worth what they say, not their number.

        Parameters
        ----------
        p, y
            float64[n]: probabilities given out of time, and outcomes 0 or 1.
        stretch
            int64[n]: number of the stretch, rising in time.
        lead
            Lead of each row: the evidence is divided by the measured design effect.
        """
        x, rows = log_odds(p), [np.flatnonzero(stretch == each) for each in np.unique(stretch)]
        centre, one = float(x[rows[0]].mean()), np.ones(len(x))
        prior = _around(centre, (10.0, 10.0))
        line, _ = fit_line(x - centre, y, one, prior, min_slope=-np.inf, cluster=None)
        w = one / design_effect(x - centre, y, one, line, lead)
        pieces = tuple((x[at] - centre, y[at], w[at]) for at in rows)
        return cls(pieces, centre, (settings.slope_sd, settings.intercept_sd))

    def averaged(self, settings: CalibrationSettings) -> Track:
        """Return the mean over the drifts that are tried, all equally probable before the first outcome."""
        return _averaged([self.under(drift) for drift in tried(settings)])

    def under(self, drift: Drift) -> Track:
        """Follow the line under a drift."""
        prior = _around(self.centre, self.start)
        steps, evidence, seen = [], 0.0, (0, 0, 0.0)
        for x, y, w in self.stretches:
            line, _ = fit_line(x, y, w, prior, min_slope=-np.inf, cluster=None)
            evidence += log_evidence(x, y, w, line, prior)
            promised = self._platt(_drawn(prior), prior.covariance, seen)
            seen = seen[0] + len(y), seen[1] + int(y.sum()), seen[2] + float(w.sum())
            steps.append(Step(promised, self._platt(line[:2], line[2], seen), evidence))
            prior = _next(line, self.centre, drift)
        platt = self._platt(_drawn(prior), prior.covariance, seen)
        return Track(drift, self.centre, platt, tuple(steps))

    def _platt(
        self, line: tuple[float, float], covariance: Covariance, seen: tuple[int, int, float]
    ) -> Platt:
        """Return a line on log-odds that are not centred, its slope at least 0, with what it rests on."""
        slope = max(line[0], 0.0)
        turn = np.array([[1.0, 0.0], [-self.centre, 1.0]])
        turned = pairs(turn @ np.array(covariance) @ turn.T)
        return Platt(slope, line[1] - slope * self.centre, turned, *seen)


def tried(settings: CalibrationSettings) -> Iterator[Drift]:
    """Yield every drift that is tried."""
    asked: Sequence[Sequence[float]] = (
        settings.tried_persistence, settings.tried_slope_drift, settings.tried_level_drift,
    )  # fmt: skip
    for persistence, slope_sd, level_sd in product(*asked):
        yield Drift(persistence, slope_sd, level_sd)


def _averaged(tracks: Sequence[Track]) -> Track:
    """Return the mean track; what was promised to a stretch knows of the outcomes before it alone."""
    probable = np.full(len(tracks), 1 / len(tracks))
    steps = []
    for each in zip(*(track.steps for track in tracks), strict=True):
        promised = _mean([step.promised for step in each], probable)
        told = np.array([step.evidence for step in each])
        total = float(np.logaddexp.reduce(told))
        probable = np.exp(told - total)
        found = _mean([step.found for step in each], probable)
        steps.append(Step(promised, found, total - float(np.log(len(tracks)))))
    drift = probable @ [astuple(track.drift) for track in tracks]
    platt = _mean([track.platt for track in tracks], probable)
    return Track(Drift(*drift.tolist()), tracks[0].centre, platt, tuple(steps))


def _mean(platts: Sequence[Platt], probable: Float) -> Platt:
    """Return mean and covariance of a mixture of lines."""
    lines = np.array([[platt.slope, platt.intercept] for platt in platts])
    mean = probable @ lines
    apart = lines - mean
    within = np.einsum("i,ijk->jk", probable, np.array([platt.covariance for platt in platts]))
    covariance = pairs(within + (apart * probable[:, None]).T @ apart)
    slope, intercept = mean.tolist()
    return replace(platts[0], slope=slope, intercept=intercept, covariance=covariance)


def _around(centre: float, sd: tuple[float, float]) -> Prior:
    """Return the line that changes nothing, of log-odds less their centre, and how far others may be."""
    return Prior.independent(slope=1.0, slope_sd=sd[0], intercept=centre, intercept_sd=sd[1])


def _next(line: Line, centre: float, drift: Drift) -> Prior:
    """Return what is expected of the next stretch."""
    slope, intercept, covariance = line
    kept = drift.persistence
    new = np.diag(np.maximum([drift.slope_sd, drift.level_sd], _LEAST_SD) ** 2)
    mean = 1 + kept * (slope - 1), centre + kept * (intercept - centre)
    return Prior(mean, pairs(kept**2 * np.array(covariance) + new))


def _drawn(line: Prior) -> tuple[float, float]:
    """Return slope and intercept of what to promise, on centred log-odds.

    What may come new draws probabilities to a half, as a mean over lines does: by the factor that holds
    at the centre (MacKay 1992), so that the line stays a line.
    """
    drawn = 1 / float(np.sqrt(1 + np.pi * line.covariance[1][1] / 8))
    return drawn * line.mean[0], drawn * line.mean[1]
