"""Door of stage `ingest`: a raw CRM export becomes the tables, refused rows kept beside them."""

from __future__ import annotations

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.sources import load_mapping
from leadscore.adapters.ingest.reading import Export, read_export
from leadscore.domain.settings import Settings


def run(workspace: Workspace, settings: Settings) -> Export:
    """Read `source.raw_dir` through `config/sources/<source.name>.yaml` and write `data/tables`."""
    mapping_file = workspace.config / "config/sources" / f"{settings.source.name}.yaml"
    mapping = load_mapping(mapping_file)
    export = read_export(
        mapping,
        workspace.root / settings.source.raw_dir,
        mapping_file=mapping_file,
        scratch=workspace.folders["tables"].parent,
    )
    workspace.write_export(export, mapping)
    return export
