"""Values as small codes: how many of a feature's thresholds lie below. Conditions compare codes, exactly.

``x <= threshold[i]`` holds if and only if ``code(x) <= i``; the last code is a missing value's, or a
category's that no tree asks for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.scoring.patterns.forest import NAN, Forest, UnlikeTreesError
from leadscore.scoring.patterns.loops import coded, coded_categories

Float = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8 | np.uint16]
_SMALL = 255
_MOST_CATEGORIES = 4_096


@dataclass(frozen=True)
class Column:
    """How one feature is coded.

    Attributes
    ----------
    thresholds
        Distinct thresholds of all nodes, ascending; none of a category.
    n_categories
        Categories from 0 on that some node sends left; -1 for a number.
    missing
        What is missing (`NONE`, `ZERO`, `NAN`).
    """

    thresholds: Float
    n_categories: int
    missing: int

    @property
    def n_codes(self) -> int:
        """Codes but that of the missing."""
        return self.n_categories if self.n_categories >= 0 else len(self.thresholds) + 1


@dataclass(frozen=True)
class Coding:
    """Columns of all features, and the type that holds every code."""

    columns: tuple[Column, ...]

    @property
    def dtype(self) -> type[np.uint8] | type[np.uint16]:
        """Bytes where every column has at most 255 codes beside the missing one."""
        small = all(c.n_codes <= _SMALL for c in self.columns)
        return np.uint8 if small else np.uint16

    @property
    def last(self) -> int:
        """The code of the missing."""
        return int(np.iinfo(self.dtype).max)

    def codes(self, x: Float) -> Codes:
        """Return codes[n_features, n_rows] of float64[n_rows, n_features]."""
        out = np.empty((len(self.columns), len(x)), dtype=self.dtype)
        for f, column in enumerate(self.columns):
            values = np.ascontiguousarray(x[:, f])
            if column.n_categories >= 0:
                coded_categories(values, column.n_categories, self.last, out[f])
            else:
                coded(values, column.thresholds, column.missing, self.last, out[f])
        return out


def coding_of(forest: Forest) -> Coding:
    """Return the coding that tells apart all that the trees tell apart.

    Raises
    ------
    UnlikeTreesError
        A feature is asked as number and as category, or has too many categories.
    """
    thresholds: list[list[float]] = [[] for _ in range(forest.n_features)]
    most = np.full(forest.n_features, -1)
    missing: list[set[int]] = [set() for _ in range(forest.n_features)]
    for tree in forest.trees:
        for node, f in enumerate(tree.feature):
            if tree.is_category[node]:
                inside = tree.sets[int(tree.threshold[node])]
                most[f] = max(most[f], int(inside.max(initial=-1)) + 1)
            else:
                thresholds[f].append(float(tree.threshold[node]))
                missing[f].add(int(tree.missing[node]))
    for f in range(forest.n_features):
        if len(missing[f]) > 1 or (missing[f] and most[f] >= 0) or most[f] > _MOST_CATEGORIES:
            raise UnlikeTreesError(f"column {f} is asked in two ways, or has too many categories")
    return Coding(
        tuple(
            Column(np.unique(thresholds[f]), int(most[f]), next(iter(missing[f]), NAN))
            for f in range(forest.n_features)
        )
    )
