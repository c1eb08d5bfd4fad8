"""The command line: every verb reads settings, opens one door and says what came of it."""

from __future__ import annotations

import errno
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from leadscore.adapters.catalog import Workspace
    from leadscore.domain.settings import Settings

# Heavy imports stand inside the verbs, so that --help costs nothing (0.3 s of CPU at most).
app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
    help="Which open leads would be won if sales worked them now, why, and from which score is it worth a call?",
)


@dataclass
class _Place:
    """What the options before the verb said."""

    root: Path = field(default_factory=Path)
    profiles: list[str] = field(default_factory=list)
    raw: Path | None = None
    config: Path | None = None


_place = _Place()
# No fault of the program: the disk is full or a quota reached, or may not be written.
_DISK_REFUSES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}


@app.callback()
def place(
    root: Annotated[
        Path, typer.Option(help="Project folder with params.yaml and config/.")
    ] = Path(),
    profile: Annotated[
        list[str] | None,
        typer.Option(help="Settings overlay config/profiles/NAME.yaml; repeatable."),
    ] = None,
    raw: Annotated[
        Path | None, typer.Option(help="Folder of the CRM export, instead of source.raw_dir.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            help="Project folder to take params.yaml and config/ from; outputs still go to --root."
        ),
    ] = None,
) -> None:
    """Take the options all verbs share."""
    _place.root, _place.profiles = root, profile or []
    _place.raw, _place.config = raw, config


def _opened() -> tuple[Workspace, Settings]:
    from leadscore.adapters.catalog import Workspace
    from leadscore.adapters.params import load_settings

    config = _place.config or _place.root
    overlays = [config / "config/profiles" / f"{name}.yaml" for name in _place.profiles]
    settings = load_settings(config / "params.yaml", overlays)
    if _place.raw is not None:
        source = settings.source.model_copy(update={"raw_dir": str(_place.raw.absolute())})
        settings = settings.model_copy(update={"source": source})
    return Workspace(_place.root, config), settings


def _say(text: str) -> None:
    typer.echo(text)


@app.command()
def simulate(
    leads: Annotated[int, typer.Option(help="Number of leads, 100 to 10,000,000.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Random seed; same seed, same bytes.")] = 20260101,
) -> None:
    """Write the demo CRM: an export as a CRM gives it (source.raw_dir) and, apart, its truth (data/truth)."""
    from leadscore.adapters.crm_export import write_export
    from leadscore.simulation.world import default_world

    workspace, settings = _opened()
    out, truth = workspace.root / settings.source.raw_dir, workspace.folders["truth"]
    written = write_export(
        default_world(), out, truth, n_leads=leads, seed=seed, progress=_count_leads
    )
    _say(f"simulate: {', '.join(f'{rows:,} {name}' for name, rows in written.items())} -> {out}")


@app.command()
def init(
    export: Annotated[Path, typer.Argument(help="A CSV file as your CRM exports it.")],
) -> None:
    """Profile an export and propose a mapping for config/sources, on standard output."""
    from leadscore.adapters.profile import propose_mapping

    _say(propose_mapping(export))


@app.command()
def ingest(
    rejects_ok: Annotated[
        bool, typer.Option(help="Exit 0 also when rows were refused (default: 3).")
    ] = False,
) -> None:
    """Read the raw export through its mapping into data/tables; refused rows are kept with reasons."""
    from leadscore.domain.errors import EXIT_DONE_WITH_REJECTS
    from leadscore.stages import ingest as door

    export = door.run(*_opened())
    _say(
        f"ingest: {len(export.leads):,} leads, {len(export.events):,} events, {len(export.rejected):,} rows refused"
    )
    for warning in export.warnings:
        _say(f"  warning: {warning}")
    if len(export.rejected) and not rejects_ok:
        raise typer.Exit(EXIT_DONE_WITH_REJECTS)


@app.command()
def snapshot() -> None:
    """Look at every lead through time: features as of then, labels within the horizon, leakage gate."""
    from leadscore.stages import snapshot as door

    counts = door.run(*_opened())
    _say(
        f"snapshot: {counts['looks']:,} looks at {counts['leads_looked_at']:,} leads, "
        f"{counts['mature']:,} mature, {counts['won']:,} won"
    )


@app.command()
def train() -> None:
    """Train and calibrate the model beside the grid, judge both, write models/bundle."""
    from leadscore.scoring.gates import summary
    from leadscore.stages import train as door

    trained = door.run(*_opened())
    trees = trained.scorer.model.trees.sha256[:12] if trained.scorer.model else "none"
    _say(
        f"train: {trained.verdict.opinion} leads ({summary(trained.verdict.gates)}); trees {trees}"
    )


