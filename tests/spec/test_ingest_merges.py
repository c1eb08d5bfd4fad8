"""Leads under the id they have now: merged in the CRM, or written in Salesforce's short form."""

import pandas as pd
import pytest

from leadscore.adapters.ingest.id_rules import all_salesforce, at_their_end, long_form
from leadscore.domain.errors import InputError
from tests.exports import DEALS, EVENTS, LEADS, plain_mapping, read, refused, text_of

SHORT, LONG = "00Q5e00000ABcdE", "00Q5e00000ABcdEEAT"
OTHER = "00Q5e00000ABcdeEAD"  # the same letters, one of them small: another lead


def ids(export):
    return export.leads["lead_id"].tolist()


def in_place_of_a(text, word):
    return text.replace("\na,", f"\n{word},")


def with_merges(folder, merges, **files):
    text_of(folder / "merges.csv", "Old,New\n" + merges)
    plain = plain_mapping()["files"]
    plain["merges"] = {
        "path": "merges.csv",
        "columns": {"Old": {"role": "lead_id"}, "New": {"role": "merged_into"}},
    }
    return read(folder, files=plain, **files)


def test_events_of_a_merged_lead_count_for_the_surviving_one(tmp_path):
    events = EVENTS + "older,2024-01-05T08:00:00Z,Mail opened\n"
    export = with_merges(tmp_path, "older,old\nold,a\n", events=events)
    assert export.events["lead_id"].tolist() == ["a", "a", "b"]
    told = "events.csv: 1 rows of merged leads count for the lead they were merged into"
    assert told in export.warnings


def test_a_merged_lead_goes_where_the_surviving_one_has_its_own_row(tmp_path):
    leads = LEADS + "old,2024-01-03T08:00:00Z,fair\ngone,2024-01-04T08:00:00Z,fair\n"
    export = with_merges(tmp_path, "old,a\ngone,new\n", leads=leads)
    assert ids(export) == ["a", "b", "new"]
    assert refused(export) == []
    count = next(c for c in export.counts if c.table == "leads")
    assert (count.rows, count.kept, count.left_out) == (4, 3, 1)


def test_merges_that_contradict_themselves_are_refused(tmp_path):
    export = with_merges(tmp_path, "x,y\ny,x\nold,a\nold,b\nb,b\n")
    assert refused(export) == [
        ("merges.csv", 2, "circular-merge"),
        ("merges.csv", 3, "circular-merge"),
        ("merges.csv", 4, "conflicting-merge"),
        ("merges.csv", 5, "conflicting-merge"),
    ]
    assert ids(export) == ["a", "b"]


def test_chains_of_merges_end_at_the_last_lead():
    assert at_their_end({"a": "b", "b": "c", "x": "x2"}) == ({"a": "c", "b": "c", "x": "x2"}, set())
    assert at_their_end({"a": "b", "b": "c", "c": "b"}) == ({}, {"a", "b", "c"})


def test_the_check_characters_of_a_long_id_tell_which_letters_are_capitals():
    # Blocks of five, each letter a bit from the left: 00Q5e 4 is E; 00000 0 is A; ABcdE 19 is T.
    assert long_form(SHORT) == LONG
    assert long_form("not one") == "not one"


def test_short_and_long_ids_of_salesforce_are_one_lead(tmp_path):
    export = read(
        tmp_path,
        leads=in_place_of_a(LEADS, LONG).replace("\nb,", f"\n{OTHER},"),
        events=in_place_of_a(EVENTS, SHORT).replace("\nb,", f"\n{OTHER[:15]},"),
        deals=in_place_of_a(DEALS, SHORT).replace("\nb,", f"\n{OTHER},"),
    )
    assert ids(export) == sorted([LONG, OTHER])
    assert len(export.events) == 2
    assert refused(export) == []
    told = "events.csv: 2 Lead are ids of 15 characters; their form of 18 is taken"
    assert told in export.warnings


@pytest.mark.parametrize(
    ("ids", "says"),
    [
        ([LONG, SHORT], True),
        ([SHORT], True),
        ([LONG, "a"], False),  # one that is none
        ([LONG[:-1] + "A"], False),  # the check fails
        (["123456789012345"], False),  # a number of 15 digits is no id of Salesforce
        ([], False),
    ],
)
def test_ids_are_made_longer_only_where_all_of_the_leads_look_so(ids, says):
    assert all_salesforce(pd.Series(ids, dtype="str")) == says


def test_the_same_events_in_two_files_stop_the_run(tmp_path):
    files = plain_mapping()["files"]
    files["more"] = files["events"] | {"path": "more.csv"}
    text_of(tmp_path / "more.csv", EVENTS)
    with pytest.raises(InputError, match=r"more\.csv same-file-twice: .* events\.csv"):
        read(tmp_path, files=files)


def test_a_few_numbers_in_another_unit_of_time_are_refused_one_by_one(tmp_path):
    rows = "".join(f"c{n},1704096000,ads\n" for n in range(3))
    files = plain_mapping()["files"]
    files["leads"]["columns"]["Created"]["format"] = "epoch_s"
    leads = "Id,Created,Channel\na,1704096000000,ads\nb,1704096000,ads\n" + rows
    export = read(tmp_path, leads=leads, files=files)
    assert refused(export)[0] == ("leads.csv", 2, "bad-time")
