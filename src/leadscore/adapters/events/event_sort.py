"""Events in any order, read as if their file were sorted by lead and time.

Two passes over the file and one over a temporary folder: memory holds the leads' ids, some rows of
the file, and one batch, whatever the history's length. Rows of the same lead and time come by type,
subject and value (what is missing first), as ingest orders them: the file's order says nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from leadscore.adapters.events.event_files import BATCH_EVENTS, EventFile
from leadscore.adapters.events.text_numbers import TextNumbers
from leadscore.adapters.files import BY_LEAD_AND_TIME, is_sorted_by
from leadscore.history.log import Code, EventLog, EventSource, Int
from leadscore.history.sorted_rows import goes_back, tally, whole_seconds

_ROWS = 1_000_000
"""Rows that are taken up at once, to go to their batches."""
_MOST_BATCHES = 4_096

_ROW = np.dtype([("lead", "<i4"), ("time", "<i8"), ("type", "<i4")])
_MORE = {"subject": "<i4", "value": "<f8"}


@dataclass(frozen=True)
class UnsortedEventFile:
    """A Parquet file of the schema `events`, in any order; quickest when ordered by time.

    `columns` is that of `EventFile`. `folder` is where the temporary folder is made (None: where the
    system has them); it needs 16 to 28 bytes an event.
    """

    path: Path
    columns: frozenset[str] = frozenset({"subject", "value"})
    batch_events: int = BATCH_EVENTS
    folder: Path | None = None

    def batches(self) -> Iterator[EventLog]:
        """Yield logs of whole leads, ascending by lead id.

        Raises
        ------
        InputError
            ``missing-file`` or ``damaged-table``.
        """
        with (
            tempfile.TemporaryDirectory(dir=self.folder) as folder,
            (Path(folder) / "leads").open("w+b") as leads,
            (Path(folder) / "rows").open("w+b") as rows,
        ):
            plan = _Plan.of(self._number_leads(leads), self.batch_events)
            words = self._spread(leads, rows, plan)
            yield from self._gathered(rows, plan, words)

    def _number_leads(self, leads: BinaryIO) -> _Leads:
        """Write every row's lead as a number, in order of appearance; return the leads."""
        words = TextNumbers()
        counts = np.zeros(_ROWS, np.int64)
        for table in self._tables(["lead_id"]):
            number = words.coded(table["lead_id"])
            if len(words) > len(counts):
                counts = np.append(counts, np.zeros(len(words), np.int64))
            tally(number, counts)
            leads.write(number.data)
        leads.seek(0)
        ids = words.texts()
        order = pc.sort_indices(ids).to_numpy()
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        return _Leads(ids.take(pa.array(order)), rank, counts[: len(order)][order])

    def _spread(self, leads: BinaryIO, rows: BinaryIO, plan: _Plan) -> dict[str, TextNumbers]:
        """Write every row to the place of its batch; return the words of types and subjects."""
        words = {name: TextNumbers() for name in ("type", "subject")}
        free, kind = plan.first_row[:-1].copy(), self._row()
        names = ["occurred_at", "type", *sorted(self.columns)]
        for table in self._tables(names):
            number = np.fromfile(leads, np.int32, table.num_rows)
            rank = plan.leads.rank[number]
            batch = plan.batch_of[rank]
            order = np.argsort(batch, kind="stable")
            block = np.empty(len(order), kind)
            block["lead"] = rank[order]
            block["time"] = _micros(table["occurred_at"])[order]
            for name in ("type", *sorted(self.columns)):
                column = table[name]
                numbers = _numbers(column) if name == "value" else words[name].coded(column)
                block[name] = numbers[order]
            counts = np.bincount(batch, minlength=len(free))
            ends = np.cumsum(counts)
            for i in np.flatnonzero(counts):
                rows.seek(int(free[i]) * kind.itemsize)
                rows.write(block[ends[i] - counts[i] : ends[i]].data)
            free += counts
        rows.seek(0)
        return words

    def _gathered(
        self, rows: BinaryIO, plan: _Plan, words: dict[str, TextNumbers]
    ) -> Iterator[EventLog]:
        """Yield each batch, its rows brought together lead by lead."""
        texts = {name: tuple(found.texts().to_pylist()) for name, found in words.items()}
        ranks = {name: _ranks(found) for name, found in texts.items()}
        kind = self._row()
        ids = np.array(plan.leads.ids.to_pylist(), dtype=object)
        for first, upto in zip(plan.first_lead[:-1], plan.first_lead[1:], strict=True):
            counts = plan.leads.counts[first:upto]
            start = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
            block = np.fromfile(rows, kind, int(start[-1]))
            lead = block["lead"] - first
            # Numbers below 2 ** 16 are sorted by counting.
            order = np.argsort(
                lead.astype(np.uint16 if upto - first < 2**16 else int), kind="stable"
            )
            time = block["time"][order]
            if goes_back(time, start) >= 0:
                order = np.lexsort((block["time"], lead))
                time = block["time"][order]
            order = _settled(order, block, time, ranks)
            n = len(order)
            absent = np.broadcast_to(np.int32(-1), n), np.broadcast_to(np.nan, n)
            yield EventLog(
                lead_ids=ids[first:upto],
                start=start,
                time=whole_seconds(time),
                type_code=block["type"][order],
                types=texts["type"],
                subject_code=block["subject"][order] if "subject" in self.columns else absent[0],
                subjects=texts["subject"],
                value=block["value"][order] if "value" in self.columns else absent[1],
            )

    def _row(self) -> np.dtype[np.void]:
        more = [(name, _MORE[name]) for name in sorted(self.columns)]
        return np.dtype([*_ROW.descr, *more])

    def _tables(self, names: list[str]) -> Iterator[pa.Table]:
        """Yield the file in tables of at least so many rows, the last one apart."""
        held: list[pa.Table] = []
        for group in EventFile(self.path).groups(names):
            held.append(group)
            if sum(part.num_rows for part in held) >= _ROWS:
                yield pa.concat_tables(held)
                held = []
        if held:
            yield pa.concat_tables(held)


