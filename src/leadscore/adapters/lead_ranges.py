"""A project's leads range by range, ascending by id: a night holds the tables of one range, not of all.

Tables the ingest stage writes are sorted by lead, so a range is read from the row groups it lies in; of
tables in another order every row group is looked through, once a range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.files import damaged_is_told
from leadscore.history.log import EventLog, EventSource
from leadscore.scoring.view import Sources
from leadscore.scoring.whole_night import Leads

_FIX = "run `leadscore ingest` first"


@dataclass(frozen=True)
class Range:
    """Leads from `low` on and before `high` (None: all that follow), by id."""

    low: str
    high: str | None
    n_leads: int


def ranges_of(path: Path, at_once: int) -> list[Range]:
    """Cut the leads of a table into ranges of so many, the last one smaller.

    Raises
    ------
    InputError
        ``missing-file`` or ``damaged-table``.
    """
    with damaged_is_told(path, fix=_FIX):
        ids = pq.read_table(path, columns=["lead_id"], page_checksum_verification=True)["lead_id"]
    order = pc.sort_indices(ids)
    lows = ids.take(order[::at_once]).to_pylist()
    sizes = [min(at_once, len(ids) - begin) for begin in range(0, len(ids), at_once)]
    return [
        Range(low, high, n) for low, high, n in zip(lows, [*lows[1:], None], sizes, strict=True)
    ]


def leads_of(workspace: Workspace, ranges: list[Range]) -> Iterator[Leads]:
    """Yield the ranges' leads; their events come from one reading of all, so each is read once, in turn."""
    if len(ranges) <= 1:
        yield Leads(0, sum(some.n_leads for some in ranges), workspace.sources)
        return
    known = workspace.sources_without_rows()
    reading = None if known.events is None else _Reading(known.events.batches())
    for number, some in enumerate(ranges):
        yield Leads(number, some.n_leads, partial(_read, workspace, known, some, reading))


def _read(workspace: Workspace, known: Sources, some: Range, reading: _Reading | None) -> Sources:
    leads, outcomes = (
        _rows(workspace.file("tables", f"{name}.parquet"), some) for name in ("leads", "outcomes")
    )
    return replace(
        known,
        leads=leads,
        outcomes=outcomes,
        changes=None
        if known.changes is None
        else _rows(workspace.file("tables", "changes.parquet"), some),
        events=None if reading is None else _Events(reading, some),
    )


def _rows(path: Path, some: Range) -> pd.DataFrame:
    """Read the rows of a range, in the table's order."""
    with (
        damaged_is_told(path, fix=_FIX),
        pq.ParquetFile(path, page_checksum_verification=True) as file,
    ):
        place = file.schema_arrow.get_field_index("lead_id")
        found = [
            _of_range(file.read_row_group(i), some)
            for i in range(file.num_row_groups)
            if _may_hold(file.metadata.row_group(i).column(place).statistics, some)
        ]
        table = pa.concat_tables(found) if found else file.schema_arrow.empty_table()
    rows: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    return rows


def _of_range(table: pa.Table, some: Range) -> pa.Table:
    ids = table["lead_id"]
    mask = pc.greater_equal(ids, some.low)
    if some.high is not None:
        mask = pc.and_(mask, pc.less(ids, some.high))
    return table.filter(mask)


def _may_hold(told: pq.Statistics | None, some: Range) -> bool:
    if told is None or not told.has_min_max:
        return True
    return bool(told.max >= some.low and (some.high is None or told.min < some.high))


@dataclass
class _Reading:
    """Events that are read once; what lies beyond a range is kept for the next."""

    logs: Iterator[EventLog]
    rest: EventLog | None = field(default=None)

    def between(self, some: Range) -> Iterator[EventLog]:
        """Yield the logs of a range; ranges are asked for ascending, and some may be left out."""
        while (log := self._next()) is not None:
            own = log.between(some.low, some.high)
            if len(own.lead_ids):
                yield own
            if some.high is not None and log.lead_ids[-1] >= some.high:
                self.rest = log
                return

    def _next(self) -> EventLog | None:
        log, self.rest = self.rest, None
        return next(self.logs, None) if log is None else log


@dataclass(frozen=True)
class _Events(EventSource):
    """The events of a range; they are read once."""

    reading: _Reading
    some: Range

    def batches(self) -> Iterator[EventLog]:
        """Yield logs of whole leads, ascending by lead id."""
        return self.reading.between(self.some)
