"""Events read from Parquet in batches of whole leads: memory is bounded by the batch, not the history.

The file is sorted by lead and time, as the ingest stage writes it; a file that is not is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from leadscore.domain.errors import InputError
from leadscore.history.log import Code, EventLog, Float, Int
from leadscore.history.sorted_rows import goes_back, run_starts, whole_seconds

BATCH_EVENTS = 250_000
"""Events a batch at least; with weekly looks and some ninety features about 150 MB of numbers."""

_CODED = ("lead_id", "type", "subject")
_NEEDED = ("lead_id", "occurred_at", "type")
_FIX = "run `leadscore ingest` again"


@dataclass(frozen=True)
class EventFile:
    """A Parquet file of the schema `events`, sorted by (lead_id, occurred_at).

    `columns` names what is needed beside lead, time and type: ``subject``, ``value`` or both; the
    others are neither read nor known.
    """

    path: Path
    columns: frozenset[str] = frozenset({"subject", "value"})
    batch_events: int = BATCH_EVENTS

    def batches(self) -> Iterator[EventLog]:
        """Yield logs of whole leads, ascending by lead id.

        Raises
        ------
        InputError
            ``missing-file``; ``damaged-table``: bytes, columns or missing cells;
            ``unsorted-events``: leads or times go back.
        """
        last = ""
        names = ["lead_id", "occurred_at", "type", *sorted(self.columns)]
        for table in whole_leads(self.groups(names), self.batch_events):
            log = to_log(table)
            if len(log.lead_ids) and log.lead_ids[0] <= last:
                raise self._unsorted(f"lead {log.lead_ids[0]} comes after {last}")
            if fault := _disorder(log):
                raise self._unsorted(fault)
            last = log.lead_ids[-1]
            yield log

    def groups(self, names: list[str]) -> Iterator[pa.Table]:
        """Yield these columns row group by row group, texts as dictionaries.

        Raises
        ------
        InputError
            ``missing-file`` or ``damaged-table``.
        """
        try:
            self._refuse_other_columns(pq.read_schema(self.path), names)
            with pq.ParquetFile(
                self.path,
                read_dictionary=[name for name in names if name in _CODED],
                page_checksum_verification=True,
            ) as file:
                for i in range(file.num_row_groups):
                    group = file.read_row_group(i, columns=names)
                    for name in names:
                        if name in _NEEDED and group[name].null_count:
                            raise self._damaged("a cell is empty", column=name)
                    yield group
        except FileNotFoundError:
            told = "the table is not there"
            raise InputError("missing-file", told, file=self.path, fix=_FIX) from None
        except (OSError, ValueError, pa.ArrowException) as error:
            raise InputError("damaged-table", str(error), file=self.path, fix=_FIX) from error

    def _refuse_other_columns(self, schema: pa.Schema, names: list[str]) -> None:
        for name in names:
            if name not in schema.names:
                raise self._damaged("the column is missing", column=name)
        if not pa.types.is_timestamp(schema.field("occurred_at").type):
            raise self._damaged("expected times", column="occurred_at")

    def _damaged(self, fault: str, *, column: str) -> InputError:
        return InputError("damaged-table", fault, file=self.path, column=column, fix=_FIX)

    def _unsorted(self, fault: str) -> InputError:
        return InputError(
            "unsorted-events",
            f"events must be sorted by lead and time, but {fault}",
            file=self.path,
            fix="run `leadscore ingest` again; if it persists, the table was changed by hand",
        )


def whole_leads(tables: Iterable[pa.Table], at_least: int) -> Iterator[pa.Table]:
    """Cut a stream of rows sorted by `lead_id` anew, so that no lead lies in two tables.

    Each table holds at least so many rows, the last one apart.
    """
    held: list[pa.Table] = []
    for table in (table for table in tables if table.num_rows):
        cut = _last_lead_from(table["lead_id"])
        goes_on = bool(held) and held[-1]["lead_id"][-1].as_py() == table["lead_id"][0].as_py()
        if cut == 0 and goes_on:
            held.append(table)
            continue
        if cut:
            held.append(table.slice(0, cut))
        if sum(part.num_rows for part in held) >= at_least:
            yield pa.concat_tables(held)
            held = []
        held.append(table.slice(cut))
    if held:
        yield pa.concat_tables(held)


def to_log(events: pa.Table) -> EventLog:
    """Return a table of sorted events as a log of the leads it names; absent columns are empty.

    Text columns may be dictionaries or plain; times are UTC timestamps.
    """
    n = events.num_rows
    lead, ids = _codes(events["lead_id"])
    start = run_starts(lead)
    type_code, types = _codes(events["type"])
    subject_code, subjects = (
        _absent(n) if "subject" not in events.column_names else _codes(events["subject"])
    )
    value: Float = np.broadcast_to(np.nan, n)
    if "value" in events.column_names:
        value = events["value"].cast(pa.float64()).to_numpy(zero_copy_only=False)
    return EventLog(
        lead_ids=np.array(ids, dtype=object)[lead[start[:-1]]],
        start=start,
        time=_seconds(events["occurred_at"]),
        type_code=type_code,
        types=types,
        subject_code=subject_code,
        subjects=subjects,
        value=value,
    )


def _absent(n: int) -> tuple[Code, tuple[str, ...]]:
    return np.broadcast_to(np.int32(-1), n), ()


def _codes(column: pa.ChunkedArray) -> tuple[Code, tuple[str, ...]]:
    """Return codes (-1 null) into the texts of the column's dictionary, and the texts."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    combined = column.unify_dictionaries().combine_chunks()
    words = combined.dictionary.to_pylist() if isinstance(combined, pa.DictionaryArray) else []
    if not words:
        return np.full(len(column), -1, np.int32), ()
    return places_of(combined), tuple(words)


def places_of(coded: pa.DictionaryArray) -> Code:
    """Return each row's place in the dictionary, -1 for null."""
    filled = coded.indices.fill_null(-1) if coded.indices.null_count else coded.indices
    places: Code = filled.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return places


def _seconds(times: pa.ChunkedArray) -> Int:
    """Return UTC times as epoch seconds, rounded up."""
    micros = times.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()
    seconds: Int = whole_seconds(micros)
    return seconds


def _last_lead_from(leads: pa.ChunkedArray) -> int:
    """Return the row at which the last lead begins."""
    return int(run_starts(_codes(leads)[0])[-2])


def _disorder(log: EventLog) -> str | None:
    """Say what is out of order within a batch, if anything is."""
    ids = log.lead_ids
    back = np.flatnonzero(ids[1:] <= ids[:-1])
    if len(back):
        return f"lead {ids[back[0] + 1]} comes after {ids[back[0]]}"
    lead = goes_back(log.time, log.start)
    return None if lead < 0 else f"times of lead {ids[lead]} go back"
