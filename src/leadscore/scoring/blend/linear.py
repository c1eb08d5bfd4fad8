"""The ridge logistic: one line in log-odds over standardised columns, as plain numbers.

Numbers are held within what training saw, so that a market that moves cannot send them anywhere;
what a column does to a lead's log-odds is one term, and the terms add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from leadscore.scoring.encoder import Encoder, Matrix
from leadscore.scoring.line import log_odds, sigmoid

Float = npt.NDArray[np.float64]
_ENDS = (0.005, 0.995)  # quantiles beyond which a number says nothing more
_LEAST_SPREAD = 1e-9


@dataclass(frozen=True)
class Column:
    """How one feature becomes columns of the line.

    Attributes
    ----------
    levels
        Codes of a category that have a column each; empty for a number.
    low, high, is_log
        Of a number: where it is held, and whether its logarithm counts (``log1p``).
    centre, spread
        Of a number, after that.
    has_missing
        Whether missing values have a column of their own.
    """

    levels: tuple[int, ...]
    low: float
    high: float
    is_log: bool
    centre: float
    spread: float
    has_missing: bool

    @property
    def n(self) -> int:
        """Columns of the line."""
        return (len(self.levels) if self.levels else int(self.spread > 0)) + int(self.has_missing)

    def filled(self, x: Float) -> Float:
        """Return the columns of a feature's values: float64[n_rows, n]; missing numbers stand at the mean."""
        gone = np.isnan(x)
        if self.levels:
            out = [(x == code).astype(np.float64) for code in self.levels]
        else:
            out = [self.standard(x)] if self.spread > 0 else []
        out += [gone.astype(np.float64)] if self.has_missing else []
        return np.stack(out, axis=1) if out else np.zeros((len(x), 0))

    def standard(self, x: Float) -> Float:
        """Return a number in spreads from its centre, 0 where missing."""
        held = np.clip(np.where(np.isnan(x), self.low, x), self.low, self.high)
        held = np.log1p(held) if self.is_log else held
        return np.where(np.isnan(x), 0.0, (held - self.centre) / self.spread)


@dataclass(frozen=True)
class Linear:
    """A fitted line: ``log-odds = intercept + sum of terms``, one term a feature of the encoder."""

    columns: tuple[Column, ...]
    weights: tuple[tuple[float, ...], ...]
    intercept: float
    penalty: float

    def terms(self, x: Matrix) -> Float:
        """Return what each feature adds to the log-odds: float64[n_rows, n_features]."""
        out = np.zeros(x.shape)
        for i, (column, weight) in enumerate(zip(self.columns, self.weights, strict=True)):
            if any(weight):
                filled = column.filled(x[:, i])
                for j, own in enumerate(weight):
                    out[:, i] += own * filled[:, j]
        return out

    def log_odds(self, x: Matrix) -> Float:
        """Return float64[n_rows]."""
        return np.asarray(self.intercept + self.terms(x).sum(axis=1), dtype=np.float64)

    def predict(self, x: Matrix) -> Float:
        """Return the probability of a win, float64[n_rows]."""
        return sigmoid(self.log_odds(x))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "columns": [{**vars(c), "levels": list(c.levels)} for c in self.columns],
            "weights": [list(w) for w in self.weights],
            "intercept": self.intercept,
            "penalty": self.penalty,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Linear:
        """Read what `to_dict` wrote."""
        columns = tuple(Column(**{**c, "levels": tuple(c["levels"])}) for c in plain["columns"])
        weights = tuple(tuple(float(v) for v in w) for w in plain["weights"])
        return cls(columns, weights, float(plain["intercept"]), float(plain["penalty"]))


@dataclass(frozen=True)
class Design:
    """A matrix of the line's columns, made once for all penalties."""

    columns: tuple[Column, ...]
    x: Float

    @classmethod
    def of(cls, encoder: Encoder, x: Matrix) -> Design:
        """Learn how features become columns, and make them."""
        categorical = set(encoder.categorical)
        columns = tuple(_column(x[:, i], i in categorical) for i in range(x.shape[1]))
        return cls(columns, made(columns, x))


