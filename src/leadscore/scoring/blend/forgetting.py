"""How fast to forget in recalibration, or whether to recalibrate at all: asked of the past itself.

Each block of left-out predictions is recalibrated on the blocks before it, by every rate that is
tried; the rate that would have lost least is taken. No block is corrected by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from leadscore.domain.model_settings import CalibrationSettings
from leadscore.scoring.calibration import Platt, fit_platt
from leadscore.scoring.line import log_loss_rows, log_odds

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
NONE = "no recalibration"


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
class Forgetting:
    """The rate that was chosen.

    Attributes
    ----------
    half_life
        Age at which an outcome weighs half, in units of `order`; inf: never; None: no recalibration.
    losses
        Mean log loss of the blocks that could be tried, later ones weighing more, by name of the way (a
        stretch is a block); empty: none could.
    n_looks
        Looks in these blocks.
    """

    half_life: float | None
    losses: Mapping[str, float]
    n_looks: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; a half-life without end is ``"never"``."""
        told = "never" if self.half_life == np.inf else self.half_life
        return {"half_life": told, "losses": dict(self.losses), "n_looks": self.n_looks}


def chosen(
    seen: Predicted, settings: CalibrationSettings, *, half_life_blocks: float
) -> Forgetting:
    """Choose the rate by what it would have done, block by block, the latest saying most.

    A block counts by its age, whatever its size: else the busiest months would choose for all others. It
    goes without recalibration only where that saves more than its standard error: a line that was not
    needed costs little, one that was missing much.
    Ways tried: none, all past alike, and each half-life of `calibration.tried_half_lives` (in blocks).
    Where no block has anything known before it, the longest half-life is taken.
    """
    ways: dict[str, float | None] = {NONE: None, "never": np.inf} | {
        f"{blocks:g} stretches": blocks * seen.span for blocks in settings.tried_half_lives
    }
    lost = np.full((len(ways), len(seen.p)), np.nan)
    worth = np.zeros(len(seen.p))
    for now, before, weight in tries(seen, half_life_blocks):
        worth[now] = weight
        for i, half_life in enumerate(ways.values()):
            platt = recalibrated(seen, before, half_life, settings)
            z = log_odds(seen.p[now] if platt is None else platt.apply(seen.p[now]))
            lost[i, now] = log_loss_rows(z, seen.y[now])
    tried = worth > 0
    if not tried.any():
        return Forgetting(max(settings.tried_half_lives) * seen.span, {}, 0)
    lost, worth = lost[:, tried], worth[tried] / worth.sum()
    mean = lost @ worth
    best = 1 + int(mean[1:].argmin())
    gain, error = spread(lost[best] - lost[0], worth, seen.lead[tried])
    name = list(ways)[0 if gain > error else best]
    return Forgetting(ways[name], dict(zip(ways, mean.tolist(), strict=True)), int(tried.sum()))


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


def recalibrated(
    seen: Predicted,
    rows: Mask,
    half_life: float | None,
    settings: CalibrationSettings,
) -> Platt | None:
    """Fit the Platt line on some rows, older ones weighing less; None: no recalibration."""
    if half_life is None:
        return None
    order = seen.order[rows]
    weight = np.exp2((order - int(order.max())) / half_life)
    return fit_platt(
        seen.p[rows], seen.y[rows], slope_sd=settings.slope_sd, intercept_sd=settings.intercept_sd,
        weight=weight, cluster=seen.lead[rows],
    )  # fmt: skip


def identity(seen: Predicted) -> Platt:
    """Return the line that changes nothing, with what it was held against."""
    n_won = int(seen.y.sum())
    return Platt(1.0, 0.0, ((0.0, 0.0), (0.0, 0.0)), len(seen.y), n_won, float(len(seen.y)))


def _has_line(seen: Predicted, rows: Mask) -> bool:
    return len(np.unique(seen.y[rows])) == 2 and float(np.ptp(seen.p[rows])) > 0
