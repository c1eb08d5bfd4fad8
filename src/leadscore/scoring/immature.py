"""What looks teach whose horizon is not over: neither won nor lost, and yet not nothing.

Left out, the latest market teaches nothing for a whole horizon. Called lost, it would teach a lie. Here
each teaches the chance of a win that it has left: by Bayes' rule, from what a first model says of it and
from how late wins and other ends come. What happened after the moment of training is never used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.history.log import DAY, to_seconds

Float = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Known:
    """What is known of n looks at the moment of training, in days.

    Attributes
    ----------
    seen
        float64[n]: since each look; above 0.
    wait
        float64[n]: from each look to the outcome that decides it; inf where none is known yet.
    won
        bool[n]: that outcome is a win.
    horizon
        Of the label.
    """

    seen: Float
    wait: Float
    won: Mask
    horizon: float

    @classmethod
    def at(cls, looks: pd.DataFrame, moment: pd.Timestamp, *, horizon_days: float) -> Known:
        """Read `as_of`, `closed_after_days` and `closed_won` of a snapshots table as of a moment.

        Raises
        ------
        ValueError
            A look is not before the moment.
        """
        seen = (moment.timestamp() - to_seconds(looks["as_of"])) / DAY
        if not (seen > 0).all():
            raise ValueError("Known: a look is not before the moment of training")
        wait = looks["closed_after_days"].to_numpy(dtype=np.float64)
        is_known = wait <= seen  # false for missing
        won = looks["closed_won"].to_numpy(dtype=np.bool_) & is_known
        return cls(seen, np.where(is_known, wait, np.inf), won, horizon_days)

    @cached_property
    def y(self) -> Float:
        """1 where a win within the horizon is known, else 0; final where `answered`."""
        return (self.won & (self.wait <= self.horizon)).astype(np.float64)

    @cached_property
    def answered(self) -> Mask:
        """bool[n]: decided, or the horizon is over."""
        return np.asarray(self.seen >= self._needed)

    @cached_property
    def weight(self) -> Float:
        """Weight of each answered look: one over the share of looks seen as long as its answer took.

        Quick answers are known of young looks too, slow ones are not: this makes up for it (inverse
        probability of censoring).
        """
        shorter = np.searchsorted(np.sort(self.seen), self._needed[self.answered])
        return np.asarray(len(self.seen) / (len(self.seen) - shorter))

    def inferred(self, p: Float) -> Float:
        """Return the chance of a win of every look: `y` where answered, else what is left of `p`.

        Parameters
        ----------
        p
            float64[n]: chance of a win at the look. A stretch without outcome changes it as far as
            wins come sooner, or later, than other ends among the looks whose horizon is over.
        """
        over, open_ = self.seen >= self.horizon, ~self.answered
        won = self.y == 1
        late_win = _share_after(self.wait[over & won], self.seen[open_])
        late_other = _share_after(self.wait[over & ~won], self.seen[open_])
        still_win, still_other = p[open_] * late_win, (1 - p[open_]) * late_other
        chance = self.y.copy()
        chance[open_] = still_win / (still_win + still_other)
        return chance

    @property
    def _needed(self) -> Float:
        return np.minimum(self.wait, self.horizon)


def _share_after(times: Float, moments: Float) -> Float:
    """Return the share of times after each moment; where none is, half a time: never is hard to know."""
    after = len(times) - np.searchsorted(np.sort(times), moments, side="right")
    return np.asarray(np.maximum(after, 0.5) / max(len(times), 1))
