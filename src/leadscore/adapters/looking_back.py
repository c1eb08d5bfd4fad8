"""What the earlier stages wrote, read once for everybody who looks back: the page and the screen."""

from __future__ import annotations

from leadscore.adapters.catalog import Workspace, sha256_of_text
from leadscore.domain.settings import Settings
from leadscore.review.page import Seen


def seen(workspace: Workspace, settings: Settings) -> Seen:
    """Read the stages' reports and the hashes they rest on.

    Raises
    ------
    InputError
        ``missing-file``: a stage has not run; the error says which.
    """
    return Seen(
        source=settings.source.name,
        ingest=workspace.json("tables", "ingest"),
        snapshots=workspace.json("snapshots", "counts"),
        training=workspace.json("evidence", "training"),
        leakage=workspace.json("snapshots", "leakage"),
        drift=workspace.json("evaluation", "drift"),
        bundle_sha256=workspace.hash_of_file("bundle", "manifest.json"),
        settings_sha256=sha256_of_text(settings.model_dump_json()),
    )
