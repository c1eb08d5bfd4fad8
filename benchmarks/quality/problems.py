"""What is measured on: a set of looks at leads, cut into rows to learn from and rows to judge on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import Settings
from leadscore.history.features import Feature

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Problem:
    """Looks with what was known at them, and what became of them; grain: one row a look.

    Attributes
    ----------
    table
        The features' columns; categories as text.
    y, points, lead
        Outcome 0 or 1, points of the grid, and the lead of each row.
    order
        int64[n_rows] place in time; None: there is no time, or the split pays no heed to it.
    truth
        The true probability where the world is simulated.
    known_after
        How long after its place in time the outcome of a look is known, in units of `order`.
    """

    name: str
    table: pd.DataFrame
    features: tuple[Feature, ...]
    y: Float
    points: Float
    lead: npt.NDArray[np.object_]
    order: Int | None
    settings: Settings
    truth: Float | None = None
    known_after: int = 0

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.y)

    def rows(self, at: Places) -> Problem:
        """Return some rows, in the order asked for."""
        return replace(
            self,
            table=self.table.iloc[at].reset_index(drop=True),
            y=self.y[at],
            points=self.points[at],
            lead=self.lead[at],
            order=None if self.order is None else self.order[at],
            truth=None if self.truth is None else self.truth[at],
        )

    def timeless(self) -> Problem:
        """Return the same rows without their order."""
        return replace(self, order=None)

    def without(self, names: Sequence[str]) -> Problem:
        """Return the same rows without some features."""
        kept = tuple(f for f in self.features if f.name not in names)
        return replace(self, features=kept, table=self.table[[f.name for f in kept]])


@dataclass(frozen=True)
class Split:
    """One way to judge on a problem.

    Attributes
    ----------
    key, title
        Name of its files, and its heading on the page.
    folds
        Rows to learn from and rows to judge on; no row is judged twice.
    """

    key: str
    title: str
    problem: Problem
    folds: tuple[tuple[Places, Places], ...]

    @property
    def judged(self) -> Places:
        """Every row that is judged, fold after fold."""
        return np.concatenate([test for _, test in self.folds])


def random_folds(problem: Problem, *, n_folds: int, seed: int) -> tuple[tuple[Places, Places], ...]:
    """Cut leads into random folds of equal size; all looks at a lead stay together."""
    ids, code = np.unique(problem.lead.astype(str), return_inverse=True)
    fold = (np.random.default_rng(seed).permutation(len(ids)) % n_folds)[code]
    return tuple((np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(n_folds))


def last_share(problem: Problem, share: float) -> tuple[tuple[Places, Places], ...]:
    """Learn on the first rows in time, judge on the last `share` of them."""
    ranked = np.argsort(problem.order, kind="stable")
    cut = round(len(ranked) * (1 - share))
    return ((ranked[:cut], ranked[cut:]),)


def some_leads(problem: Problem, n: int, *, seed: int) -> Problem:
    """Return the looks at `n` leads drawn at random, in the order they had."""
    ids, code = np.unique(problem.lead.astype(str), return_inverse=True)
    drawn = np.zeros(len(ids), dtype=bool)
    drawn[np.random.default_rng(seed).permutation(len(ids))[:n]] = True
    return problem.rows(np.flatnonzero(drawn[code]))
