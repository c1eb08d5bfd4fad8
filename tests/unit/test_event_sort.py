"""A file in any order reads as the sorted one does."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leadscore.adapters.events import event_sort
from leadscore.adapters.events.event_files import EventFile
from leadscore.adapters.events.event_sort import UnsortedEventFile, open_events
from leadscore.adapters.files import write_table
from leadscore.domain.errors import InputError
from tests.tables import events

ROWS = [
    ("b", "2026-01-03", "page_view", "/blog"),
    ("a", "2026-01-05", "demo"),
    ("b", "2026-01-01", "call"),
    ("c", "2026-01-02", "page_view", "/pricing"),
    ("a", "2026-01-01", "page_view", "/pricing"),
    ("b", "2026-01-02", "demo"),
]


def written(path, table, *, group=1_000_000):
    pq.write_table(table, path, row_group_size=group, write_page_checksum=True)
    return path


def arrow(rows):
    return pa.Table.from_pandas(events(*rows), preserve_index=False)


def told(logs):
    """Return (lead, time, type, subject, value) of every event of every batch."""
    return [
        (
            lead,
            int(log.time[i]),
            log.types[log.type_code[i]],
            log.subjects[log.subject_code[i]] if log.subject_code[i] >= 0 else None,
            None if np.isnan(log.value[i]) else float(log.value[i]),
        )
        for log in logs
        for place, lead in enumerate(log.lead_ids)
        for i in range(log.start[place], log.start[place + 1])
    ]


@pytest.mark.parametrize("group", [1, 2, 6])
@pytest.mark.parametrize("at_least", [1, 3, 100])
def test_any_order_reads_as_the_sorted_file(tmp_path, group, at_least):
    table = arrow(ROWS)
    mixed = written(tmp_path / "mixed.parquet", table, group=group)
    by_lead = table.sort_by([("lead_id", "ascending"), ("occurred_at", "ascending")])
    in_order = written(tmp_path / "sorted.parquet", by_lead)
    found = list(UnsortedEventFile(mixed, batch_events=at_least).batches())
    assert told(found) == told(EventFile(in_order).batches())
    assert len(found) == {1: 3, 3: 2, 100: 1}[at_least]


def test_events_of_one_moment_come_by_type_subject_and_value_whatever_the_files_order(tmp_path):
    day = "2026-01-01"
    rows = [
        ("a", day, "demo", None, 2.0),
        ("a", day, "call", "/b"),
        ("a", day, "demo"),
        ("a", day, "call", "/a"),
        ("a", day, "demo", None, 1.0),
    ]
    wanted = [("call", "/a", None), ("call", "/b", None),
              ("demo", None, None), ("demo", None, 1.0), ("demo", None, 2.0)]  # fmt: skip
    for i, mixed in enumerate((rows, rows[::-1], rows[2:] + rows[:2])):
        path = written(tmp_path / f"{i}.parquet", arrow(mixed), group=2)
        assert [event[2:] for event in told(UnsortedEventFile(path).batches())] == wanted


def test_a_table_that_does_not_say_it_is_sorted_is_sorted_while_read(tmp_path):
    plain = written(tmp_path / "plain.parquet", arrow(ROWS))
    table = events(*ROWS).sort_values(["lead_id", "occurred_at"])
    write_table(tmp_path / "said.parquet", table, sorted_by=("lead_id", "occurred_at"))
    of_lead = tmp_path / "lead.parquet"
    write_table(of_lead, table, sorted_by=("lead_id",))
    assert isinstance(open_events(plain), UnsortedEventFile)
    assert isinstance(open_events(of_lead), UnsortedEventFile)
    assert isinstance(open_events(tmp_path / "said.parquet"), EventFile)
    assert told(open_events(plain).batches()) == told(open_events(of_lead).batches())


def test_a_file_that_cannot_be_read_is_said_by_the_first_who_reads_it(tmp_path):
    damaged = tmp_path / "events.parquet"
    damaged.write_bytes(b"PAR1 nothing PAR1")
    for path, code in ((damaged, "damaged-table"), (tmp_path / "none.parquet", "missing-file")):
        source = open_events(path)
        with pytest.raises(InputError) as stop:
            next(iter(source.batches()))
        assert stop.value.code == code


def test_microseconds_decide_the_order_before_seconds_are_told(tmp_path):
    rows = [("a", "2026-01-01 00:00:00.7", "call"), ("a", "2026-01-01 00:00:00.2", "demo")]
    (log,) = UnsortedEventFile(written(tmp_path / "events.parquet", arrow(rows))).batches()
    assert [log.types[code] for code in log.type_code] == ["demo", "call"]
    assert log.time[0] == log.time[1]


def test_columns_not_asked_for_are_not_read(tmp_path):
    path = written(tmp_path / "events.parquet", arrow(ROWS).drop_columns(["subject", "value"]))
    (log,) = UnsortedEventFile(path, columns=frozenset()).batches()
    assert (log.subject_code == -1).all()
    assert np.isnan(log.value).all()


def test_no_events_make_no_batch_and_no_file_is_said(tmp_path):
    empty = written(tmp_path / "events.parquet", arrow(ROWS).slice(0, 0))
    assert list(UnsortedEventFile(empty).batches()) == []
    with pytest.raises(InputError, match="not there"):
        list(UnsortedEventFile(tmp_path / "other.parquet").batches())


@pytest.mark.parametrize("at_once", [64, 1_000_000])
def test_random_histories_in_time_order(tmp_path, monkeypatch, at_once):
    """Three hundred leads, ties among their times: the same batches as from the sorted file."""
    monkeypatch.setattr(event_sort, "_ROWS", at_once)
    rng = np.random.default_rng(7)
    lead, minute = rng.integers(0, 300, 5_000), np.sort(rng.integers(0, 2_000, 5_000))
    table = pa.table(
        {
            "lead_id": [f"L{i}" for i in lead],
            "occurred_at": pa.array(minute * 60_000_000).cast(pa.timestamp("us", "UTC")),
            "type": [("call", "demo", "page_view")[i] for i in rng.integers(0, 3, 5_000)],
            "subject": [(None, "/a", "/b")[i] for i in rng.integers(0, 3, 5_000)],
            "value": rng.random(5_000),
        }
    )
    keys = ("value", "subject", "type", "occurred_at", "lead_id")
    order = np.lexsort([pd.Series(table[key].to_pylist()).rank(na_option="top") for key in keys])
    by_time = written(tmp_path / "by_time.parquet", table, group=700)
    by_lead = written(tmp_path / "by_lead.parquet", table.take(order), group=700)
    found = list(UnsortedEventFile(by_time, batch_events=500, folder=tmp_path).batches())
    assert told(found) == told(EventFile(by_lead).batches())
    assert len(found) > 5
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "by_lead.parquet",
        "by_time.parquet",
    ]
