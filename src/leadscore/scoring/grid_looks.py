"""What manual grids say of looks, without the model's features: for trying, comparing and replaying.

The points are those that training and the nightly job see: the same properties, events and bots.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.errors import InputError
from leadscore.domain.rules import Grid
from leadscore.domain.settings import Settings
from leadscore.history import snapshots as looks_at
from leadscore.history.by_lead import ByLead
from leadscore.history.demographics import Competitors, derive
from leadscore.history.kernel import Sweep
from leadscore.history.log import Mask, Moments
from leadscore.history.properties import properties_at
from leadscore.metrics import rate
from leadscore.scoring.grid import GridScore, evaluate, tiers
from leadscore.scoring.grid.conditions import Evidence
from leadscore.scoring.grid.lint import Known
from leadscore.scoring.grid.serving import serves
from leadscore.scoring.grid.vocabulary import Vocabulary
from leadscore.scoring.view import Part, Sources

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Graded:
    """What one grid says of looks, and which of them it is for: `served` bool[n]."""

    score: GridScore
    served: Mask


@dataclass(frozen=True)
class Facts:
    """What is known at the looks of one part: `properties` a row per look, and the events seen."""

    looks: pd.DataFrame
    properties: pd.DataFrame
    sweep: Sweep | None


def facts_of(looks: pd.DataFrame, part: Part, settings: Settings) -> Facts:
    """Return what grids are judged on at looks at the leads of one part, rows in their order."""
    looks = looks.reset_index(drop=True)
    known, log = part.sources, part.log
    properties = properties_at(
        looks,
        known.leads,
        [p for p in known.properties if not p.excluded],
        competitors=Competitors.declared(settings.demographics),
        changes=known.changes,
    )
    sweep = None if log is None else Sweep(log, Moments.from_table(looks, log))
    age = looks["age_days"].to_numpy(dtype=float)
    return Facts(looks, properties.assign(age_days=age), sweep)


def graded(
    looks: pd.DataFrame,
    sources: Sources,
    grids: Sequence[Grid],
    settings: Settings,
    *,
    progress: Progress | None = None,
) -> list[Graded]:
    """Return what each grid says of every look, rows in the looks' order.

    Parameters
    ----------
    looks
        Columns lead_id, as_of, order, age_days; grain (lead_id, as_of). Every lead is in `sources`.
    progress
        Called with the leads done and all leads, after every part.

    Raises
    ------
    ValueError
        A look is at a lead that the source does not know.
    """
    by_lead = ByLead.of(looks, sources.lead_ids)
    if by_lead.start[0]:
        raise ValueError(f"graded: {by_lead.start[0]} looks at leads that the source does not know")
    places: list[npt.NDArray[np.intp]] = []
    scores: list[list[Graded]] = []
    for part in sources.parts(settings.bots):
        here = by_lead.rows(part.span)
        if len(here) or not places:
            places.append(here)
            facts = facts_of(looks.iloc[here], part, settings)
            scores.append([_scored(grid, facts, sources) for grid in grids])
        if progress is not None:
            progress(part.span.stop, len(sources.lead_ids))
    back = np.argsort(np.concatenate(places), kind="stable")
    return [_joined([score[i] for score in scores], back) for i in range(len(grids))]


def as_if_always(grid: Grid, day: pd.Timestamp) -> Grid:
    """Return the grid of a day without its dates: what it would have said at any other time.

    The day is that of the grid's version where that is later: a proposal is tried before it is in force.
    """
    at = grid.version if pd.isna(day) else max(day.date(), grid.version)
    ever = {"from_": None, "until": None}
    return grid.model_copy(
        update={
            "rules": [r.model_copy(update=ever) for r in grid.rules if r.in_force(at)],
            "disqualifiers": [
                d.model_copy(update=ever) for d in grid.disqualifiers if d.in_force(at)
            ],
        }
    )


def open_looks(sources: Sources, *, shape: str, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return a look at every lead that is open at a moment; without dates, at every lead.

    Raises
    ------
    InputError
        ``no-open-leads``: nobody to look at.
    """
    if shape == "wide":
        return looks_at.single(sources.leads, sources.outcomes)
    looks = looks_at.at_moment(sources.leads, sources.outcomes, as_of=as_of)
    if looks.empty:
        raise InputError(
            "no-open-leads",
            f"none of {len(sources.leads):,} leads is open at {as_of:%Y-%m-%d %H:%M}Z",
            fix="choose another --as-of",
        )
    return looks


