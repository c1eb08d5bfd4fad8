"""How leads ended: declared words only; an outcome that can't be trusted leaves its lead unknown."""

import pandas as pd
import pytest

from leadscore.domain.errors import InputError
from tests.exports import DEALS, EVENTS, LEADS, column, plain_mapping, read, read_wide, refused


def deals_of(*rows):
    return "Lead,Status,Closed\n" + "".join(f"{row}\n" for row in rows)


def status(export):
    return column(export.outcomes, "status")


def test_words_are_read_as_declared_whatever_their_case(tmp_path):
    export = read(
        tmp_path, deals=deals_of("a,WON ,2024-02-01T08:00:00Z", "b,lost,2024-02-01T08:00:00Z")
    )
    assert status(export) == {"a": "won", "b": "lost"}


def test_unknown_word_is_refused_with_the_nearest_known_one(tmp_path):
    export = read(tmp_path, deals=deals_of("a,Wno,2024-02-01T08:00:00Z", "b,Open,"))
    assert refused(export) == [("deals.csv", 2, "unknown-status")]
    assert export.rejected["reason"].tolist() == ["status not in the mapping; did you mean 'Won'?"]
    assert status(export) == {"b": "open"}


@pytest.mark.parametrize("word", ["Won", "Lost"])
def test_closed_without_a_date_leaves_the_lead_unknown(tmp_path, word):
    """The lead stays among the leads, but without an outcome: never trained on, never scored."""
    export = read(tmp_path, deals=deals_of(f"a,{word},", "b,Open,"))
    assert refused(export) == [("deals.csv", 2, "closed-without-date")]
    assert export.leads["lead_id"].tolist() == ["a", "b"]
    assert status(export) == {"b": "open"}


def test_closed_before_created_is_refused(tmp_path):
    export = read(tmp_path, deals=deals_of("a,Won,2023-12-31T08:00:00Z", "b,Open,"))
    assert refused(export) == [("deals.csv", 2, "closed-before-created")]


def test_closed_on_the_day_of_creation_counts_from_its_moment(tmp_path):
    export = read(tmp_path, deals=deals_of("a,Won,2024-01-01", "b,Open,"), zone="UTC")
    assert column(export.outcomes, "closed_at")["a"] == pd.Timestamp("2024-01-01T08:00:00Z")
    assert any("the moment of creation is taken" in w for w in export.warnings)


def test_close_date_of_an_open_lead_is_a_plan_and_left_out(tmp_path):
    export = read(tmp_path, deals=deals_of("a,Open,2030-01-01T08:00:00Z", "b,Open,"))
    assert column(export.outcomes, "closed_at") == {"a": None, "b": None}
    assert export.observed_until == pd.Timestamp(
        "2024-01-04T08:00:00Z"
    )  # the newest event, not the plan
    assert any("it is a plan and left out" in w for w in export.warnings)


def test_lead_told_to_end_in_two_ways_is_unknown(tmp_path):
    rows = ("a,Won,2024-02-01T08:00:00Z", "a,Lost,2024-02-01T08:00:00Z", "b,Open,")
    export = read(tmp_path, deals=deals_of(*rows))
    assert refused(export) == [
        ("deals.csv", 2, "conflicting-id"),
        ("deals.csv", 3, "conflicting-id"),
    ]
    assert status(export) == {"b": "open"}


def test_lead_that_the_deals_do_not_name_is_open_and_warned_of(tmp_path):
    export = read(tmp_path, deals=deals_of("a,Won,2024-02-01T08:00:00Z"))
    assert status(export) == {"a": "won", "b": "open"}
    assert any("1 leads are not in this file and count as open" in w for w in export.warnings)


def test_lead_that_the_deals_do_not_name_is_unknown_where_declared_so(tmp_path):
    export = read(tmp_path, deals=deals_of("a,Won,2024-02-01T08:00:00Z"), without_outcome="unknown")
    assert status(export) == {"a": "won"}


def from_events():
    files = plain_mapping()["files"]
    del files["deals"]
    words = plain_mapping()["events"] | {
        "Signed": {"type": "signed", "is_engagement": False},
        "Gave up": {"type": "gave_up", "is_engagement": False},
    }
    ends = {"won": ["signed"], "lost": ["gave_up"]}
    return {
        "files": files,
        "words": words,
        "statuses": {},
        "outcomes_from_events": ends,
        "deals": None,
    }


def test_first_closing_event_is_the_outcome_and_later_events_stay(tmp_path):
    events = (
        EVENTS
        + "a,2024-02-02T08:00:00Z,Gave up\na,2024-02-01T08:00:00Z,Signed\na,2024-02-03T08:00:00Z,Mail opened\n"
    )
    export = read(tmp_path, events=events, **from_events())
    assert status(export) == {"a": "won", "b": "open"}
    assert column(export.outcomes, "closed_at") == {
        "a": pd.Timestamp("2024-02-01T08:00:00Z"),
        "b": None,
    }
    assert len(export.events) == 5


def test_lead_whose_closing_event_was_refused_is_unknown_not_open(tmp_path):
    export = read(tmp_path, events=EVENTS + "a,soon,Signed\n", **from_events())
    assert refused(export) == [("events.csv", 4, "bad-time")]
    assert status(export) == {"b": "open"}


def test_wide_export_needs_no_dates(tmp_path):
    export = read_wide(
        tmp_path,
        "Id,Won,Visits\na,1,3\nb,0,\n",
        {"Visits": {"role": "property", "name": "visits", "kind": "number"}},
    )
    assert status(export) == {"a": "won", "b": "lost"}
    assert export.observed_until is None
    assert export.leads["created_at"].isna().all()
    assert export.leads["order"].tolist() == [0, 0]


def test_empty_status_means_what_the_mapping_says_of_empty(tmp_path):
    columns = {"Visits": {"role": "property", "name": "visits", "kind": "number"}}
    content = "Id,Won,Visits\na,1,3\nb,,4\n"
    assert refused(read_wide(tmp_path, content, columns)) == [("wide.csv", 3, "missing-status")]
    statuses = {"1": "won", "0": "lost", "": "open"}
    assert status(read_wide(tmp_path, content, columns, statuses=statuses)) == {
        "a": "won",
        "b": "open",
    }


def test_most_outcomes_refused_stops_the_run(tmp_path):
    with pytest.raises(InputError, match="1 of 2 rows refused, 1 as unknown-status"):
        read(tmp_path, leads=LEADS, deals=DEALS.replace("Won", "Gewonnen"), max_reject_share=0.2)
