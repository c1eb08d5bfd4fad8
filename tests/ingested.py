"""A project whose ingest stage has run: simulated sources written as `data/tables`."""

import pandas as pd

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.sources import load_mapping
from leadscore.adapters.ingest.export import Export
from leadscore.domain import schemas
from tests.fakes import ROOT


def ingested(root, world, until):
    def empty(schema):
        columns = schema.columns.items()
        return pd.DataFrame({name: pd.Series([], dtype=str(c.dtype)) for name, c in columns})

    workspace = Workspace(root=root, config=ROOT)
    workspace.write_export(
        Export(
            leads=world.leads, events=world.events.events, outcomes=world.outcomes,
            changes=empty(schemas.CHANGES),
            feedback=empty(schemas.FEEDBACK), nps=empty(schemas.NPS),
            rejected=empty(schemas.REJECTED), observed_until=until, inputs=(), counts=(),
            warnings=(), properties=tuple(world.properties),
            event_labels=dict(world.event_labels),
            engagement_types=tuple(world.engagement_types),
        ),
        load_mapping(ROOT / "config/sources/demo.yaml"),
    )  # fmt: skip
    return workspace
