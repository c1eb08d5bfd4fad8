"""From tables to the snapshots table: looks, labels, features and grid points in one frame."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from leadscore.domain.rules import Grid
from leadscore.domain.settings import Settings
from leadscore.history import snapshots as looks_at
from leadscore.history.features import Feature
from leadscore.history.labels import label, label_wide
from leadscore.scoring.view import Sources, view

Counts = dict[str, int | list[str]]


@dataclass(frozen=True)
class Taken:
    """The snapshots table, what its feature columns are, and how many rows came of what."""

    snapshots: pd.DataFrame
    features: tuple[Feature, ...]
    counts: Counts


def take(
    sources: Sources, grid: Grid, settings: Settings, *, shape: str, until: pd.Timestamp
) -> Taken:
    """Take, label and describe every look at every lead.

    Parameters
    ----------
    shape
        ``wide`` sources are looked at once, without dates; others by `settings.snapshots`.
    until
        Moment of the export (UTC).
    """
    looks = labelled_looks(sources, settings, shape=shape, until=until)
    table, points = view(looks, sources, grid, settings.features)
    frame = pd.concat([looks.reset_index(drop=True), table.rows], axis=1)
    frame["grid_points"] = points.points
    counts: Counts = {
        "leads": int(sources.leads["lead_id"].nunique()),
        "leads_without_outcome": int(
            (~sources.leads["lead_id"].isin(sources.outcomes["lead_id"])).sum()
        ),
        "leads_looked_at": int(looks["lead_id"].nunique()),
        "looks": len(looks),
        "mature": int(looks["is_mature"].sum()),
        "won": int((looks["label"] == 1).sum()),
        "grid_rules_not_evaluable": [
            f"{rule}: lacks {', '.join(what)}"
            for rule, what in sorted(points.not_evaluable.items())
        ],
    }
    return Taken(frame, table.features, counts)


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
    return label(looks, outcomes, horizon_days=settings.label.horizon_days, until=until)
