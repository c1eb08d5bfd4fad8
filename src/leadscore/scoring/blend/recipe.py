"""From folds to a recipe and to weights: the parts predict looks they never saw, and that decides.

Rounds, penalty and weights are chosen on the same left-out predictions: three numbers and three
weights, against thousands of looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from leadscore.domain.model_settings import BlendSettings
from leadscore.domain.settings import Settings
from leadscore.scoring.blend.lessons import Fold, Lesson
from leadscore.scoring.blend.parts import Recipe, Teacher, Trial
from leadscore.scoring.blend.stack import GRID_ALONE, Pull, Weights, fit_weights
from leadscore.scoring.line import levelled, log_loss_rows, log_odds, sigmoid

Float = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class LeftOut:
    """Predictions of looks that the parts had not seen.

    Attributes
    ----------
    z
        float64[n_asked, 3] log-odds of grid, logistic and trees; NaN where no fold predicted.
    block
        int64[n_asked]: number of the fold that predicted, -1 for none.
    recipe
        What was best over all folds.
    taught
        The rows of each fold that could teach, and its fits: models of several ages.
    """

    z: Float
    block: npt.NDArray[np.int64]
    recipe: Recipe
    taught: tuple[tuple[Places, Trial], ...]

    @property
    def rows(self) -> Places:
        """Row numbers that were predicted."""
        return np.flatnonzero(self.block >= 0)


def left_out(teacher: Teacher, folds: Sequence[Fold], asked: Lesson) -> LeftOut | None:
    """Teach every fold, choose the recipe, predict; None where no fold could teach.

    Parameters
    ----------
    asked
        The looks that the folds' `later` count in.
    """
    penalties = sorted(teacher.settings.blend.penalties)
    taught: list[tuple[Places, Trial]] = []
    for fold in folds:
        later = Lesson(asked.looks.iloc[fold.later], asked.y[fold.later])
        trial = teacher.trial(fold.lesson, later, penalties)
        if trial is not None:
            taught.append((fold.later, trial))
    if not taught:
        return None
    sizes = np.array([len(later) for later, _ in taught], dtype=np.float64)
    sizes = worth(sizes, teacher.settings.blend, is_ordered=teacher.is_ordered)
    lines = [_lines(trial, asked, later) for later, trial in taught]
    penalty = _best_penalty(lines, [asked.y[later] for later, _ in taught], teacher.is_ordered)
    rounds = _best_round([trial.last.losses for _, trial in taught], sizes)
    firsts = [trial.first.losses for _, trial in taught if trial.first is not None]
    first_rounds = _best_round(firsts, sizes[: len(firsts)]) if firsts else None
    z = np.full((len(asked.y), 3), np.nan)
    block = np.full(len(asked.y), -1, dtype=np.int64)
    for k, ((rows, trial), line) in enumerate(zip(taught, lines, strict=True)):
        x = trial.encoder.matrix(asked.looks.iloc[rows])
        trees = trial.last.trees.predict(x, threads=teacher.settings.threads, rounds=rounds)
        grid = trial.curve.apply(asked.points[rows])
        z[rows] = np.stack([log_odds(grid), line[penalty], log_odds(trees)], axis=1)
        block[rows] = k
    return LeftOut(z, block, Recipe(first_rounds, rounds, penalties[penalty]), tuple(taught))


def weights_of(
    z: Float,
    y: Float,
    lead: npt.ArrayLike,
    settings: Settings,
    *,
    block: npt.NDArray[np.int64] | None,
) -> Weights:
    """Learn the weights from left-out predictions; `block` as in `stack.fit_weights`, the latest say most.

    The grid is left only where that saves more log loss than its standard error: else it stays alone,
    as where there is one outcome only.
    """
    if len(np.unique(y)) < 2:
        return GRID_ALONE
    b = settings.blend
    pull = Pull((b.grid, b.logistic, b.trees), b.pull, b.few_pull, b.few_won, b.intercept_pull)
    weight = None if block is None else recency(block, b.half_life_blocks)
    found = fit_weights(z, y, lead, pull, weight=weight, block=block)
    if found.gain > found.gain_error:
        return found
    return replace(found, intercept=0.0, weights=GRID_ALONE.weights)


def recency(block: npt.NDArray[np.int64], half_life: float) -> Float:
    """Return ``2 ** (-blocks before the last / half_life)``: how much left-out looks of each block count."""
    return np.asarray(np.exp2((block - block.max()) / half_life))


def _lines(trial: Trial, asked: Lesson, later: Places) -> list[Float]:
    """Return the log-odds of each penalty's line."""
    x = trial.encoder.matrix(asked.looks.iloc[later])
    return [line.log_odds(x) for line in trial.lines]


def _best_penalty(lines: Sequence[Sequence[Float]], y: Sequence[Float], is_levelled: bool) -> int:
    """Return the place of the penalty with least loss on the left-out looks."""
    losses = [
        sum(
            float(_loss_rows(own[i], outcome, is_levelled).sum())
            for own, outcome in zip(lines, y, strict=True)
        )
        for i in range(len(lines[0]))
    ]
    return int(np.argmin(losses))


def _loss_rows(z: Float, outcome: Float, is_levelled: bool) -> Float:
    if is_levelled and len(np.unique(outcome)) == 2:
        z = levelled(sigmoid(z), outcome)
    return log_loss_rows(z, outcome)


def held(losses: Sequence[Float]) -> Float:
    """Return folds' losses by round, float64[n_folds, n_rounds]; a fold that stopped earlier stays at its last."""
    longest = max(len(own) for own in losses)
    return np.stack([np.concatenate([own, np.full(longest - len(own), own[-1])]) for own in losses])


def worth(sizes: Float, settings: BlendSettings, *, is_ordered: bool) -> Float:
    """Return how much each fold counts: by its later looks and, where there is time, by its age."""
    if not is_ordered:
        return sizes
    return sizes * recency(np.arange(len(sizes)), settings.half_life_blocks)


def _best_round(losses: Sequence[Float], sizes: Float) -> int:
    """Return the round with least mean loss."""
    return int((sizes @ held(losses)).argmin()) + 1
