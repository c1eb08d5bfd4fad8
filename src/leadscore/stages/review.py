"""Door of stage `review`: evidence becomes a threshold proposal and the report page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from leadscore.adapters.basis import basis_of
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.decisions import decision_in_force
from leadscore.adapters.looking_back import seen
from leadscore.domain.settings import Settings
from leadscore.review.comparison import Comparison
from leadscore.review.page import report_inputs
from leadscore.review.proposal import propose
from leadscore.review.report import pictures, render
from leadscore.scoring.scale import Scale


def run(workspace: Workspace, settings: Settings) -> Path:
    """Write `reports/review`: proposal.json, report.html and its charts as PNG; return the page."""
    evidence = workspace.table("evidence", "evidence")
    looked_at = seen(workspace, settings)
    decision = decision_in_force(workspace.config, settings, as_of=None)
    proposal = propose(
        evidence.loc[evidence["window"] == "test"],
        settings.thresholds,
        scale=Scale.from_dict(looked_at.training["scale"]),
        in_force=decision.thresholds,
        prior=settings.calibration,
        as_of=None,
        seed=settings.seed,
        min_leads=settings.review.min_leads,
        n_resamples=settings.review.bootstrap,
    )
    proposal = replace(proposal, basis=basis_of(workspace, settings, decision.id))
    compared = Comparison.from_dict(workspace.json("evaluation", "tables"))
    page = report_inputs(looked_at, compared, proposal.to_dict())
    with workspace.writing("review") as out:
        out.text("proposal.json", proposal.to_json())
        out.text("report.html", render(page))
        out.pictures(pictures(page))
    return workspace.file("review", "report.html")
