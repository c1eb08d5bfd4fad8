"""From tables to the snapshots table: looks, labels, features and grid points in one frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from leadscore.domain.settings import Settings
from leadscore.history import snapshots as looks_at
from leadscore.history.bots import BotCount, summed
from leadscore.history.features import Feature
from leadscore.history.horizons import HorizonRow, horizon_counts, horizon_table
from leadscore.history.labels import fates, label, label_wide
from leadscore.history.leakage.gate import Finding, event_evidence, examine
from leadscore.scoring.grid import GridScore
from leadscore.scoring.grid.several import AnyGrid
from leadscore.scoring.view import Part, Sources, view_part

Counts = dict[str, Any]
_LEADS_AT_ONCE = 50_000  # some million looks, however long the history


@dataclass(frozen=True)
class Taken:
    """The snapshots table, what its feature columns are, and how many rows came of what."""

    snapshots: pd.DataFrame
    features: tuple[Feature, ...]
    counts: Counts

    def told_to(self, done: list[Taken]) -> pd.DataFrame:
        """Return the snapshots, and leave all the rest in `done`: rows need not be held."""
        done.append(replace(self, snapshots=self.snapshots.head(0).copy()))
        return self.snapshots


def take(
    sources: Sources, grid: AnyGrid, settings: Settings, *, shape: str, until: pd.Timestamp
) -> Taken:
    """Take, label and describe every look at every lead, all in memory; see `take_parts`."""
    parts = list(take_parts(sources, grid, settings, shape=shape, until=until))
    counts = parts[0].counts
    for part in parts[1:]:
        counts = counts_together(counts, part.counts)
    snapshots = pd.concat([part.snapshots for part in parts], ignore_index=True)
    return Taken(snapshots, parts[0].features, counts)


def take_parts(
    sources: Sources, grid: AnyGrid, settings: Settings, *, shape: str, until: pd.Timestamp
) -> Iterator[Taken]:
    """Take, label and describe the looks at the leads of one part after the other.

    Parameters
    ----------
    shape
        ``wide`` sources are looked at once, without dates; others by `settings.snapshots`.
    until
        Moment of the export (UTC).

    Yields
    ------
    Taken, ascending by lead id; at least one.
    """
    for part in sources.parts(settings.bots):
        looks = labelled_looks(part.sources, settings, shape=shape, until=until)
        table, points = view_part(looks, part, grid, settings)
        frame = pd.concat([looks.reset_index(drop=True), table.rows], axis=1)
        frame["grid_points"] = points.points
        yield Taken(frame, table.features, _counts(part, looks, points, settings, shape=shape))


def leaks_of(
    sources: Sources, settings: Settings, *, shape: str, until: pd.Timestamp
) -> list[Finding]:
    """Return what the leakage gate finds in a source, its events read batch by batch."""
    seen_until = None if pd.isna(until) else until
    gathered = None
    if sources.events is not None:
        gathered = event_evidence(
            sources.leads, sources.outcomes, settings.leakage, until=seen_until
        )
        for log in sources.events.batches():
            gathered.add(log)
    return examine(
        sources.properties,
        sources.leads,
        sources.outcomes,
        settings.leakage,
        log=gathered,
        changes=sources.changes,
        until=seen_until,
        is_dated=shape != "wide",
    )


def counts_together(one: Counts, other: Counts) -> Counts:
    """Return the counts of two parts as those of one: numbers add up, the rest is the same in both."""
    together: Counts = {
        name: value + more if isinstance(value, int) and isinstance(more, int) else value
        for (name, value), more in zip(one.items(), other.values(), strict=True)
    }
    bots = [[BotCount(**row) for row in counts["bots"]] for counts in (one, other)]
    return together | {"bots": [asdict(count) for count in summed(bots)]}


def _counts(
    part: Part, looks: pd.DataFrame, points: GridScore, settings: Settings, *, shape: str
) -> Counts:
    leads, outcomes = part.sources.leads, part.sources.outcomes
    return {
        "leads": int(leads["lead_id"].nunique()),
        "leads_without_outcome": int((~leads["lead_id"].isin(outcomes["lead_id"])).sum()),
        "leads_looked_at": int(looks["lead_id"].nunique()),
        "looks": len(looks),
        "mature": int(looks["is_mature"].sum()),
        **asdict(fates(looks, outcomes, horizon_days=_horizon(settings, shape))),
        "several_rule": settings.label.several,
        "bots": [asdict(count) for count in part.bots],
        "grid_rules_not_evaluable": [
            f"{rule}: lacks {', '.join(what)}"
            for rule, what in sorted(points.not_evaluable.items())
        ],
    }


def labelled_looks(
    sources: Sources, settings: Settings, *, shape: str, until: pd.Timestamp
) -> pd.DataFrame:
    """Return looks with labels: lead_id, as_of, order, age_days, label, is_mature."""
    leads, outcomes, s = sources.leads, sources.outcomes, settings.snapshots
    if shape == "wide":
        return label_wide(looks_at.single(leads, outcomes), outcomes)
    if s.kind == "ages":
        looks = looks_at.at_ages(leads, outcomes, ages_days=s.ages_days, until=until)
    else:
        looks = looks_at.calendar(
            leads, outcomes, every_days=s.every_days, max_age_days=s.max_age_days, until=until
        )
    asked = settings.label
    return label(
        looks, outcomes, horizon_days=asked.horizon_days, until=until, several=asked.several
    )


def compared_horizons(
    sources: Sources, settings: Settings, *, shape: str, until: pd.Timestamp
) -> tuple[HorizonRow, ...]:
    """Return how the label depends on the horizon; nothing for a source without dates.

    Leads are looked at again some at a time, without their events: the memory of one part is enough.
    """
    if shape == "wide":
        return ()
    asked, counted = settings.label, []
    n_leads = len(sources.lead_ids)
    for first in range(0, n_leads, _LEADS_AT_ONCE):
        some = sources.of_leads(slice(first, min(first + _LEADS_AT_ONCE, n_leads)))
        looks = labelled_looks(some, settings, shape=shape, until=until)
        days = (asked.horizon_days, *asked.compared_days)
        counted.append(
            horizon_counts(looks, some.outcomes, until=until, days=days, several=asked.several)
        )
    return horizon_table(
        counted,
        until=until,
        horizon_days=asked.horizon_days,
        n_resamples=settings.review.bootstrap,
        seed=settings.seed,
    )


def _horizon(settings: Settings, shape: str) -> int | None:
    return None if shape == "wide" else settings.label.horizon_days
