"""Parquet files as text: every type in one spelling, parts in order, damage and doubles refused."""

import datetime as dt
import decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leadscore.adapters.rows.parquet_rows import open_parquet
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Dialect

NOON = dt.datetime(2024, 7, 2, 12, 0)  # noqa: DTZ001  # a time without zone is what is tested


def write(path, columns, **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, **{"write_page_checksum": True} | how)


def opened(folder, wanted, path="leads.parquet", **keys):
    return open_parquet(folder, Dialect(path=path, **keys), wanted=wanted)


def cells(folder, wanted, **keys):
    """Return each wanted column as a list of text."""
    source = opened(folder, wanted, **keys)
    read = {header: [] for header in wanted}
    for chunk in source.chunks():
        for header in wanted:
            read[header] += chunk.columns[header].tolist()
    return read


def refused(folder, wanted=("Id",), **keys):
    with pytest.raises(InputError) as told:
        cells(folder, list(wanted), **keys)
    return told.value


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (pa.array(["a", "", None]), ["a", "", ""]),
        (pa.array([True, False, None]), ["true", "false", ""]),
        (pa.array([7, None], pa.int8()), ["7", ""]),
        (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
        (pa.array([1234.5, 123.0, None, float("nan"), -0.0]), ["1234.5", "123", "", "", "0"]),
        (pa.array([0.1, 3.0], pa.float32()), ["0.1", "3"]),
        (pa.array([float("inf"), 1e20]), ["inf", "1e+20"]),
        (pa.array([decimal.Decimal("1234.50")]), ["1234.50"]),
        (pa.array([dt.date(2024, 7, 2)]), ["2024-07-02"]),
        (pa.array([NOON], pa.timestamp("us")), ["2024-07-02T12:00:00"]),
        (pa.array([NOON], pa.timestamp("ms", "Europe/Paris")), ["2024-07-02T12:00:00+00:00"]),
        (pa.array([dt.time(9, 30)]), ["09:30:00"]),
        (pa.array(["x", None]).dictionary_encode(), ["x", ""]),
        (pa.nulls(2), ["", ""]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_every_type_has_one_spelling(tmp_path, column, text):
    write(tmp_path / "leads.parquet", {"Id": column})
    assert cells(tmp_path, ["Id"]) == {"Id": text}


def test_numbers_get_the_decimal_mark_of_the_mapping(tmp_path):
    write(tmp_path / "leads.parquet", {"Id": pa.array([1234.5, 7.0]), "Text": ["1 234,5", "7"]})
    read = cells(tmp_path, ["Id", "Text"], decimal=",")
    assert read == {"Id": ["1234,5", "7"], "Text": ["1 234,5", "7"]}


def test_separator_and_encoding_are_refused(tmp_path):
    with pytest.raises(ValueError, match="`separator` goes with CSV files, not with a Parquet"):
        opened(tmp_path, ["Id"], separator=";")


def test_rows_are_numbered_as_under_a_header_and_given_in_chunks(tmp_path):
    write(tmp_path / "leads.parquet", {"Id": np.arange(70_000)}, row_group_size=1_000)
    source = opened(tmp_path, ["Id"])
    chunks = list(source.chunks())
    assert max(chunk.n_rows for chunk in chunks) <= 65_536
    assert sum(chunk.n_rows for chunk in chunks) == source.n_rows == 70_000
    last = chunks[-1]
    assert (last.line[-1], last.number[-1], last.columns["Id"].iloc[-1]) == (
        70_001,
        70_000,
        "69999",
    )
    assert source.n_bytes == (tmp_path / "leads.parquet").stat().st_size
    assert source.warnings == ()


@pytest.mark.parametrize(
    "column",
    [pa.array([[1]]), pa.array([{"a": 1}]), pa.array([b"\xff"]), pa.array([dt.timedelta(1)])],
    ids=lambda column: str(column.type),
)
def test_columns_without_text_are_refused_only_if_wanted(tmp_path, column):
    write(tmp_path / "leads.parquet", {"Id": ["a"], "Odd": column})
    assert cells(tmp_path, ["Id"]) == {"Id": ["a"]}
    assert refused(tmp_path, ["Id", "Odd"]).code == "unreadable-type"


def test_headers_are_tidied_and_a_missing_one_gets_its_nearest(tmp_path):
    write(tmp_path / "leads.parquet", {" Lead  Id ": ["a"], "Status": ["won"]})
    assert cells(tmp_path, ["Lead Id"]) == {"Lead Id": ["a"]}
    error = refused(tmp_path, ["Statut"])
    assert (error.code, error.fix) == ("missing-column", "did you mean 'Status'?")


def test_a_doubled_header_is_refused_if_wanted(tmp_path):
    path = tmp_path / "leads.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array(["a"])] * 2, ["Id", "Id"]), path)
    assert refused(tmp_path).code == "duplicate-header"


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        (b"", "empty-file", "0 bytes"),
        (b"Id;Status\na;won\n", "not-parquet", "looks like text"),
        (b"PK\x03\x04 a workbook", "not-parquet", "looks like a zip archive"),
        (b"<html>log in</html>", "not-parquet", "looks like a web page"),
        (b"PARE" + b"\0" * 40 + b"PARE", "encrypted", "is encrypted"),
        (b"PAR1" + b"\0" * 40, "damaged-parquet", "ends too early"),
        (b"PAR1" + b"\xff" * 40 + b"PAR1", "damaged-parquet", "can't be read"),
    ],
)
def test_what_is_no_whole_parquet_file_is_told_in_one_line(tmp_path, content, code, told):
    (tmp_path / "leads.parquet").write_bytes(content)
    error = refused(tmp_path)
    assert error.code == code
    assert told in str(error)
    assert str(error).startswith("leads.parquet")


