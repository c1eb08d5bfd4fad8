"""What a quarter's review reads: scores issued in it, or the training's out of time, and what came of the leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from leadscore.adapters import issued as partitions
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.grids import read_grids
from leadscore.adapters.decisions import decision_in_force, signed_decisions
from leadscore.adapters.marts import write_marts
from leadscore.domain.errors import InputError
from leadscore.domain.quarters import Quarter
from leadscore.domain.settings import Settings
from leadscore.history.properties import in_force
from leadscore.review.quarter.fading import Fading, inactive_days
from leadscore.review.quarter.joined import LOOK, Basis, Horizon, Joined, join
from leadscore.review.quarter.judging import Issued, Judged, judge
from leadscore.review.quarter.marts import marts_of
from leadscore.review.quarter.rows import Measure
from leadscore.review.quarter.tables import Heard, QuarterTables, quarter_tables
from leadscore.review.quarter.working import sales_acts
from leadscore.scoring.grid.decay.rules import rules_that_fade
from leadscore.scoring.grid.several import grids_of
from leadscore.scoring.thresholds import Decision, tier
from leadscore.scoring.view import Sources

_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class QuarterAsk:
    """Which quarter is looked back at, and whether the training's scores stand in for issued ones."""

    quarter: Quarter
    is_out_of_time: bool = False


def review_quarter(workspace: Workspace, settings: Settings, ask: QuarterAsk) -> QuarterTables:
    """Measure a quarter and write its rows into the marts.

    Raises
    ------
    InputError
        ``no-dates``: the source has none. ``quarter-to-come``: it begins after the export.
        ``no-issued-scores``: nothing was issued in it, or no look of the test window lies in it.
    """
    until, quarter = workspace.observed_until(), ask.quarter
    _refuse(quarter, until)
    basis: Basis = "out of time" if ask.is_out_of_time else "issued"
    looks, notes = (
        (_out_of_time(workspace, settings, quarter), ())
        if ask.is_out_of_time
        else _issued(workspace, quarter, settings.review.stuck_days)
    )
    sources = workspace.sources()
    joined = join(
        looks, sources.leads, sources.outcomes, quarter=quarter, basis=basis,
        horizon=Horizon(settings.label.horizon_days, settings.label.several, until),
        bands=settings.review.bands,
    )  # fmt: skip
    joined = joined.with_segments(_segments(joined, sources, settings.review.segments))
    heard = Heard(
        workspace.table("tables", "feedback"), workspace.table("tables", "nps"),
        _acts(joined, sources, settings), _fading(workspace, settings, joined, sources, until=until),
    )  # fmt: skip
    signed = signed_decisions(workspace.config)
    measure = Measure(settings.review, settings.seed)
    judged = None if ask.is_out_of_time else _judged(looks, sources, joined, signed, settings)
    told = quarter_tables(joined, heard, measure, notes=notes, judged=judged)
    write_marts(workspace.folders["marts"], marts_of(told, signed, source=settings.source.name))
    return told


def _judged(
    looks: pd.DataFrame, sources: Sources, joined: Joined, signed: Sequence[Decision],
    settings: Settings,
) -> Judged:  # fmt: skip
    """Hold the source's decisions against the scores issued under them in the quarter."""
    inside = looks.loc[looks["as_of"] >= joined.quarter.start]
    issued = Issued(inside, sources.leads, sources.outcomes, joined.quarter, joined.horizon)
    own = [each for each in signed if each.source == settings.source.name]
    return judge(issued, own, settings.thresholds, Measure(settings.review, settings.seed))


def _refuse(quarter: Quarter, until: pd.Timestamp) -> None:
    if pd.isna(until):
        raise InputError(
            "no-dates", "this source has no dates, so its scores belong to no quarter",
            column="--quarter", fix="run `leadscore review` without --quarter",
        )  # fmt: skip
    if quarter.start > until:
        raise InputError(
            "quarter-to-come",
            f"{quarter.name} begins on {quarter.start:%Y-%m-%d}, after the export of {until:%Y-%m-%d}",
            column="--quarter", fix=f"ask for {Quarter.of(until).name} or an earlier quarter",
        )  # fmt: skip


