"""Door of stage `score`: open leads at `as_of` become an immutable partition of `data/issued`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.decisions import decision_in_force
from leadscore.adapters.locking import scoring_alone
from leadscore.adapters.nights import Night
from leadscore.adapters.registry.serving import serving
from leadscore.adapters.spark_rows import SparkAsk
from leadscore.domain.settings import Settings
from leadscore.scoring.whole_night import Progress


def run(
    workspace: Workspace, settings: Settings, *, as_of: pd.Timestamp | None = None,
    accept: str | None = None, spark: SparkAsk | None = None,
    changed_since: pd.Timestamp | None = None, progress: Progress | None = None,
) -> Path:  # fmt: skip
    """Score the leads open at `as_of` (None: the moment of the export); return the partition.

    The champion scores, or the grid where there is none; the newest training scores beside it, into
    `data/shadow`. One run at a time: a second one stops at once. Scores unlike those of the nights before
    stop too, unless `accept` says why they are meant to be so. Spark (None: this process) gives the same bytes.
    With `changed_since` only leads with something new since then are scored, into `data/changed`.
    """
    with scoring_alone(workspace.root, settings.source.name):
        pinned = serving(workspace, settings.source.name)
        moment = workspace.observed_until() if as_of is None else as_of
        decision = decision_in_force(workspace.config, settings, as_of=moment)
        night = Night(workspace, settings, moment, decision, accept, spark, progress)
        if changed_since is not None:
            return night.issue_changed(pinned, since=changed_since)
        folder = night.issue(pinned, is_forced=as_of is not None)
        night.shadow(pinned, folder)
        return folder
