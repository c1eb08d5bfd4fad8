"""Bad inputs 54 to 57, 59 and 60: outcomes that can't be, that are not known yet, and several of them."""

import pandas as pd

from leadscore.history.labels import fates, label
from tests.exports import plain_mapping, read, refused
from tests.fakes import looks, outcomes, utc

SEEN = looks("lead_id | as_of\na | 2026-01-05")


def deals(folder, *rows, **changes):
    return read(folder, deals="Lead,Status,Closed\n" + "\n".join(rows) + "\n", **changes)


def status(export):
    return dict(zip(export.outcomes["lead_id"], export.outcomes["status"], strict=True))


def test_054_closed_before_created_is_refused_and_the_lead_unknown(tmp_path):
    export = deals(tmp_path, "a,Lost,2023-12-31T07:00:00Z", "b,Open,")
    assert refused(export) == [("deals.csv", 2, "closed-before-created")]
    assert status(export) == {"b": "open"}


def test_055_won_without_a_close_date_is_refused_and_the_lead_unknown(tmp_path):
    export = deals(tmp_path, "a,Won,", "b,Open,")
    assert refused(export) == [("deals.csv", 2, "closed-without-date")]
    assert status(export) == {"b": "open"}


def test_056_a_close_date_of_an_open_lead_is_left_out_and_counted(tmp_path):
    export = deals(tmp_path, "a,Open,2024-01-20T08:00:00Z", "b,Open,")
    assert export.outcomes["closed_at"].isna().all()
    assert any(
        "1 open leads have a Closed; it is a plan and left out" in w for w in export.warnings
    )


def test_057_an_outcome_after_the_export_is_refused(tmp_path):
    late = {"observed_until": "2024-01-31T00:00:00Z"}
    export = deals(tmp_path, "a,Won,2024-02-01T08:00:00Z", "b,Open,", **late)
    assert refused(export) == [("deals.csv", 2, "future-time")]
    assert status(export) == {"b": "open"}


def test_057_an_outcome_after_the_look_is_its_label_and_never_its_present():
    won_later = outcomes("lead_id | status | closed_at\na | won | 2026-01-10")
    before = label(SEEN, won_later, horizon_days=7, until=utc("2026-01-09"))
    after = label(SEEN, won_later, horizon_days=7, until=utc("2026-01-12"))
    assert before["label"].isna().all()
    assert after["label"].tolist() == [1.0]


def test_059_a_reopened_lead_has_several_outcomes_and_the_first_in_the_horizon_counts(tmp_path):
    """Lost on the 7th, back on the 8th, won on the 10th: not won by the look of the 5th, and counted."""
    files = plain_mapping()["files"]
    files["deals"]["columns"]["Opened"] = {"role": "opened_at"}
    told = (
        "Lead,Opened,Status,Closed\n"
        "a,2024-01-01T08:00:00Z,Lost,2024-01-07T08:00:00Z\n"
        "a,2024-01-08T08:00:00Z,Won,2024-01-10T08:00:00Z\n"
        "b,2024-01-02T08:00:00Z,Open,\n"
    )
    export = read(tmp_path, deals=told, files=files)
    asked = looks("lead_id | as_of\na | 2024-01-05")
    known = {"horizon_days": 7, "until": utc("2024-02-01")}
    first = label(asked, export.outcomes, several="first", **known)
    assert first["label"].tolist() == [0.0]
    assert label(asked, export.outcomes, several="any", **known)["label"].tolist() == [1.0]
    counted = fates(first, export.outcomes, horizon_days=7)
    assert (counted.lost, counted.several_outcomes, counted.reopened) == (1, 1, 1)


def test_060_leads_too_young_for_the_horizon_have_no_label_and_are_counted():
    still_open = outcomes("lead_id | status | closed_at\na | open |")
    labelled = label(SEEN, still_open, horizon_days=7, until=utc("2026-01-11"))
    assert pd.isna(labelled.loc[0, "label"])
    assert fates(labelled, still_open, horizon_days=7).immature == 1
