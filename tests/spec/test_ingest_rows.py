"""Where rows go: kept, refused with their true line, or counted; never lost."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from leadscore.adapters.ingest.reading import read_export
from leadscore.domain import schemas
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import SourceMapping
from tests.exports import EVENTS, LEADS, plain_mapping, read, read_wide, refused, wide_mapping

X = {"X": {"role": "property", "name": "x"}}


def test_long_and_short_rows_are_refused_and_the_others_kept(tmp_path):
    content = "Id,Won,X\na,1,p\nb,1,q,more\nc,1\nd,0,r\n"
    export = read_wide(tmp_path, content, X)
    assert export.leads["lead_id"].tolist() == ["a", "d"]
    assert refused(export) == [("wide.csv", 3, "long-row"), ("wide.csv", 4, "short-row")]
    assert export.rejected["reason"].tolist() == [
        "4 cells, the header has 3",
        "2 cells, the header has 3",
    ]


def test_all_rows_one_cell_longer_than_the_header_stop_the_run(tmp_path):
    with pytest.raises(
        InputError, match=r"wide\.csv:2 header-mismatch: every row has 4 cells, the header has 3"
    ):
        read_wide(tmp_path, "Id,Won,X\n1,a,1,p\n2,b,0,q\n", X)


def test_lines_are_true_where_cells_hold_newlines(tmp_path):
    content = 'Id,Won,X\na,1,"two\nlines"\n\nb,7,q\n'
    export = read_wide(tmp_path, content, X)
    assert export.leads["x"].tolist() == ["two\nlines", "q"]
    assert refused(export) == [("wide.csv", 5, "unknown-status")]


def test_line_ends_of_all_kinds_may_be_mixed(tmp_path):
    export = read_wide(tmp_path, b"Id,Won,X\r\na,1,p\nb,1,q\rc,0,r\r\n", X)
    assert export.leads["x"].tolist() == ["p", "q", "r"]


def test_order_of_columns_changes_nothing_and_other_columns_are_told(tmp_path):
    export = read_wide(tmp_path, "Extra,X,Won,Id\n1,p,1,a\n", X)
    assert export.leads["x"].tolist() == ["p"]
    assert export.warnings == ("wide.csv: columns not in the mapping are not read: Extra",)


def test_headers_fit_whatever_their_outer_spaces_and_byte_order_mark(tmp_path):
    export = read_wide(tmp_path, "\ufeffId , Won,X\na,1,p\n", X)
    assert export.leads["lead_id"].tolist() == ["a"]


def test_order_by_row_counts_the_rows_of_the_file(tmp_path):
    export = read_wide(tmp_path, "Id,Won,X\nb,1,p\nbroken\na,0,q\n", X, order="row")
    assert dict(zip(export.leads["lead_id"], export.leads["order"], strict=True)) == {
        "b": 1,
        "a": 3,
    }


def test_order_by_column_takes_whole_numbers(tmp_path):
    columns = X | {"No": {"role": "order"}}
    export = read_wide(
        tmp_path, "Id,Won,X,No\na,1,p,70\nb,1,p,7.5\nc,1,p,\n", columns, order="column"
    )
    assert export.leads["order"].tolist() == [70]
    assert refused(export) == [("wide.csv", 3, "bad-number"), ("wide.csv", 4, "missing-number")]


def test_rows_without_ids_are_named_by_their_row_where_declared(tmp_path):
    plain = wide_mapping(X, lead_id="row", order="row")
    del plain["files"]["leads"]["columns"]["Id"]
    (tmp_path / "wide.csv").write_text("Won,X\n1,p\n0,q\n")
    export = read_export(SourceMapping.model_validate(plain), tmp_path, mapping_file=Path("w.yaml"))
    assert export.leads["lead_id"].tolist() == ["row-0000001", "row-0000002"]


def test_every_row_is_kept_refused_left_out_or_a_repeat(tmp_path):
    export = read(
        tmp_path, leads=LEADS + ",2024-01-01T08:00:00Z,ads\n" + "b,2024-01-02T08:00:00Z,fair\n"
    )
    by_table = {
        c.table: (c.rows, c.kept, c.rejected, c.left_out, c.repeated) for c in export.counts
    }
    assert by_table["leads"] == (2 + 2, 2, 1, 0, 1)
    assert by_table["events"] == (2, 2, 0, 0, 0)
    assert by_table["outcomes"] == (2, 2, 0, 0, 0)


def test_unreadable_rows_are_counted_too(tmp_path):
    export = read_wide(tmp_path, "Id,Won,X\na,1,p\nbroken\n", X)
    (leads,) = [c for c in export.counts if c.table == "leads"]
    assert (leads.rows, leads.kept, leads.rejected) == (2, 1, 1)


def test_a_fifth_of_the_rows_may_be_refused_and_not_more(tmp_path):
    good = "".join(f"L{i},1,p\n" for i in range(8))
    assert (
        len(refused(read_wide(tmp_path, f"Id,Won,X\n{good},1,p\n,1,p\n", X, max_reject_share=0.2)))
        == 2
    )
    with pytest.raises(InputError, match="3 of 11 rows refused, 3 as blank-id"):
        read_wide(tmp_path, f"Id,Won,X\n{good},1,p\n,1,p\n,1,p\n", X, max_reject_share=0.2)


def test_no_row_left_stops_the_run(tmp_path):
    with pytest.raises(InputError, match="no-leads"):
        read_wide(tmp_path, "Id,Won,X\n,1,p\n", X)


def test_several_files_may_feed_the_events(tmp_path):
    files = plain_mapping()["files"]
    files["more"] = files["events"] | {"path": "more.csv"}
    (tmp_path / "more.csv").write_text("Lead,Time,What\na,2024-01-02T08:00:00Z,Mail sent\n")
    export = read(tmp_path, files=files)
    assert export.events["type"].tolist() == ["email_sent", "email_opened", "demo_request"]


def test_verdicts_and_answers_are_tables_of_their_own(tmp_path):
    files = plain_mapping()["files"]
    dated = {"Lead": {"role": "lead_id"}, "Time": {"role": "occurred_at"}}
    files["nps"] = {"path": "nps.csv", "columns": dated | {"Score": {"role": "nps"}}}
    files["feedback"] = {
        "path": "feedback.csv",
        "columns": dated | {"Verdict": {"role": "verdict"}},
    }
    (tmp_path / "nps.csv").write_text(
        "Lead,Time,Score\na,2024-03-01T08:00:00Z,9\na,2024-03-01T08:00:00Z,11\n"
    )
    (tmp_path / "feedback.csv").write_text(
        "Lead,Time,Verdict\nb,2024-03-01T08:00:00Z,right\nb,2024-03-01T08:00:00Z,\n"
    )
    export = read(tmp_path, files=files)
    assert export.nps["nps"].tolist() == [9.0]
    assert export.feedback["verdict"].tolist() == ["right"]
    assert refused(export) == [
        ("feedback.csv", 3, "missing-verdict"),
        ("nps.csv", 3, "number-out-of-range"),
    ]


def test_tables_fit_their_schemas_also_when_empty(tmp_path):
    export = read(
        tmp_path, events=EVENTS.splitlines()[0] + "\na,2024-01-03T08:00:00Z,Mail opened\n"
    )
    for name in ("leads", "events", "outcomes", "feedback", "nps", "rejected"):
        schemas.check(getattr(schemas, name.upper()), getattr(export, name))
    assert list(export.nps.columns) == ["lead_id", "occurred_at", "nps"]


def test_inputs_say_what_was_read(tmp_path):
    export = read(tmp_path)
    leads = export.inputs[0]
    assert (leads.path, leads.bytes, leads.rows) == ("leads.csv", len(LEADS), 2)
    assert leads.sha256 == hashlib.sha256(LEADS.encode()).hexdigest()


def test_progress_ends_at_one_for_every_file(tmp_path):
    read(tmp_path)
    told = {}
    mapping = SourceMapping.model_validate(plain_mapping())
    read_export(
        mapping,
        tmp_path,
        mapping_file=Path("m.yaml"),
        progress=lambda name, share: told.update({name: share}),
    )
    assert told == {"leads.csv": 1.0, "events.csv": 1.0, "deals.csv": 1.0}


def test_newest_time_far_ahead_of_all_others_is_warned_of(tmp_path):
    days = pd.date_range("2024-01-03", periods=1200, freq="h", tz="UTC").strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )
    events = (
        EVENTS
        + "".join(f"a,{day},Mail opened\n" for day in days)
        + "a,2099-01-01T00:00:00Z,Mail opened\n"
    )
    assert any(
        "newest time 2099-01-01 is more than a year after" in w
        for w in read(tmp_path, events=events).warnings
    )
