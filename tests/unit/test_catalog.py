"""Where everything lies: tables and what is known of them come back as the ingest stage left them."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.sources import load_mapping
from leadscore.adapters.ingest.export import Export
from leadscore.domain import schemas
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Property
from tests.fakes import ROOT, category, events, leads, outcomes, rows, utc
from tests.tables import times

MAPPING = load_mapping(ROOT / "config/sources/demo.yaml")


def empty(schema):
    """Return a table of a schema with no rows."""
    return pd.DataFrame(
        {name: pd.Series([], dtype=str(column.dtype)) for name, column in schema.columns.items()}
    )


def export():
    return Export(
        leads=leads("lead_id | created_at | channel\na | 2026-01-01 | ads\nb | 2026-01-02 |"),
        events=events("lead_id | occurred_at | type\na | 2026-01-03 | page_view"),
        changes=empty(schemas.CHANGES),
        outcomes=outcomes("lead_id | status | closed_at\na | won | 2026-02-01\nb | open |"),
        feedback=empty(schemas.FEEDBACK),
        nps=empty(schemas.NPS),
        rejected=empty(schemas.REJECTED),
        observed_until=utc("2026-03-01 12:00"),
        inputs=(),
        counts=(),
        warnings=("odd",),
        properties=(category("channel"), Property("tag", "category", "as_exported", "Tag", "late")),
        event_labels={"page_view": "Page viewed"},
        engagement_types=("page_view",),
    )


@pytest.fixture
def workspace(tmp_path):
    return Workspace(root=tmp_path, config=tmp_path)


def test_the_tables_and_what_their_columns_mean_come_back(workspace):
    workspace.write_export(export(), MAPPING)
    sources = workspace.sources()
    for name in ("leads", "outcomes"):
        pd.testing.assert_frame_equal(getattr(sources, name), getattr(export(), name))
    pd.testing.assert_frame_equal(workspace.table("tables", "events"), export().events)
    (log,) = sources.events.batches()
    assert (log.lead_ids.tolist(), log.types, len(log)) == (["a"], ("page_view",), 1)
    assert tuple(sources.properties) == export().properties
    assert sources.event_labels == {"page_view": "Page viewed"}
    assert list(sources.engagement_types) == ["page_view"]
    assert workspace.observed_until() == utc("2026-03-01 12:00")
    assert workspace.shape() == "events"
    assert workspace.json("tables", "ingest")["warnings"] == ["odd"]


def test_an_export_without_times_has_no_moment(workspace):
    workspace.write_export(dataclasses.replace(export(), observed_until=None), MAPPING)
    assert pd.isna(workspace.observed_until())


def test_a_table_that_is_not_as_declared_is_not_written(workspace):
    wrong = dataclasses.replace(
        export(), leads=export().leads.assign(lead_id=pd.Series(["a", "a"], dtype="str"))
    )
    with pytest.raises(InputError, match="leads"):
        workspace.write_export(wrong, MAPPING)
    assert not workspace.folders["tables"].exists()


@pytest.mark.parametrize(
    ("folder", "command"),
    [("tables", "ingest"), ("snapshots", "snapshot"), ("evidence", "train"), ("truth", "simulate")],
)
def test_what_is_not_there_yet_names_the_command_that_makes_it(workspace, folder, command):
    for reading in (workspace.table, workspace.json):
        with pytest.raises(InputError, match=f"leadscore {command}") as refused:
            reading(folder, "x")
        assert refused.value.code == "missing-file"


def test_a_folder_is_written_by_name_and_read_by_name(workspace):
    table = pd.DataFrame(
        {"lead_id": pd.Series(["a"], dtype="str"), "p": [0.5], "at": times(["2026-01-01"])}
    )
    with workspace.writing("evidence") as out:
        out.table("evidence", table)
        out.json("training", {"a": 1})
        out.text("note.txt", "é")
    pd.testing.assert_frame_equal(workspace.table("evidence", "evidence"), table)
    assert workspace.table("evidence", "evidence", columns=["p"]).columns.tolist() == ["p"]
    assert workspace.json("evidence", "training") == {"a": 1}
    assert workspace.file("evidence", "note.txt").read_text(encoding="utf-8") == "é"
    assert workspace.file("evidence", "note.txt") == workspace.root / "models/evidence/note.txt"


def test_the_hash_of_a_folder_changes_with_names_and_bytes_and_not_with_its_place(tmp_path):
    def hash_of(place, name, text):
        home = Workspace(root=tmp_path / place, config=tmp_path)
        with home.writing("tables") as out:
            out.text(name, text)
        return home.hash_of("tables")

    first = hash_of("one", "a", "x")
    assert hash_of("two", "a", "x") == first
    assert hash_of("one", "b", "x") != first
    assert hash_of("one", "a", "y") != first


def test_every_folder_lies_below_the_root_and_apart(workspace):
    places = list(workspace.folders.values())
    assert len(set(places)) == len(places)
    assert all(p.is_relative_to(workspace.root) for p in places)
    assert not any(a != b and a.is_relative_to(b) for a in places for b in places)


def test_the_fakes_read_numbers_as_numbers_and_words_as_words():
    """`leads` of the fakes decides by its cells: keep that honest."""
    table = leads("lead_id | created_at | n | word\n1 | 2026-01-01 | 3.5 | x\n2 | 2026-01-01 | | 3")
    assert table["n"].tolist() == pytest.approx([3.5, np.nan], nan_ok=True)
    assert table["word"].tolist() == ["x", "3"]
    assert rows("a | b\n1 |") == [{"a": "1", "b": None}]
