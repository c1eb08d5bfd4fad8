"""Verbs that learn a manual grid from outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadscore.cli import ground
from leadscore.cli.ground import grid_app, opened, say


@grid_app.command()
def learn(
    grid: Annotated[
        Path | None,
        typer.Argument(help="A grid's YAML file; default: grid.file of params.yaml."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Proposal to write; default: config/grids/proposals/NAME-DAY.yaml."),
    ] = None,
) -> None:
    """Propose new points from outcomes: a new dated grid beside the old one, with the evidence."""
    from leadscore.adapters.grid_proposals import proposal_of, screen, write_proposal

    workspace, settings = opened()
    with ground.working("grid learn: rules, bands, points and half-lives from outcomes ..."):
        proposal = proposal_of(workspace, settings, file=grid)
    ground.show(screen(proposal))
    if proposal.new is None:
        say("grid learn: nothing written")
        return
    path, page = write_proposal(workspace, settings, proposal, file=grid, out=out)
    say(f"grid learn: {path} and {page.name}; nothing is in force until somebody signs it:")
    say(f"  {ground.command('approve', path)} --by NAME --reason TEXT")
    say("  --only PART, repeatable, signs parts of it; the page names them")
