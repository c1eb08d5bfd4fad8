"""Our model: the blend, and each of its parts alone, from one fit."""

from __future__ import annotations

from benchmarks.quality.peers import Method, Told
from benchmarks.quality.problems import Problem
from leadscore.scoring.blend.alone import fit_alone

BLEND = "Blend"
PARTS = {
    "grid": "Part: calibrated grid",
    "logistic": "Part: ridge logistic",
    "trees": "Part: small trees, refitted",
}
GRID_PART, TREES_PART = PARTS["grid"], PARTS["trees"]


def blend(train: Problem, test: Problem) -> Told:
    """Fit on the rows; weights by later rows where the problem has an order, else by random folds."""
    alone = fit_alone(
        train.table, train.features, train.y, train.points, train.lead,
        order=train.order, known_after=train.known_after, settings=train.settings,
    )  # fmt: skip
    parts = alone.parts(test.table, test.points)
    own = {BLEND: alone.probability(test.table, test.points)}
    return own | {PARTS[name]: p for name, p in parts.items()}


OURS = Method(BLEND, "grid, ridge logistic and small trees, weighed in log-odds", blend)
