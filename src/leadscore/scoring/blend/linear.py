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
from leadscore.scoring.line import log_odds, row_sums, sigmoid

Float = npt.NDArray[np.float64]
_KNOTS = (
    0.005,
    0.25,
    0.5,
    0.75,
    0.995,
)  # quantiles; beyond the outer ones a number says nothing more
_LEAST_SPREAD = 1e-9


@dataclass(frozen=True)
class Column:
    """How one feature becomes columns of the line.

    A number has one column that rises with it and, with three knots or more, one for each knot that is
    1 there and 0 at its neighbours: strong penalties leave a straight line, weak ones let it bend.

    Attributes
    ----------
    levels
        Codes of a category that have a column each; empty for a number.
    knots
        Of a number, ascending; it is held between the outer ones. Empty for a category.
    centre, spread
        Of the held number.
    has_missing
        Whether missing values have a column of their own.
    """

    levels: tuple[int, ...]
    knots: tuple[float, ...]
    centre: float
    spread: float
    has_missing: bool

    @property
    def n(self) -> int:
        """Columns of the line."""
        hats = len(self.knots) if len(self.knots) > 2 else 0
        return (len(self.levels) or int(len(self.knots) > 1) + hats) + int(self.has_missing)

    def filled(self, x: Float) -> Float:
        """Return the columns of a feature's values: float64[n_rows, n]; a missing number is 0 in all others."""
        gone = np.isnan(x)
        of_levels = [(x == code).astype(np.float64) for code in self.levels]
        out = of_levels or self._numbers(x, gone)
        out += [gone.astype(np.float64)] if self.has_missing else []
        return np.stack(out, axis=1) if out else np.zeros((len(x), 0))

    def term(self, x: Float, weight: Sequence[float]) -> Float:
        """Return the weighted sum of the columns of a feature's values, float64[n_rows], without making them."""
        gone = np.isnan(x)
        of_missing = weight[-1] if self.has_missing else 0.0
        if self.levels:
            most = max(self.levels)
            of_code = np.zeros(most + 2)  # the last: codes that training did not see
            of_code[list(self.levels)] = weight[: len(self.levels)]
            out = of_code[np.where(gone, 0, np.minimum(x, most + 1)).astype(np.intp)]
        elif len(self.knots) > 1:
            at = np.array(self.knots)
            hats = np.array(weight[1 : 1 + len(at)]) if len(at) > 2 else 0.0
            out = np.interp(x, at, weight[0] * (at - self.centre) / self.spread + hats)
        else:
            out = np.zeros(len(x))
        out[gone] = of_missing
        return np.asarray(out)

    def _numbers(self, x: Float, gone: npt.NDArray[np.bool_]) -> list[Float]:
        if len(self.knots) < 2:
            return []
        held = np.clip(np.where(gone, self.centre, x), self.knots[0], self.knots[-1])
        out = [np.where(gone, 0.0, (held - self.centre) / self.spread)]
        if len(self.knots) > 2:
            for own in np.eye(len(self.knots)):
                out.append(np.where(gone, 0.0, np.interp(held, self.knots, own)))
        return out


@dataclass(frozen=True)
class Linear:
    """A fitted line: ``log-odds = intercept + sum of terms``, one term a feature of the encoder.

    `means` are the mean terms of the looks it was fitted on.
    """

    columns: tuple[Column, ...]
    weights: tuple[tuple[float, ...], ...]
    means: tuple[float, ...]
    intercept: float
    penalty: float

    def terms(self, x: Matrix) -> Float:
        """Return what each feature adds to the log-odds: float64[n_rows, n_features]."""
        out = np.zeros(x.shape, order="F")
        for i, (column, weight) in enumerate(zip(self.columns, self.weights, strict=True)):
            if any(weight):
                out[:, i] = column.term(x[:, i], weight)
        return out

    def log_odds(self, x: Matrix) -> Float:
        """Return float64[n_rows]."""
        return np.asarray(self.intercept + row_sums(self.terms(x)), dtype=np.float64)

    def predict(self, x: Matrix) -> Float:
        """Return the probability of a win, float64[n_rows]."""
        return sigmoid(self.log_odds(x))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "columns": [
                {**vars(c), "levels": list(c.levels), "knots": list(c.knots)} for c in self.columns
            ],
            "weights": [list(w) for w in self.weights],
            "means": list(self.means),
            "intercept": self.intercept,
            "penalty": self.penalty,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Linear:
        """Read what `to_dict` wrote."""
        columns = tuple(
            Column(**{**c, "levels": tuple(c["levels"]), "knots": tuple(c["knots"])})
            for c in plain["columns"]
        )
        weights = tuple(tuple(float(v) for v in w) for w in plain["weights"])
        means = tuple(float(mean) for mean in plain["means"])
        return cls(columns, weights, means, float(plain["intercept"]), float(plain["penalty"]))


