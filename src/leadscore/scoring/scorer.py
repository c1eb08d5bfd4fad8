"""The scorer: two opinions on a look at a lead, and who leads; how it is told stands in `issuing`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.scoring.blend.additive import Additive, additive
from leadscore.scoring.blend.levels import Levels
from leadscore.scoring.blend.parts import Parts
from leadscore.scoring.blend.stack import Weights
from leadscore.scoring.calibration import GridCurve, Platt
from leadscore.scoring.encoder import Encoder, Matrix
from leadscore.scoring.grid import GridScore
from leadscore.scoring.grid.several import AnyGrid
from leadscore.scoring.line import sigmoid
from leadscore.scoring.model import Trees
from leadscore.scoring.scale import Scale

Float = npt.NDArray[np.float64]
Opinion = Literal["model", "grid", "base_rate"]


@dataclass(frozen=True)
class Model:
    """The model's opinion: a blend of grid, logistic and trees, weighed in log-odds, recalibrated, with levels."""

    parts: Parts
    weights: Weights
    platt: Platt
    levels: Levels

    @property
    def encoder(self) -> Encoder:
        """How looks become the matrix of trees and logistic."""
        return self.parts.encoder

    @property
    def trees(self) -> Trees:
        """The trees among the parts."""
        return self.parts.trees

    def probability(self, table: pd.DataFrame, points: Float, *, threads: int = 1) -> Float:
        """Return the recalibrated probability of a win within the horizon; `points` are the grid's."""
        return self.probability_of(self.encoder.matrix(table), points, threads=threads)

    def probability_of(self, x: Matrix, points: Float, *, threads: int = 1) -> Float:
        """Return the same of encoded rows."""
        z = self.weights.log_odds(self.parts.log_odds_of(x, points, threads=threads))
        return sigmoid(self.platt.moved(z, self.levels.offset(self.encoder, x)))

    def split(self, x: Matrix, grid: GridScore, *, threads: int = 1) -> Additive:
        """Return the log-odds of encoded rows as a sum, and as `probability_of` has them."""
        own = self.parts, self.weights, self.platt, self.levels
        return additive(*own, x, grid.points, grid.trace, threads=threads)


@dataclass(frozen=True)
class Scorer:
    """Two opinions and who leads.

    `model` is None where too little was known to fit one. `base_rate` is the share of wins the
    trainer saw: the answer when neither opinion is better than it.
    """

    opinion: Opinion
    model: Model | None
    grid: AnyGrid
    grid_curve: GridCurve
    base_rate: float
    scale: Scale

    def probability(self, table: pd.DataFrame, points: Float, *, threads: int = 1) -> Float:
        """Return the leading opinion's probability, float64[n_rows]."""
        if self.opinion == "model" and self.model is not None:
            return self.model.probability(table, points, threads=threads)
        if self.opinion == "grid":
            return self.grid_curve.apply(points)
        return np.full(len(points), self.base_rate)
