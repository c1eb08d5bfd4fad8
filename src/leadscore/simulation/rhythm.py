"""At what hour of the week things happen, in UTC: visitors by day and evening, offices by day.

Only the shape of a week lives here; how often things happen lives in `activity`.
"""

import numpy as np

from leadscore.simulation.weeks import WEEK_SECONDS, Floats, Indices

_HOUR = 3600
_NIGHT, _EVENING, _WEEKEND = 0.03, 0.30, 0.15


def _profile(*, evening: float, night: float, weekend: float) -> Floats:
    """Cumulated share of the week at each full hour, shape (169,), from 0 to 1."""
    day = np.array(
        [night] * 6 + [evening] + [1.0] * 4 + [0.6] + [1.0] * 5 + [evening] * 4 + [night] * 3
    )
    weight = np.concatenate([np.tile(day, 5), np.tile(day * weekend, 2)])
    return np.concatenate([[0.0], np.cumsum(weight) / weight.sum()])


_VISITOR = _profile(evening=_EVENING, night=_NIGHT, weekend=_WEEKEND)
_OFFICE = _profile(evening=0.0, night=0.0, weekend=0.0)
_EDGES = np.arange(169) * float(_HOUR)


def visitor_time(u: Floats) -> Indices:
    """Turn uniform numbers in [0, 1) into seconds of the week at which visitors act."""
    return _seconds(np.interp(u, _VISITOR, _EDGES))


def office_time(u: Floats) -> Indices:
    """Turn uniform numbers in [0, 1) into seconds of the week in office hours."""
    hours, edges = np.flatnonzero(np.diff(_OFFICE)), _OFFICE[:-1]
    hour = hours[np.searchsorted(edges[hours], u, side="right") - 1]
    share = (u - _OFFICE[hour]) / (_OFFICE[hour + 1] - _OFFICE[hour])
    return _seconds((hour + share) * _HOUR)


def share_of_week_before(second: Indices) -> Floats:
    """Return the share of a week's visits that come before a second of the week, in [0, 1]."""
    return np.asarray(np.interp(second, _EDGES, _VISITOR))


def share_of_week_after(second: Indices) -> Floats:
    """Return the share of a week's visits that come after a second of the week, in [0, 1]."""
    return 1 - share_of_week_before(second)


def _seconds(second: Floats) -> Indices:
    return np.clip(second.astype(np.int64), 0, WEEK_SECONDS - 1)