NO_LINE = Linear((), (), (), 0.0, 0.0)
"""The line that says even odds of everybody."""


@dataclass(frozen=True)
class Design:
    """A matrix of the line's columns, made once for all penalties."""

    columns: tuple[Column, ...]
    x: Float

    @classmethod
    def of(cls, encoder: Encoder, x: Matrix, *, straight: npt.ArrayLike = ()) -> Design:
        """Learn how features become columns, and make them; numbers in `straight` places do not bend."""
        categorical, stiff = set(encoder.categorical), set(np.asarray(straight, dtype=int).tolist())
        columns = tuple(
            _column(x[:, i], i in categorical, bends=i not in stiff) for i in range(x.shape[1])
        )
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
    near: Linear | None = None,
) -> Linear:
    """Fit the line with ``penalty / 2`` times the squared weights added to the loss.

    Parameters
    ----------
    y
        float64[n_rows]: outcomes, or chances of a win.
    weight
        Worth of each row; None is 1.
    signs
        Per feature 1 or -1 where a number may only raise or lower the log-odds, 0 where it is free: such
        a number must be straight in the design. A weight of the wrong sign is left out, the rest fitted
        again.
    near
        A line of the same design with another penalty, to begin at.
    """
    w = np.ones(len(y)) if weight is None else weight
    begin = None if near is None else np.array([v for own in near.weights for v in own])
    starts = np.cumsum([0, *(c.n for c in design.columns)])
    keep = np.ones(design.x.shape[1], dtype=np.bool_)
    while True:
        start = None if near is None or begin is None else (begin[keep], near.intercept)
        found, intercept = _ridge(design.x[:, keep], y, w, penalty, start)
        flat = np.zeros(design.x.shape[1])
        flat[keep] = found
        wrong = _wrong(design.columns, flat, starts, signs)
        if not len(wrong):
            break
        keep[wrong] = False
    weights = tuple(
        tuple(float(v) for v in flat[a:b]) for a, b in zip(starts, starts[1:], strict=False)
    )
    centre = design.x.mean(axis=0) if len(design.x) else np.zeros(len(flat))
    means = tuple(float(centre[a:b] @ flat[a:b]) for a, b in zip(starts, starts[1:], strict=False))
    return Linear(design.columns, weights, means, intercept, penalty)


def _column(x: Float, is_category: bool, *, bends: bool) -> Column:
    gone = np.isnan(x)
    has_missing = bool(gone.any() and not gone.all())
    known = x[~gone]
    if is_category:
        # Every level has a column: the penalty shares what they have in common.
        return Column(tuple(np.unique(known).astype(int).tolist()), (), 0.0, 0.0, has_missing)
    if not len(known):
        return Column((), (), 0.0, 0.0, False)
    knots = np.unique(np.quantile(known, _KNOTS, method="nearest"))
    if len(knots) == 1:
        knots = np.unique([known.min(), known.max()])
    knots = knots if bends else knots[[0, -1]]
    held = np.clip(known, knots[0], knots[-1])
    spread = float(held.std())
    if spread <= _LEAST_SPREAD:
        return Column((), (), 0.0, 0.0, has_missing)
    return Column((), tuple(float(k) for k in knots), float(held.mean()), spread, has_missing)


def _ridge(
    x: Float, y: Float, w: Float, penalty: float, start: tuple[Float, float] | None
) -> tuple[Float, float]:
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
    line = LogisticRegression(
        C=1.0 / penalty, solver="newton-cholesky", tol=1e-6, max_iter=100, warm_start=True
    )
    if start is not None:
        line.coef_, line.intercept_ = start[0][None, :], np.array([start[1]])
        line.classes_ = np.array([0, 1])
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
        if sign and column.knots and sign * flat[int(starts[i])] < 0
    ]
    return np.array(at, dtype=np.intp)
