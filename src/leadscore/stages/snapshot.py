"""Door of stage `snapshot`: tables become labelled looks with features; the leakage gate stands here."""

from __future__ import annotations

from dataclasses import asdict

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.yaml_strict import load_yaml
from leadscore.domain import schemas
from leadscore.domain.settings import Settings
from leadscore.history.leakage import examine, stop_on
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.snapshots import Counts, take


def run(workspace: Workspace, settings: Settings) -> Counts:
    """Write `data/snapshots`: snapshots, features' descriptions, leakage findings. Return what was counted."""
    sources = workspace.sources()
    findings = examine(sources.properties, sources.leads, sources.outcomes, settings.leakage)
    stop_on(findings)
    grid_file = workspace.config / settings.grid.file
    grid = parse_grid(load_yaml(grid_file), file=grid_file)
    taken = take(sources, grid, settings, shape=workspace.shape(), until=workspace.observed_until())
    schemas.check(schemas.SNAPSHOTS, taken.snapshots, file="data/snapshots/snapshots.parquet")
    with workspace.writing("snapshots") as out:
        out.table("snapshots", taken.snapshots)
        out.json("features", [asdict(f) for f in taken.features])
        out.json("leakage", [asdict(f) for f in findings])
        out.json("counts", taken.counts)
    return taken.counts
