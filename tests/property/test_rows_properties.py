"""A file read in pieces says what it says read at once, wherever the pieces end."""

import csv
import io
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.ingest.dated_tables import in_order
from leadscore.adapters.ingest.reading import read_export
from leadscore.adapters.ingest.spool import Scratch, Spool
from leadscore.adapters.ingest.table_times import newest
from leadscore.adapters.rows import row_source
from leadscore.adapters.rows.byte_stream import Decoded
from leadscore.adapters.rows.csv_text import CsvRows
from leadscore.adapters.rows.row_source import whole_table
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Dialect, SourceMapping
from tests.exports import DEALS, LEADS, plain_mapping, read

LINES = st.lists(st.text(alphabet='aé",\r\n \0', max_size=12), max_size=8)
MORE = settings(max_examples=300, deadline=None)


def rows_of(content, block):
    """Return everything a file says as plain values; of a file that is refused, why."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "f.csv").write_bytes(content)
        try:
            rows = CsvRows(Path(folder), Dialect(path="f.csv"), wanted=["x", "y"], block=block)
            table = whole_table(rows)
        except InputError as error:
            return error.code, error.row
    cells = [table.columns[name].tolist() for name in ("x", "y")]
    return [*cells, table.line.tolist(), table.number.tolist(), list(table.bad_rows), rows.sha256]


def rows_by_the_book(text):
    """Return (line, cells) of every row after the header, as Python's strict csv reads it."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    next(reader)
    found, line = [], reader.line_num + 1
    for row in reader:
        found += [(line, row)] if row else []
        line = reader.line_num + 1
    return found


@MORE
@given(LINES, st.integers(1, 40))
@example(['a,"b', 'c"', "d,e"], 7)
@example(["a,b\r", "c,d\r", "e,f"], 8)
@example(['a,"b"x', "c,d"], 5)
def test_where_blocks_end_changes_nothing(lines, block):
    content = ("x,y\n" + "\n".join(lines)).encode()
    assert rows_of(content, block) == rows_of(content, 10_000)


@MORE
@given(LINES, st.integers(1, 40))
def test_rows_cells_and_lines_are_those_of_the_csv_module(lines, block):
    text = "x,y\n" + "\n".join(lines)
    found = rows_of(text.encode(), block)
    assume(found[0] != "bad-encoding")  # a zero in every second byte
    try:
        rows = rows_by_the_book(text)
    except csv.Error:
        assert found[0] == "bad-quote"
        return
    lengths = {len(row) for _, row in rows}
    if not rows or (len(lengths) == 1 and lengths != {2} and len(rows) > 1):
        assert found[0] == ("header-mismatch" if rows else "no-rows")
        return
    good = [(line, row) for line, row in rows if len(row) == 2 and "\0" not in "".join(row)]
    assert found[:3] == [[r[0] for _, r in good], [r[1] for _, r in good], [at for at, _ in good]]
    assert len(found[4]) == len(rows) - len(good)


