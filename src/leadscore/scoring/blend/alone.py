"""The blend fitted on any table of looks in one call: for benchmarks and notebooks.

The product's training goes the same way through the same rooms, with its own windows and looks that
are not over yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import Settings
from leadscore.history.features import Feature
from leadscore.scoring.blend.lessons import Fold, Lesson, later_borders, random_folds
from leadscore.scoring.blend.levels import NO_LEVELS, Levels, fit_levels
from leadscore.scoring.blend.out_of_time import Predicted, followed, identity
from leadscore.scoring.blend.parts import Parts, Teacher
from leadscore.scoring.blend.recipe import LeftOut, left_out, weights_of
from leadscore.scoring.blend.stack import PARTS, Weights
from leadscore.scoring.calibration import Platt
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.line import sigmoid

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Alone:
    """A blend, its recalibration (None where there is no time), levels of segments, and what all that rests on."""

    fitted: Parts
    weights: Weights
    platt: Platt | None
    levels: Levels
    left_out: LeftOut
    threads: int

    def probability(self, table: pd.DataFrame, points: Float) -> Float:
        """Return the blend's probability, float64[n_rows]."""
        p = self.weights.probability(self.fitted.log_odds(table, points, threads=self.threads))
        if self.platt is None:
            return p
        return self.platt.apply(p, self.levels.offset_of(self.fitted.encoder, table))

    def parts(self, table: pd.DataFrame, points: Float) -> dict[str, Float]:
        """Return each part's own probability by name."""
        z = self.fitted.log_odds(table, points, threads=self.threads)
        return {name: sigmoid(z[:, i]) for i, name in enumerate(PARTS)}


def fit_alone(
    table: pd.DataFrame,
    features: Sequence[Feature],
    y: Float,
    points: Float,
    lead: npt.ArrayLike,
    *,
    order: Int | None,
    known_after: int = 0,
    settings: Settings,
) -> Alone:
    """Fit the blend.

    Parameters
    ----------
    table
        The features' columns, one row a look.
    y, points, lead
        Outcomes 0 or 1, grid points, and the lead of each row.
    order
        int64[n_rows] place in time: weights are learned on later rows than the parts (forward folds).
        None: there is no time, folds are random and grouped by lead.
    known_after
        How long after its place in time the outcome of a row is known, in units of `order`.

    Raises
    ------
    ValueError
        The rows have one outcome only, or features that tell nothing.
    """
    looks = table.assign(lead_id=np.asarray(lead, dtype=object), grid_points=points)
    looks, outcome = looks.reset_index(drop=True), np.asarray(y, dtype=np.float64)
    if order is not None:
        looks = looks.assign(order=order)
        ranked = np.argsort(order, kind="stable")
        looks, outcome, order = looks.iloc[ranked], outcome[ranked], order[ranked]
    lesson = Lesson(looks, outcome)
    teacher = Teacher(tuple(features), settings, is_ordered=order is not None)
    folds = _folds(lesson, order, known_after, settings)
    found = left_out(teacher, folds, lesson)
    if found is None and order is not None:  # too few wins early on to learn from
        folds = _folds(lesson, None, known_after, settings)
        teacher, order = Teacher(tuple(features), settings, is_ordered=False), None
        found = left_out(teacher, folds, lesson)
    if found is None:
        raise ValueError("nothing to learn: one outcome only, or no feature that tells looks apart")
    rows = found.rows
    block = None if order is None else found.block[rows]
    weights = weights_of(found.z[rows], outcome[rows], lesson.lead[rows], settings, block=block)
    parts, line, levels = teacher.fit(lesson, found.recipe), None, NO_LEVELS
    if order is not None:
        line, levels = _recalibrated(
            found, weights, lesson, (order, order + known_after), parts.encoder, settings
        )
    return Alone(parts, weights, line, levels, found, settings.threads)


def _recalibrated(
    found: LeftOut, weights: Weights, lesson: Lesson, times: tuple[Int, Int], encoder: Encoder,
    settings: Settings,
) -> tuple[Platt, Levels]:  # fmt: skip
    """Return the line followed through the past, and the levels of segments.

    `times` are place in time and when the outcome was known.
    """
    rows, calibration = found.rows, settings.calibration
    order, known_at = times
    seen = Predicted(
        weights.probability(found.z[rows]), lesson.y[rows], order[rows], known_at[rows],
        found.block[rows], lesson.lead[rows],
    )  # fmt: skip
    line = followed(seen, calibration, half_life_blocks=settings.blend.half_life_blocks)
    levels = fit_levels(seen, lesson.looks.iloc[rows], encoder, line, settings)
    return line.track.platt if line.track else identity(seen), levels


def _folds(lesson: Lesson, order: Int | None, known_after: int, settings: Settings) -> list[Fold]:
    n = settings.blend.folds
    if order is None:
        return list(random_folds(lesson, n_folds=n, seed=settings.seed))
    begins = later_borders(order, n_blocks=n)
    folds = []
    for begin, end in zip(begins, [*begins[1:], None], strict=True):
        later = np.flatnonzero((order >= begin) & (True if end is None else order < end))
        before = np.flatnonzero(order + known_after <= begin - (known_after == 0))
        if len(before):
            folds.append(Fold(Lesson(lesson.looks.iloc[before], lesson.y[before]), later))
    return folds
