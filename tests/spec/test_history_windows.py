"""Which window a look trains, tunes or tests. Read as: these looks, cut so, fall into these windows.

Days stand for seconds: `order` counts days here, and a label needs `purge` days to be known.
"""

import numpy as np
import pandas as pd
import pytest

from leadscore.domain.errors import GateError
from leadscore.history.splits import ordered_windows
from tests.fakes import agrees, rows

SHARES = {"calibrate_share": 0.25, "test_share": 0.25}


def cut(days, *, purge, **shares):
    order = np.array(days, dtype=np.int64)
    return ordered_windows(order, purge=purge, **(shares or SHARES))


def falls(expected, *, purge):
    days = [int(r["day"]) for r in rows(expected)]
    windows = cut(days, purge=purge)
    agrees(pd.DataFrame({"day": days, "window": windows.name}), expected)


def test_the_past_fits_the_later_part_calibrates_the_last_tests():
    falls(
        """
        day | window
        1   | fit
        2   | fit
        3   | fit
        4   | fit
        5   | calibrate
        6   | calibrate
        7   | test
        8   | test
        """,
        purge=0,
    )


def test_a_look_whose_label_reaches_into_the_next_window_is_left_out():
    """Calibrate opens on day 50: the label of day 41 is known on day 51, that of day 40 on day 50."""
    falls(
        """
        day | window
        10  | fit
        20  | fit
        40  | fit
        41  | purged
        50  | calibrate
        59  | calibrate
        69  | test
        80  | test
        """,
        purge=10,
    )


def test_purging_also_guards_the_test_window():
    """Test opens on day 70; the label of day 65 is known on day 75 only."""
    falls(
        """
        day | window
        10  | fit
        20  | fit
        30  | fit
        40  | fit
        50  | calibrate
        65  | purged
        70  | test
        80  | test
        """,
        purge=10,
    )


def test_looks_of_one_moment_stay_together():
    """The cut would fall between the second and third look of day 5; all three move."""
    falls(
        """
        day | window
        1   | fit
        2   | fit
        5   | calibrate
        5   | calibrate
        5   | calibrate
        6   | calibrate
        7   | test
        8   | test
        """,
        purge=0,
    )


def test_rows_keep_their_place():
    windows = cut([8, 1, 5, 2, 7, 3, 6, 4], purge=0)
    assert windows.name.tolist()[:3] == ["test", "fit", "calibrate"]
    assert (windows.calibrate_from, windows.test_from) == (5, 7)
    assert windows.rows("test").tolist() == [0, 4]


@pytest.mark.parametrize(
    ("days", "purge", "empty"),
    [
        ([1, 2], 0, "cannot be cut"),
        ([5, 5, 5, 5], 0, "fit window is empty"),
        ([1, 2, 3, 4, 5, 6, 7, 8], 100, "fit window is empty"),
        ([1, 2, 3, 4, 97, 98, 99, 100], 40, "calibrate window is empty"),
    ],
)
def test_an_empty_window_stops_the_run(days, purge, empty):
    with pytest.raises(GateError, match=empty) as stopped:
        cut(days, purge=purge)
    assert stopped.value.code == "no-window"
    assert "horizon" in str(stopped.value)
