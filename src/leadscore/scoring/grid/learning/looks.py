"""Looks with known outcomes as the grid sees them: points by rule, at any date as if in force.

Leads go by in parts with their events; how they are cut changes no number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.rules import Disqualifier, Grid, Rule
from leadscore.domain.settings import Settings
from leadscore.history.by_lead import ByLead
from leadscore.history.demographics import Competitors
from leadscore.history.kernel import Sweep
from leadscore.history.log import DAY, Moments
from leadscore.history.properties import properties_at
from leadscore.history.splits import Windows, ordered_windows
from leadscore.scoring.grid.conditions import Evidence
from leadscore.scoring.grid.points import GridScore, evaluate
from leadscore.scoring.grid.serving import serves
from leadscore.scoring.view import Sources

Float = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Kind = TypeVar("Kind", Rule, Disqualifier)


@dataclass(frozen=True)
class Looks:
    """Mature looks in order, cut into windows; a grid is learned before `test` and judged on it.

    `table` sorted by (order, lead_id); `lead` int64[n] numbers of the leads by their first look;
    `is_dated` whether order is a time.
    """

    table: pd.DataFrame
    windows: Windows
    lead: Codes
    is_dated: bool

    @property
    def y(self) -> Float:
        """Labels, float64[n]."""
        return self.table["label"].to_numpy(dtype=np.float64)


def looks_of(snapshots: pd.DataFrame, settings: Settings, *, is_dated: bool) -> Looks:
    """Return the mature looks of a snapshots table, cut like those of a training.

    Raises
    ------
    GateError
        ``no-window``: there are too few for three ordered windows.
    """
    mature = snapshots.loc[snapshots["is_mature"]]
    table = mature.sort_values(["order", "lead_id"], ignore_index=True)
    windows = ordered_windows(
        table["order"].to_numpy(),
        calibrate_share=settings.split.calibrate_share,
        test_share=settings.split.test_share,
        purge=settings.label.horizon_days * DAY if is_dated else 0,
    )
    return Looks(table, windows, pd.factorize(table["lead_id"])[0].astype(np.int64), is_dated)


def as_if_in_force(grid: Grid, day: date) -> Grid:
    """Return the rules and disqualifiers of a day without their dates, to ask them of any day."""
    return grid.model_copy(
        update={
            "rules": [_undated(rule) for rule in grid.rules if rule.in_force(day)],
            "disqualifiers": [_undated(d) for d in grid.disqualifiers if d.in_force(day)],
        }
    )


def served(looks: pd.DataFrame, sources: Sources, grid: Grid, settings: Settings) -> Mask:
    """Mark the looks at leads that the grid is for (its `serves`); rows in their order."""
    if grid.serves is None:
        return np.ones(len(looks), dtype=np.bool_)
    holds = np.zeros(len(looks), dtype=np.bool_)
    for here, properties, _, _ in _parts(looks, sources, settings):
        holds[here] = serves(grid, Evidence(properties, None))
    return holds


def scores_at(
    looks: pd.DataFrame, sources: Sources, grids: Sequence[Grid], settings: Settings
) -> list[GridScore]:
    """Return what each grid says of every look, rows in its order.

    Parameters
    ----------
    looks
        Columns lead_id, as_of, age_days; every lead is in `sources`.
    """
    places, told = [], []
    for here, properties, sweep, known in _parts(looks, sources, settings):
        places.append(here)
        told.append([
            evaluate(
                grid, properties, sweep,
                as_of=looks["as_of"].iloc[here].reset_index(drop=True),
                engagement_types=known.engagement_types,
                known_types=tuple(known.event_labels),
            )
            for grid in grids
        ])  # fmt: skip
    back = np.argsort(np.concatenate(places))
    return [_joined(scores, back) for scores in zip(*told, strict=True)]


def _parts(
    looks: pd.DataFrame, sources: Sources, settings: Settings
) -> Iterator[tuple[npt.NDArray[np.intp], pd.DataFrame, Sweep | None, Sources]]:
    """Yield, part by part of the leads, the places of their looks, properties as of then, and events."""
    by_lead = ByLead.of(looks, sources.lead_ids)
    for part in sources.parts(settings.bots):
        here = by_lead.rows(part.span)
        if not len(here):
            continue
        own, known, log = looks.iloc[here].reset_index(drop=True), part.sources, part.log
        properties = properties_at(
            own,
            known.leads,
            [p for p in known.properties if not p.excluded],
            competitors=Competitors.declared(settings.demographics),
            changes=known.changes,
        ).assign(age_days=own["age_days"].to_numpy(dtype=float))
        yield (
            here,
            properties,
            None if log is None else Sweep(log, Moments.from_table(own, log)),
            known,
        )


def _joined(scores: Sequence[GridScore], back: npt.NDArray[np.intp]) -> GridScore:
    per_row: dict[str, Any] = {
        column.name: np.concatenate([getattr(score, column.name) for score in scores])[back]
        for column in fields(GridScore)
        if isinstance(getattr(scores[0], column.name), np.ndarray)
    }
    return replace(scores[0], **per_row)


def _undated(criterion: Kind) -> Kind:
    return criterion.model_copy(update={"from_": None, "until": None})
