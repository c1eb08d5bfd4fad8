"""What a review proposes, from the evidence on disk and the decision in force, and what else could be.

One reading of the evidence serves the proposal, the sliders, and the cuts by opinion and segment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from leadscore.adapters.basis import basis_of
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.decisions import decision_in_force
from leadscore.domain.settings import Settings
from leadscore.review.cuts_by import CutsOf, cuts_by_opinion, cuts_by_segment
from leadscore.review.page import Seen
from leadscore.review.proposal import Proposal, propose
from leadscore.review.what_if import WhatIf, what_if
from leadscore.scoring.scale import Scale


@dataclass(frozen=True)
class Considered:
    """A proposal, what any other thresholds would have meant, and the best cuts by opinion and segment."""

    proposal: Proposal
    what_if: WhatIf | None
    cuts_by: tuple[CutsOf, ...]


def proposed(workspace: Workspace, settings: Settings, looked_at: Seen) -> Considered:
    """Return the proposal with what it rests on, and what stands beside it."""
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
    at, review, scale = (
        decision.thresholds,
        settings.review,
        Scale.from_dict(looked_at.training["scale"]),
    )
    cuts = [
        each
        for by in (cuts_by_opinion, cuts_by_segment)
        for each in by(
            evidence, settings.thresholds, review, scale=scale, prior=settings.calibration,
            seed=settings.seed,
        )
    ]  # fmt: skip
    tried = what_if(evidence, proposal, review, in_force=at, seed=settings.seed)
    return Considered(proposal, tried, tuple(cuts))


def signing(proposal: Path, *, approve: str = "leadscore approve") -> str:
    """Return the command that signs a proposal, to be copied; `approve` may have options before the verb."""
    return f"{approve} {proposal} --by NAME --reason TEXT"
