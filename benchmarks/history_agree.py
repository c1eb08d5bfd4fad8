"""Do all say the same? A sample of leads, every peer's every cell beside the kernel's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.history_asked import Looks, asked_types, bar_columns, dates
from benchmarks.history_data import Histories, Prefix
from benchmarks.history_ours import batches
from benchmarks.history_peers import PEERS, Question
from leadscore.adapters.events.event_files import EventFile
from leadscore.adapters.events.event_sort import UnsortedEventFile
from leadscore.history.log import EventSource

SAMPLE_LEADS = 2_000
_CLOSE = {"count": 0.0, "recency": 1e-12, "decayed": 1e-9}
"""How far a cell may be off, relative: Polars divides by a constant in its own way, in the last bit."""


def sample_of(histories: Histories, folder: Path, *, n_leads: int = SAMPLE_LEADS) -> Histories:
    """Write the first leads' events, in both orders, and the leads, to `folder`."""
    leads = pq.read_table(histories.leads).slice(0, n_leads)
    with pq.ParquetFile(histories.by_lead(0)) as file:
        parts, last = [], leads["lead_id"][n_leads - 1].as_py()
        for i in range(file.num_row_groups):
            parts.append(file.read_row_group(i))
            if parts[-1]["lead_id"][-1].as_py() > last:
                break
    events = pa.concat_tables(parts)
    events = events.filter(pc.less_equal(events["lead_id"], last))
    sample = Histories(folder, (Prefix(events.num_rows, n_leads),))
    in_time = pc.sort_indices(events["occurred_at"])
    pq.write_table(events, sample.by_lead(0))
    pq.write_table(events.take(in_time), sample.by_time(0))
    pq.write_table(leads, sample.leads)
    return sample


def differing(sample: Histories, *, names: tuple[str, ...], n_dates: int = 12) -> dict[str, int]:
    """Return, for each peer and for our own sort, how many cells differ from the kernel's.

    Counts must be equal, recencies to the last bit or so, decayed sums within 1e-9.
    """
    ours = kernel_table(sample, EventFile(sample.by_lead(0), columns=frozenset()), n_dates)
    sorted_here = UnsortedEventFile(sample.by_time(0), columns=frozenset(), batch_events=10_000)
    found = {"our sort": _cells(ours, kernel_table(sample, sorted_here, n_dates))}
    n_leads = sample.prefixes[0].n_leads
    asked = Question(sample.by_time(0), sample.leads, n_leads, asked_types(), dates(n_dates))
    for name in names:
        parts = [table.to_pandas().assign(date=i) for i, table in enumerate(PEERS[name](asked))]
        found[name] = _cells(ours, pd.concat(parts, ignore_index=True))
    return found


def kernel_table(sample: Histories, source: EventSource, n_dates: int) -> pd.DataFrame:
    """Return the kernel's columns of every look: lead_id, date, and the 72 columns."""
    n_leads = sample.prefixes[0].n_leads
    looks = Looks.read(sample.leads, n_leads, dates(n_dates), also_closed=False)
    parts = [
        pd.DataFrame(
            {"lead_id": batch.lead_id, "date": batch.date}
            | {column.name: values for column, values in batch.columns}
        )
        for batch in batches(source, looks, bar_columns())
    ]
    return pd.concat(parts, ignore_index=True)


def _cells(ours: pd.DataFrame, theirs: pd.DataFrame) -> int:
    key = ["lead_id", "date"]
    left = ours.sort_values(key, ignore_index=True)
    right = theirs.sort_values(key, ignore_index=True)
    if len(left) != len(right) or not (left[key].to_numpy() == right[key].to_numpy()).all():
        raise AssertionError(f"other looks: {len(left)} here, {len(right)} there")
    n = 0
    for name in left.columns.drop(key):
        a, b = left[name].to_numpy(dtype=float), right[name].to_numpy(dtype=float)
        close = next(limit for kind, limit in _CLOSE.items() if kind in name)
        n += int((~np.isclose(a, b, rtol=close, atol=close, equal_nan=True)).sum())
    return n
