"""The three parts of the blend fitted on one lesson: the grid's curve, the ridge logistic, small trees.

Looks whose horizon is not over teach trees and logistic the chance they have left, which first trees
infer; the curve learns from final outcomes alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import Settings
from leadscore.history.features import Feature
from leadscore.scoring.blend.lessons import Lesson
from leadscore.scoring.blend.linear import Design, Linear, fit_linear
from leadscore.scoring.calibration import GridCurve, fit_grid_curve
from leadscore.scoring.encoder import Encoder, Matrix
from leadscore.scoring.line import log_odds
from leadscore.scoring.model import Rows, Stopped, Trees, fitted, stopped
from leadscore.scoring.monotone import signs

Float = npt.NDArray[np.float64]
_LEVELS_OF = 50  # a word is a level of its own from one look in so many on, within the settings


@dataclass(frozen=True)
class Parts:
    """Three opinions on the same looks; the grid's is a curve over points."""

    encoder: Encoder
    curve: GridCurve
    linear: Linear
    trees: Trees

    def log_odds(self, table: pd.DataFrame, points: Float, *, threads: int = 1) -> Float:
        """Return those of grid, logistic and trees, float64[n_rows, 3]."""
        return self.log_odds_of(self.encoder.matrix(table), points, threads=threads)

    def log_odds_of(self, x: Matrix, points: Float, *, threads: int = 1) -> Float:
        """Return the same of encoded rows."""
        return self.beside(self.linear.log_odds(x), self.trees.raw(x, threads=threads), points)

    def beside(self, linear: Float, trees: Float, points: Float) -> Float:
        """Return the grid's log-odds by `points` beside those of the other parts, float64[n_rows, 3]."""
        return np.stack([log_odds(self.curve.apply(points)), linear, trees], axis=1)


@dataclass(frozen=True)
class Recipe:
    """What folds found best: rounds of the trees that infer (None: nothing to infer) and of the last, penalty."""

    first_rounds: int | None
    rounds: int
    penalty: float


@dataclass(frozen=True)
class Trial:
    """One lesson fitted in every way that is tried: a line for each penalty, trees to the end.

    `first` are the trees that inferred, where some looks were not over.
    """

    encoder: Encoder
    curve: GridCurve
    lines: tuple[Linear, ...]
    first: Stopped | None
    last: Stopped


@dataclass(frozen=True)
class Encoded:
    """A lesson and the later looks it is held against, as columns of the trees."""

    encoder: Encoder
    lesson: Lesson
    x: Matrix
    hold: Rows


