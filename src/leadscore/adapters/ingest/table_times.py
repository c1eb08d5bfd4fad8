"""The times of all tables of an export: the newest, and columns that a bulk change made worthless.

Tables on disk are gone through a piece at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.ingest.spool import Held

Int = npt.NDArray[np.int64]

COLUMNS = ("created_at", "opened_at", "closed_at", "occurred_at")
_FAR_AHEAD = pd.Timedelta(days=366)
_USUAL_SHARE = 0.999
_BULK_SHARE = 0.6
_BULK_ROWS = 20


def newest(tables: Mapping[str, Held]) -> tuple[pd.Timestamp | None, list[str]]:
    """Return the newest time of all tables (None without any), and a warning if it stands alone.

    It stands alone where it is more than a year after 999 of 1,000 times: it may be mistyped.
    """
    n = sum(len(times) for times in _all_times(tables))
    if n == 0:
        return None, []
    n_late = n - int(np.floor(_USUAL_SHARE * (n - 1)))
    late = np.zeros(0, np.int64)
    for times in _all_times(tables):
        late = np.concatenate([late, times])
        if len(late) > n_late:
            late = np.partition(late, len(late) - n_late)[len(late) - n_late :]
    last, usual = _moment(int(late.max())), _moment(int(late.min()))
    if n < 1000 or last - usual <= _FAR_AHEAD:
        return last, []
    return last, [
        f"newest time {last:%Y-%m-%d} is more than a year after 999 of 1,000 others; "
        "if it is mistyped, declare observed_until in the mapping"
    ]


def bulk_touched(
    tables: Mapping[str, Held], *, columns: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """Return a warning for each column of times of which most rows hold one and the same moment.

    Parameters
    ----------
    columns
        Columns to look at, by table.
    """
    told = []
    for table, names in columns.items():
        for name in names:
            common = _common(partial(_times, tables[table], name))
            if common is not None:
                moment, count, n = common
                told.append(
                    f"{table}: {count:,} of {n:,} {name} are {_moment(moment).isoformat()}; "
                    "an import or a bulk change set them, and they say little of when things happened"
                )
    return told


def _common(parts: Callable[[], Iterator[Int]]) -> tuple[int, int, int] | None:
    """Return the moment that most times are, their number and that of all; None if there is none.

    The candidate is what is left when the moments that rule a part win or lose against each other by
    their surplus (Boyer and Moore, 1991); then it is counted.
    """
    n = candidate = lead = 0
    for part in parts():
        n += len(part)
        own = int(np.partition(part, len(part) // 2)[len(part) // 2]) if len(part) else candidate
        surplus = max(2 * int((part == own).sum()) - len(part), 0)
        if own == candidate:
            lead += surplus
        else:
            candidate = own if surplus > lead else candidate
            lead = abs(surplus - lead)
    if n < _BULK_ROWS:
        return None
    count = sum(int((part == candidate).sum()) for part in parts())
    return (candidate, count, n) if count > _BULK_SHARE * n else None


def _all_times(tables: Mapping[str, Held]) -> Iterator[Int]:
    for held in tables.values():
        for name in COLUMNS:
            yield from _times(held, name)


def _times(held: Held, column: str) -> Iterator[Int]:
    """Yield the times of a column [us since 1970], nulls left out; nothing if it is not there."""
    if isinstance(held, pd.DataFrame):
        if column in held:
            yield _micros(held[column])
    elif column in held.columns:
        for batch in held.batches([column]):
            yield _micros(batch[column])


def _micros(times: pd.Series) -> Int:
    return np.asarray(times.dropna().astype("int64"), dtype=np.int64)


def _moment(micros: int) -> pd.Timestamp:
    return pd.Timestamp(micros, unit="us", tz="UTC")
