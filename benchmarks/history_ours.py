"""The history benchmark's own rows: the limit of reading, and the kernel on both kinds of file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.history_asked import Looks
from leadscore.adapters.events.event_files import EventFile
from leadscore.history.event_features import EventColumn, computed
from leadscore.history.kernel import Sweep
from leadscore.history.log import EventLog, EventSource, Float, Int

Sums = dict[str, float]


def read_only(path: Path) -> int:
    """Read lead_id, occurred_at and type the cheapest way pyarrow has; return the rows."""
    n_rows = 0
    with pq.ParquetFile(path, read_dictionary=["lead_id", "type"]) as file:
        for i in range(file.num_row_groups):
            n_rows += file.read_row_group(i, columns=["lead_id", "occurred_at", "type"]).num_rows
    return n_rows


@dataclass
class Told:
    """What came out, so far: looks, and the sum of every column (missing adds nothing)."""

    sums: Sums
    n_looks: int = 0


@dataclass(frozen=True)
class Batch:
    """Columns of some looks: lead ids, places in the dates, and name by name the numbers."""

    lead_id: npt.NDArray[np.object_]
    date: Int
    columns: Iterator[tuple[EventColumn, Float]]


def batches(source: EventSource, looks: Looks, columns: Sequence[EventColumn]) -> Iterator[Batch]:
    """Yield what the kernel says of every look, batch by batch; leads without events too."""
    done, n_leads = 0, len(looks.lead_ids)
    for log in source.batches():
        upto = int(np.searchsorted(looks.lead_ids, log.lead_ids[-1], side="right"))
        yield _seen(log.of_leads(looks.lead_ids[done:upto]), looks, done, upto, columns)
        done = upto
    if done < n_leads:
        rest = looks.lead_ids[done:]
        yield _seen(EventLog.empty(rest), looks, done, n_leads, columns)


def _seen(
    log: EventLog, looks: Looks, first: int, upto: int, columns: Sequence[EventColumn]
) -> Batch:
    date, moments = looks.part(first, upto)
    lead = np.repeat(log.lead_ids, np.diff(moments.start))
    return Batch(lead, date, computed(columns, Sweep(log, moments)))


def consumed(source: EventSource, looks: Looks, columns: Sequence[EventColumn]) -> Told:
    """Compute every column of every look and keep their sums alone."""
    told = Told(dict.fromkeys((column.name for column in columns), 0.0))
    for batch in batches(source, looks, columns):
        told.n_looks += len(batch.date)
        for column, values in batch.columns:
            told.sums[column.name] += known_sum(values)
    return told


@nb.njit(cache=True, nogil=True)
def known_sum(values: Float) -> float:
    """Return the sum of the numbers that are there: every one is looked at, none is kept."""
    total = 0.0
    for value in values:
        if value == value:
            total += value
    return total


def on_lead_sorted(
    path: Path, looks: Looks, columns: Sequence[EventColumn], *, needs: frozenset[str]
) -> Told:
    """Run over a file sorted by lead and time."""
    pa.set_cpu_count(2)
    return consumed(EventFile(path, columns=needs), looks, columns)
