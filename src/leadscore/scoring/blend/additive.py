"""Why the blend says what it says, as a sum in log-odds: a base, one term a feature, one a rule of the grid.

Trees add exact path-dependent SHAP values, the logistic its terms against their mean, the grid the
points of its rules, a segment its level. What caps, limits and ends take away stands apart, so that the
sum is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.scoring.blend.levels import Levels
from leadscore.scoring.blend.parts import Parts
from leadscore.scoring.blend.stack import GRID, LOGISTIC, TREES, Weights
from leadscore.scoring.calibration import Platt
from leadscore.scoring.encoder import Matrix
from leadscore.scoring.line import row_sums

Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Additive:
    """``base + features + rules + rest`` = log-odds of the recalibrated blend.

    Attributes
    ----------
    base
        Log-odds of a lead without points of whom every feature says what it says on average.
    features, rules
        float64[n_rows, n_features] and [n_rows, n_rules].
    rest
        float64[n_rows]: what caps and limits of the grid and the ends of the parts take away; mostly 0.
    log_odds
        float64[n_rows]: the blend's, as a prediction alone gives them.
    """

    base: float
    features: Float
    rules: Float
    rest: Float
    log_odds: Float

    @property
    def total(self) -> Float:
        """Return the sum, float64[n_rows]: `log_odds` but for the last bits."""
        return np.asarray(self.base + row_sums(self.features) + row_sums(self.rules) + self.rest)


def additive(
    parts: Parts,
    weights: Weights,
    platt: Platt,
    levels: Levels,
    x: Matrix,
    points: Float,
    trace: Float,
    *,
    threads: int = 1,
) -> Additive:
    """Split the blend's log-odds of encoded rows.

    Parameters
    ----------
    points, trace
        Grid points of the rows, and of each rule: float64[n_rows], [n_rows, n_rules].
    """
    w = platt.slope * np.array(weights.weights)
    base = platt.intercept + platt.slope * weights.intercept
    line, means = parts.linear.terms(x), np.array(parts.linear.means)
    linear = parts.linear.intercept + row_sums(line)
    features = levels.terms(parts.encoder, x) - levels.mean_terms(parts.encoder)
    base += float(levels.mean_terms(parts.encoder).sum())
    if w[LOGISTIC] > 0:
        features += w[LOGISTIC] * (line - means)
        base += w[LOGISTIC] * (parts.linear.intercept + sum(parts.linear.means))
    if w[TREES] > 0:
        raw, told = parts.trees.explained(x, threads=threads)
        features += w[TREES] * told
        base += w[TREES] * parts.trees.expected
    else:
        raw = np.zeros(len(x))
    curve = parts.curve
    rules = w[GRID] * curve.slope / curve.spread * trace
    base += w[GRID] * (curve.intercept - curve.slope * curve.centre / curve.spread)
    said = weights.log_odds(parts.beside(linear, raw, points))
    z = platt.moved(said, levels.offset(parts.encoder, x))
    rest = z - base - row_sums(features) - row_sums(rules)
    return Additive(float(base), features, rules, np.asarray(rest), z)