def test_a_truncated_file_is_refused_wherever_it_is_cut(tmp_path):
    path = tmp_path / "leads.parquet"
    write(path, {"Id": [f"lead {i}" for i in range(500)]})
    whole = path.read_bytes()
    for end in range(1, len(whole), len(whole) // 40):
        path.write_bytes(whole[:end])
        assert refused(tmp_path).code in ("damaged-parquet", "not-parquet"), end


def test_every_flipped_byte_of_the_pages_is_noticed(tmp_path):
    """With page checksums no damage of the cells passes; the rows come right or not at all."""
    path = tmp_path / "leads.parquet"
    ids = [f"lead {i}" for i in range(15)]
    write(path, {"Id": ids}, compression="none", use_dictionary=False)
    whole = path.read_bytes()
    meta = pq.read_metadata(path).row_group(0).column(0)
    for at in range(4, 4 + meta.total_compressed_size):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        assert read_or_refused(tmp_path) in (ids, "damaged-parquet"), at


def read_or_refused(folder):
    """Return the ids, or the code of the error."""
    try:
        return cells(folder, ["Id"])["Id"]
    except InputError as error:
        return error.code


def test_a_file_without_checksums_is_read_and_said(tmp_path):
    write(tmp_path / "leads.parquet", {"Id": ["a"]}, write_page_checksum=False)
    source = opened(tmp_path, ["Id"])
    assert [chunk.n_rows for chunk in source.chunks()] == [1]
    assert source.warnings == (
        "leads.parquet: the file has no page checksums, so damage on the disk could go unseen",
    )


def test_cells_with_a_nul_or_too_long_refuse_their_row_only(tmp_path):
    write(tmp_path / "leads.parquet", {"Id": ["a", "b\0", "c" * 70_000, "d"]})
    (chunk,) = opened(tmp_path, ["Id"]).chunks()
    assert chunk.columns["Id"].tolist() == ["a", "d"]
    assert chunk.line.tolist() == [2, 5]
    assert [(bad.line, bad.code) for bad in chunk.bad_rows] == [(3, "nul-byte"), (4, "huge-cell")]
    assert chunk.n_rows == 4


def test_no_rows_are_refused(tmp_path):
    write(tmp_path / "leads.parquet", {"Id": pa.array([], pa.string())})
    assert refused(tmp_path).code == "no-rows"


def test_a_file_written_while_it_is_read_is_refused(tmp_path):
    write(tmp_path / "leads.parquet", {"Id": ["a"]})
    source = opened(tmp_path, ["Id"])
    with (tmp_path / "leads.parquet").open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(InputError, match="file-changed|damaged-parquet"):
        list(source.chunks())


@pytest.mark.parametrize("path", ["events/", "events/part-*.parquet"])
def test_parts_are_read_in_the_order_of_their_names(tmp_path, path):
    for name, ids in (("part-2", ["c"]), ("part-1", ["a", "b"])):
        write(tmp_path / f"events/{name}.parquet", {"Id": ids})
    (tmp_path / "events/_SUCCESS").touch()
    (tmp_path / "events/.part-1.parquet.crc").write_bytes(b"x")
    source = opened(tmp_path, ["Id"], path=path)
    chunks = list(source.chunks())
    assert [chunk.columns["Id"].tolist() for chunk in chunks] == [["a", "b"], ["c"]]
    assert [chunk.line.tolist() for chunk in chunks] == [[2, 3], [4]]


def test_a_folder_may_be_called_like_a_file(tmp_path):
    write(tmp_path / "leads.parquet/part-0.parquet", {"Id": ["a"]})
    assert cells(tmp_path, ["Id"]) == {"Id": ["a"]}


def test_keys_of_folders_are_columns(tmp_path):
    write(tmp_path / "events/month=2024-01/part-0.parquet", {"Id": ["a"]})
    write(tmp_path / "events/month=2024-02/part-0.parquet", {"Id": ["b"]})
    read = cells(tmp_path, ["Id", "month"], path="events/")
    assert read == {"Id": ["a", "b"], "month": ["2024-01", "2024-02"]}


def test_a_part_without_a_wanted_column_is_named(tmp_path):
    write(tmp_path / "events/part-0.parquet", {"Id": ["a"]})
    write(tmp_path / "events/part-1.parquet", {"Lead": ["b"]})
    error = refused(tmp_path, path="events/")
    assert str(error).startswith("events/part-1.parquet:Id missing-column")


@pytest.mark.parametrize(
    "copy", ["events-01 (1)", "events-01 - Copy", "events-01_copie", "EVENTS-01"]
)
def test_two_files_for_the_same_partition_are_refused_by_name(tmp_path, copy):
    write(tmp_path / "events-01.parquet", {"Id": ["a"]})
    write(tmp_path / f"{copy}.parquet", {"Id": ["b"]})
    assert refused(
        tmp_path, path="[eE]*.parquet" if copy.isupper() else "events-*.parquet"
    ).code == ("same-partition")


def test_two_files_for_the_same_partition_are_refused_by_content(tmp_path):
    for name in ("events-01", "events-02"):
        write(tmp_path / f"{name}.parquet", {"Id": ["a"]})
    error = refused(tmp_path, path="events-*.parquet")
    assert "events-01.parquet and events-02.parquet hold the same bytes" in str(error)


def test_numbered_parts_without_an_original_are_no_copies(tmp_path):
    for n in (1, 2):
        write(tmp_path / f"events ({n}).parquet", {"Id": [f"lead {n}"]})
    assert cells(tmp_path, ["Id"], path="events*.parquet") == {"Id": ["lead 1", "lead 2"]}


def test_parts_without_rows_may_be_alike(tmp_path):
    for n in (1, 2):
        write(tmp_path / f"events/part-{n}.parquet", {"Id": pa.array([], pa.string())})
    write(tmp_path / "events/part-3.parquet", {"Id": ["a"]})
    assert cells(tmp_path, ["Id"], path="events/") == {"Id": ["a"]}


def test_a_folder_with_other_files_is_refused(tmp_path):
    write(tmp_path / "events/part-1.parquet", {"Id": ["a"]})
    (tmp_path / "events/part-2.csv").write_text("Id\nb\n", encoding="utf-8")
    assert "the folder also holds part-2.csv" in str(refused(tmp_path, path="events/"))


@pytest.mark.parametrize("path", ["events/", "event-*.parquet", "event.parquet"])
def test_what_is_missing_is_told(tmp_path, path):
    write(tmp_path / "events-1.parquet", {"Id": ["a"]})
    error = refused(tmp_path, path=path)
    assert error.code == "missing-file"
    assert "events-1.parquet" in str(error)


def test_a_part_that_is_a_link_out_of_the_folder_is_refused(tmp_path):
    write(tmp_path / "elsewhere.parquet", {"Id": ["a"]})
    (tmp_path / "export/events").mkdir(parents=True)
    (tmp_path / "export/events/part-1.parquet").symlink_to(tmp_path / "elsewhere.parquet")
    assert refused(tmp_path / "export", path="events/").code == "outside-folder"
