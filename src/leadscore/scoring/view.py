"""One look at leads, seen twice: as features for the model and as points by the manual grid.

Training and the nightly job both come through here, so they cannot see differently. Leads go by in
parts, as their events come: how they are cut changes no number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.mapping import Property
from leadscore.domain.rules import Grid
from leadscore.domain.settings import BotSettings, Settings
from leadscore.history.bots import BotCount, screen
from leadscore.history.demographics import Competitors
from leadscore.history.features import FeatureTable, build
from leadscore.history.kernel import Sweep
from leadscore.history.log import EventLog, EventSource, Moments
from leadscore.history.properties import properties_at
from leadscore.scoring.grid import GridScore, evaluate


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

    def parts(self, bots: BotSettings) -> Iterator[Part]:
        """Yield the leads in parts, ascending by id, each with its outcomes and all its events.

        Opens and clicks that no person made are left out of the events, and counted.
        """
        if self.events is None:
            yield Part(self, None, ())
            return
        ids = self.leads["lead_id"].to_numpy(dtype=object)
        order = np.argsort(ids, kind="stable")
        done = 0
        for log in self.events.batches():
            upto = int(np.searchsorted(ids, log.lead_ids[-1], side="right", sorter=order))
            if upto > done:
                here = ids[order[done:upto]]
                screened = screen(log.of_leads(here), bots, declared=self.event_labels)
                yield Part(self._of(here), screened.log, screened.counts)
                done = upto
        if done < len(ids):
            rest = ids[order[done:]]
            yield Part(self._of(rest), EventLog.empty(rest), ())

    def without_rows(self) -> Sources:
        """Return the same without any lead: what the columns mean, and nothing else."""
        return replace(
            self,
            leads=self.leads.head(0).copy(),
            outcomes=self.outcomes.head(0).copy(),
            events=None,
            changes=None if self.changes is None else self.changes.head(0).copy(),
        )

    def _of(self, lead_ids: npt.NDArray[np.object_]) -> Sources:
        chosen = pd.Index(lead_ids)
        if len(lead_ids) == len(self.leads):
            return self

        def own(table: pd.DataFrame) -> pd.DataFrame:
            return table[table["lead_id"].isin(chosen)].reset_index(drop=True)

        changes = None if self.changes is None else own(self.changes)
        return replace(self, leads=own(self.leads), outcomes=own(self.outcomes), changes=changes)


@dataclass(frozen=True)
class Part:
    """Some leads with all their events (None: the source has none), and the bots' events left out."""

    sources: Sources
    log: EventLog | None
    bots: tuple[BotCount, ...]


View = tuple[FeatureTable, GridScore]


def view(looks: pd.DataFrame, sources: Sources, grid: Grid, settings: Settings) -> View:
    """Build features and grid points of every look, rows in its order.

    Parameters
    ----------
    looks
        Columns lead_id, as_of, order, age_days; grain (lead_id, as_of).
    """
    of_part = looks["lead_id"].to_numpy(dtype=object)
    places, views = [], []
    for part in sources.parts(settings.bots):
        here = np.flatnonzero(pd.Index(of_part).isin(part.sources.leads["lead_id"]))
        if len(here):
            places.append(here)
            views.append(view_part(looks.iloc[here], part, grid, settings))
    if len(views) == 1:
        return views[0]
    if not views:
        return view_part(looks, Part(sources, None, ()), grid, settings)
    back = np.argsort(np.concatenate(places))
    return _joined(views, back)


def view_part(looks: pd.DataFrame, part: Part, grid: Grid, settings: Settings) -> View:
    """Build features and grid points of looks at the leads of one part, rows in their order."""
    looks = looks.reset_index(drop=True)
    known, log = part.sources, part.log
    moments = Moments.from_table(looks, log) if log is not None else None
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
        None if log is None or moments is None else Sweep(log, moments),
        properties=usable,
        event_labels=known.event_labels,
        engagement_types=known.engagement_types,
        settings=settings.features,
    )
    scored = evaluate(
        grid,
        properties.assign(age_days=looks["age_days"].to_numpy(dtype=float)),
        log,
        moments,
        as_of=looks["as_of"],
        engagement_types=known.engagement_types,
        known_types=tuple(known.event_labels),
    )
    return table, scored


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
