"""What a model loses by getting older: the same later looks, predicted by the newest fold and by older ones.

The folds are models of several ages already; each predicts some looks of every stretch after its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from leadscore.metrics import Figure
from leadscore.scoring.blend.lessons import Lesson
from leadscore.scoring.blend.out_of_time import spread
from leadscore.scoring.blend.parts import Recipe, Trial
from leadscore.scoring.blend.stack import Weights, parts_log_odds
from leadscore.scoring.line import levelled, log_loss_rows, sigmoid

Float = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
_MOST_LOOKS = 2_000  # of a stretch, spread evenly: enough for a difference on the same looks
_NORMAL_95 = 1.96


@dataclass(frozen=True)
class Aged:
    """Predictions of looks by folds that were older than needed; grain (row, age).

    Attributes
    ----------
    row
        Row number among the looks that were asked.
    age
        Stretches between the fold's own and the look's, from 1.
    z
        float64[n, 3]: log-odds of grid, logistic and trees.
    """

    row: Places
    age: Places
    z: Float


@dataclass(frozen=True)
class Step:
    """One age, in stretches and in days (None: no dates): log loss more than the newest model's on the same looks.

    `plain` is before any recalibration; `levelled` is after the best shift of every stretch, which is
    what recalibration cannot mend. Figures count leads.
    """

    age: int
    days: float | None
    plain: Figure
    levelled: Figure

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "age": self.age, "days": self.days,
            "plain": self.plain.to_dict(), "levelled": self.levelled.to_dict(),
        }  # fmt: skip


def aged(
    taught: Sequence[tuple[Places, Trial]],
    asked: Lesson,
    recipe: Recipe,
    *,
    threads: int,
) -> Aged:
    """Ask every fold about the stretches after its own, by the recipe that was best over all."""
    rows, ages, said = [], [], [np.empty((0, 3))]
    for k, (later, _) in enumerate(taught):
        some = later[:: -(-len(later) // _MOST_LOOKS)]
        looks, points = asked.looks.iloc[some], asked.points[some]
        for age, (_, trial) in enumerate(reversed(taught[:k]), start=1):
            x = trial.encoder.matrix(looks)
            trees = trial.last.trees.predict(x, threads=threads, rounds=recipe.rounds)
            line = next(line for line in trial.lines if line.penalty == recipe.penalty)
            rows.append(some)
            ages.append(np.full(len(some), age))
            said.append(parts_log_odds(trial.curve.apply(points), line.predict(x), trees))
    every = np.concatenate([np.empty(0, dtype=np.intp), *rows])
    return Aged(every, np.concatenate([np.empty(0, dtype=np.intp), *ages]), np.concatenate(said))


def curve(
    old: Aged,
    newest: Float,
    y: Float,
    lead: npt.NDArray[np.object_],
    block: npt.NDArray[np.int64],
    weights: Weights,
    *,
    stretch_days: float | None,
) -> tuple[Step, ...]:
    """Return the cost of each age, by the blend's weights.

    Parameters
    ----------
    newest
        float64[n_asked, 3] log-odds by the newest fold.
    y, lead, block
        Outcome, lead and stretch of each look asked.
    """
    steps = []
    for age in np.unique(old.age):
        at = old.age == age
        row = old.row[at]
        was, now = weights.log_odds(old.z[at]), weights.log_odds(newest[row])
        plain = log_loss_rows(was, y[row]) - log_loss_rows(now, y[row])
        level = _levelled(was, y[row], block[row]) - _levelled(now, y[row], block[row])
        days = None if stretch_days is None else float(age) * stretch_days
        told = (_figure(each, y[row], lead[row]) for each in (plain, level))
        steps.append(Step(int(age), days, *told))
    return tuple(steps)


def _levelled(z: Float, y: Float, block: npt.NDArray[np.int64]) -> Float:
    out = z.copy()
    for each in np.unique(block):
        at = block == each
        if len(np.unique(y[at])) == 2:
            out[at] = levelled(sigmoid(z[at]), y[at])
    return log_loss_rows(out, y)


def _figure(gap: Float, y: Float, lead: npt.NDArray[np.object_]) -> Figure:
    """Return the mean over looks with a normal interval over leads."""
    mean, error = spread(gap, np.full(len(gap), 1 / len(gap)), lead)
    n, n_won = len(np.unique(lead.astype(str))), len(np.unique(lead[y == 1].astype(str)))
    return Figure(mean, mean - _NORMAL_95 * error, mean + _NORMAL_95 * error, n, n_won)
