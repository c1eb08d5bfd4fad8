"""Predictions out of time: followed by a recalibration line, and asked what that would have saved before.

No stretch is corrected by itself, and none by what was not known when it began.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from leadscore.domain.model_settings import CalibrationSettings
from leadscore.scoring.calibration import Platt
from leadscore.scoring.line import log_loss_rows, log_odds
from leadscore.scoring.moving_line import Track, Tracker

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Predicted:
    """Probabilities given out of time, and what came of them.

    Attributes
    ----------
    p, y
        float64[n]: probability, and outcome 0 or 1.
    order, known_at
        int64[n]: place in time, and when the outcome was known, in the same units.
    block
        int64[n]: number of the block, rising with `order`.
    lead
        Lead of each row.
    """

    p: Float
    y: Float
    order: Int
    known_at: Int
    block: Int
    lead: npt.NDArray[np.object_]

    @property
    def span(self) -> float:
        """Return how long a block is, in units of `order`: the mean."""
        n = len(np.unique(self.block))
        return max(1.0, (int(self.order.max()) - int(self.order.min())) / max(n, 1))


@dataclass(frozen=True)
class Followed:
    """The recalibration of predictions out of time, and what it would have done before.

    Attributes
    ----------
    track
        The line followed through time; None: the predictions are all the same.
    saved, saved_error
        Log loss a look that it would have saved on later stretches, each recalibrated by what was known
        before it, the latest saying most; and its standard error over leads.
    n_looks
        Looks in these stretches.
    """

    track: Track | None
    saved: float
    saved_error: float
    n_looks: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, with the level of the last stretch."""
        return {**asdict(self), "level": self.track.level if self.track else 0.0}


def followed(
    seen: Predicted, settings: CalibrationSettings, *, half_life_blocks: float
) -> Followed:
    """Follow the line through all stretches, and ask each what following would have saved."""
    if np.ptp(seen.p) == 0:
        return Followed(None, 0.0, 0.0, 0)
    track = tracker(seen, np.ones(len(seen.p), dtype=np.bool_), settings).averaged(settings)
    saved, worth = np.zeros(len(seen.p)), np.zeros(len(seen.p))
    for now, before, weight in tries(seen, half_life_blocks):
        line = tracker(seen, before, settings).averaged(settings).platt
        plain, moved = (log_odds(p) for p in (seen.p[now], line.apply(seen.p[now])))
        saved[now] = log_loss_rows(plain, seen.y[now]) - log_loss_rows(moved, seen.y[now])
        worth[now] = weight
    tried = worth > 0
    if not tried.any():
        return Followed(track, 0.0, 0.0, 0)
    gain, error = spread(saved[tried], worth[tried] / worth.sum(), seen.lead[tried])
    return Followed(track, gain, error, int(tried.sum()))


def tracker(seen: Predicted, rows: Mask, settings: CalibrationSettings) -> Tracker:
    """Return some rows by stretch."""
    return Tracker.of(seen.p[rows], seen.y[rows], seen.block[rows], seen.lead[rows], settings)


def tries(seen: Predicted, half_life_blocks: float) -> Iterator[tuple[Mask, Mask, float]]:
    """Yield the rows of a block, those known before it, and the worth of a row, for each that can be tried."""
    last = int(seen.block.max())
    for block in np.unique(seen.block)[1:]:
        now = seen.block == block
        before = (seen.block < block) & (seen.known_at <= int(seen.order[now].min()))
        if _has_line(seen, before):
            yield now, before, float(np.exp2((int(block) - last) / half_life_blocks) / now.sum())


def spread(gap: Float, worth: Float, lead: npt.NDArray[np.object_]) -> tuple[float, float]:
    """Return the weighted mean and its standard error, leads being the independent pieces."""
    mean = float(gap @ worth)
    by_lead = np.bincount(np.unique(lead, return_inverse=True)[1], worth * (gap - mean))
    return mean, float(np.sqrt((by_lead**2).sum()))


def identity(seen: Predicted) -> Platt:
    """Return the line that changes nothing, with what it was held against."""
    n_won = int(seen.y.sum())
    return Platt(1.0, 0.0, ((0.0, 0.0), (0.0, 0.0)), len(seen.y), n_won, float(len(seen.y)))


def _has_line(seen: Predicted, rows: Mask) -> bool:
    return len(np.unique(seen.y[rows])) == 2 and float(np.ptp(seen.p[rows])) > 0
