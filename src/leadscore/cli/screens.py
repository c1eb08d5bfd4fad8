"""Verbs that show what the stages wrote."""

from __future__ import annotations

from leadscore.cli import ground
from leadscore.cli.ground import app, opened


@app.command()
def leaks() -> None:
    """Show the leakage gate's findings: column, check, evidence, and what became of it."""
    from leadscore.adapters.views import leaks as screen

    ground.show(screen(opened()[0]))


@app.command()
def horizons() -> None:
    """Show what other horizons would mean: base rate, wins caught, and how old the newest label is."""
    from leadscore.adapters.views import horizons as screen

    ground.show(screen(opened()[0]))


@app.command()
def show() -> None:
    """Show where things stand: model against grid, hottest leads, thresholds now and proposed."""
    from leadscore.adapters.views import standing

    ground.show(standing(*opened(), approve=ground.command("approve")))


@app.command()
def truth() -> None:
    """Hold the scores against the simulated truth (demo only): error of probabilities by decile."""
    from leadscore.adapters.views import against_truth

    ground.show(against_truth(*opened()))
