"""Verbs to begin with: simulate a CRM, or propose a mapping for one's own export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadscore.cli import ground
from leadscore.cli.ground import app, opened, say


@app.command()
def simulate(
    leads: Annotated[int, typer.Option(help="Number of leads, 100 to 10,000,000.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Random seed; same seed, same bytes.")] = 20260101,
) -> None:
    """Write the demo CRM: an export as a CRM gives it (source.raw_dir) and, apart, its truth (data/truth)."""
    from leadscore.adapters.crm_export import write_export
    from leadscore.simulation.world import default_world

    workspace, settings = opened()
    out, truth = workspace.root / settings.source.raw_dir, workspace.folders["truth"]
    written = write_export(
        default_world(), out, truth, n_leads=leads, seed=seed, progress=ground.count_leads
    )
    say(f"simulate: {', '.join(f'{rows:,} {name}' for name, rows in written.items())} -> {out}")


@app.command()
def init(
    export: Annotated[
        Path, typer.Argument(help="A CSV, Parquet or Excel file as your CRM exports it.")
    ],
) -> None:
    """Profile an export and propose a mapping for config/sources, on standard output."""
    from leadscore.adapters.profiling.profile import propose_mapping

    say(propose_mapping(export))
