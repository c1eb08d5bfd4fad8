"""Door of stage `train`: snapshots become a bundle (the scorer as text) and the evidence for it."""

from __future__ import annotations

from leadscore.adapters.bundle import write_bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.grids import read_grids, refuse_changed_in_place
from leadscore.adapters.decisions import decision_in_force
from leadscore.adapters.registry.origin import origin_of
from leadscore.domain.settings import Settings
from leadscore.scoring.described import described, golden_rows
from leadscore.scoring.training import Trained
from leadscore.scoring.watching import train_watched


def run(workspace: Workspace, settings: Settings) -> Trained:
    """Write `models/bundle` and `models/evidence`."""
    snapshots = workspace.table("snapshots", "snapshots")
    grids = read_grids(workspace.config, settings.grid)
    refuse_changed_in_place(grids, workspace.folders["bundle"])
    pinned = decision_in_force(workspace.config, settings, as_of=None).anchor_probability
    trained, watched = train_watched(
        snapshots,
        workspace.features(),
        grids.grid,
        settings,
        until=None if workspace.shape() == "wide" else workspace.observed_until(),
        anchor_probability=pinned,
    )
    about = described(trained) | {"unfit": watched.described()["unfit"]}
    about |= origin_of(workspace, settings, trained.evidence)
    write_bundle(
        workspace.folders["bundle"],
        trained.scorer,
        grid_source=grids.plain(),
        golden=golden_rows(trained, snapshots),
        about=about,
        typical=trained.typical,
    )
    with workspace.writing("evidence") as out:
        out.table("evidence", trained.evidence)
        out.table("waiting", watched.waiting)
        out.json("training", described(trained))
        out.json("watched", watched.described())
    return trained
