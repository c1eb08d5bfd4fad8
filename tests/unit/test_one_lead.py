"""One lead of the workspace: only its own events are read, and ids are never guessed."""

import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.one_lead import of_one_lead, twins
from leadscore.domain.errors import InputError
from tests.ingested import ingested

HEAVY = ("mlflow", "altair", "vl_convert", "optuna", "dvc", "sklearn.ensemble")


@pytest.fixture(scope="module")
def home(world, world_until, tmp_path_factory):
    """Return a project whose events lie in groups of a hundred rows."""
    workspace = ingested(tmp_path_factory.mktemp("project"), world, world_until)
    path = workspace.file("tables", "events.parquet")
    events = pq.read_table(path).sort_by([("lead_id", "ascending"), ("occurred_at", "ascending")])
    pq.write_table(events, path, row_group_size=100, write_page_checksum=True, use_dictionary=False)
    return workspace


def events_of(home: Workspace, lead_id):
    return of_one_lead(home, home.sources(), lead_id).events.events


def test_all_events_of_the_lead_are_read_and_none_of_another(home, world):
    every = world.events.events
    busy = every["lead_id"].value_counts().index[0]
    mine = events_of(home, busy)
    assert set(mine["lead_id"]) == {busy}
    assert len(mine) == int((every["lead_id"] == busy).sum())
    assert mine["occurred_at"].sort_values().tolist() == sorted(
        every.loc[every["lead_id"] == busy, "occurred_at"]
    )


def test_groups_of_other_leads_are_not_even_read(home):
    """Where the bytes of all other groups are destroyed, the lead's own events are read all the same."""
    path = home.file("tables", "events.parquet")
    whole = path.read_bytes()
    footer = pq.read_metadata(path)
    lead_id = pq.read_table(path)["lead_id"][0].as_py()
    before = events_of(home, lead_id)
    spoilt = bytearray(whole)
    for i in range(footer.num_row_groups):
        group = footer.row_group(i)
        if group.column(0).statistics.min > lead_id:
            column = group.column(0)
            start = column.data_page_offset
            spoilt[start : start + column.total_compressed_size] = (
                b"\xff" * column.total_compressed_size
            )
    try:
        path.write_bytes(bytes(spoilt))
        pd.testing.assert_frame_equal(events_of(home, lead_id), before)
        with pytest.raises((OSError, pa.ArrowException)):
            pq.read_table(path)
    finally:
        path.write_bytes(whole)


def test_a_damaged_table_is_one_clear_error(home):
    path = home.file("tables", "events.parquet")
    whole, lead_id = path.read_bytes(), home.sources().lead_ids[0]
    try:
        path.write_bytes(whole[:200])
        with pytest.raises(InputError) as told:
            of_one_lead(home, home.sources(), lead_id)
        assert told.value.code == "damaged-table"
    finally:
        path.write_bytes(whole)


def test_twins_differ_in_case_only():
    ids = pd.Series(["Ab", "aB", "ab", "abc", "b"], dtype="str")
    assert twins("ab", ids) == ["Ab", "aB"]
    assert twins("AB", ids) == ["Ab", "aB", "ab"]
    assert twins("x", ids) == []


def test_explaining_loads_nothing_that_it_does_not_need():
    """The command is to answer within seconds: no server, no charts, no study."""
    ask = (
        "import sys, leadscore.adapters.explaining, leadscore.review.lead_screen\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
