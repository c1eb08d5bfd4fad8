"""Grid files, check files and the workspace, read for the grid's commands; nothing is printed here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.grids import read_grid
from leadscore.adapters.config.sources import load_mapping
from leadscore.adapters.config.validation import origins_of, validated
from leadscore.adapters.config.yaml_strict import load_yaml_with_lines
from leadscore.adapters.one_lead import of_one_lead
from leadscore.domain.errors import InputError, LeadscoreError
from leadscore.domain.mapping import SourceMapping
from leadscore.domain.rules import Grid
from leadscore.domain.settings import Settings
from leadscore.scoring.grid.checks import Sheet, SheetResult, run_sheet
from leadscore.scoring.grid.tracing import LeadTrace, trace_lead
from leadscore.scoring.grid_looks import facts_of
from leadscore.scoring.view import Sources


@dataclass(frozen=True)
class GridFile:
    """A grid and the file it was read from."""

    grid: Grid
    path: Path


@dataclass(frozen=True)
class History:
    """The workspace's tables: what grids are tried on. `until` is null for a source without dates."""

    sources: Sources
    shape: str
    until: pd.Timestamp


def grid_asked(workspace: Workspace, settings: Settings, path: Path | None) -> GridFile:
    """Return the named grid, or the one in force (`grid.file` of params.yaml)."""
    return named_grid(workspace.config / settings.grid.file if path is None else path)


def named_grid(path: Path) -> GridFile:
    """Return the grid of a file with its path; errors as `adapters.config.grids.read_grid`."""
    return GridFile(read_grid(path), path)


def grid_of_last_training(workspace: Workspace) -> Grid | None:
    """Return the grid that the bundle of the last training holds, None without one."""
    path = workspace.file("bundle", "grid.yaml")
    return read_grid(path) if path.is_file() else None


def read_sheet(path: Path) -> Sheet:
    """Return the cases of a check file.

    Raises
    ------
    InputError
        The file is missing or no plain YAML, or ``bad-cases``: all faults at once, each with its line.
    """
    value, lines = load_yaml_with_lines(path)
    return validated(Sheet, value, origins_of(path, lines) | {(): (path, 1)}, code="bad-cases")


def cases_beside(file: GridFile) -> Path:
    """Return where a grid's cases lie: ``checks/NAME.yaml`` beside the grid's file."""
    return file.path.parent / "checks" / f"{file.grid.name}.yaml"


def checked(
    workspace: Workspace, settings: Settings, file: GridFile, cases: Path | None
) -> SheetResult:
    """Run a grid's cases; those beside its file, or of another file.

    Raises
    ------
    InputError
        ``other-grid``: the cases are of a grid with another name; and as `read_sheet`, `run_sheet`.
    """
    path = cases_beside(file) if cases is None else cases
    sheet = read_sheet(path)
    if sheet.grid != file.grid.name:
        raise InputError(
            "other-grid",
            f"the cases are of grid '{sheet.grid}', {file.path.name} is '{file.grid.name}'",
            file=path,
            column="grid",
            fix="name the grid's own cases with --cases",
        )
    try:
        return run_sheet(file.grid, sheet, known=_mapped(workspace, settings))
    except InputError as error:
        raise InputError(
            error.code, error.message, file=path, column=error.column, fix=error.fix
        ) from None


def history_of(workspace: Workspace) -> History:
    """Read the tables that the ingest stage wrote.

    Raises
    ------
    InputError
        ``missing-file``: nothing was ingested.
    """
    return History(workspace.sources(), workspace.shape(), workspace.observed_until())


def mapping_of(workspace: Workspace, settings: Settings) -> SourceMapping:
    """Read the mapping of the source, `config/sources/<source.name>.yaml`."""
    return load_mapping(workspace.config / "config/sources" / f"{settings.source.name}.yaml")


def traced(
    workspace: Workspace,
    settings: Settings,
    file: GridFile,
    lead_id: str,
    *,
    as_of: pd.Timestamp | None,
) -> LeadTrace:
    """Trace one lead of the workspace; of the events only its own are read.

    Raises
    ------
    InputError
        ``unknown-lead``: no such lead; ``not-yet-created``: at `as_of` nobody knew it.
    """
    whole = workspace.sources()
    until = workspace.observed_until()
    moment = until if as_of is None else as_of
    sources = of_one_lead(workspace, whole, lead_id)
    created = sources.leads["created_at"].iloc[0]
    is_dated = workspace.shape() != "wide"
    if is_dated and created > moment:
        raise InputError(
            "not-yet-created",
            f"lead {lead_id} was created on {created:%Y-%m-%d %H:%M}Z, after {moment:%Y-%m-%d %H:%M}Z",
            fix="choose a later --as-of",
        )
    at: pd.Timestamp = moment if is_dated else pd.Timestamp("NaT")
    age = (moment - created) / pd.Timedelta(days=1) if is_dated else np.nan
    look = pd.DataFrame(
        {
            "lead_id": pd.Series([lead_id], dtype="str"),
            "as_of": pd.to_datetime(pd.Series([at]), utc=True).dt.as_unit("us"),
            "order": sources.leads["order"].to_numpy(),
            "age_days": [float(age)],
        }
    )
    facts = facts_of(look, next(sources.parts(settings.bots)), settings)
    return trace_lead(
        file.grid,
        facts.properties,
        facts.sweep,
        lead_id=lead_id,
        as_of=at,
        engagement_types=sources.engagement_types,
        known_types=tuple(sources.event_labels),
    )


def _mapped(workspace: Workspace, settings: Settings) -> frozenset[str]:
    """Return the properties of the source's mapping; none where there is no mapping to read."""
    try:
        return frozenset(mapping_of(workspace, settings).property_columns())
    except LeadscoreError:  # the cases can be run without; a fault of the mapping is told by ingest
        return frozenset()
