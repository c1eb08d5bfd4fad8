"""One look at leads, seen twice: as features for the model and as points by the manual grid.

Training and the nightly job both come through here, so they cannot see differently. Leads go by in
parts, as their events come: how they are cut changes no number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.mapping import Property
from leadscore.domain.settings import BotSettings, Settings
from leadscore.history.bots import BotCount, screen
from leadscore.history.by_lead import ByLead
from leadscore.history.demographics import Competitors
from leadscore.history.features import FeatureTable, build
from leadscore.history.kernel import Sweep
from leadscore.history.log import EventLog, EventSource, EventTable, Moments
from leadscore.history.properties import properties_at
from leadscore.scoring.grid import GridScore
from leadscore.scoring.grid.several import AnyGrid, score_each


@dataclass(frozen=True)
class Sources:
    """What the ingest stage knows: tables, events, and what their columns mean.

    `events` is None where the source has no event log, `changes` where it tells no property's history.
    """

    leads: pd.DataFrame
    outcomes: pd.DataFrame
    events: EventSource | None
    properties: Sequence[Property]
    event_labels: Mapping[str, str]
    engagement_types: Sequence[str]
    changes: pd.DataFrame | None = None

    @cached_property
    def lead_ids(self) -> npt.NDArray[np.object_]:
        """Ids of the leads, ascending."""
        return np.sort(self.leads["lead_id"].to_numpy(dtype=object))

    def parts(self, bots: BotSettings) -> Iterator[Part]:
        """Yield the leads in parts, ascending by id, each with its outcomes and all its events.

        Opens and clicks that no person made are left out of the events, and counted.
        """
        ids, done = self.lead_ids, 0
        if self.events is None:
            yield Part(self, slice(0, len(ids)), None, ())
            return
        for log in self.events.batches():
            upto = int(np.searchsorted(ids, log.lead_ids[-1], side="right"))
            if upto > done:
                span = slice(done, upto)
                screened = screen(log.of_leads(ids[span]), bots, declared=self.event_labels)
                yield Part(self.of_leads(span), span, screened.log, screened.counts)
                done = upto
        if done < len(ids):
            span = slice(done, len(ids))
            yield Part(self.of_leads(span), span, EventLog.empty(ids[span]), ())

    def of_leads(self, span: slice) -> Sources:
        """Return the same of the leads ``lead_ids[span]`` alone; events are not cut."""
        if span == slice(0, len(self.lead_ids)):
            return self
        leads, outcomes, changes = self._by_lead
        return replace(
            self,
            leads=leads.of_leads(span),
            outcomes=outcomes.of_leads(span),
            changes=None if changes is None else changes.of_leads(span),
        )

    def without_rows(self) -> Sources:
        """Return the same without any lead: what the columns mean, and nothing else."""
        return replace(
            self,
            leads=self.leads.head(0).copy(),
            outcomes=self.outcomes.head(0).copy(),
            events=None if self.events is None else EventTable(pd.DataFrame()),
            changes=None if self.changes is None else self.changes.head(0).copy(),
        )

    @cached_property
    def _by_lead(self) -> tuple[ByLead, ByLead, ByLead | None]:
        ids = self.lead_ids
        changes = None if self.changes is None else ByLead.of(self.changes, ids)
        return ByLead.of(self.leads, ids), ByLead.of(self.outcomes, ids), changes


@dataclass(frozen=True)
class Part:
    """The leads ``lead_ids[span]`` of a source with all their events (None: the source has none).

    `bots` are the counts of opens and clicks left out.
    """

    sources: Sources
    span: slice
    log: EventLog | None
    bots: tuple[BotCount, ...]


View = tuple[FeatureTable, GridScore]


def view(looks: pd.DataFrame, sources: Sources, grid: AnyGrid, settings: Settings) -> View:
    """Build features and grid points of every look, rows in its order.

    Parameters
    ----------
    looks
        Columns lead_id, as_of, order, age_days; grain (lead_id, as_of). Every lead is in `sources`.

    Raises
    ------
    ValueError
        A look is at a lead that the source does not know.
    """
    by_lead = ByLead.of(looks, sources.lead_ids)
    if by_lead.start[0]:
        raise ValueError(f"view: {by_lead.start[0]} looks at leads that the source does not know")
    places, views = [], []
    for part in sources.parts(settings.bots):
        here = by_lead.rows(part.span)
        if len(here):
            places.append(here)
            views.append(view_part(looks.iloc[here], part, grid, settings))
    if len(views) == 1:
        return views[0]
    if not views:
        return view_part(looks, Part(sources, slice(0), None, ()), grid, settings)
    back = np.argsort(np.concatenate(places))
    return _joined(views, back)


def view_part(looks: pd.DataFrame, part: Part, grid: AnyGrid, settings: Settings) -> View:
    """Build features and grid points of looks at the leads of one part, rows in their order."""
    looks = looks.reset_index(drop=True)
    known, log = part.sources, part.log
    sweep = None if log is None else Sweep(log, Moments.from_table(looks, log))
    # Rules may use every property that is no leak; the excluded ones are not known at as_of.
    usable = [p for p in known.properties if not p.excluded]
    properties = properties_at(
        looks,
        known.leads,
        usable,
        competitors=Competitors.declared(settings.demographics),
        changes=known.changes,
    )
    table = build(
        looks,
        properties,
        sweep,
        properties=usable,
        event_labels=known.event_labels,
        engagement_types=known.engagement_types,
        settings=settings.features,
    )
    scored = score_each(
        grid,
        properties.assign(age_days=looks["age_days"].to_numpy(dtype=float)),
        sweep,
        as_of=looks["as_of"],
        engagement_types=known.engagement_types,
        known_types=tuple(known.event_labels),
    )
    return table, scored


def rows_of(seen: View, span: slice) -> View:
    """Return some rows of a view."""
    table, score = seen
    per_row = {
        column.name: getattr(score, column.name)[span]
        for column in fields(GridScore)
        if isinstance(getattr(score, column.name), np.ndarray)
    }
    rows = table.rows.iloc[span].reset_index(drop=True)
    return replace(table, rows=rows), replace(score, **per_row)


def _joined(views: Sequence[View], back: npt.NDArray[np.intp]) -> View:
    """Join views of disjoint parts; `back` puts their rows, one after the other, in order."""
    tables, scores = zip(*views, strict=True)
    rows = pd.concat([table.rows for table in tables], ignore_index=True).iloc[back]
    per_row = {
        column.name: np.concatenate([getattr(score, column.name) for score in scores])[back]
        for column in fields(GridScore)
        if isinstance(getattr(scores[0], column.name), np.ndarray)
    }
    return replace(tables[0], rows=rows.reset_index(drop=True)), replace(scores[0], **per_row)
