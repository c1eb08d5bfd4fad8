"""Snapshots to a numeric matrix: rare category values pooled, unseen ones safe, all of it in text.

Codes: levels in alphabetical order from 0, pooled rare levels share the last code, missing is NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.history.features import Feature

Matrix = npt.NDArray[np.float64]
_STRETCHES = 5


@dataclass(frozen=True)
class Encoder:
    """How each feature becomes a number.

    Attributes
    ----------
    features
        Columns of the matrix, in order.
    levels
        For each category feature its kept levels; code = position; any other level gets code
        ``len(levels)``.
    """

    features: tuple[Feature, ...]
    levels: dict[str, tuple[str, ...]]

    @classmethod
    def learn(
        cls,
        table: pd.DataFrame,
        features: Sequence[Feature],
        *,
        min_rows: int,
        max_levels: int,
        order: npt.NDArray[np.int64] | None = None,
    ) -> Encoder:
        """Keep levels with at least `min_rows` rows, at most the `max_levels` most frequent.

        Constant columns are left out: they carry nothing. Pooled with the rare ones are levels of
        one stretch of time that is over: they tell when a look was, not how it ends.

        Parameters
        ----------
        order
            int64[n_rows]: place in time; None: there is none.
        """
        stretch = None if order is None else _stretches(order)
        kept, levels = [], {}
        for feature in features:
            column = table[feature.name]
            if column.nunique(dropna=False) < 2:
                continue
            kept.append(feature)
            if feature.kind == "category":
                levels[feature.name] = _kept_levels(
                    column, stretch, min_rows=min_rows, at_most=max_levels
                )
        return cls(tuple(kept), levels)

    @property
    def names(self) -> list[str]:
        """Feature names in the order of the matrix's columns."""
        return [f.name for f in self.features]

    @property
    def categorical(self) -> list[int]:
        """Column numbers of category features."""
        return [i for i, f in enumerate(self.features) if f.kind == "category"]

    def matrix(self, table: pd.DataFrame) -> Matrix:
        """Return float64[n_rows, n_features].

        Raises
        ------
        KeyError
            A feature's column is missing.
        """
        out = np.empty((len(table), len(self.features)), order="F")
        for i, feature in enumerate(self.features):
            column = table[feature.name]
            if feature.kind == "number":
                out[:, i] = column.to_numpy(dtype=np.float64)
                continue
            out[:, i] = _codes(column, self.levels[feature.name])
        return out

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the text bundle."""
        return {
            "features": [f.to_dict() for f in self.features],
            "levels": {name: list(levels) for name, levels in self.levels.items()},
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Encoder:
        """Read what `to_dict` wrote."""
        features = tuple(Feature.from_dict(f) for f in plain["features"])
        return cls(features, {name: tuple(levels) for name, levels in plain["levels"].items()})


def _stretches(order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the fifth of the rows, in time, that each row lies in; ties stay together."""
    ranked = np.sort(order)
    place = np.searchsorted(ranked, order, side="left")
    return np.asarray(place * _STRETCHES // max(len(order), 1), dtype=np.int64)


def _lasting(column: pd.Series, stretch: npt.NDArray[np.int64], min_rows: int) -> set[str]:
    """Return the levels, case apart, that have their share of rows in two stretches, or in the latest."""
    code, levels = pd.factorize(column)
    names, folded = np.unique([str(level).casefold() for level in levels], return_inverse=True)
    known = code >= 0
    table = np.zeros((len(names), _STRETCHES), dtype=np.int64)
    np.add.at(table, (folded[code[known]], stretch[known]), 1)
    there = table >= max(1, min_rows // _STRETCHES)
    last = int(stretch[known].max(initial=0))
    return set(names[(there.sum(axis=1) >= 2) | there[:, last]].tolist())


def _kept_levels(
    column: pd.Series,
    stretch: npt.NDArray[np.int64] | None,
    *,
    min_rows: int,
    at_most: int,
) -> tuple[str, ...]:
    """Return the frequent levels, spelled as most rows do: case alone makes no other level."""
    counts = {str(level): int(n) for level, n in column.value_counts().items()}
    rows: dict[str, int] = {}
    spelling: dict[str, str] = {}
    for level in sorted(counts, key=lambda level: (-counts[level], level)):
        folded = level.casefold()
        rows[folded] = rows.get(folded, 0) + counts[level]
        spelling.setdefault(folded, level)
    lasting = set(rows) if stretch is None else _lasting(column, stretch, min_rows)
    ranked = sorted(lasting, key=lambda folded: (-rows[folded], folded))[:at_most]
    return tuple(sorted(spelling[folded] for folded in ranked if rows[folded] >= min_rows))


def _codes(column: pd.Series, known: Sequence[str]) -> Matrix:
    """Return float64[n_rows]: place of the level in `known`, len(known) for others, NaN for missing."""
    place = {level.casefold(): float(i) for i, level in enumerate(known)}
    code, found = pd.factorize(column)
    # The last place answers for code -1: missing.
    table = [place.get(str(level).casefold(), float(len(known))) for level in found]
    return np.array([*table, np.nan])[code]