def _issued(
    workspace: Workspace, quarter: Quarter, days_before: int
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the looks issued in a quarter and twice so many days before it; of several runs the last issued."""
    runs = partitions.dated(workspace.folders["issued"])
    inside = [run for run in runs if quarter.start <= run[0] < quarter.end]
    if not inside:
        raise _nothing(quarter, [moment for moment, _ in runs], "scores issued")
    begin = quarter.start - 2 * days_before * _DAY
    last = {moment: folder for moment, folder in runs if begin <= moment < quarter.end}
    notes = []
    if n_more := len(inside) - len({moment for moment, _ in inside}):
        notes.append(
            f"{n_more:,} runs for a moment that was scored again later are left out: of several the last "
            "issued counts."
        )  # fmt: skip
    return pd.concat([_looks_of(folder) for folder in last.values()], ignore_index=True), tuple(notes)  # fmt: skip


def _looks_of(folder: Path) -> pd.DataFrame:
    scores = partitions.read_partition(folder)
    stamped = scores["explore"] if "explore" in scores else np.full(len(scores), np.nan)
    return scores.assign(explore=np.asarray(stamped, dtype=np.float64))[[*LOOK, "decision_id"]]


def _out_of_time(workspace: Workspace, settings: Settings, quarter: Quarter) -> pd.DataFrame:
    """Return the training's looks of the test window and later, with tiers by the thresholds in force then."""
    evidence = workspace.table("evidence", "evidence")
    waiting = workspace.table("evidence", "waiting")
    names = ["lead_id", "as_of", "score", "p_issued"]
    looks = pd.concat(
        [part for part in (evidence.loc[evidence["window"] == "test", names], waiting[names]) if len(part)],
        ignore_index=True,
    )  # fmt: skip
    before = looks.loc[looks["as_of"] < quarter.end]
    if not bool((before["as_of"] >= quarter.start).any()):
        raise _nothing(
            quarter, list(looks["as_of"].unique()), "looks that the training had not seen"
        )
    days = {
        moment: decision_in_force(workspace.config, settings, as_of=moment).thresholds
        for moment in before["as_of"].unique()
    }
    tiers = pd.Series("", index=before.index, dtype="str")
    for moment, thresholds in days.items():
        at = before["as_of"] == moment
        tiers = tiers.mask(at, pd.Series(tier(before["score"], thresholds), index=before.index))
    return before.rename(columns={"p_issued": "probability"}).assign(tier=tiers, explore=np.nan)


def _nothing(quarter: Quarter, moments: Sequence[pd.Timestamp], what: str) -> InputError:
    there = Counter(Quarter.of(moment).name for moment in moments)
    told = "there are none at all"
    if there:
        dates = f"from {min(moments):%Y-%m-%d} to {max(moments):%Y-%m-%d}"
        counted = ", ".join(f"{name} ({there[name]})" for name in sorted(there))
        told = f"there are some {dates}: {counted}"
    fix = "ask for one of these quarters" if there else "run `leadscore score` every night"
    if what == "scores issued":
        fix += ", or add --out-of-time to see what the training would have said"
    return InputError(
        "no-issued-scores", f"no {what} in {quarter.name}; {told}", column="--quarter", fix=fix
    )


def _segments(joined: Joined, sources: Sources, wanted: Sequence[str]) -> pd.DataFrame:
    """Return the segments the source has, as they stood at each first look where their history is told."""
    looks, known = joined.first, {p.name: p for p in sources.properties}
    of_lead = sources.leads.set_index("lead_id")
    columns = {}
    for name in wanted:
        if name not in of_lead or of_lead[name].dtype != "str":
            continue
        prop = known.get(name)
        if prop is not None and prop.known == "history" and sources.changes is not None:
            columns[name] = in_force(looks, sources.changes, prop).to_numpy()
        else:
            columns[name] = of_lead[name].reindex(looks["lead_id"]).to_numpy()
    return pd.DataFrame(columns, index=looks.index)


def _fading(
    workspace: Workspace, settings: Settings, joined: Joined, sources: Sources, *, until: pd.Timestamp
) -> Fading:  # fmt: skip
    """Return days since the last own action at each first look, and the rules that faded when the quarter ended."""
    grid = read_grids(workspace.config, settings.grid).grid
    day = min(joined.quarter.end - _DAY, until).date()
    named = ", ".join(f"{one.name} ({one.version})" for one in grids_of(grid))
    return Fading(
        inactive_days(joined.first, sources, settings.bots), rules_that_fade(grid.rules, day),
        f"Grid {named}, rules in force on {day}",
    )  # fmt: skip


def _acts(joined: Joined, sources: Sources, settings: Settings) -> pd.DataFrame | None:
    """Return sales' activities with the quarter's leads, None where the source tells none."""
    types = [name for name in settings.review.sales_events if name in sources.event_labels]
    if sources.events is None or not types:
        return None
    leads = set(joined.first["lead_id"])
    found = [sales_acts(log, types, leads) for log in sources.events.batches()]
    return pd.concat(found, ignore_index=True) if found else None
