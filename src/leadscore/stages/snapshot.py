"""Door of stage `snapshot`: tables become labelled looks with features; the leakage gate stands here."""

from __future__ import annotations

from dataclasses import asdict
from functools import reduce

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.grids import read_grids
from leadscore.adapters.spark import SnapshotJob, spark_snapshots
from leadscore.adapters.spark_rows import SparkAsk
from leadscore.domain.settings import Settings
from leadscore.history.leakage.gate import stop_on
from leadscore.scoring.snapshots import (
    Counts,
    Taken,
    compared_horizons,
    counts_together,
    leaks_of,
    take_parts,
)


def run(workspace: Workspace, settings: Settings, *, spark: SparkAsk | None = None) -> Counts:
    """Write `data/snapshots`: snapshots, features' descriptions, leakage findings. Return what was counted.

    Spark (None: this process) takes the same snapshots and leaves a folder of Parquet files.
    """
    sources, shape, until = workspace.sources(), workspace.shape(), workspace.observed_until()
    stop_on(findings := leaks_of(sources, settings, shape=shape, until=until))
    grid = read_grids(workspace.config, settings.grid).grid
    with workspace.writing("snapshots") as out:
        if spark is None:
            done: list[Taken] = []
            parts = take_parts(sources, grid, settings, shape=shape, until=until)
            out.tables("snapshots", (part.told_to(done) for part in parts))
            features = done[0].features
            counts = reduce(counts_together, (part.counts for part in done))
        else:
            job = SnapshotJob(sources.without_rows(), grid, settings, shape, until)
            features, counts = spark_snapshots(
                spark, job, tables=workspace.folders["tables"], out=out.path / "snapshots.parquet"
            )
        out.json("features", [f.to_dict() for f in features])
        out.json("leakage", [asdict(f) for f in findings])
        out.json("counts", counts)
        horizons = compared_horizons(sources, settings, shape=shape, until=until)
        out.json("horizons", [row.to_dict() for row in horizons])
    return counts
