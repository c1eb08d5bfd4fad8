"""From an export to snapshots: a look sees what a lead was then, not what it became."""

import json
import shutil

import pytest

from leadscore.adapters.catalog import Workspace
from leadscore.stages import ingest, snapshot
from tests.exports import plain_mapping, text_of
from tests.fakes import ROOT, agrees, settings
from tests.histories import CHANGES

LEADS = "Id,Created,Industry\na,2024-01-05T08:00:00Z,Retail\nb,2024-01-05T08:00:00Z,Bank\n"
HISTORY = "Lead,When,Field,Old,New\na,2024-01-17T00:00:00Z,Industry,Farm,Retail\n"
EVENTS = "Lead,Time,What\na,2024-01-31T00:00:00Z,Mail opened\n"
DEALS = "Lead,Status,Closed\na,Open,\nb,Open,\n"


def mapping(*, known):
    plain = plain_mapping()
    industry = {"role": "property", "name": "industry", "known": known}
    plain["files"]["leads"]["columns"] = {
        "Id": {"role": "lead_id"},
        "Created": {"role": "created_at"},
        "Industry": industry,
    }
    if known == "history":
        field = {"role": "field", "values": {"Industry": "industry"}}
        plain["files"]["history"] = {"path": "history.csv", "columns": CHANGES | {"Field": field}}
    return plain


def snapshots_of(root, *, known):
    """Run stages `ingest` and `snapshot` on the tiny export."""
    (root / "raw").mkdir()
    files = {"leads": LEADS, "history": HISTORY, "events": EVENTS, "deals": DEALS}
    for name, content in files.items():
        text_of(root / f"raw/{name}.csv", content)
    shutil.copytree(ROOT / "config", root / "config")
    text_of(root / "config/sources/tiny.yaml", json.dumps(mapping(known=known)))
    workspace = Workspace(root=root, config=root)
    asked = settings(
        source={"name": "tiny", "raw_dir": "raw"}, features={"min_level_rows": 1}, threads=1
    )
    ingest.run(workspace, asked)
    snapshot.run(workspace, asked)
    return workspace


@pytest.mark.parametrize(
    ("known", "until_the_15th"), [("history", "Farm"), ("as_exported", "Retail")]
)
def test_a_look_before_a_change_shows_the_old_value(tmp_path, known, until_the_15th):
    """a was Farm until Wednesday 17 January; as exported it was Retail all along."""
    workspace = snapshots_of(tmp_path, known=known)
    table = workspace.table("snapshots", "snapshots")
    agrees(
        table[["lead_id", "as_of", "firm_industry"]],
        f"""
        lead_id | as_of      | firm_industry
        a       | 2024-01-08 | {until_the_15th}
        a       | 2024-01-15 | {until_the_15th}
        a       | 2024-01-22 | Retail
        a       | 2024-01-29 | Retail
        b       | 2024-01-08 | Bank
        b       | 2024-01-15 | Bank
        b       | 2024-01-22 | Bank
        b       | 2024-01-29 | Bank
        """,
    )


@pytest.mark.parametrize(("known", "n_changes"), [("history", 3), ("as_exported", 0)])
def test_the_table_of_changes_is_always_written_and_read_where_it_counts(
    tmp_path, known, n_changes
):
    workspace = snapshots_of(tmp_path, known=known)
    assert len(workspace.table("tables", "changes")) == n_changes
    assert (workspace.sources().changes is None) == (n_changes == 0)
    assert workspace.json("tables", "ingest")["properties"][0]["known"] == known
