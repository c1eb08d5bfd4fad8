"""A recalibration line that moves with the market: a logistic state-space model, filtered stretch by stretch.

Slope and level of the line drift from one stretch of time to the next and come back, as far as they do,
to the line that changes nothing: a model that is taught again has learned part of what was off. How fast
they drift and how much of it lasts, nobody knows: several drifts are followed, and each counts by how
probable it makes the outcomes seen (Bayesian model averaging).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from leadscore.domain.model_settings import CalibrationSettings
from leadscore.scoring.calibration import Platt
from leadscore.scoring.line import (
    Line,
    Prior,
    design_effect,
    fit_line,
    log_evidence,
    log_odds,
    pairs,
)

Float = npt.NDArray[np.float64]
_LEAST_SD = (
    1e-4  # of a drift of 0: a line that is never quite sure has a covariance that can be inverted
)


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
    """The line of one stretch by all outcomes up to its end; level and its spread at the centre, log-odds.

    `promised` is what was expected before the stretch: slope and intercept; `evidence` the log probability of
    the outcomes up to the end of the stretch.
    """

    promised: tuple[float, float]
    evidence: float
    n: int
    n_won: int
    slope: float
    slope_sd: float
    level: float
    level_sd: float


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
        What to promise in the stretch after the last: the line expected there, a little nearer to a half since
        it is not sure. Its covariance holds what comes new.
    steps
        The line of each stretch; none knows of a later one.
    """

    drift: Drift
    centre: float
    platt: Platt
    steps: tuple[Step, ...]

    @property
    def evidence(self) -> float:
        """Return the log probability of all outcomes."""
        return self.steps[-1].evidence

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


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
        steps, evidence = [], 0.0
        for x, y, w in self.stretches:
            line, _ = fit_line(x, y, w, prior, min_slope=-np.inf, cluster=None)
            promised = _promised(prior, self.centre)
            evidence += log_evidence(x, y, w, line, prior)
            steps.append(_step(line, y, self.centre, promised, evidence))
            prior = _next(line, self.centre, drift)
        return Track(drift, self.centre, self._platt(prior), tuple(steps))

    def _platt(self, line: Prior) -> Platt:
        turn = np.array([[1.0, 0.0], [-self.centre, 1.0]])
        covariance = turn @ np.array(line.covariance) @ turn.T
        y = np.concatenate([y for _, y, _ in self.stretches])
        worth = sum(float(w.sum()) for *_, w in self.stretches)
        promised = _promised(line, self.centre)
        return Platt(*promised, pairs(covariance), len(y), int(y.sum()), worth)


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
        promised = probable @ np.array([step.promised for step in each])
        told = np.array([step.evidence for step in each])
        probable = np.exp(told - np.logaddexp.reduce(told))
        mean = {
            name: float(probable @ [getattr(step, name) for step in each])
            for name in ("slope", "slope_sd", "level", "level_sd")
        }
        evidence = float(np.logaddexp.reduce(told)) - float(np.log(len(tracks)))
        slope, intercept = promised.tolist()
        steps.append(Step((slope, intercept), evidence, each[0].n, each[0].n_won, **mean))
    drift = probable @ [astuple(track.drift) for track in tracks]
    platts = [track.platt for track in tracks]
    lines = np.array([[platt.slope, platt.intercept] for platt in platts])
    slope, intercept = (probable @ lines).tolist()
    apart = lines - (slope, intercept)
    within = np.einsum("i,ijk->jk", probable, np.array([platt.covariance for platt in platts]))
    covariance = pairs(within + (apart * probable[:, None]).T @ apart)
    platt = replace(platts[0], slope=slope, intercept=intercept, covariance=covariance)
    return Track(Drift(*drift.tolist()), tracks[0].centre, platt, tuple(steps))


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


def _promised(line: Prior, centre: float) -> tuple[float, float]:
    """Return slope, at least 0, and intercept of what to promise, on log-odds that are not centred.

    What may come new draws probabilities to a half, as a mean over lines does: by the factor that holds
    at the centre (MacKay 1992), so that the line stays a line.
    """
    drawn = 1 / float(np.sqrt(1 + np.pi * line.covariance[1][1] / 8))
    slope = drawn * max(line.mean[0], 0.0)
    return slope, drawn * line.mean[1] - slope * centre


def _step(
    line: Line, y: Float, centre: float, promised: tuple[float, float], evidence: float
) -> Step:
    slope, intercept, covariance = line
    sd, level = np.sqrt(np.diag(np.array(covariance))), intercept - centre
    n_won = int(y.sum())
    return Step(promised, evidence, len(y), n_won, slope, float(sd[0]), level, float(sd[1]))
