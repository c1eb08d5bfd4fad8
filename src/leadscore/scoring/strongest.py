"""The strongest reasons of many rows at once: what each criterion adds, the few that count, what tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.history.compiled import compiled

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Place = npt.NDArray[np.int32]
LEAST_POINTS = 0.5
"""A reason below half a point would be told as 0."""


@dataclass(frozen=True)
class Grouped:
    """Features and rules put together by what they are about.

    Attributes
    ----------
    names
        Origins, ascending: a reason each.
    of_feature, of_rule
        Place of each feature's and each rule's origin.
    member_start, members
        Features of each origin that may tell it, one origin after the other, int64[n_origins + 1] and flat.
    """

    names: tuple[str, ...]
    of_feature: Int
    of_rule: Int
    member_start: Int
    members: Int

    @classmethod
    def of(cls, features: Sequence[str], rules: Sequence[str], readable: Sequence[bool]) -> Grouped:
        """Group by origin; where a readable feature is, the others of its origin are never told."""
        names = tuple(sorted({*features, *rules}))
        place = {name: i for i, name in enumerate(names)}
        of_feature = np.array([place[name] for name in features], np.int64)
        of_rule = np.array([place[name] for name in rules], np.int64)
        members: list[int] = []
        start = [0]
        for origin in range(len(names)):
            own = np.flatnonzero(of_feature == origin).tolist()
            members.extend([f for f in own if readable[f]] or own)
            start.append(len(members))
        return cls(names, of_feature, of_rule, np.array(start), np.array(members, np.int64))


@dataclass(frozen=True)
class Strongest:
    """The strongest reasons of one sign, strongest first.

    Attributes
    ----------
    origin
        int32[k, n_rows]: place of the origin, -1 where there are no more.
    points
        float64[k, n_rows]: score points of the origin in all.
    feature
        int32[k, n_rows]: the feature that tells it, -1 where only a rule does.
    """

    origin: Place
    points: Float
    feature: Place


def by_origin(features: Float, rules: Float, grouped: Grouped) -> Float:
    """Return what each origin adds, float64[n_origins, n_rows], from [n_features, n_rows] and [n_rules, n_rows]."""
    out = np.zeros((len(grouped.names), features.shape[1] if len(features) else rules.shape[1]))
    for own, origin in zip(features, grouped.of_feature, strict=True):
        out[origin] += own
    for own, origin in zip(rules, grouped.of_rule, strict=True):
        out[origin] += own
    return out


def strongest(
    features: Float, total: Float, grouped: Grouped, *, sign: int, k: int,
    least: float = LEAST_POINTS,
) -> Strongest:  # fmt: skip
    """Return the `k` strongest reasons for (`sign` 1) or against (-1), those of `least` points or more.

    Parameters
    ----------
    features
        float64[n_features, n_rows], score points.
    total
        float64[n_origins, n_rows], score points (`by_origin`).
    """
    n = total.shape[1]
    origin, points = np.full((k, n), -1, np.int32), np.zeros((k, n))
    if k:
        _best(total, float(sign), least, origin, points)
    feature = np.full((k, n), -1, np.int32)
    _leading(features, float(sign), origin, grouped.member_start, grouped.members, feature)
    return Strongest(origin, points * sign, feature)


@compiled
def _best(total: Float, sign: float, least: float, origin: Place, points: Float) -> None:
    """Keep the largest of ``sign * total`` per row, ties by the lower place."""
    k = len(origin)
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
                origin[at, row] = origin[at - 1, row]
                at -= 1
            points[at, row] = value
            origin[at, row] = place


@compiled
def _leading(
    features: Float, sign: float, origin: Place, member_start: Int, members: Int, out: Place
) -> None:
    """Write the member that adds most to each chosen origin, ties by the lower place."""
    for i in range(len(origin)):
        for row in range(origin.shape[1]):
            place = origin[i, row]
            if place < 0:
                continue
            most = -np.inf
            for at in range(member_start[place], member_start[place + 1]):
                value = sign * features[members[at], row]
                if value > most:
                    most = value
                    out[i, row] = members[at]