def open_events(path: Path) -> EventSource:
    """Return the events of a table: as they lie where the file says so, else put in order while read.

    Ingest says so of its own. Tables that a warehouse or a lake writes may come in any order.
    """
    try:
        in_order = is_sorted_by(path, BY_LEAD_AND_TIME)
    except (OSError, pa.ArrowException):  # told by the first who reads it
        in_order = True
    return EventFile(path) if in_order else UnsortedEventFile(path, folder=path.parent)


@dataclass(frozen=True)
class _Leads:
    """Sorted ids of the leads, the rank of each number, and events by rank."""

    ids: pa.Array
    rank: Code
    counts: Int


@dataclass(frozen=True)
class _Plan:
    """Which leads (by rank) and which rows each batch has."""

    leads: _Leads
    first_lead: Int
    first_row: Int
    batch_of: npt.NDArray[np.uint16]

    @classmethod
    def of(cls, leads: _Leads, batch_events: int) -> _Plan:
        """Cut the leads into batches of at least so many events, the last one apart."""
        before = np.cumsum(leads.counts) - leads.counts
        n_events = int(leads.counts.sum())
        size = max(batch_events, -(-n_events // _MOST_BATCHES))
        batch = np.unique(before // size, return_inverse=True)[1].astype(np.uint16)
        first_lead = np.searchsorted(batch, np.arange(int(batch[-1]) + 2 if len(batch) else 1))
        first_row = np.append(before, n_events)[first_lead]
        return cls(leads, first_lead, first_row, batch)


def _ranks(texts: tuple[str, ...]) -> Code:
    """Return the rank of each text; the last one is that of code -1, nothing."""
    ranks = np.full(len(texts) + 1, -1, np.int32)
    ranks[np.argsort(np.array(texts, dtype=object), kind="stable")] = np.arange(len(texts))
    return ranks


def _settled(
    order: npt.NDArray[np.intp], block: npt.NDArray[np.void], time: Int, ranks: dict[str, Code]
) -> npt.NDArray[np.intp]:
    """Return the order of a block's rows with those of one lead and moment by type, subject, value."""
    lead = block["lead"][order]
    same = (time[1:] == time[:-1]) & (lead[1:] == lead[:-1])
    if not same.any():
        return order
    tied = np.append(same, False) | np.append(False, same)
    moment = np.cumsum(~np.append(False, same))[tied]
    rows = order[tied]
    there = block.dtype.names or ()
    keys = [ranks[name][block[name][rows]] for name in ranks if name in there]
    if "value" in there:
        value = block["value"][rows]
        keys.append(np.where(np.isnan(value), -np.inf, value))
    settled = order.copy()
    settled[tied] = rows[np.lexsort((*reversed(keys), moment))]
    return settled


def _micros(times: pa.ChunkedArray) -> Int:
    micros: Int = times.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()
    return micros


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    numbers: npt.NDArray[np.float64] = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers
