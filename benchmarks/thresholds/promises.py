"""Promises of a precision: how often a cut that is said to keep one breaks it, and what it leaves uncaught."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.thresholds.world import LEADS, Float, Run
from leadscore.domain.settings import Settings
from leadscore.scoring import cutting
from leadscore.scoring.line import sigmoid

PROMISED = 0.3  # of the leads above the cut, at least; of all it is about one in seven
MIN_WON = 10  # as the product asks for


@dataclass(frozen=True)
class Promise:
    """One review's answer.

    Attributes
    ----------
    kept
        Whether the leads above the cut win as often as promised, by the true line of the quarter that was reviewed;
        None: no answer was given.
    kept_next
        The same in the next quarter, of which nobody knew; None also at the end.
    caught
        Wins above the cut, of those that the lowest cut to keep the promise would have caught; 0 without an answer.
    """

    kept: bool | None
    kept_next: bool | None
    caught: float


def promises(history: Run, settings: Settings, lines_by_quarter: list[Float]) -> list[Promise]:
    """Return the answer of every review, by the product's way."""
    return [_answer(history, settings, lines, q) for q, lines in enumerate(lines_by_quarter)]


def _answer(history: Run, settings: Settings, lines: Float, q: int) -> Promise:
    confidence = settings.thresholds.precision_confidence
    cut = np.inf
    if history.y[: q + 1].sum() >= MIN_WON:
        cut = cutting.precision_cut(lines, history.z[q], PROMISED, confidence)
    if not np.isfinite(cut):
        return Promise(None, None, 0.0)
    chances = sigmoid(history.slope[q] * LEADS + history.level[q])
    share = np.cumsum(chances) / np.arange(1, len(LEADS) + 1)
    reach = np.flatnonzero(share >= PROMISED)
    most = float(chances[: reach[-1] + 1].sum()) if len(reach) else np.inf
    above = cut <= LEADS
    caught = min(float(chances[above].sum()) / most, 1.0)
    later = q + 1 < len(history.slope)
    return Promise(_keeps(cut, history, q), _keeps(cut, history, q + 1) if later else None, caught)


def _keeps(cut: float, history: Run, q: int) -> bool:
    """Whether leads above a cut win as often as promised in a quarter; above all leads, the best one."""
    own = LEADS[: max(int((cut <= LEADS).sum()), 1)]
    return bool(sigmoid(history.slope[q] * own + history.level[q]).mean() >= PROMISED)
