"""Grids tried on the workspace's leads: a date replayed, a grid tried, two compared, one linted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.files import write_csv
from leadscore.adapters.grids import History, grid_of_last_training, history_of, mapping_of
from leadscore.domain.errors import InputError
from leadscore.domain.rules import Grid
from leadscore.domain.settings import Settings
from leadscore.history.log import Mask
from leadscore.scoring.grid import GridScore
from leadscore.scoring.grid.comparing import (
    GridComparison,
    Migration,
    compare_grids,
    migration,
)
from leadscore.scoring.grid.lint import Finding, Limits, lint_text
from leadscore.scoring.grid.lint_history import Seen, clipped, lint_history
from leadscore.scoring.grid.vocabulary import vocabulary_of
from leadscore.scoring.grid_looks import (
    Progress,
    as_if_always,
    graded,
    known_of,
    open_looks,
    points_table,
    some_leads,
    taken,
)
from leadscore.scoring.snapshots import labelled_looks
from leadscore.scoring.view import Sources

LINTED_LEADS = 20_000
"""Leads that lint looks at, at most: rare rules show, and a million leads take no longer."""


@dataclass(frozen=True)
class Replayed:
    """The looks at the leads open at a date, and what the rules of that day gave them."""

    looks: pd.DataFrame
    score: GridScore


def replayed(
    workspace: Workspace,
    settings: Settings,
    grid: Grid,
    *,
    as_of: pd.Timestamp,
    progress: Progress | None = None,
) -> Replayed:
    """Score every lead open at a date by the rules in force that day.

    Raises
    ------
    InputError
        ``no-dates``: the source has none; ``after-export``: the date is later than the export;
        ``no-open-leads``.
    """
    history = history_of(workspace)
    if history.shape == "wide":
        raise InputError(
            "no-dates",
            "this source has no dates, so there is no day to replay",
            fix="use `leadscore grid preview` for the points of all its leads",
        )
    _refuse_later(as_of, history)
    looks = open_looks(history.sources, shape=history.shape, as_of=as_of)
    said = graded(looks, history.sources, [grid], settings, progress=progress)[0]
    return Replayed(_rows(looks, said.served), taken(said.score, said.served))


@dataclass(frozen=True)
class Tried:
    """A grid tried on the leads open at a moment, beside the one in force."""

    looks: pd.DataFrame
    scores: tuple[GridScore, GridScore]
    migration: Migration


def tried(
    workspace: Workspace,
    settings: Settings,
    grids: tuple[Grid, Grid],
    *,
    as_of: pd.Timestamp | None,
    progress: Progress | None = None,
) -> Tried:
    """Score the leads open at a moment (all leads, without dates) by two grids.

    Rules of the second grid that come into force with its version count already.
    """
    history = history_of(workspace)
    at = history.until if as_of is None else as_of
    _refuse_later(at, history)
    looks = open_looks(history.sources, shape=history.shape, as_of=at)
    pair = (grids[0], as_if_always(grids[1], at))
    looks, scores = _by_both(looks, history.sources, pair, settings, progress)
    lead_id = looks["lead_id"].to_numpy(dtype=object)
    return Tried(looks, scores, migration(lead_id, pair, scores))


def compared(
    workspace: Workspace,
    settings: Settings,
    grids: tuple[Grid, Grid],
    *,
    progress: Progress | None = None,
) -> tuple[GridComparison, tuple[str, ...]]:
    """Compare two grids on the same mature looks, as if each one's rules had always been.

    Returns
    -------
    The comparison; and the rules that this source cannot judge, a line each.
    """
    history = history_of(workspace)
    sources, shape = history.sources, history.shape
    looks = labelled_looks(sources, settings, shape=shape, until=history.until)
    pair = (as_if_always(grids[0], history.until), as_if_always(grids[1], history.until))
    looks, scores = _by_both(looks, sources, pair, settings, progress)
    lacking = tuple(
        f"{grid.name}.{rule} lacks {', '.join(what)}"
        for grid, score in zip(pair, scores, strict=True)
        for rule, what in score.not_evaluable.items()
    )
    return compare_grids(looks, pair, scores, settings, is_dated=shape != "wide"), lacking


@dataclass(frozen=True)
class Linted:
    """What is odd about a grid, worst first, and how much history it was held against.

    `n_leads` of `n_leads_known` were looked at `n_looks` times; none where nothing was ingested.
    """

    findings: tuple[Finding, ...]
    n_leads: int
    n_leads_known: int
    n_looks: int

    @property
    def history(self) -> str:
        """How much history the grid was held against, in words."""
        if not self.n_looks:
            return "held against no history: run `leadscore ingest` first"
        return f"held against {self.n_looks:,} looks at {self.n_leads:,} of {self.n_leads_known:,} leads"


def linted(
    workspace: Workspace,
    settings: Settings,
    grid: Grid,
    *,
    progress: Progress | None = None,
) -> Linted:
    """Hold a grid against its own text, the source, the last training, and looks with outcomes.

    Of a long history evenly spread leads are looked at, the same every time. Without `data/tables`
    the text alone is judged.
    """
    limits = Limits(min_leads=settings.review.min_leads)
    trained = grid_of_last_training(workspace)
    if not workspace.file("tables", "ingest.json").is_file():
        return Linted(_ranked(lint_text(grid, day=grid.version, limits=limits, trained=trained)), 0, 0, 0)  # fmt: skip
    history = history_of(workspace)
    names = vocabulary_of(mapping_of(workspace, settings))
    now = as_if_always(grid, history.until)
    day = grid.version if pd.isna(history.until) else max(history.until.date(), grid.version)
    some = some_leads(history.sources, at_most=LINTED_LEADS)
    looks = labelled_looks(some, settings, shape=history.shape, until=history.until)
    said = graded(looks, some, [now], settings, progress=progress)[0]
    looks, score = _rows(looks, said.served), taken(said.score, said.served)
    label = looks["label"].to_numpy(dtype=np.float64)
    mature = looks["is_mature"].to_numpy(dtype=np.bool_)
    lead = pd.factorize(looks["lead_id"])[0].astype(np.int64)
    seen = Seen(lead, np.where(mature, label, np.nan), score)
    found = lint_text(
        grid, day=day, limits=limits, known=known_of(history.sources, names),
        trained=trained, clipped=clipped(seen) if len(lead) else None,
    )  # fmt: skip
    found += lint_history(now, seen, day=day, limits=limits)
    return Linted(
        _ranked(found), looks["lead_id"].nunique(), len(history.sources.lead_ids), len(looks)
    )


def _ranked(found: list[Finding]) -> tuple[Finding, ...]:
    order = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(found, key=lambda finding: order[finding.severity]))


def _by_both(
    looks: pd.DataFrame,
    sources: Sources,
    pair: tuple[Grid, Grid],
    settings: Settings,
    progress: Progress | None,
) -> tuple[pd.DataFrame, tuple[GridScore, GridScore]]:
    """Return the looks that both grids are for, and what each says of them."""
    one, other = graded(looks, sources, pair, settings, progress=progress)
    both = one.served & other.served
    if not both.any():
        raise InputError(
            "nobody-served",
            f"no look is at a lead that both '{pair[0].name}' and '{pair[1].name}' are for",
            column="serves",
        )
    return _rows(looks, both), (taken(one.score, both), taken(other.score, both))


def _rows(looks: pd.DataFrame, kept: Mask) -> pd.DataFrame:
    return looks.loc[kept].reset_index(drop=True)


def _refuse_later(as_of: pd.Timestamp, history: History) -> None:
    if pd.isna(history.until) or as_of <= history.until:
        return
    raise InputError(
        "after-export",
        f"--as-of {as_of:%Y-%m-%d %H:%M}Z is after the export ({history.until:%Y-%m-%d %H:%M}Z)",
        fix="choose an earlier --as-of, or ingest a newer export",
    )


def write_points(path: Path, grid: Grid, replayed: Replayed) -> None:
    """Write the points of every lead as CSV that a spreadsheet does not run.

    Raises
    ------
    InputError
        ``missing-folder``: the file's folder is not there.
    """
    write_csv(path, points_table(grid, replayed.looks, replayed.score))