@app.command()
def evaluate() -> None:
    """Measure model, grid and base rate on the later window, each figure with n and interval."""
    from leadscore.stages import evaluate as door

    compared = door.run(*_opened())
    for row in compared.figures.loc[
        compared.figures["metric"].isin(["log_loss", "roc_auc"])
    ].itertuples():
        _say(
            f"evaluate: {row.opinion} {row.metric} {row.value:.4f} [{row.low:.4f}, {row.high:.4f}], "
            f"{row.n:,} leads, {row.n_won:,} won"
        )


@app.command()
def score(
    as_of: Annotated[
        str | None, typer.Option(help="Moment to score at, ISO 8601 (UTC); default: the export's.")
    ] = None,
) -> None:
    """Score every open lead as of a date into an immutable partition of data/issued, with a CRM import."""
    from leadscore.stages import score as door

    workspace, settings = _opened()
    folder = door.run(workspace, settings, as_of=_moment(as_of))
    _say(f"score: {folder.relative_to(workspace.root)}")


@app.command()
def review() -> None:
    """Propose hot and warm thresholds from the evidence, and write the report page."""
    from leadscore.stages import review as door

    _say(f"review: {door.run(*_opened())}")


@app.command()
def run() -> None:
    """Run every stage in order without DVC; works on any source (`--profile`, `--raw`, `--root`)."""
    ingest(rejects_ok=True)
    snapshot()
    train()
    evaluate()
    if _has_open_leads():
        score()
    else:
        _say("score: no lead is open in this export, so there is nobody to score")
    review()


@app.command()
def retrain() -> None:
    """Run the DVC pipeline, then log one MLflow run and register the bundle as `challenger`."""
    from leadscore.adapters.retraining import retrain as all_of_it

    logged = all_of_it(*_opened())
    if logged.why_not is not None:
        _say(
            f"retrain: done, but NOT logged: MLflow at {logged.uri} did not answer ({logged.why_not})"
        )
        _say("  the bundle and the report stand; run `leadscore retrain` again to log them")
    else:
        _say(
            f"retrain: MLflow run {logged.run_id}, version {logged.version} is `challenger` at {logged.uri}"
        )


@app.command()
def leaks() -> None:
    """Show the leakage gate's findings: column, check, evidence, and what became of it."""
    from leadscore.adapters.views import leaks as screen

    _print(screen(_opened()[0]))


@app.command()
def show() -> None:
    """Show where things stand: model against grid, hottest leads, thresholds now and proposed."""
    from leadscore.adapters.views import standing

    _print(standing(*_opened()))


@app.command()
def truth() -> None:
    """Hold the scores against the simulated truth (demo only): error of probabilities by decile."""
    from leadscore.adapters.views import against_truth

    _print(against_truth(*_opened()))


def _has_open_leads() -> bool:
    return bool(
        (_opened()[0].table("tables", "outcomes", columns=["status"])["status"] == "open").any()
    )


def _moment(text: str | None):  # type: ignore[no-untyped-def]  # pandas is imported late
    if text is None:
        return None
    from datetime import datetime

    import pandas as pd

    from leadscore.domain.errors import InputError

    try:
        moment = pd.Timestamp(datetime.fromisoformat(text))  # pandas alone takes "now" and "" too
    except ValueError:
        raise InputError(
            "bad-date",
            f"--as-of {text!r} is no ISO 8601 date",
            fix="write 2026-06-29 or 2026-06-29T06:00:00Z",
        ) from None
    return moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")


def _count_leads(done: int, wanted: int) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r  {done:,} of {wanted:,} leads", err=True, nl=done >= wanted)


def _print(renderable: object) -> None:
    from rich.console import Console

    console = Console()
    Console(width=max(console.width, 100)).print(renderable)


def main() -> None:
    """Run the command line; a user's error is one line and an exit code, a bug shows its traceback."""
    from leadscore.domain.errors import InputError, LeadscoreError

    try:
        try:
            app()
        except OSError as error:
            if error.errno not in _DISK_REFUSES:
                raise
            told, fix = os.strerror(error.errno), "make room there, or check who may write"
            raise InputError("disk-refused", told, file=error.filename, fix=fix) from None
    except LeadscoreError as error:
        typer.echo(f"leadscore: {error}", err=True)
        raise SystemExit(error.exit_code) from None
