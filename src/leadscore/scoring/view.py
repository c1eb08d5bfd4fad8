"""One look at leads, seen twice: as features for the model and as points by the manual grid.

Training and the nightly job both come through here, so they cannot see differently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from leadscore.domain.mapping import Property
from leadscore.domain.rules import Grid
from leadscore.domain.settings import FeatureSettings
from leadscore.history.features import FeatureTable, build, properties_at
from leadscore.history.log import EventLog, Moments
from leadscore.scoring.grid import GridScore, evaluate


@dataclass(frozen=True)
class Sources:
    """What the ingest stage knows: tables, and what their columns mean."""

    leads: pd.DataFrame
    outcomes: pd.DataFrame
    events: pd.DataFrame
    properties: Sequence[Property]
    event_labels: Mapping[str, str]
    engagement_types: Sequence[str]
    has_events: bool

    def log(self, looks: pd.DataFrame) -> EventLog | None:
        """Return the events of the looked-at leads, sorted; None where the source has none."""
        return (
            EventLog.from_table(self.events, looks["lead_id"].unique()) if self.has_events else None
        )


def view(
    looks: pd.DataFrame, sources: Sources, grid: Grid, settings: FeatureSettings
) -> tuple[FeatureTable, GridScore]:
    """Build features and grid points of every look, rows in its order.

    Parameters
    ----------
    looks
        Columns lead_id, as_of, order, age_days; grain (lead_id, as_of).
    """
    log = sources.log(looks)
    table = build(
        looks,
        sources.leads,
        log,
        properties=sources.properties,
        event_labels=sources.event_labels,
        engagement_types=sources.engagement_types,
        settings=settings,
    )
    # Rules may use every property that is no leak; the excluded ones are not known at as_of.
    usable = [p for p in sources.properties if not p.excluded]
    properties = properties_at(looks, sources.leads, usable).assign(
        age_days=looks["age_days"].to_numpy(dtype=float)
    )
    moments = Moments.from_table(looks, log) if log is not None else None
    scored = evaluate(
        grid,
        properties,
        log,
        moments,
        as_of=looks["as_of"],
        engagement_types=sources.engagement_types,
        known_types=tuple(sources.event_labels),
    )
    return table, scored
