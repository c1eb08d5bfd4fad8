"""Partial pooling: levels of groups of rows in log-odds, each pulled to 0 as hard as the groups are alike.

How alike they are is read off the evidence itself (the spread of likeliest size among those tried). Rows
come with log-odds of their own, which stay as they are; several looks at a lead are one piece of evidence.

References
----------
Breslow and Clayton 1993, Approximate inference in generalized linear mixed models (their PQL).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from leadscore.scoring.line import sigmoid

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.intp]
# Standard deviations of levels, in log-odds: odds 5 % apart are noise to sales, odds 3 times are the most seen.
_SPREADS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 1.0)
_OF_BLOCKS = 1.0  # that of parts of the past, as wide as `calibration.intercept_sd` usually is
_MOST_STEPS, _FARTHEST = 50, 1.0


@dataclass(frozen=True)
class Groups:
    """Rows by groups: float64[n_rows, n_columns] of 0 and 1, and the grouping each column is of.

    Grouping 0 are the parts of the past: how the market moved is no segment's doing.
    """

    x: csr_matrix
    grouping: Int

    @classmethod
    def of(cls, codes: Sequence[Float], sizes: Sequence[int]) -> Groups:
        """Make columns of codes (float64[n_rows], 0 to size - 1; anything else is in no group)."""
        starts = np.cumsum([0, *sizes])
        rows, columns = [], []
        for code, size, start in zip(codes, sizes, starts, strict=False):
            inside = np.flatnonzero((code >= 0) & (code < size))
            rows.append(inside)
            columns.append(start + code[inside].astype(np.intp))
        at = np.concatenate(rows), np.concatenate(columns)
        x = csr_matrix((np.ones(len(at[0])), at), shape=(len(codes[0]), int(starts[-1])))
        return cls(x, np.repeat(np.arange(len(sizes)), sizes))

    def of_segments(self, at: Float) -> Float:
        """Return what the columns' offsets add to each row, parts of the past apart: float64[n_rows]."""
        return np.asarray(self.x @ np.where(self.grouping > 0, at, 0.0))


@dataclass(frozen=True)
class Pooled:
    """Offset and posterior standard deviation of each column, and the spread of each grouping but the first."""

    offset: Float
    sd: Float
    spreads: tuple[float, ...]


def pooled(groups: Groups, z: Float, y: Float, w: Float, lead: npt.ArrayLike) -> Pooled:
    """Learn the offsets of rows with log-odds `z`, outcomes `y` and worth `w`.

    Fit, measure what repeated looks at a lead are worth, fit again with that much evidence.
    """
    first = _mode(groups, z, y, w)
    residual = w * (y - sigmoid(z + groups.x @ first.offset))
    by_lead = np.bincount(np.unique(np.asarray(lead), return_inverse=True)[1], residual)
    effect = float(by_lead @ by_lead) / max(float(residual @ residual), 1e-12)
    return _mode(groups, z, y, w / max(1.0, effect))


def _mode(groups: Groups, z: Float, y: Float, w: Float) -> Pooled:
    """Return the offsets by Newton's method, the spreads chosen anew at every step."""
    x, n = groups.x, groups.x.shape[1]
    spreads = np.concatenate([[_OF_BLOCKS], np.full(int(groups.grouping.max()), _SPREADS[-1])])
    at = np.zeros(n)
    for _ in range(_MOST_STEPS):
        q = sigmoid(z + x @ at)
        curve = (x.T @ x.multiply((w * q * (1 - q))[:, None])).toarray()
        pull = curve @ at + x.T @ (w * (y - q))
        chosen = _likeliest(curve, pull, spreads, groups.grouping)
        s = chosen[groups.grouping]
        whole = np.eye(n) + s[:, None] * curve * s
        step = np.clip(s * np.linalg.solve(whole, s * pull) - at, -_FARTHEST, _FARTHEST)
        still = bool((chosen == spreads).all()) and float(np.abs(step).max()) < 1e-9
        at, spreads = at + step, chosen
        if still:
            break
    sd = s * np.sqrt(np.diag(np.linalg.inv(whole)))
    return Pooled(at, sd, tuple(spreads[1:].tolist()))


def _likeliest(curve: Float, pull: Float, spreads: Float, grouping: Int) -> Float:
    """Return the likeliest spread of each grouping but the first, one after the other until none moves."""
    found = spreads.copy()
    for _ in range(len(_SPREADS)):
        before = found.copy()
        for g in range(1, len(found)):
            told = []
            for tried in _SPREADS:
                found[g] = tried
                told.append(_likelihood(curve, pull, found[grouping]))
            found[g] = _SPREADS[int(np.argmax(told))]
        if (found == before).all():
            break
    return found


def _likelihood(curve: Float, pull: Float, s: Float) -> float:
    """Return the log marginal likelihood of spreads `s` by column, the evidence being ``N(curve, pull)``."""
    root = np.linalg.cholesky(np.eye(len(s)) + s[:, None] * curve * s)
    half = np.linalg.solve(root, s * pull)
    return float(half @ half) / 2 - float(np.log(np.diag(root)).sum())
