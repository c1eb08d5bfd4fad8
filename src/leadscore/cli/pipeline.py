"""The verbs of the pipeline: each opens the door of one stage and says what came of it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from leadscore.cli import ground
from leadscore.cli.ground import app, command, opened, say

if TYPE_CHECKING:
    from leadscore.adapters.spark_rows import SparkAsk


class Engine(StrEnum):
    """What snapshots and scores are made on."""

    local = "local"
    spark = "spark"


EngineOption = Annotated[Engine, typer.Option(help="local, or spark (extra `spark`).")]
MasterOption = Annotated[
    str | None, typer.Option(help="Spark master (local[2], yarn); default: spark-submit's.")
]
PartitionsOption = Annotated[int, typer.Option(min=1, help="Spark tasks.")]
TablesOption = Annotated[
    str | None, typer.Option(help="Copy of data/tables that Spark's workers reach (s3a://...).")
]


@app.command()
def ingest(
    rejects_ok: Annotated[
        bool, typer.Option(help="Exit 0 also when rows were refused (default: 3).")
    ] = False,
) -> None:
    """Read the raw export through its mapping into data/tables; refused rows are kept with reasons."""
    from leadscore.domain.errors import EXIT_DONE_WITH_REJECTS
    from leadscore.stages import ingest as door

    export = door.run(*opened())
    say(
        f"ingest: {len(export.leads):,} leads, {export.n_rows('events'):,} events, "
        f"{export.n_rows('rejected'):,} rows refused"
    )
    for warning in export.warnings:
        say(f"  warning: {warning}")
    if export.n_rows("rejected") and not rejects_ok:
        raise typer.Exit(EXIT_DONE_WITH_REJECTS)


@app.command()
def snapshot(
    engine: EngineOption = Engine.local,
    master: MasterOption = None,
    partitions: PartitionsOption = 8,
    tables: TablesOption = None,
    out: Annotated[
        str | None, typer.Option(help="Where Spark writes instead of data/snapshots (s3a://...).")
    ] = None,
) -> None:
    """Look at every lead through time: features as of then, labels within the horizon, leakage gate."""
    from leadscore.stages import snapshot as door

    workspace, settings = opened()
    spark = _asked(engine, master, partitions, tables, out)
    counts = door.run(workspace, settings, spark=spark)
    say(
        f"snapshot: {counts['looks']:,} looks at {counts['leads_looked_at']:,} leads, "
        f"{counts['mature']:,} mature, {counts['won']:,} won"
    )


@app.command()
def train() -> None:
    """Train and calibrate the model beside the grid, judge both, write models/bundle."""
    from leadscore.scoring.gates import summary
    from leadscore.stages import train as door

    trained = door.run(*opened())
    trees = trained.scorer.model.trees.sha256[:12] if trained.scorer.model else "none"
    say(f"train: {trained.verdict.opinion} leads ({summary(trained.verdict.gates)}); trees {trees}")
    for warning in trained.warnings:
        say(f"  warning: {warning}")


@app.command()
def evaluate() -> None:
    """Measure model, grid and base rate on the later window, each figure with n and interval."""
    from leadscore.stages import evaluate as door

    compared = door.run(*opened())
    for row in compared.figures.loc[
        compared.figures["metric"].isin(["log_loss", "roc_auc"])
    ].itertuples():
        say(
            f"evaluate: {row.opinion} {row.metric} {row.value:.4f} [{row.low:.4f}, {row.high:.4f}], "
            f"{row.n:,} leads, {row.n_won:,} won"
        )


@app.command()
def score(
    as_of: Annotated[
        str | None, typer.Option(help="Moment to score at, ISO 8601 (UTC); default: the export's.")
    ] = None,
    accept: Annotated[
        str | None,
        typer.Option(
            metavar="REASON",
            help="Publish although a gate would stop: scores unlike those of the nights before.",
        ),
    ] = None,
    changed_since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Only leads with something new since then, into data/changed; between two nights.",
        ),
    ] = None,
    engine: EngineOption = Engine.local,
    master: MasterOption = None,
    partitions: PartitionsOption = 8,
    tables: TablesOption = None,
) -> None:
    """Score every open lead as of a date into an immutable partition of data/issued, with a CRM import."""
    from leadscore.adapters.locking import scoring_alone

    with scoring_alone(*ground.claimed()):  # before what takes seconds to import
        spark = _asked(engine, master, partitions, tables)
        _score(moment(as_of), accept, spark, moment(changed_since))


def _asked(
    engine: Engine, master: str | None, partitions: int, tables: str | None, out: str | None = None
) -> SparkAsk | None:
    if engine is Engine.local:
        return None
    from leadscore.adapters.spark_rows import SparkAsk

    return SparkAsk(master, partitions, tables, out)


def _score(as_of, accept, spark, since) -> None:  # type: ignore[no-untyped-def]  # pandas is imported late
    from leadscore.adapters.issued import inputs_of, warnings_of
    from leadscore.adapters.registry.serving import no_champion
    from leadscore.stages import score as door

    workspace, settings = opened()
    folder = door.run(
        workspace, settings, as_of=as_of, accept=accept, spark=spark, changed_since=since,
        progress=ground.count_leads,
    )  # fmt: skip
    say(f"score: {folder.relative_to(workspace.root)}")
    inputs = inputs_of(folder)
    if inputs["champion"] is None:
        say(f"  {no_champion(inputs['opinion'])}")
    for warning in warnings_of(folder):
        say(f"  warning: {warning}")


@app.command()
def review(
    quarter: Annotated[
        str | None,
        typer.Option(help="Look back at a quarter's issued scores too, such as 2026Q3 or 2026-Q3."),
    ] = None,
    out_of_time: Annotated[
        bool,
        typer.Option(
            help="Where nothing was issued: the training's out-of-time scores of the quarter; every table says so."
        ),
    ] = False,
    language: Annotated[
        Literal["en", "fr"] | None,
        typer.Option(help="Language of the page; default: review.language."),
    ] = None,
) -> None:
    """Propose hot and warm thresholds from the evidence, and write the report page; look back at a quarter."""
    from leadscore.stages import review as door

    if quarter is None:
        _refuse_alone(out_of_time)
        page = door.run(*opened(), language=language)
        say(f"review: {page}")
        _say_how_to_sign(page)
        return
    _review_quarter(quarter, out_of_time, language)


def _review_quarter(quarter: str, out_of_time: bool, language: str | None) -> None:
    from leadscore.adapters.quarters import QuarterAsk
    from leadscore.domain.quarters import Quarter
    from leadscore.review.quarter.screen import fading_screen
    from leadscore.stages import review as door

    workspace, settings = opened()
    ask = QuarterAsk(Quarter.parse(quarter), out_of_time)
    page = door.run(workspace, settings, quarter=ask, language=language)
    told = json.loads((page.parent / "tables.json").read_text("utf-8"))
    counts = told["counts"]
    say(
        f"review: {told['quarter']}, {told['basis']}: {counts['leads']:,} leads, {counts['matured']:,} matured, "
        f"{counts['waiting']:,} waiting"
    )
    for note in told["notes"]:
        say(f"  note: {note}")
    ground.show(fading_screen(told))
    for line in told["decisions_told"]:
        say(f"  {line}")
    say(f"review: {page}")
    _say_how_to_sign(page)
    say(f"review: {workspace.folders['marts']}")


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
        say("score: no lead is open in this export, so there is nobody to score")
    review()


@app.command()
def retrain() -> None:
    """Run the DVC pipeline, then log one MLflow run and register the bundle as `challenger`."""
    from leadscore.adapters.retraining import retrain as all_of_it

    logged = all_of_it(*opened())
    if logged.why_not is not None:
        say(
            f"retrain: done, but NOT logged: MLflow at {logged.uri} did not answer ({logged.why_not})"
        )
        say("  the bundle and the report stand; run `leadscore retrain` again to log them")
    else:
        say(
            f"retrain: MLflow run {logged.run_id}, version {logged.version} is `challenger` at {logged.uri}"
        )


def _say_how_to_sign(page: Path) -> None:
    proposal = page.with_name("proposal.json")
    from leadscore.adapters.proposing import signing

    if json.loads(proposal.read_text("utf-8"))["verdict"] == "change":
        say(f"  `{signing(proposal, approve=command('approve'))}` signs what it proposes")


def _refuse_alone(out_of_time: bool) -> None:
    if out_of_time:
        from leadscore.domain.errors import InputError

        raise InputError(
            "option-alone", "--out-of-time says nothing without a quarter", column="--out-of-time",
            fix="add --quarter 2026Q3",
        )  # fmt: skip


def _has_open_leads() -> bool:
    return bool(
        (opened()[0].table("tables", "outcomes", columns=["status"])["status"] == "open").any()
    )


def moment(text: str | None):  # type: ignore[no-untyped-def]  # pandas is imported late
    """Return a moment in UTC from ISO 8601 text; None stays None."""
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
