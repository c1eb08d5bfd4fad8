"""What a proposal made now would rest on: hashes of what lies in the folders, and the settings it reads."""

from __future__ import annotations

from pathlib import Path

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.files import sha256_of
from leadscore.domain.errors import InputError
from leadscore.domain.settings import Settings
from leadscore.review.basis import Basis, quarter_of, settings_read


def basis_of(workspace: Workspace, settings: Settings, decision_id: str) -> Basis:
    """Return what the evidence, the bundle, the grids and the settings are now.

    Raises
    ------
    InputError
        ``missing-file``: the training or a grid file is not there.
    """
    manifest = workspace.json("bundle", "manifest")
    until = manifest.get("observed_until")
    files = (*settings.grid.others, settings.grid.file)
    return Basis(
        source=settings.source.name,
        observed_until=until,
        quarter=quarter_of(until),
        opinion=manifest["opinion"],
        evidence_sha256=workspace.hash_of_file("evidence", "evidence.parquet"),
        bundle_sha256=workspace.hash_of_file("bundle", "manifest.json"),
        grids={name: _sha256(workspace.config / name) for name in files},
        decision_id=decision_id,
        settings=settings_read(settings),
    )


def _sha256(path: Path) -> str:
    if not path.is_file():
        fix = "restore the file, or mend grid.file and grid.others"
        raise InputError("missing-file", "the grid is not there", file=path, fix=fix)
    return sha256_of(path)
