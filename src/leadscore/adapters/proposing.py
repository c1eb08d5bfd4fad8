"""What a review proposes, from the evidence on disk and the decision in force, and what else could be."""

from __future__ import annotations

from dataclasses import replace

from leadscore.adapters.basis import basis_of
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.decisions import decision_in_force
from leadscore.domain.settings import Settings
from leadscore.review.page import Seen
from leadscore.review.proposal import Proposal, propose
from leadscore.review.what_if import WhatIf, what_if
from leadscore.scoring.scale import Scale


def proposed(
    workspace: Workspace, settings: Settings, looked_at: Seen
) -> tuple[Proposal, WhatIf | None]:
    """Return the proposal with what it rests on, and what any other thresholds would have meant."""
    evidence = workspace.table("evidence", "evidence")
    evidence = evidence.loc[evidence["window"] == "test"]
    decision = decision_in_force(workspace.config, settings, as_of=None)
    proposal = propose(
        evidence,
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
    at = decision.thresholds
    return proposal, what_if(evidence, proposal, settings.review, in_force=at, seed=settings.seed)
