"""Door of stage `train`: snapshots become a bundle (the scorer as text) and the evidence for it."""

from __future__ import annotations

from leadscore.adapters.bundle import write_bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.yaml_strict import load_yaml
from leadscore.adapters.decisions import decision_in_force
from leadscore.domain.settings import Settings
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.training import Trained, described, golden_rows, train


def run(workspace: Workspace, settings: Settings) -> Trained:
    """Write `models/bundle` and `models/evidence`."""
    snapshots = workspace.table("snapshots", "snapshots")
    grid_file = workspace.config / settings.grid.file
    grid_source = load_yaml(grid_file)
    pinned = decision_in_force(workspace.config, settings, as_of=None).anchor_probability
    trained = train(
        snapshots,
        workspace.features(),
        parse_grid(grid_source, file=grid_file),
        settings,
        until=None if workspace.shape() == "wide" else workspace.observed_until(),
        anchor_probability=pinned,
    )
    about = {
        **described(trained),
        "snapshots_sha256": workspace.hash_of("snapshots"),
        "source": settings.source.name,
    }
    write_bundle(
        workspace.folders["bundle"],
        trained.scorer,
        grid_source=grid_source,
        golden=golden_rows(trained, snapshots),
        about=about,
    )
    with workspace.writing("evidence") as out:
        out.table("evidence", trained.evidence)
        out.json("training", described(trained))
    return trained
