"""The strongest reasons of many rows at once: what each criterion adds, the few that count, what tells them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.history.compiled import compiled
from leadscore.scoring.reasons.criteria import Criteria

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Place = npt.NDArray[np.int32]
LEAST_POINTS = 0.5
"""A reason below half a point would be told as 0."""


@dataclass(frozen=True)
class Members:
    """Criteria of terms: features first, then the rules of the grid.

    Attributes
    ----------
    of_term
        Place of each term's criterion; -1 where the criterion may not be told.
    n
        Criteria.
    start, members
        Terms that may tell each criterion, one criterion after the other: int64[n + 1] and flat. Its rules only
        where no feature may.
    """

    of_term: Int
    n: int
    start: Int
    members: Int

    @classmethod
    def of(cls, criteria: Criteria) -> Members:
        """Return the terms of all criteria."""
        n_features = len(criteria.of_feature)
        told = np.append(criteria.is_told, False)
        of_term = np.concatenate([criteria.of_feature, criteria.of_rule]).astype(np.int64)
        members: list[int] = []
        start = [0]
        for at, criterion in enumerate(criteria.of):
            own = [f for f in criterion.members if criteria.may_lead[f]]
            members += own or (n_features + np.flatnonzero(criteria.of_rule == at)).tolist()
            start.append(len(members))
        return cls(
            np.where(told[of_term], of_term, -1), len(criteria.of),
            np.array(start, np.int64), np.array(members, np.int64),
        )  # fmt: skip


@dataclass(frozen=True)
class Strongest:
    """The strongest reasons of one sign, strongest first.

    Attributes
    ----------
    criterion
        int32[k, n_rows]: place of the criterion, -1 where there are no more.
    points
        float64[k, n_rows]: score points of the criterion in all.
    term
        int32[k, n_rows]: the feature that tells it, or the rule (counted on behind the features); -1 where
        there are no more.
    """

    criterion: Place
    points: Float
    term: Place


def by_criterion(terms: Float, members: Members) -> Float:
    """Return what each criterion adds, float64[n_criteria, n_rows], from terms [n_terms, n_rows]."""
    out = np.zeros((members.n, terms.shape[1]))
    for own, criterion in zip(terms, members.of_term, strict=True):
        if criterion >= 0:
            out[criterion] += own
    return out


def strongest(
    terms: Float, total: Float, members: Members, *, sign: int, k: int, least: float = LEAST_POINTS
) -> Strongest:
    """Return the `k` strongest reasons for (`sign` 1) or against (-1), those of `least` points or more.

    Parameters
    ----------
    terms
        float64[n_terms, n_rows], score points.
    total
        float64[n_criteria, n_rows], score points (`by_criterion`).
    """
    n = total.shape[1]
    criterion, points = np.full((k, n), -1, np.int32), np.zeros((k, n))
    if k:
        _best(total, float(sign), least, criterion, points)
    term = np.full((k, n), -1, np.int32)
    _leading(terms, float(sign), criterion, members.start, members.members, term)
    return Strongest(criterion, points * sign, term)


@compiled
def _best(total: Float, sign: float, least: float, criterion: Place, points: Float) -> None:
    """Keep the largest of ``sign * total`` per row, ties by the lower place."""
    k = len(criterion)
    for place in range(len(total)):
        own = total[place]
        lowest = points[k - 1]
        for row in range(len(own)):
            value = sign * own[row]
            if value < least or value <= lowest[row]:
                continue
            at = k - 1
            while at > 0 and value > points[at - 1, row]:
                points[at, row] = points[at - 1, row]
                criterion[at, row] = criterion[at - 1, row]
                at -= 1
            points[at, row] = value
            criterion[at, row] = place


@compiled
def _leading(
    terms: Float, sign: float, criterion: Place, start: Int, members: Int, out: Place
) -> None:
    """Write the member that adds most to each chosen criterion, ties by the lower place."""
    for i in range(len(criterion)):
        for row in range(criterion.shape[1]):
            place = criterion[i, row]
            if place < 0:
                continue
            most = -np.inf
            for at in range(start[place], start[place + 1]):
                value = sign * terms[members[at], row]
                if value > most:
                    most = value
                    out[i, row] = members[at]
