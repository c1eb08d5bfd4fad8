"""What a bundle's manifest says beyond its training: where it comes from, and who leads without it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from leadscore.adapters.catalog import Workspace
from leadscore.domain.settings import Settings
from leadscore.scoring.gates import Opinions, without_model


def origin_of(workspace: Workspace, settings: Settings, evidence: pd.DataFrame) -> dict[str, Any]:
    """Return plain values for a manifest; no times of day.

    `without_model` is the opinion that led on the later window when the model is left out;
    `leakage` counts the gate's findings by what became of them.
    """
    test = evidence.loc[evidence["window"] == "test"]
    opinions = Opinions(
        y=test["label"].to_numpy(),
        model=None,
        grid=test["p_grid"].to_numpy(),
        base=test["p_base"].to_numpy(),
        lead_id=test["lead_id"].to_numpy(dtype=object),
    )
    found = Counter(finding["state"] for finding in workspace.json("snapshots", "leakage"))
    return {
        "snapshots_sha256": workspace.hash_of("snapshots"),
        "source": settings.source.name,
        "observed_until": workspace.json("tables", "ingest")["observed_until"],
        "horizon_days": settings.label.horizon_days,
        "leakage": dict(sorted(found.items())),
        "without_model": without_model(
            opinions, n_resamples=settings.review.bootstrap, seed=settings.seed
        ),
    }
