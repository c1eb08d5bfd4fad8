"""The report's contents are what the stages wrote: counts, what could not be checked, top features."""

import pytest

from leadscore.review.page import N_FEATURES, Seen, report_inputs

COUNT = {
    "file": "a.csv",
    "table": "leads",
    "rows": 9,
    "kept": 7,
    "rejected": 2,
    "left_out": 0,
    "repeated": 0,
}
SNAPSHOTS = {
    "leads": 7, "leads_without_outcome": 1, "leads_looked_at": 6, "looks": 20, "mature": 15, "won": 3,
    "grid_rules_not_evaluable": [],
}  # fmt: skip

NO_ROWS = ("split", "estimates", "expected", "segments", "moved", "dated", "unfit")
DRIFT = {**dict.fromkeys(NO_ROWS, ()), "period": "quarter"}


def page(*, opinion="model", ingest=(), snapshots=()):
    read = {
        "observed_until": "2026-06-28T23:34:16+00:00", "counts": [COUNT, COUNT], "warnings": ["odd"],
        "shape": "events", "order": "time", "properties": [], **dict(ingest),
    }  # fmt: skip
    training = {
        "opinion": opinion,
        "gates": [{"gate": "enough won leads", "passed": True, "evidence": "60 won"}],
        "importance": [{"feature": f"f{i}", "words": "w", "points": 1.0} for i in range(40)],
        "n_inferred": 5,
        "windows": {"rows": {"fit": 8, "calibrate": 3, "test": 4}},
    }
    seen = Seen(
        "demo", read, {**SNAPSHOTS, **dict(snapshots)}, training, [], DRIFT, "b" * 64, "s" * 64
    )
    return report_inputs(seen, comparison=None, proposal={})


def test_rows_read_and_refused_are_summed_over_files():
    counts = dict(page().counts)
    assert counts["rows read"] == 9 + 9
    assert counts["rows refused, kept with their reasons"] == 2 + 2
    assert counts["looks in the fit window"] == 8
    assert counts["looks left out between windows (purged by the horizon)"] == 0


def test_top_features_are_few_and_only_the_models_own():
    assert len(page().features) == N_FEATURES
    assert page(opinion="grid").features == []


def test_a_wide_export_says_what_stands_for_time_and_what_cannot_be_cut():
    told = page(ingest={"shape": "wide", "order": "row", "observed_until": None})
    assert "the order of rows in the file stands for time" in told.unchecked[0]
    assert "cannot be cut at a date" in told.unchecked[1]
    assert told.as_of == "the day of the export (it holds no dates)"


@pytest.mark.parametrize(("excluded", "is_named"), [(None, True), ("leaks", False)])
def test_properties_known_only_as_exported_are_named_unless_excluded(excluded, is_named):
    late = {"name": "tags", "kind": "category", "known": "as_exported", "label": "Tags"}
    told = page(ingest={"properties": [{**late, "excluded": excluded}]})
    assert any("tags" in note for note in told.unchecked) == is_named


def test_rules_that_could_not_be_judged_are_told():
    told = page(snapshots={"grid_rules_not_evaluable": ["size: lacks employees"]})
    assert "size: lacks employees" in told.unchecked[-1]


def test_the_moment_is_written_for_people():
    assert page().as_of == "2026-06-28 23:34 UTC"


def test_what_the_bot_rules_left_out_is_told_by_label_where_it_was_counted():
    flagged = dict.fromkeys(("instant", "unopened", "burst", "honeypot"), 0)
    counts = [
        {"type": "email_clicked", "seen": 20, "flagged": 0, **flagged},
        {"type": "email_opened", "seen": 0, "flagged": 0, **flagged},
    ]
    told = page(snapshots={"bots": counts}, ingest={"event_labels": {"email_clicked": "Clicks"}})
    assert [row.words for row in told.bots.rows] == ["Clicks"]
    assert page().bots is None
    assert page(snapshots={"bots": []}).bots is None
