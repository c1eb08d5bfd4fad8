"""What the parts learn from, and what they are asked about out of time: looks, outcomes, folds.

A fold's lesson holds what was known when its later looks began, or none of the later looks' leads
where there is no time. It fits nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.scoring.immature import Known

Float = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
_FIRST_SHARE = 0.4  # of the looks before the first block: enough to learn from


@dataclass(frozen=True)
class Lesson:
    """Looks to learn from, in an order that is theirs alone.

    `looks` has the features' columns, `lead_id`, `grid_points` and, where there is time, `order`; `y` are
    final labels; with `known` some looks are not over yet and their labels are no answers.
    """

    looks: pd.DataFrame
    y: Float
    known: Known | None = None

    @property
    def answered(self) -> npt.NDArray[np.bool_]:
        """Mark the looks whose outcome is final."""
        return np.ones(len(self.y), dtype=np.bool_) if self.known is None else self.known.answered

    @property
    def points(self) -> Float:
        """Grid points, float64[n]."""
        return self.looks["grid_points"].to_numpy(dtype=np.float64)

    @property
    def lead(self) -> npt.NDArray[np.object_]:
        """Lead of each look."""
        return self.looks["lead_id"].to_numpy(dtype=object)

    @property
    def has_both(self) -> bool:
        """Whether won and lost are among the final labels."""
        return len(np.unique(self.y[self.answered])) == 2


@dataclass(frozen=True)
class Fold:
    """A lesson, and the row numbers (of the asked looks) that it must predict."""

    lesson: Lesson
    later: Places


def random_folds(lesson: Lesson, *, n_folds: int, seed: int) -> Iterator[Fold]:
    """Yield folds of a lesson without time: each lead is in one later part, won leads in all alike."""
    lead = pd.factorize(lesson.lead)[0]
    won = np.zeros(int(lead.max()) + 1)
    np.maximum.at(won, lead, lesson.y)
    generator = np.random.default_rng(seed)
    shuffled = generator.permutation(len(won))
    ranked = shuffled[np.argsort(won[shuffled], kind="stable")]
    fold = np.empty(len(won), dtype=np.intp)
    fold[ranked] = np.arange(len(won)) % n_folds
    for k in range(n_folds):
        out = fold[lead] == k
        if out.any() and not out.all():
            yield Fold(Lesson(lesson.looks.loc[~out], lesson.y[~out]), np.flatnonzero(out))


def later_borders(order: npt.NDArray[np.int64], *, n_blocks: int) -> list[int]:
    """Return where blocks of later looks begin, in units of `order`: about equally many looks in each.

    Parameters
    ----------
    order
        Of the looks to be cut; ties stay together.
    """
    ranked = np.sort(order)
    shares = _FIRST_SHARE + (1 - _FIRST_SHARE) * np.arange(n_blocks) / n_blocks
    at = np.minimum((shares * len(ranked)).astype(int), len(ranked) - 1)
    return sorted({int(border) for border in ranked[at]} - {int(ranked[0])})
