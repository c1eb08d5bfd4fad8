"""Rows of a table by ranges of leads: every row once, in the table's order, whoever asks."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from leadscore.history.by_lead import ByLead

TABLE = pd.DataFrame({"lead_id": ["c", "a", "x", "b", "a", "c"], "row": range(6)})
KNOWN = np.array(["a", "b", "c", "d"], dtype=object)


def test_a_range_of_leads_has_their_rows_in_the_tables_order():
    by_lead = ByLead.of(TABLE, KNOWN)
    assert by_lead.of_leads(slice(0, 2))["row"].tolist() == [1, 3, 4]  # a, b
    assert by_lead.of_leads(slice(2, 4))["row"].tolist() == [0, 5]  # c; d has none
    assert by_lead.of_leads(slice(1, 2)).index.tolist() == [0]


def test_a_lead_nobody_knows_is_in_no_range():
    by_lead = ByLead.of(TABLE, KNOWN)
    assert by_lead.start[0] == 1  # the row of x
    assert "x" not in by_lead.of_leads(slice(0, 4))["lead_id"].tolist()


@given(
    rows=st.lists(st.sampled_from("abcdex"), max_size=30),
    cuts=st.lists(st.integers(0, 5), max_size=4),
)
def test_ranges_say_what_a_filter_says(rows, cuts):
    table = pd.DataFrame({"lead_id": pd.Series(rows, dtype="str"), "row": range(len(rows))})
    known = np.array(list("abcde"), dtype=object)
    by_lead = ByLead.of(table, known)
    edges = [0, *sorted(cuts), 5]
    for first, last in zip(edges, edges[1:], strict=False):
        wanted = table[table["lead_id"].isin(known[first:last])].reset_index(drop=True)
        pd.testing.assert_frame_equal(by_lead.of_leads(slice(first, last)), wanted)