def points_table(grid: Grid, looks: pd.DataFrame, score: GridScore) -> pd.DataFrame:
    """Return a row per look: lead_id, as_of, points, tier, cell, disqualified, group sums, each rule.

    The rules' columns are called ``rule_`` and their id; points after decay, before limits and caps.
    """
    return pd.DataFrame(
        {
            "lead_id": looks["lead_id"].to_numpy(dtype=object),
            "as_of": looks["as_of"].dt.strftime("%Y-%m-%dT%H:%M:%SZ").to_numpy(dtype=object),
            "points": score.points,
            "tier": tiers(grid, score.points),
            "cell": score.cell,
            "disqualified": score.disqualified,
            "fit": score.fit,
            "engagement": score.engagement,
            **{f"rule_{rule}": score.trace[:, i] for i, rule in enumerate(score.rule_ids)},
        }
    )


def known_of(sources: Sources, names: Vocabulary) -> Known:
    """Return what a source can say: names, the texts its leads have, and how often they are known."""
    usable = [p.name for p in sources.properties if not p.excluded]
    table = derive(sources.leads[usable])
    texts = {
        str(name): sorted(map(str, table[name].dropna().unique()))
        for name in table.columns
        if not pd.api.types.is_numeric_dtype(table[name])
    }
    filled = {name: rate(int(sources.leads[name].notna().sum()), len(table)) for name in usable}
    return Known(names, texts, filled)


def some_leads(sources: Sources, *, at_most: int) -> Sources:
    """Return the sources of at most so many leads, evenly spread over the ids: the same every time."""
    ids = sources.lead_ids
    if len(ids) <= at_most:
        return sources
    kept = ids[np.linspace(0, len(ids) - 1, num=at_most).astype(np.int64)]
    return only(sources, kept)


def only(sources: Sources, lead_ids: npt.NDArray[np.object_]) -> Sources:
    """Return the sources of these leads alone; events are not cut."""

    def rows(table: pd.DataFrame) -> pd.DataFrame:
        return table.loc[table["lead_id"].isin(lead_ids)].reset_index(drop=True)

    changes = None if sources.changes is None else rows(sources.changes)
    return replace(
        sources, leads=rows(sources.leads), outcomes=rows(sources.outcomes), changes=changes
    )


def taken(score: GridScore, rows: Mask) -> GridScore:
    """Return what a grid says of some of the looks."""
    return _per_row(score, lambda name: getattr(score, name)[rows])


def _scored(grid: Grid, facts: Facts, sources: Sources) -> Graded:
    score = evaluate(
        grid,
        facts.properties,
        facts.sweep,
        as_of=facts.looks["as_of"],
        engagement_types=sources.engagement_types,
        known_types=tuple(sources.event_labels),
    )
    return Graded(score, serves(grid, Evidence(facts.properties, None)))


def _joined(parts: Sequence[Graded], back: npt.NDArray[np.intp]) -> Graded:
    """Join what one grid says of disjoint parts; `back` puts the rows in order."""
    score = _per_row(
        parts[0].score,
        lambda name: np.concatenate([getattr(part.score, name) for part in parts])[back],
    )
    return Graded(score, np.concatenate([part.served for part in parts])[back])


def _per_row(score: GridScore, column: Callable[[str], npt.NDArray[Any]]) -> GridScore:
    """Return the score with other columns: those with a row per look."""
    names = [f.name for f in fields(GridScore) if isinstance(getattr(score, f.name), np.ndarray)]
    changed: dict[str, Any] = {name: column(name) for name in names}
    return replace(score, **changed)
