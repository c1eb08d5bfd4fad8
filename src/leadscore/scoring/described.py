"""A training as plain values: what the bundle's manifest says of it, and the rows that prove a bundle."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.scoring.encoder import Matrix
from leadscore.scoring.training import Trained

Float = npt.NDArray[np.float64]


def described(trained: Trained) -> dict[str, Any]:
    """Return what the bundle's manifest says of its training, as plain values."""
    names, counts = np.unique(trained.windows.name.astype(str), return_counts=True)
    model = trained.scorer.model
    return {
        "opinion": trained.verdict.opinion,
        "gates": [asdict(g) for g in trained.verdict.gates],
        "fit_rate": trained.fit_rate.to_dict(),
        "windows": {
            "rows": dict(zip(names.tolist(), counts.tolist(), strict=True)),
            "calibrate_from": trained.windows.calibrate_from,
            "test_from": trained.windows.test_from,
        },
        "n_inferred": trained.n_inferred,
        "rounds": model.trees.rounds if model else None,
        "blend": _blend_told(trained),
        "scale": trained.scorer.scale.to_dict(),
        "importance": [asdict(i) for i in trained.importance],
        "n_features": len(model.encoder.features) if model else 0,
        "usual": [column.to_dict() for column in trained.usual],
        "warnings": list(trained.warnings),
    }


def _blend_told(trained: Trained) -> dict[str, Any] | None:
    """Return weights and choices of the blend that was judged, and the weights of the one that scores."""
    if trained.learned is None or trained.scorer.model is None:
        return None
    return {
        "judged": trained.learned.weights.to_dict(),
        "scores": trained.scorer.model.weights.to_dict(),
        "penalty": trained.learned.recipe.penalty,
        "recalibration": trained.learned.recalibration.to_dict(),
        "levels_judged": trained.learned.levels.to_dict(),
        "levels": trained.scorer.model.levels.to_dict(),
        "staleness": [step.to_dict() for step in trained.staleness],
    }


def golden_rows(trained: Trained, snapshots: pd.DataFrame, *, n: int = 20) -> tuple[Matrix, Float]:
    """Return some encoded rows spread over the snapshots and their grid points.

    They are kept to prove that a bundle still scores alike.
    """
    if trained.scorer.model is None:
        return np.empty((0, 0)), np.empty(0)
    ranked = snapshots.sort_values(["order", "lead_id"])
    at = np.unique(np.linspace(0, len(ranked) - 1, num=n).astype(int))
    points = ranked["grid_points"].to_numpy(dtype=np.float64)[at]
    return trained.scorer.model.encoder.matrix(ranked.iloc[at]), points