@MORE
@given(
    st.binary(max_size=30),
    st.lists(st.integers(4, 30), max_size=3),
    st.sampled_from(["utf-8", "cp1252", "utf-16-le", "shift_jis"]),
)
def test_where_a_piece_ends_no_letter_is_lost_and_the_same_byte_is_named(content, cuts, encoding):
    assume(not content.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\0" not in content)  # UTF-16
    places = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    pieces = [content[a:b] for a, b in zip(places, places[1:], strict=False)]

    def decoded(parts):
        stream = Decoded("f.csv", encoding)
        try:
            return b"".join([*map(stream.feed, parts), stream.end()])
        except InputError as error:
            return error.message.split(" (")[0], error.row

    assert decoded(pieces) == decoded_at_once(content, encoding)


def decoded_at_once(content, encoding):
    try:
        return content.decode(encoding).encode().removeprefix(b"\xef\xbb\xbf")
    except UnicodeDecodeError as error:
        return f"byte {error.start}", content.count(b"\n", 0, error.start) + 1


TEXT = st.one_of(st.none(), st.sampled_from(["", "a", "B", "é", "z\U0001f600", "\uffff", "ab"]))
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "10", "2", "é"]),
        st.integers(0, 3),
        TEXT,
        st.one_of(st.none(), st.sampled_from([0.0, -1.5, 2.0])),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_the_order_on_disk_is_the_order_in_memory(rows):
    lead, second, subject, value = zip(*rows, strict=True)
    moments = pd.to_datetime(pd.Series(second), unit="s", utc=True).dt.as_unit("us")
    table = pd.DataFrame(
        {
            "lead_id": pd.Series(lead, dtype="str"),
            "occurred_at": moments,
            "subject": pd.Series(subject, dtype="str"),
            "value": pd.Series(value, dtype="float64"),
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(
            "events",
            Scratch(Path(folder), held_rows=7),
            order=("lead_id", "occurred_at", "subject", "value"),
            in_memory=in_order,
            checked=lambda part: part,
            empty=table.head(0),
        )
        for start in range(0, len(table), 4):
            spool.add(table.iloc[start : start + 4])
        held = spool.in_order()
        assert isinstance(held, pd.DataFrame) == (len(table) <= 7)
        found = held if isinstance(held, pd.DataFrame) else held.load()
        late = newest({"events": held})[0]
    pd.testing.assert_frame_equal(found, in_order(table))
    assert late == moments.max()


WHATS = ["Mail opened", "mail  OPENED", "Demo asked", "Mail sent", "Bogus", "Odd", ""]
EVENT = st.tuples(
    st.sampled_from(["a", "b", "zz", ""]),
    st.sampled_from(
        ["2024-01-03T08:00:00Z", "2023-12-31T08:00:00Z", "soon", "1900-01-01T00:00:00Z", ""]
    ),
    st.sampled_from(WHATS),
)


def everything(export):
    tables = {name: export.held(name) for name in ("events", "rejected", "outcomes", "leads")}
    loaded = {
        name: (held if isinstance(held, pd.DataFrame) else held.load()).to_dict("list")
        for name, held in tables.items()
    }
    said = [export.warnings, export.counts, export.inputs, export.observed_until]
    return [*map(str, said), repr(loaded).replace("nan", "None")]


@settings(max_examples=40, deadline=None)
@given(st.lists(EVENT, min_size=1, max_size=12), st.integers(20, 90), st.booleans())
def test_an_export_read_chunk_by_chunk_says_what_it_says_read_at_once(rows, block, is_few):
    rows = rows * (1 if is_few else 40)
    events = "Lead,Time,What\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows)

    def answer(**how):
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(row_source, "CsvRows", partial(CsvRows, block=how["block"]))
            for name, text in (("leads", LEADS), ("events", events), ("deals", DEALS)):
                (Path(folder) / f"{name}.csv").write_text(text)
            mapping = SourceMapping.model_validate(plain_mapping())
            try:
                export = read_export_of(mapping, Path(folder), held_rows=how["held_rows"])
            except InputError as error:
                return str(error)
            return everything(export)

    assert answer(block=block, held_rows=3) == answer(block=1_000_000, held_rows=1_000_000)


def read_export_of(mapping, folder, *, held_rows):
    return read_export(mapping, folder, mapping_file=Path("m.yaml"), held_rows=held_rows)


def test_a_table_from_disk_is_written_as_the_same_bytes(tmp_path):
    rng = np.random.default_rng(0)
    hours = rng.integers(0, 24, 200)
    events = "Lead,Time,What\n" + "".join(
        f"{'ab'[n % 2]},2024-01-03T{hour:02d}:00:00Z,Mail opened\n" for n, hour in enumerate(hours)
    )
    in_memory = read(tmp_path, events=events)
    mapping = SourceMapping.model_validate(plain_mapping())
    on_disk = read_export_of(mapping, tmp_path, held_rows=50)
    assert on_disk.n_rows("events") == 200
    assert not isinstance(on_disk.held("events"), pd.DataFrame)
    hashes = []
    for name, export in (("one", in_memory), ("two", on_disk)):
        workspace = Workspace(root=tmp_path / name, config=tmp_path)
        workspace.write_export(export, mapping)
        hashes.append(workspace.hash_of("tables"))
    assert hashes[0] == hashes[1]
