"""One lead explained: its tables, issued scores, bundle and evidence are read, and what they say is put together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from leadscore.adapters import grids, issued
from leadscore.adapters.appending import put
from leadscore.adapters.bundle import Bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.decisions import decision_in_force
from leadscore.adapters.one_lead import of_one_lead, twins
from leadscore.adapters.registry.serving import Serving, no_champion, serving
from leadscore.domain.errors import InputError, LeadscoreError
from leadscore.domain.rules import Grid
from leadscore.domain.settings import Settings
from leadscore.history.features import DERIVED
from leadscore.review.language import language_named
from leadscore.review.lead import Issued, LeadTold
from leadscore.review.lead_page import render
from leadscore.scoring.counterfactuals import OneLead, what_ifs
from leadscore.scoring.explained import Standing, standing
from leadscore.scoring.grid.several import grids_of
from leadscore.scoring.grid.several import serving as serving_number
from leadscore.scoring.grid.tracing import LeadTrace, trace_lead
from leadscore.scoring.grid_looks import Facts, facts_of
from leadscore.scoring.nightly import open_looks, refuse_other_features, refuse_stale
from leadscore.scoring.not_open import why_not_open
from leadscore.scoring.reasoning import Reasoning
from leadscore.scoring.segments import unfit_of
from leadscore.scoring.similar import Similar, similar_leads
from leadscore.scoring.steps import event_steps, property_steps
from leadscore.scoring.thresholds import Decision
from leadscore.scoring.view import Sources, view

_EVIDENCE = [
    "lead_id", "as_of", "order", "label", "p_model", "p_grid", "p_base",
]  # fmt: skip

_OF_ISSUED = ["score", "tier", "opinion", "bundle_sha256"]


def explained(
    workspace: Workspace,
    settings: Settings,
    lead_id: str,
    *,
    as_of: pd.Timestamp | None,
    language: Literal["en", "fr"] | None = None,
) -> LeadTold:
    """Return what is told of one lead; of the events only its own are read.

    Parameters
    ----------
    as_of
        Moment to look at; None: that of the export.
    language
        Of the reasons' words; None: `review.language`.

    Raises
    ------
    InputError
        ``unknown-lead``; ``not-yet-created`` or ``not-yet-open`` at that moment; ``closed-lead``: when
        and how, with the last issued score; ``no-outcome``: nothing says whether it is open. And as
        `registry.serving.serving`, `adapters.issued.read_partition`.
    GateError
        ``stale-export``: the moment lies too long after the export.
    """
    whole, shape, until = workspace.sources(), workspace.shape(), workspace.observed_until()
    one = of_one_lead(workspace, whole, lead_id)
    moment: pd.Timestamp = until if as_of is None else as_of
    if shape == "wide":
        moment = pd.Timestamp("NaT")
    refuse_stale(moment, until, settings)
    history = _history(workspace, lead_id, moment, settings)
    look = open_looks(one, shape=shape, as_of=moment)
    if look.empty:
        raise why_not_open(one, lead_id, moment, last_issued=_last_issued(history))
    pinned = serving(workspace, settings.source.name)
    decision = decision_in_force(workspace.config, settings, as_of=moment)
    bundle, said = pinned.bundle, language or settings.review.language
    how = Reasoning(bundle.scorer, settings.score.reasons_per_sign, said, bundle.typical)
    return _told(workspace, settings, whole, one, look, pinned, decision, history, how)


def write_card(path: Path, told: LeadTold, settings: Settings, *, language: str | None) -> None:
    """Write a lead's card as one HTML file that needs nothing but itself.

    Raises
    ------
    InputError
        ``missing-folder``: the file's folder is not there.
    """
    if not path.parent.is_dir():
        raise InputError(
            "missing-folder", "the folder is not there", file=path.parent,
            fix="make the folder, or name another --html",
        )  # fmt: skip
    said = language_named(language or settings.review.language)
    put(path, render(told, settings, said).encode())


def _told(
    workspace: Workspace,
    settings: Settings,
    whole: Sources,
    one: Sources,
    look: pd.DataFrame,
    pinned: Serving,
    decision: Decision,
    history: list[Issued],
    how: Reasoning,
) -> LeadTold:
    bundle, lead_id = pinned.bundle, str(look["lead_id"].iloc[0])
    scorer, moment = bundle.scorer, look["as_of"].iloc[0]
    seen = view(look, one, scorer.grid, settings)
    refuse_other_features(scorer, seen[0].rows.columns)
    about = decision.thresholds, unfit_of(bundle.manifest)
    now = standing(how, one, look, seen, settings, *about)
    facts = facts_of(look, next(one.parts(settings.bots)), settings)
    number = int(serving_number(scorer.grid, facts.properties)[0])
    grid = grids_of(scorer.grid)[number]
    types = dict(one.event_labels) if one.events is not None else {}
    steps = event_steps(types, scorer.grid, without=_ending(workspace, settings))
    steps += property_steps(facts.properties.iloc[0], whole.leads, whole.properties, settings)
    lead = OneLead(scorer, one, look, settings, decision.thresholds)
    return LeadTold(
        lead_id=lead_id,
        source=settings.source.name,
        as_of=moment,
        standing=now,
        thresholds=decision.thresholds,
        decision_id=decision.id,
        bundle_sha256=bundle.sha256,
        history=history,
        similar=_similar(workspace, settings, bundle, now, lead_id, moment),
        grid=grid,
        trace=_trace(grid, facts, one, lead_id, moment),
        what_ifs=what_ifs(lead, steps),
        labels={**DERIVED, **{p.name: p.label for p in one.properties}, **one.event_labels},
        notes=_notes(pinned, whole, lead_id),
    )


def _trace(grid: Grid, facts: Facts, one: Sources, lead_id: str, moment: pd.Timestamp) -> LeadTrace:
    return trace_lead(
        grid, facts.properties, facts.sweep, lead_id=lead_id, as_of=moment,
        engagement_types=one.engagement_types, known_types=tuple(one.event_labels),
    )  # fmt: skip


def _similar(
    workspace: Workspace,
    settings: Settings,
    bundle: Bundle,
    now: Standing,
    lead_id: str,
    moment: pd.Timestamp,
) -> Similar:
    """Return the rate of leads scored alike, by the out-of-time scores of the newest training."""
    evidence = workspace.table("evidence", "evidence", columns=_EVIDENCE)
    within = settings.explain.similar_points
    figure = similar_leads(
        evidence, lead_id=lead_id, score=now.score, within=within, opinion=now.opinion,
        scale=bundle.scorer.scale, as_of=moment, horizon_days=settings.label.horizon_days,
        min_leads=settings.review.min_leads,
    )  # fmt: skip
    newest = workspace.hash_of_file("bundle", "manifest.json")
    return Similar(
        figure, now.score, None if now.opinion == "base_rate" else within,
        None if pd.isna(moment) else settings.label.horizon_days,
        "own" if newest == bundle.sha256 else "newest",
    )  # fmt: skip


def _history(
    workspace: Workspace, lead_id: str, moment: pd.Timestamp, settings: Settings
) -> list[Issued]:
    """Return the lead's issued scores up to the moment, oldest first; the last run of a moment counts."""
    folders: dict[pd.Timestamp, Path] = {}
    for at, folder in issued.dated(workspace.folders["issued"]):
        if not pd.isna(moment) and at <= moment:
            folders[at] = folder
    told = []
    for at in sorted(folders)[-settings.explain.moments :]:
        scores = issued.read_partition(folders[at])
        rows = scores.loc[scores["lead_id"] == lead_id, _OF_ISSUED]
        told += [Issued(at, *row) for row in rows.itertuples(index=False, name=None)]
    return told


def _last_issued(history: Sequence[Issued]) -> str:
    if not history:
        return "it was never issued a score"
    last = history[-1]
    return f"its last issued score was {last.score:.1f}, {last.tier}, on {last.as_of:%Y-%m-%d}"


def _ending(workspace: Workspace, settings: Settings) -> list[str]:
    """Return the event types that end a lead; none where there is no mapping to read."""
    try:
        ends = grids.mapping_of(workspace, settings).outcomes_from_events
    except LeadscoreError:  # a fault of the mapping is told by ingest
        return []
    return [] if ends is None else list(ends.types)


def _notes(pinned: Serving, whole: Sources, lead_id: str) -> list[str]:
    notes = []
    if pinned.line is None:
        notes.append(no_champion(pinned.bundle.scorer.opinion))
    if whole.events is None:
        notes.append("this source has no events: only properties can still change")
    if others := twins(lead_id, whole.leads["lead_id"]):
        notes.append(f"ids that differ from this one in case only: {', '.join(others[:3])}")
    return notes
