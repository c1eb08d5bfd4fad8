"""Screens for the terminal, from what the stages wrote: where things stand, leaks, truth."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from leadscore.adapters import issued as partitions
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.decisions import all_signed
from leadscore.adapters.looking_back import seen
from leadscore.adapters.proposing import signing
from leadscore.adapters.registry.record import signed_lines
from leadscore.domain.settings import Settings
from leadscore.review.comparison import Comparison
from leadscore.review.decisions_screen import decisions_screen
from leadscore.review.drifting import Drifting, sentences
from leadscore.review.page import bots_told, report_inputs
from leadscore.review.report import verdict_sentence
from leadscore.review.screen import HotLead, ScreenInputs, screen
from leadscore.review.truth import against_truth as measured
from leadscore.review.verdicts import CHANGE
from leadscore.scoring.champions import champion_of
from leadscore.scoring.thresholds import in_force, on_thresholds

N_HOTTEST = 10


def standing(
    workspace: Workspace, settings: Settings, *, approve: str = "leadscore approve"
) -> Group:
    """Return the screen `leadscore show` prints: figures, hottest leads, thresholds, where to look, how to sign."""
    proposal = workspace.json("review", "proposal")
    compared = Comparison.from_dict(workspace.json("evaluation", "tables"))
    looked_at = seen(workspace, settings)
    hottest, as_of, places = _hottest(workspace)
    champion = champion_of(signed_lines(workspace.root, settings.source.name))
    places += [
        ("champion", champion.told() if champion else "none: the grid scores (leadscore promote)")
    ]
    logged = (workspace.root / "mlflow.db").exists() or "MLFLOW_TRACKING_URI" in os.environ
    places += [
        ("every training, in MLflow", "make ui" if logged else "leadscore retrain logs them")
    ]
    if proposal["verdict"] == CHANGE:
        path = workspace.file("review", "proposal.json")
        places += [("sign the thresholds proposed", signing(path, approve=approve))]
    if workspace.file("truth", "truth.parquet").exists():
        places += [("against the known truth", "leadscore truth")]
    inputs = ScreenInputs(
        verdict=verdict_sentence(report_inputs(looked_at, compared, proposal)),
        opinion=str(looked_at.training["opinion"]),
        comparison=compared,
        proposal=proposal,
        hottest=hottest,
        scored_as_of=as_of,
        places=[("report", str(workspace.file("review", "report.html"))), *places],
        bots=bots_told(looked_at),
        drift=sentences(Drifting.from_dict(looked_at.drift)),
    )
    return screen(inputs)


def _hottest(workspace: Workspace) -> tuple[list[HotLead], str, list[tuple[str, str]]]:
    folder = partitions.newest(workspace.folders["issued"])
    if folder is None:
        return [], "never: no scores were issued", []
    scores = partitions.read_partition(folder)
    rows = scores.head(N_HOTTEST)
    hottest = [
        HotLead(
            lead_id=row["lead_id"],
            score=row["score"],
            probability=row["probability"],
            tier=row["tier"],
            reasons_for=row["reasons_for"] if isinstance(row["reasons_for"], str) else "",
            reasons_against=row["reasons_against"]
            if isinstance(row["reasons_against"], str)
            else "",
        )
        for row in rows.to_dict(orient="records")
    ]
    as_of = folder.parent.name.removeprefix("as_of=")
    return hottest, as_of, [("scores to import into a CRM", str(folder / "crm.csv"))]


def decided(workspace: Workspace, settings: Settings, *, day: str) -> Group:
    """Return the source's decisions; `day` (ISO) says which one on thresholds is in force."""
    source, signed = settings.source.name, all_signed(workspace.config)
    now = in_force(
        on_thresholds(signed),
        source=source,
        as_of=date.fromisoformat(day),
        initial=settings.thresholds.initial,
    )
    return decisions_screen(source, [each for each in signed if each.source == source], now)


def leaks(workspace: Workspace) -> Table:
    """Return the leakage gate's findings as a table."""
    findings = workspace.json("snapshots", "leakage")
    table = Table(
        box=box.SIMPLE_HEAD, title=f"Leakage gate: {len(findings)} findings", title_justify="left"
    )
    for column in ("column", "check", "evidence", "state"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        table.add_row(*(Text(finding[key]) for key in ("column", "check", "evidence", "state")))
    return table


def horizons(workspace: Workspace) -> Table:
    """Return what shorter and longer horizons would know, win and miss, as a table."""
    rows = workspace.json("snapshots", "horizons")
    table = Table(
        box=box.SIMPLE_HEAD,
        title="Horizons: won within so many days (* in force)" if rows else "No dates, no horizons",
        title_justify="left",
    )
    for name in ("days", "looks known", "leads", "won", "base rate", "wins caught", "blind days"):
        table.add_column(name, justify="right")
    for row in rows:
        caught, blind = row["caught_share"], row["blind_days"]
        table.add_row(
            f"{row['horizon_days']}{' *' if row['is_in_force'] else ''}",
            f"{row['mature_looks']:,}",
            f"{row['leads']:,}",
            f"{row['won_looks']:,}",
            _rate(row["base_rate"]),
            "-" if caught is None else f"{caught:.0%}",
            "-" if blind is None else f"{blind:.0f}",
        )
    return table


def _rate(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return "-"
    if figure["low"] is None:
        return f"{figure['value']:.1%}"
    return f"{figure['value']:.1%} [{figure['low']:.1%}, {figure['high']:.1%}]"


def against_truth(workspace: Workspace, settings: Settings) -> Group:
    """Return how far issued probabilities lie from the simulated truth (test window, out of time)."""
    evidence = workspace.table("evidence", "evidence")
    found = measured(
        evidence.loc[evidence["window"] == "test"],
        workspace.table("truth", "truth"),
        n_resamples=settings.review.bootstrap,
        seed=settings.seed,
    )
    table = Table(
        box=box.SIMPLE_HEAD,
        title="Issued against true probability, by decile",
        title_justify="left",
    )
    for column in ("decile", "looks", "issued", "true", "won"):
        table.add_column(column, justify="right")
    for row in found.deciles.itertuples():
        table.add_row(
            str(row.decile),
            f"{row.n_looks:,}",
            f"{row.mean_issued:.4f}",
            f"{row.mean_true:.4f}",
            f"{row.won:.4f}",
        )
    error = found.error
    return Group(
        table,
        Text(
            f"mean absolute error by decile {error.value:.4f} [{error.low:.4f}, {error.high:.4f}], "
            f"{error.n:,} leads, {error.n_won:,} won"
        ),
        Text(
            f"log loss {found.log_loss_issued:.4f}, the truth itself {found.log_loss_truth:.4f}; "
            f"ROC AUC {found.auc_issued:.4f}, the truth itself {found.auc_truth:.4f}"
        ),
    )