@dataclass(frozen=True)
class Teacher:
    """Features and settings, by which lessons are taught.

    `is_ordered`: whether later looks are later in time, so that the level they are at is not asked of
    the trees.
    """

    features: tuple[Feature, ...]
    settings: Settings
    is_ordered: bool

    def trial(self, lesson: Lesson, later: Lesson, penalties: Sequence[float]) -> Trial | None:
        """Fit every way and hold the trees against later looks; None where nothing can be learned."""
        known = self.encoded(lesson, later)
        if known is None:
            return None
        first, last, chance = self.stopped(known)
        lines = self._lines(known.encoder, known.x, chance, penalties, self._worth(lesson))
        return Trial(known.encoder, self._curve(lesson), lines, first, last)

    def encoded(self, lesson: Lesson, later: Lesson) -> Encoded | None:
        """Turn a lesson and later looks into the trees' columns; None where nothing can be learned."""
        encoder = self._encoder(lesson.looks)
        if not encoder.features or not lesson.has_both:
            return None
        hold = Rows(encoder.matrix(later.looks), later.y, np.arange(len(later.y)))
        return Encoded(encoder, lesson, encoder.matrix(lesson.looks), hold)

    def stopped(self, known: Encoded) -> tuple[Stopped | None, Stopped, Float]:
        """Return the trees that inferred, the last ones, and what these learned, float64[n_looks]."""
        s, lesson = self.settings, known.lesson

        def stop(rows: Rows) -> Stopped:
            return stopped(
                known.encoder, rows, known.hold, s.model,
                seed=s.seed, threads=s.threads, is_levelled=self.is_ordered,
            )  # fmt: skip

        chance, first, worth = lesson.y, None, self._worth(lesson)
        if lesson.known is not None:
            first = stop(_answered(lesson, known.x, worth))
            guess = first.trees.predict(known.x, threads=s.threads, rounds=first.best)
            chance = lesson.known.inferred(guess)
        return first, stop(Rows(known.x, chance, np.arange(len(known.x)), worth)), chance

    def fit(self, lesson: Lesson, recipe: Recipe) -> Parts:
        """Fit a lesson by a recipe; trees of more rows bear more rounds (`model.refit_factor`)."""
        s, encoder = self.settings, self._encoder(lesson.looks)
        x = encoder.matrix(lesson.looks)

        def grow(rows: Rows, rounds: int) -> Trees:
            more = max(1, round(rounds * s.model.refit_factor))
            return fitted(encoder, rows, s.model, rounds=more, seed=s.seed, threads=s.threads)

        chance, worth = lesson.y, self._worth(lesson)
        if lesson.known is not None:
            guess = grow(_answered(lesson, x, worth), recipe.first_rounds or 1)
            chance = lesson.known.inferred(guess.predict(x, threads=s.threads))
        trees = grow(Rows(x, chance, np.arange(len(x)), worth), recipe.rounds)
        (line,) = self._lines(encoder, x, chance, [recipe.penalty], worth)
        return Parts(encoder, self._curve(lesson), line, trees)

    def _encoder(self, looks: pd.DataFrame) -> Encoder:
        f = self.settings.features
        order = looks["order"].to_numpy(dtype=np.int64) if self.is_ordered else None
        least = min(f.min_level_rows, max(f.few_level_rows, len(looks) // _LEVELS_OF))
        return Encoder.learn(
            looks, self.features, min_rows=least, max_levels=f.max_levels, order=order
        )

    def _worth(self, lesson: Lesson) -> Float | None:
        """Return how much each look counts, 1 in the mean: recent ones more; None where there is no time."""
        share = self.settings.blend.training_half_life
        if not self.is_ordered or share is None:
            return None
        order = lesson.looks["order"].to_numpy(dtype=np.float64)
        age = (order.max() - order) / max(1.0, float(np.ptp(order)))
        worth = np.exp2(-age / share)
        return np.asarray(worth / worth.mean())

    def _lines(
        self, encoder: Encoder, x: Matrix, chance: Float, penalties: Sequence[float],
        worth: Float | None,
    ) -> tuple[Linear, ...]:  # fmt: skip
        step = -(-len(x) // self.settings.blend.max_rows)
        sign = signs(encoder.features, self.settings.model.monotone)
        design = Design.of(encoder, x[::step], straight=np.flatnonzero(sign))
        weight = None if worth is None else worth[::step]
        lines: list[Linear] = []
        for own in penalties:
            near = lines[-1] if lines else None
            lines.append(
                fit_linear(
                    design, chance[::step], penalty=own, weight=weight, signs=sign, near=near
                )
            )
        return tuple(lines)

    def _curve(self, lesson: Lesson) -> GridCurve:
        told = lesson.answered
        return fit_grid_curve(
            lesson.points[told], lesson.y[told],
            slope_sd=self.settings.calibration.grid_slope_sd, cluster=lesson.lead[told],
        )  # fmt: skip


def _answered(lesson: Lesson, x: Matrix, worth: Float | None) -> Rows:
    """Return the looks with final outcomes, those that took long weighing more (see `immature`)."""
    if lesson.known is None:
        raise AssertionError("a lesson without looks that are not over has nothing to infer")
    told, weight = lesson.known.answered, lesson.known.weight
    if worth is not None:
        weight = weight * worth[told]
    return Rows(x[told], lesson.known.y[told], np.flatnonzero(told), weight)
