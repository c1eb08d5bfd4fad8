"""Ordered windows: fit < calibrate < test, purged so that no label reaches into the next window.

There is no random split here. Leads may be looked at in several windows, as in life; their labels'
windows do not overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.domain.errors import GateError
from leadscore.history.log import Int

FIT, CALIBRATE, TEST, PURGED = "fit", "calibrate", "test", "purged"


@dataclass(frozen=True)
class Windows:
    """Which window each row falls in, and where the borders lie (in units of `order`).

    `known_before_test` marks the rows whose label was known when the test window opened: fit,
    calibrate and those purged between the two. A refit for the test window may use them all.
    """

    name: npt.NDArray[np.object_]
    calibrate_from: int
    test_from: int
    known_before_test: npt.NDArray[np.bool_]

    def rows(self, window: str) -> npt.NDArray[np.intp]:
        """Return the row numbers of a window."""
        return np.flatnonzero(self.name == window)


def ordered_windows(
    order: Int, *, calibrate_share: float, test_share: float, purge: int
) -> Windows:
    """Cut mature rows into fit, calibrate and test by `order`.

    Parameters
    ----------
    order
        int64[n]: epoch seconds, or rank. Ties stay together.
    purge
        Length of the label's window in units of `order`; rows whose label was not known when the next
        window opened are ``purged``.

    Raises
    ------
    GateError
        ``no-window``: a window is empty.
    """
    ranked = np.sort(order)
    n = len(ranked)
    if n < 3:
        raise GateError("no-window", f"{n} mature rows cannot be cut into three ordered windows",
                        fix="wait for more outcomes or shorten label.horizon_days")  # fmt: skip
    calibrate_from = int(ranked[min(n - 1, round(n * (1 - calibrate_share - test_share)))])
    test_from = int(ranked[min(n - 1, round(n * (1 - test_share)))])
    name = np.full(n, FIT, dtype=object)
    name[order >= calibrate_from] = CALIBRATE
    name[order >= test_from] = TEST
    name[(order < calibrate_from) & (order + purge > calibrate_from)] = PURGED
    name[(order >= calibrate_from) & (order < test_from) & (order + purge > test_from)] = PURGED
    for window in (FIT, CALIBRATE, TEST):
        if not (name == window).any():
            raise GateError(
                "no-window",
                f"the {window} window is empty: {n} mature rows, purged by the horizon",
                fix="use a longer history, a shorter label.horizon_days or larger split shares",
            )
    known = (order + purge <= test_from) & (name != TEST)
    return Windows(name, calibrate_from, test_from, known)
