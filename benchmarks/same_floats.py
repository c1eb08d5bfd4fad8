"""Training, scoring and Spark must see the same floats: counted, bit by bit, over 10,000 simulated leads.

``python -m benchmarks.same_floats``; exit code 1 if a single number differs.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.params import load_settings
from leadscore.adapters.config.yaml_strict import load_yaml
from leadscore.adapters.crm_export import write_export
from leadscore.adapters.spark import SparkAsk
from leadscore.domain.settings import Settings
from leadscore.history.snapshots import at_moment
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.view import view
from leadscore.simulation.world import default_world
from leadscore.stages import ingest, snapshot

ROOT = Path(__file__).resolve().parents[1]
N_LEADS = 10_000


def differences(one: pd.DataFrame, other: pd.DataFrame) -> int:
    """Count cells that are not the same: floats by their bits (all NaN alike), the rest by value."""
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        raise AssertionError("the tables have other rows or columns")
    n = 0
    for name in one.columns:
        a, b = one[name], other[name]
        if a.dtype == np.float64:
            x, y = a.to_numpy(), b.to_numpy()
            n += int(((x.view(np.int64) != y.view(np.int64)) & ~(np.isnan(x) & np.isnan(y))).sum())
        else:
            n += int((~((a == b) | (a.isna() & b.isna()))).sum())
    return n


def prepared(root: Path) -> tuple[Workspace, Settings]:
    """Simulate, ingest and take snapshots below `root`."""
    settings = load_settings(ROOT / "params.yaml", [])
    workspace = Workspace(root, ROOT)
    raw = root / settings.source.raw_dir
    write_export(default_world(), raw, workspace.folders["truth"], n_leads=N_LEADS, seed=7)
    ingest.run(workspace, settings)
    snapshot.run(workspace, settings)
    return workspace, settings


def against_scoring(workspace: Workspace, settings: Settings) -> tuple[int, int]:
    """Return cells compared and differing, training's rows against what the nightly job would see."""
    taken = workspace.table("snapshots", "snapshots")
    names = [f.name for f in workspace.features()]
    sources = workspace.sources()
    grid_file = ROOT / settings.grid.file
    grid = parse_grid(load_yaml(grid_file), file=grid_file)
    cells = differing = 0
    for as_of in sorted(taken["as_of"].unique())[::13]:
        looks = at_moment(sources.leads, sources.outcomes, as_of=as_of)
        trained = taken.loc[taken["as_of"] == as_of].reset_index(drop=True)
        looks = looks.loc[looks["lead_id"].isin(trained["lead_id"])].reset_index(drop=True)
        table, points = view(looks, sources, grid, settings)
        seen = table.rows[names].assign(grid_points=points.points)
        differing += differences(trained[[*names, "grid_points"]], seen)
        cells += seen.size
    return cells, differing


def against_spark(workspace: Workspace, settings: Settings, root: Path) -> tuple[int, int]:
    """Return cells compared and differing, one process against Spark on two threads."""
    here = workspace.table("snapshots", "snapshots")
    there = Workspace(root, ROOT)
    shutil.copytree(workspace.folders["tables"], there.folders["tables"])
    snapshot.run(there, settings, spark=SparkAsk("local[2]", partitions=4))
    rows = there.table("snapshots", "snapshots").sort_values(
        ["lead_id", "order"], ignore_index=True
    )
    return here.size, differences(here, rows)


def main() -> int:
    """Compare and print; 1 if anything differs."""
    with tempfile.TemporaryDirectory() as folder:
        workspace, settings = prepared(Path(folder) / "one")
        told = {
            "training against scoring": against_scoring(workspace, settings),
            "one process against Spark": against_spark(workspace, settings, Path(folder) / "two"),
        }
    for name, (cells, differing) in told.items():
        print(f"{name}: {differing} of {cells:,} cells differ, {N_LEADS:,} leads")
    return int(any(differing for _, differing in told.values()))


if __name__ == "__main__":
    sys.exit(main())
