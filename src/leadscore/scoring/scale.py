"""The fixed mapping between probability and score: 50 is the anchor, a step doubles the odds.

It holds no evidence and never moves by itself, so a threshold in points means one probability.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from leadscore.domain.errors import InputError

Float = npt.NDArray[np.float64]
_MIDDLE = 50.0


@dataclass(frozen=True)
class Scale:
    """``score = 50 + points_to_double * log2(odds / anchor odds)``, clipped to 0..100.

    Attributes
    ----------
    points_to_double
        Points that double the odds, above 0.
    anchor_probability
        Probability of score 50, in (0, 1).

    Examples
    --------
    >>> scale = Scale(points_to_double=10, anchor_probability=0.2)
    >>> scale.score([0.2, 1 / 3]).round(6).tolist()  # odds 1:4, then 1:2
    [50.0, 60.0]
    """

    points_to_double: float
    anchor_probability: float

    def __post_init__(self) -> None:
        """Refuse a scale that is no scale."""
        if not (math.isfinite(self.points_to_double) and self.points_to_double > 0):
            raise InputError(
                "bad-scale", f"points_to_double must be above 0, got {self.points_to_double}"
            )
        if not 0 < self.anchor_probability < 1:
            raise InputError(
                "bad-scale",
                f"the anchor must lie between 0 and 1, got {self.anchor_probability}",
                fix="a base rate of 0 or 1 means one outcome class: nothing to score",
            )

    def score(self, p: npt.ArrayLike) -> Float:
        """Return scores in [0, 100]; a higher probability never has a lower score."""
        probability = np.asarray(p, dtype=np.float64)
        if not bool(((probability >= 0) & (probability <= 1)).all()):
            raise ValueError("probabilities must lie in [0, 1], none missing")
        with np.errstate(divide="ignore"):
            log2_odds = np.log2(probability) - np.log2(1 - probability)
        return np.clip(_MIDDLE + self.points_to_double * (log2_odds - self._anchor), 0.0, 100.0)

    def probability(self, score: npt.ArrayLike) -> Float:
        """Return the probability that a score means; at 0 and 100 the bound of what it can mean."""
        points = np.asarray(score, dtype=np.float64)
        if not bool(((points >= 0) & (points <= 100)).all()):
            raise ValueError("scores must lie in [0, 100], none missing")
        return 1 / (1 + np.exp2(-((points - _MIDDLE) / self.points_to_double + self._anchor)))

    @property
    def _anchor(self) -> float:
        return math.log2(self.anchor_probability / (1 - self.anchor_probability))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        return cls(**fields)
