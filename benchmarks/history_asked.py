"""What the history benchmark asks of everyone: which leads at which dates, and which columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from benchmarks.history_data import ROOT, event_types, world
from leadscore.adapters.config.params import load_settings
from leadscore.domain.event_features import EventFeature
from leadscore.history.event_features import EventColumn, columns_of
from leadscore.history.log import Int, Moments

WINDOWS = (7, 30, 90, 365)
HALF_LIFE_DAYS = 14.0
LEFT_OUT = "bounce"
"""The rarest of the simulator's 13 types: the bars speak of 12."""

_NEVER = np.iinfo(np.int64).max


def asked_types() -> tuple[str, ...]:
    """Return the 12 event types, sorted."""
    return tuple(sorted(set(event_types().values()) - {LEFT_OUT}))


def dates(n: int) -> tuple[datetime, ...]:
    """Return 1 date, 12 first days of months, or 104 Mondays, the last ones of the history."""
    end = world().start + timedelta(weeks=world().n_weeks)
    if n == 1:
        return (end - timedelta(weeks=4),)
    if n == 12:
        last = end.year * 12 + end.month - 1
        months = [divmod(month, 12) for month in range(last - 11, last + 1)]
        return tuple(datetime(year, month + 1, 1, tzinfo=UTC) for year, month in months)
    return tuple(end - timedelta(weeks=k) for k in range(n, 0, -1))


@dataclass(frozen=True)
class Looks:
    """Leads (sorted ids) and the dates at which each may be looked at.

    `created` and `closed` are epoch seconds; a lead is looked at while ``created <= as_of < closed``,
    or from its creation on where `closed` is never.
    """

    lead_ids: npt.NDArray[np.object_]
    created: Int
    closed: Int
    dates: Int

    @classmethod
    def read(
        cls, leads: Path, n_leads: int, when: Sequence[datetime], *, also_closed: bool
    ) -> Looks:
        """Read the first `n_leads` leads; `also_closed` looks at all leads created so far."""
        with pq.ParquetFile(leads) as file:
            ends_at = np.cumsum(
                [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
            )
            n_groups = int(np.searchsorted(ends_at, n_leads)) + 1
            table = file.read_row_groups(list(range(n_groups))).slice(0, n_leads)
        created, closed = (table[name].cast("int64").to_numpy() for name in ("created", "closed"))
        ends = np.full(n_leads, _NEVER)
        if not also_closed:
            known = ~np.isnan(closed)
            ends[known] = closed[known].astype(np.int64) // 1_000_000
        as_of = np.array([int(moment.timestamp()) for moment in when])
        ids = np.array(table["lead_id"].to_pylist(), dtype=object)
        return cls(ids, created // 1_000_000, ends, as_of)

    def part(self, first: int, upto: int) -> tuple[Int, Moments]:
        """Return the looks at leads ``first:upto``: places in `dates`, and moments by lead and date."""
        low = np.searchsorted(self.dates, self.created[first:upto])
        high = np.maximum(np.searchsorted(self.dates, self.closed[first:upto]), low)
        start = np.concatenate([np.zeros(1, np.int64), np.cumsum(high - low)])
        date = np.arange(start[-1]) + np.repeat(low - start[:-1], high - low)
        as_of = self.dates[date]
        return date, Moments(as_of, None, as_of, start)


def bar_columns() -> list[EventColumn]:
    """Return the 72 columns of the bars: 12 types x (4 counts, recency, decayed sum)."""
    columns = _columns(
        [
            {"is": "count", "of": "each", "within_days": list(WINDOWS)},
            {"is": "recency", "of": "each"},
            {"is": "decayed_sum", "of": "each", "half_life_days": HALF_LIFE_DAYS},
        ]
    )
    return [column for column in columns if column.kind != LEFT_OUT]


def declared_columns() -> list[EventColumn]:
    """Return what params.yaml declares, and one line over the types of every other primitive."""
    declared = load_settings(ROOT / "params.yaml", []).features.events
    others = [
        {"is": "first", "of": "each"},
        {"is": "active_days", "of": "each", "within_days": 30},
        {"is": "sessions", "of": "each", "within_days": 30, "apart_minutes": 30},
        {"is": "longest_gap", "of": "each", "within_days": 90},
        {"is": "returns", "of": "each", "within_days": 30, "gap_days": 7, "apart_minutes": 30},
        {"is": "trend", "of": "each", "within_days": 30},
        {"is": "distinct_subjects", "of": "each", "within_days": 30},
        {"is": "value_sum", "of": "each", "within_days": 30},
        {"is": "value_last", "of": "each"},
        {"is": "ratio", "of": "email_opened", "per": "email_sent", "within_days": 90},
        {"is": "co_occurrence", "of": "download", "beside": "pricing_view", "within_days": 90,
         "within_hours": 24},
    ]  # fmt: skip
    is_there = {line.is_ for line in declared}
    return _columns([line for line in others if line["is"] not in is_there], declared)


def _columns(
    lines: Sequence[dict[str, object]], declared: Sequence[EventFeature] = ()
) -> list[EventColumn]:
    mapping_types = event_types().values()
    not_own = {"email_sent", "bounce", "unsubscribe", "call"}
    return columns_of(
        [*declared, *(EventFeature.model_validate(line) for line in lines)],
        labels={name: name for name in mapping_types},
        engagement=set(mapping_types) - not_own,
    )
