"""A simulated CRM with a trained bundle, on which proofs of the nightly job strike."""

from __future__ import annotations

from pathlib import Path

from benchmarks.registry_kills import promote_all, small
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.crm_export import write_export
from leadscore.simulation.world import default_world
from leadscore.stages import ingest, snapshot, train

ROOT = Path(__file__).resolve().parents[1]
TRAINED_ON = 5_000


def trained_world(root: Path, *, n_leads: int) -> Workspace:
    """Train twice on 5,000 leads at most, then ingest `n_leads` of the same market to be scored.

    The first training is the champion whatever its gates say, so that a model scores; the second one is
    the newest, so that there are shadow scores too.
    """
    workspace, settings = Workspace(root, ROOT), small()
    n_trained = min(n_leads, TRAINED_ON)
    _ingested(workspace, n_leads=n_trained)
    snapshot.run(workspace, settings)
    train.run(workspace, settings)
    promote_all(workspace, settings)
    train.run(workspace, settings.model_copy(update={"seed": settings.seed + 1}))
    if n_leads > n_trained:
        _ingested(workspace, n_leads=n_leads)
    return workspace


def _ingested(workspace: Workspace, *, n_leads: int) -> None:
    settings = small()
    raw = workspace.root / settings.source.raw_dir
    write_export(default_world(), raw, workspace.folders["truth"], n_leads=n_leads, seed=7)
    ingest.run(workspace, settings)
