"""However a log is cut into batches of whole leads, in memory or in a file, no number changes a bit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.adapters.events.event_files import EventFile, to_log
from leadscore.adapters.ingest.dated_tables import in_order
from leadscore.history.log import EventLog, EventTable
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.view import Sources, view
from tests import fakes
from tests.property.histories import (
    EVERY_PRIMITIVE,
    LABELS,
    OWN,
    event_table,
    look_table,
    same_bits,
    second,
    subject,
    value,
)

# Leads b and e have no events but by chance; x is no lead of the source.
KNOWN = ["a", "b", "c", "d", "e"]
SETTINGS = fakes.settings(features={"events": EVERY_PRIMITIVE})
GRID = fakes.plain_grid()
GRID["rules"][1]["when"] = {"event": "page", "within_days": 7}
SCORED = parse_grid(GRID, file="tiny.yaml")
LEADS = pd.DataFrame(
    {
        "lead_id": pd.Series(KNOWN, dtype="str"),
        "channel": pd.Series(["referral", None, "ads", "spam", "ads"], dtype="str"),
    }
)
NOBODY = pd.DataFrame({"lead_id": pd.Series([], dtype="str")})

part_of_a_second = st.tuples(second, st.sampled_from([0, 0, 0.25, 0.75])).map(sum)
history = st.lists(
    st.tuples(
        st.sampled_from(["a", "a", "a", "b", "c", "d", "x"]),
        part_of_a_second,
        st.sampled_from(sorted(LABELS)),
        subject,
        value,
    ),
    max_size=20,
)
asked = st.lists(st.tuples(st.sampled_from(KNOWN), second), min_size=1, max_size=8, unique=True)


@dataclass(frozen=True)
class InBatches:
    """Events in memory, cut before the leads of `cuts`."""

    events: pd.DataFrame
    cuts: frozenset

    def batches(self):
        part = self.events["lead_id"].map(lambda lead: sum(cut <= lead for cut in self.cuts))
        for _, events in self.events.groupby(part):
            yield EventLog.from_table(events, events["lead_id"].unique())


def seen(source, look_rows):
    """Return features and grid points of every look."""
    sources = Sources(
        leads=LEADS,
        outcomes=NOBODY,
        events=source,
        properties=[fakes.category("channel")],
        event_labels=LABELS,
        engagement_types=OWN,
    )
    return view(look_table(look_rows), sources, SCORED, SETTINGS)


def same_view(found, expected):
    pd.testing.assert_frame_equal(found[0].rows, expected[0].rows, check_exact=True)
    assert found[0].features == expected[0].features
    numbers = found[0].rows.select_dtypes("float64").to_numpy()
    same_bits(np.ascontiguousarray(numbers), expected[0].rows.select_dtypes("float64").to_numpy())
    same_bits(found[1].trace, expected[1].trace)
    assert found[1].points.tolist() == expected[1].points.tolist()
    assert found[1].cell.tolist() == expected[1].cell.tolist()


@given(rows=history, look_rows=asked, cuts=st.frozensets(st.sampled_from("bcdx")))
@settings(max_examples=30)
def test_cutting_between_leads_changes_no_bit(rows, look_rows, cuts):
    table = event_table(rows)
    same_view(seen(InBatches(table, cuts), look_rows), seen(EventTable(table), look_rows))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("batches") / "events.parquet"


@given(
    rows=history, look_rows=asked, group=st.integers(1, 6), batch=st.sampled_from([1, 2, 5, 1_000])
)
@settings(max_examples=30)
def test_a_file_says_what_the_table_says_however_it_is_cut(path, rows, look_rows, group, batch):
    table = event_table(rows)
    sorted_rows = pa.Table.from_pandas(in_order(table), preserve_index=False)
    pq.write_table(sorted_rows, path, row_group_size=group, write_page_checksum=True)
    file = EventFile(path, batch_events=batch)
    same_view(seen(file, look_rows), seen(EventTable(table), look_rows))


@given(rows=history)
@settings(max_examples=30)
def test_a_sorted_table_and_the_log_sorted_here_agree_event_by_event(rows):
    table = event_table(rows)
    log = to_log(pa.Table.from_pandas(in_order(table), preserve_index=False))
    known = EventLog.from_table(table, set(table["lead_id"]))
    assert log.lead_ids.tolist() == known.lead_ids.tolist()
    assert log.start.tolist() == known.start.tolist()
    for name in ("time", "value"):
        np.testing.assert_array_equal(getattr(log, name), getattr(known, name))
    assert [log.types[c] for c in log.type_code] == [known.types[c] for c in known.type_code]
    for one, other in zip(log.subject_code, known.subject_code, strict=True):
        assert (one < 0) == (other < 0)
        assert one < 0 or log.subjects[one] == known.subjects[other]
