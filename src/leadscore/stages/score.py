"""Door of stage `score`: open leads at `as_of` become an immutable partition of `data/issued`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leadscore.adapters import issued as partitions
from leadscore.adapters.bundle import read_bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.decisions import decision_in_force
from leadscore.domain.settings import Settings
from leadscore.scoring.nightly import score_open_leads
from leadscore.scoring.scorer import Issue
from leadscore.scoring.segments import unfit_of


def run(workspace: Workspace, settings: Settings, *, as_of: pd.Timestamp | None = None) -> Path:
    """Score the leads open at `as_of` (None: the moment of the export); return the partition."""
    moment = workspace.observed_until() if as_of is None else as_of
    bundle = read_bundle(workspace.folders["bundle"])
    decision = decision_in_force(workspace.config, settings, as_of=moment)
    inputs = {
        "as_of": str(moment),
        "bundle_sha256": bundle.sha256,
        "decision_id": decision.id,
        "thresholds": decision.thresholds.model_dump(),
        "score": settings.score.model_dump(),
        "tables_sha256": workspace.hash_of("tables"),
    }
    folder = partitions.partition(workspace.folders["issued"], as_of=moment, inputs=inputs)
    if partitions.is_whole(folder):
        return folder
    partitions.refuse_earlier(folder, as_of=moment, is_forced=as_of is not None)
    about = Issue(
        decision.thresholds, decision.id, bundle.sha256,
        settings.score.reasons_per_sign, settings.score.trend_points,
    )  # fmt: skip
    issued, counts = score_open_leads(
        bundle.scorer, workspace.sources(), settings, shape=workspace.shape(), as_of=moment,
        until=workspace.observed_until(), about=about, usual=bundle.usual,
        unfit=unfit_of(bundle.manifest),
    )  # fmt: skip
    partitions.write_partition(folder, issued, inputs=inputs, counts=counts)
    return folder
