"""Events from a file: whole leads in every batch, and one clear line for a file that is not as it must be."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leadscore.adapters.events.event_files import EventFile, to_log, whole_leads
from leadscore.domain.errors import InputError
from tests.tables import events

ROWS = [
    ("a", "2026-01-01", "page_view", "/pricing"),
    ("b", "2026-01-01", "demo"),
    ("b", "2026-01-02", "page_view", "/blog"),
    ("b", "2026-01-03", "page_view", "/pricing"),
    ("b", "2026-01-04", "call"),
    ("c", "2026-01-02", "demo"),
]


def arrow(rows):
    return pa.Table.from_pandas(events(*rows), preserve_index=False)


TABLE = arrow(ROWS)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.parquet"


def batches(path, table, *, group=1_000_000, **options):
    pq.write_table(table, path, row_group_size=group, write_page_checksum=True)
    return list(EventFile(path, **options).batches())


def told(log):
    """Return (lead, type, subject) of every event."""
    return [
        (lead, log.types[log.type_code[i]], code >= 0 and log.subjects[code])
        for place, lead in enumerate(log.lead_ids)
        for i, code in zip(
            range(log.start[place], log.start[place + 1]),
            log.subject_code[log.start[place] : log.start[place + 1]],
            strict=True,
        )
    ]


@pytest.mark.parametrize(
    ("group", "at_least", "leads"),
    [
        (6, 1, [["a", "b"], ["c"]]),  # one group: only its last lead may go on
        (6, 1_000, [["a", "b", "c"]]),
        (3, 1, [["a"], ["b"], ["c"]]),  # a group ends inside b
        (3, 2, [["a", "b"], ["c"]]),
        (1, 1, [["a"], ["b"], ["c"]]),  # b lies in four groups
        (1, 5, [["a", "b"], ["c"]]),
        (2, 1, [["a"], ["b"], ["c"]]),
    ],
)
def test_no_lead_is_cut_however_the_file_is(path, group, at_least, leads):
    found = batches(path, TABLE, group=group, batch_events=at_least)
    assert [log.lead_ids.tolist() for log in found] == leads
    events_told = [event for log in found for event in told(log)]
    assert events_told == [(row[0], row[2], row[3] if len(row) > 3 else False) for row in ROWS]


def test_memory_is_bounded_also_where_every_group_is_one_lead():
    """Without asking whether a lead goes on, such a file would be one batch."""
    one_each = [arrow([(lead, "2026-01-01", "demo")]) for lead in "abcdef"]
    assert [table.num_rows for table in whole_leads(iter(one_each), 2)] == [2, 2, 2]


def test_an_empty_table_in_the_stream_is_nothing():
    assert list(whole_leads(iter([TABLE.slice(0, 0)]), 1)) == []
    tables = [TABLE.slice(0, 2), TABLE.slice(0, 0), TABLE.slice(2)]
    assert [table.num_rows for table in whole_leads(iter(tables), 1)] == [1, 4, 1]


def test_a_file_without_events_has_no_batches(path):
    assert batches(path, TABLE.slice(0, 0)) == []


def test_plain_texts_and_dictionaries_are_the_same_log():
    coded = TABLE
    for name in ("lead_id", "type", "subject"):
        place = coded.column_names.index(name)
        coded = coded.set_column(place, name, coded[name].dictionary_encode())
    plain, other = to_log(TABLE), to_log(coded)
    assert told(plain) == told(other)
    assert plain.time.tolist() == other.time.tolist()


def test_columns_nobody_needs_are_not_read(path):
    """A file of counts alone needs neither subjects nor values."""
    (log,) = batches(path, TABLE.drop_columns(["subject", "value"]), columns=frozenset())
    assert (log.subjects, set(log.subject_code.tolist())) == ((), {-1})
    assert len(log.value) == 6


def test_whole_numbers_are_values_too():
    at = TABLE.column_names.index("value")
    log = to_log(TABLE.set_column(at, "value", pa.array([1, None, 3, 4, 5, 6], pa.int64())))
    assert log.value[[0, 2]].tolist() == [1.0, 3.0]
    assert log.value[1] != log.value[1]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ([1, 2, 3, 4, 0, 5], "lead a comes after b"),
        ([0, 1, 3, 2, 4, 5], "times of lead b go back"),
        ([0, 1, 2, 5, 3, 4], "lead b comes after c"),
    ],
)
@pytest.mark.parametrize("group", [1, 2, 6])
def test_a_file_that_is_not_sorted_is_refused(path, order, said, group):
    with pytest.raises(InputError, match=said) as stop:
        batches(path, TABLE.take(order), group=group, batch_events=1)
    assert stop.value.code == "unsorted-events"
    assert "run `leadscore ingest` again" in str(stop.value)


@pytest.mark.parametrize("name", ["lead_id", "occurred_at", "type", "subject", "value"])
def test_a_missing_column_is_named(path, name):
    with pytest.raises(InputError, match=f"events.parquet:{name} .*the column is missing") as stop:
        batches(path, TABLE.drop_columns([name]))
    assert stop.value.code == "damaged-table"


@pytest.mark.parametrize("name", ["lead_id", "occurred_at", "type"])
def test_an_empty_cell_where_none_may_be_is_named(path, name):
    at = TABLE.column_names.index(name)
    cells = [*TABLE[name].to_pylist()[:-1], None]
    holed = TABLE.set_column(at, name, pa.array(cells, TABLE[name].type))
    with pytest.raises(InputError, match=f"events.parquet:{name} .*a cell is empty"):
        batches(path, holed)


def test_times_that_are_no_times_are_refused(path):
    at = TABLE.column_names.index("occurred_at")
    with pytest.raises(InputError, match="expected times"):
        batches(path, TABLE.set_column(at, "occurred_at", pa.array(range(6), pa.int64())))


def test_a_damaged_or_absent_file_is_an_input_error(path):
    batches(path, TABLE)
    whole = path.read_bytes()
    for broken in (whole[:-20], b"no parquet", whole[:10] + bytes([whole[10] ^ 255]) + whole[11:]):
        path.write_bytes(broken)
        with pytest.raises(InputError, match="damaged-table") as stop:
            list(EventFile(path).batches())
        assert "\n" not in str(stop.value)
    path.unlink()
    with pytest.raises(InputError, match="missing-file"):
        list(EventFile(path).batches())
