"""Door of stage `evaluate`: evidence becomes figures, each with n and interval, and plots' tables."""

from __future__ import annotations

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.decisions import decision_in_force
from leadscore.domain.settings import Settings
from leadscore.metrics import Figure
from leadscore.review.comparison import Comparison, compare
from leadscore.review.drifting import drifting
from leadscore.review.headline import headline
from leadscore.review.model_card import CardInputs, model_card


def run(workspace: Workspace, settings: Settings) -> Comparison:
    """Write `reports/evaluation`: tables, drift, metrics (for DVC and MLflow), calibration.csv, the model card."""
    evidence = workspace.table("evidence", "evidence")
    compared = compare(
        evidence,
        fit_rate=Figure(**workspace.json("evidence", "training")["fit_rate"]),
        review=settings.review,
        thresholds=decision_in_force(workspace.config, settings, as_of=None).thresholds,
        seed=settings.seed,
    )
    moved = drifting(
        evidence,
        workspace.table("evidence", "waiting"),
        workspace.json("evidence", "watched"),
        settings.review,
        capacity=settings.thresholds.hot_calls_per_week,
        seed=settings.seed,
    )
    manifest, sha256 = (
        workspace.json("bundle", "manifest"),
        workspace.hash_of_file("bundle", "manifest.json"),
    )
    card = CardInputs(manifest, sha256, compared, evidence, settings.review, settings.seed)
    with workspace.writing("evaluation") as out:
        out.json("tables", compared.to_dict())
        out.json("drift", moved.to_dict())
        out.json("metrics", headline(compared.figures, compared.differences))
        out.text("calibration.csv", compared.calibration.to_csv(index=False, lineterminator="\n"))
        out.text("model_card.md", model_card(card))
    return compared