def made(columns: Sequence[Column], x: Matrix) -> Float:
    """Return the line's columns of encoded rows: float64[n_rows, n_columns]."""
    parts = [column.filled(x[:, i]) for i, column in enumerate(columns)]
    return np.concatenate(parts, axis=1) if parts else np.zeros((len(x), 0))


def fit_linear(
    design: Design,
    y: Float,
    *,
    penalty: float,
    weight: Float | None = None,
    signs: Sequence[int] | None = None,
) -> Linear:
    """Fit the line with ``penalty / 2`` times the squared weights added to the loss.

    Parameters
    ----------
    y
        float64[n_rows]: outcomes, or chances of a win.
    weight
        Worth of each row; None is 1.
    signs
        Per feature 1 or -1 where a number may only raise or lower the log-odds, 0 where it is free. A
        weight of the wrong sign is left out and the rest fitted again.
    """
    w = np.ones(len(y)) if weight is None else weight
    starts = np.cumsum([0, *(c.n for c in design.columns)])
    keep = np.ones(design.x.shape[1], dtype=np.bool_)
    while True:
        found, intercept = _ridge(design.x[:, keep], y, w, penalty)
        flat = np.zeros(design.x.shape[1])
        flat[keep] = found
        wrong = _wrong(design.columns, flat, starts, signs)
        if not len(wrong):
            break
        keep[wrong] = False
    weights = tuple(
        tuple(float(v) for v in flat[a:b]) for a, b in zip(starts, starts[1:], strict=False)
    )
    return Linear(design.columns, weights, intercept, penalty)


def _column(x: Float, is_category: bool) -> Column:
    gone = np.isnan(x)
    has_missing = bool(gone.any() and not gone.all())
    known = x[~gone]
    if is_category:
        # Every level has a column: the penalty shares what they have in common.
        codes = tuple(np.unique(known).astype(int).tolist())
        return Column(codes, 0.0, 0.0, False, 0.0, 0.0, has_missing)
    if not len(known):
        return Column((), 0.0, 0.0, False, 0.0, 0.0, False)
    low, high = (float(q) for q in np.quantile(known, _ENDS, method="nearest"))
    if low == high:
        low, high = float(known.min()), float(known.max())
    is_log = bool(low >= 0 and high > 0)
    held = np.clip(known, low, high)
    held = np.log1p(held) if is_log else held
    spread = float(held.std())
    return Column(
        (), low, high, is_log, float(held.mean()), spread if spread > _LEAST_SPREAD else 0.0, has_missing
    )  # fmt: skip


def _ridge(x: Float, y: Float, w: Float, penalty: float) -> tuple[Float, float]:
    """Return weights and intercept, which is not penalised.

    Chances between 0 and 1 are a won and a lost row, weighing what they say.
    """
    from sklearn.linear_model import LogisticRegression  # half a second that only training needs
    from threadpoolctl import threadpool_limits

    if not x.shape[1]:
        return np.zeros(0), float(log_odds(float(w @ y / w.sum())))
    between = (y > 0) & (y < 1)
    rows = np.concatenate([x, x[between]]) if between.any() else x
    labels = np.concatenate([(y > 0).astype(int), np.zeros(int(between.sum()), dtype=int)])
    worth = np.concatenate([np.where(between, w * y, w), (w * (1 - y))[between]])
    line = LogisticRegression(C=1.0 / penalty, solver="newton-cholesky", tol=1e-6, max_iter=100)
    with threadpool_limits(1):  # sums in one order, whatever the machine
        line.fit(rows, labels, sample_weight=worth)
    return np.asarray(line.coef_[0], dtype=np.float64), float(line.intercept_[0])


def _wrong(
    columns: Sequence[Column], flat: Float, starts: Float, signs: Sequence[int] | None
) -> npt.NDArray[np.intp]:
    if signs is None:
        return np.zeros(0, dtype=np.intp)
    at = [
        int(starts[i])
        for i, (column, sign) in enumerate(zip(columns, signs, strict=True))
        if sign and column.spread > 0 and sign * flat[int(starts[i])] < 0
    ]
    return np.array(at, dtype=np.intp)
