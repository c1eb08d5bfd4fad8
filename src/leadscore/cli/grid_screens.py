"""Verbs that show what a manual grid says: of one lead, of all, of another day, against another grid."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from leadscore.cli import ground
from leadscore.cli.ground import grid_app, opened, say
from leadscore.cli.pipeline import moment


class Tool(StrEnum):
    """Tools whose exported rules can be read."""

    hubspot = "hubspot"
    mautic = "mautic"
    zoho = "zoho"


GridArgument = Annotated[
    Path | None, typer.Argument(help="A grid's YAML file; default: grid.file of params.yaml.")
]
AsOf = Annotated[str | None, typer.Option(help="Moment, ISO 8601 (UTC); default: the export's.")]


@grid_app.command()
def check(
    grid: GridArgument = None,
    cases: Annotated[
        Path | None, typer.Option(help="Cases in YAML; default: checks/NAME.yaml beside the grid.")
    ] = None,
) -> None:
    """Run a grid's cases: leads a salesperson can read, and the points each must be given."""
    from leadscore.adapters import grids
    from leadscore.domain.errors import GateError
    from leadscore.review.grid_tables import check_table

    workspace, settings = opened()
    file = grids.grid_asked(workspace, settings, grid)
    checked = grids.checked(workspace, settings, file, cases)
    ground.show(check_table(file.grid.name, checked))
    if checked.failed:
        raise GateError(
            "grid-checks-failed",
            f"{len(checked.failed)} of {len(checked.results)} cases do not hold",
            file=file.path,
            fix="mend the grid, or the case if it says what nobody wants any more",
        )


@grid_app.command(name="test")
def trace(
    lead: Annotated[str, typer.Argument(help="Id of the lead, as in the CRM.")],
    grid: GridArgument = None,
    as_of: AsOf = None,
) -> None:
    """Trace one lead: each rule with its evidence, points before and after decay, sums and tier."""
    from leadscore.adapters import grids
    from leadscore.review.grid_tables import trace_table

    workspace, settings = opened()
    file = grids.grid_asked(workspace, settings, grid)
    traced = grids.traced(workspace, settings, file, lead, as_of=moment(as_of))
    ground.show(trace_table(file.grid, traced))


@grid_app.command()
def replay(
    as_of: Annotated[str, typer.Option(help="Moment to replay, ISO 8601 (UTC).")],
    grid: GridArgument = None,
    out: Annotated[Path | None, typer.Option(help="CSV file for the points of every lead.")] = None,
) -> None:
    """Give every lead open at a date the points of that day, by the rules in force then."""
    from leadscore.adapters import grid_trials, grids
    from leadscore.review.grid_tables import replay_table

    workspace, settings = opened()
    file, at = grids.grid_asked(workspace, settings, grid), moment(as_of)
    replayed = grid_trials.replayed(workspace, settings, file.grid, as_of=at, progress=_counting())
    in_force = [rule.id for rule in file.grid.rules if rule.in_force(at.date())]
    ground.show(replay_table(file.grid, replayed.score, as_of=at, names=in_force))
    if out is not None:
        grid_trials.write_points(out, file.grid, replayed)
        say(f"points of {len(replayed.looks):,} leads -> {out}")


@grid_app.command()
def preview(
    grid: Annotated[Path, typer.Argument(help="The grid's YAML file that is to be tried.")],
    as_of: AsOf = None,
) -> None:
    """Try a grid on the open leads: distribution of points, tiers, and who would move against today's."""
    from leadscore.adapters import grid_trials, grids
    from leadscore.review.grid_findings import preview_table

    workspace, settings = opened()
    now = grids.grid_asked(workspace, settings, None).grid
    new = grids.named_grid(grid).grid
    tried = grid_trials.tried(
        workspace, settings, (now, new), as_of=moment(as_of), progress=_counting()
    )
    whose = "leads" if tried.looks["as_of"].isna().all() else "open leads"
    ground.show(preview_table((now, new), tried.scores, tried.migration, whose=whose))


@grid_app.command()
def compare(
    one: Annotated[Path, typer.Argument(help="A grid's YAML file.")],
    other: Annotated[Path, typer.Argument(help="The YAML file of the grid to compare it with.")],
) -> None:
    """Compare two grids on the same later looks: AUC, log loss, precision at capacity, with intervals."""
    from leadscore.adapters import grid_trials, grids
    from leadscore.review.grid_findings import compare_table

    workspace, settings = opened()
    pair = (grids.named_grid(one).grid, grids.named_grid(other).grid)
    compared, lacking = grid_trials.compared(workspace, settings, pair, progress=_counting())
    ground.show(compare_table(pair, compared))
    if lacking:
        say(f"warning: rules that this source cannot judge: {'; '.join(lacking)}")


@grid_app.command()
def lint(grid: GridArgument = None) -> None:
    """Name what is odd about a grid: dead, overlapping, wrong-signed rules, unknown names, and more."""
    from leadscore.adapters import grid_trials, grids
    from leadscore.domain.errors import InputError
    from leadscore.review.grid_findings import lint_table

    workspace, settings = opened()
    file = grids.grid_asked(workspace, settings, grid)
    linted = grid_trials.linted(workspace, settings, file.grid, progress=_counting())
    ground.show(lint_table(file.grid, linted.findings, history=linted.history))
    errors = [finding for finding in linted.findings if finding.severity == "error"]
    if errors:
        raise InputError(
            "grid-lint",
            f"{len(errors)} errors, the first: {errors[0].evidence}",
            file=file.path,
            column=errors[0].rule,
            fix=errors[0].fix,
        )


@grid_app.command(name="import")
def import_(
    export: Annotated[Path, typer.Argument(help="Rules as the tool's own API gives them, JSON.")],
    tool: Annotated[Tool, typer.Option(help="Whose rules they are.")],
    out: Annotated[
        Path | None, typer.Option(help="Grid file to write; default: standard output.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the grid; default: the tool's.")] = None,
    version: Annotated[
        str | None,
        typer.Option(help="Day of the grid's version; default: the export's newest change."),
    ] = None,
) -> None:
    """Turn the scoring rules of another tool into a grid; what it cannot say is listed."""
    from leadscore.adapters import grid_imports

    asked = None if version is None else moment(version)
    imported = grid_imports.imported(export, tool.value, name=name, version=asked)
    if out is None:
        say(imported.text)
    else:
        grid_imports.write_grid(out, imported.text)
        say(f"import: {imported.n_rules} rules, {imported.n_checks} CHECK comments -> {out}")
    for left in imported.left_out:
        typer.echo(f"  left out: {left.name}: {left.why}", err=True)


def _counting() -> Callable[[int, int], None]:
    """Return what counts the leads done on the terminal, once the work has taken two seconds."""
    from time import monotonic

    began = monotonic()

    def count(done: int, wanted: int) -> None:
        if sys.stderr.isatty() and (monotonic() - began > 2 or done >= wanted):
            typer.echo(f"\r  {done:,} of {wanted:,} leads", err=True, nl=done >= wanted)

    return count
