"""A project's leads range by range, ascending by id: a night holds the tables of one range, not of all.

Tables the ingest stage writes are sorted by lead, so a range is read from the row groups it lies in; of
tables in another order every row group is looked through, once a range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from leadscore.adapters.catalog import Workspace
from leadscore.history.log import EventLog, EventSource
from leadscore.scoring.view import Sources
from leadscore.scoring.whole_night import Leads


@dataclass(frozen=True)
class Range:
    """Leads from `low` on and before `high` (None: all that follow), by id."""

    low: str
    high: str | None
    n_leads: int

    @property
    def filters(self) -> list[tuple[str, str, object]]:
        """What a row of these leads passes."""
        ends: list[tuple[str, str, object]] = [("lead_id", ">=", self.low)]
        return ends if self.high is None else [*ends, ("lead_id", "<", self.high)]


def ranges_of(workspace: Workspace, at_once: int) -> list[Range]:
    """Cut a project's leads into ranges of so many, the last one smaller.

    Raises
    ------
    InputError
        ``missing-file`` or ``damaged-table``.
    """
    ids = workspace.table("tables", "leads", columns=["lead_id"])["lead_id"].sort_values()
    lows = ids.iloc[::at_once].tolist()
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
    events = None if reading is None else _Events(reading, some)
    return workspace.with_rows(replace(known, events=events), some.filters)


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
