"""Whether reasons add up to the score: the split of many leads against their log-odds, in score points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.scorer.workspace import settings_of
from leadscore.adapters.bundle import read_bundle
from leadscore.adapters.catalog import Workspace
from leadscore.history import snapshots as looks_at
from leadscore.scoring.view import view


@dataclass(frozen=True)
class Sums:
    """How far sums of reasons lie from scores.

    Attributes
    ----------
    apart
        Largest distance of base + features + rules + rest from the blend, in score points.
    to_score
        The same against the score on its scale, of leads within 0..100.
    with_rest
        Share of leads whose sum has a part that no feature and no rule owns: caps and floors of the grid, ends
        of the parts' log-odds.
    """

    n_leads: int
    apart: float
    to_score: float
    with_rest: float


def sums_of(workspace: Workspace) -> Sums:
    """Split the blend of every open lead of a night."""
    sources, settings = workspace.sources(), settings_of()
    scorer = read_bundle(workspace.folders["bundle"]).scorer
    assert scorer.model is not None
    looks = looks_at.at_moment(sources.leads, sources.outcomes, as_of=workspace.observed_until())
    table, grid = view(looks, sources, scorer.grid, settings)
    x = scorer.model.encoder.matrix(table.rows)
    split = scorer.model.split(x, grid, threads=settings.threads)
    per_log_odds = scorer.scale.points_to_double / float(np.log(2.0))
    score = scorer.scale.score(1 / (1 + np.exp(-split.log_odds)))
    centre = np.log(scorer.scale.anchor_probability / (1 - scorer.scale.anchor_probability))
    by_reasons = 50 + (split.total - centre) * per_log_odds
    inside = (score > 0) & (score < 100)
    return Sums(
        len(looks),
        float(np.abs(split.total - split.log_odds).max() * per_log_odds),
        float(np.abs(by_reasons - score)[inside].max()),
        float((np.abs(split.rest) > 1e-9).mean()),
    )
