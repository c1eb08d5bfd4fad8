"""Bad inputs 18 to 21, 25, 47 and 63 in files that have types: Parquet and workbooks."""

import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from leadscore.adapters.ingest.reading import read_export
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import SourceMapping
from tests.exports import column, refused, wide_mapping

ROWS = {"Id": ["a", "b"], "Won": [1, 0], "City": ["Lyon", "Nice"]}
CITY = {"City": {"role": "property", "name": "city"}}


def read(folder, path, columns=None, dialect=None, **changes):
    """Read one wide file by its mapping."""
    plain = wide_mapping(CITY if columns is None else columns, **changes)
    plain["files"]["leads"] |= {"path": path} | (dialect or {})
    return read_export(SourceMapping.model_validate(plain), folder, mapping_file=Path("w.yaml"))


def stopped(folder, path, **changes):
    """Return the one line by which reading stops; it names the file first."""
    with pytest.raises(InputError) as told:
        read(folder, path, **changes)
    assert told.value.exit_code == 2
    assert str(told.value).startswith(path.split("*")[0].split("/")[0])
    return told.value


def parquet(path, columns):
    pq.write_table(pa.table(columns), path, write_page_checksum=True, compression="none")
    return path


def workbook(path, columns):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Leads")
        for c, (header, cells) in enumerate(columns.items()):
            for r, cell in enumerate([header, *cells]):
                sheet.write(r, c, cell)
    return path


def test_018_a_truncated_parquet_file_or_workbook_stops(tmp_path):
    for path in (parquet(tmp_path / "w.parquet", ROWS), workbook(tmp_path / "w.xlsx", ROWS)):
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        assert stopped(tmp_path, path.name).code in ("damaged-parquet", "damaged-workbook")


def test_018_a_truncated_gzip_stops(tmp_path):
    packed = gzip.compress(b"Id,Won,City\n" + b"".join(b"%d,1,Nice\n" % i for i in range(1000)))
    (tmp_path / "w.csv.gz").write_bytes(packed[: len(packed) // 2])
    assert stopped(tmp_path, "w.csv.gz").code == "damaged-gzip"


@pytest.mark.parametrize("path", ["w.parquet", "w.xlsx", "w.xls"])
def test_019_a_renamed_csv_stops_and_is_told(tmp_path, path):
    (tmp_path / path).write_text("Id,Won,City\na,1,Nice\n", encoding="utf-8")
    assert "looks like text (CSV)" in str(stopped(tmp_path, path))


def test_019_a_workbook_or_parquet_file_renamed_csv_stops_and_is_told(tmp_path):
    workbook(tmp_path / "w.xlsx", ROWS).rename(tmp_path / "w.csv")
    assert "looks like a zip archive (an .xlsx workbook is one)" in str(stopped(tmp_path, "w.csv"))
    parquet(tmp_path / "w.parquet", ROWS).rename(tmp_path / "w.csv")
    assert "looks like a Parquet file" in str(stopped(tmp_path, "w.csv"))


def test_020_bit_rot_in_a_parquet_file_stops(tmp_path):
    path = parquet(
        tmp_path / "w.parquet",
        {"Id": [f"lead {i}" for i in range(99)], "Won": [1] * 99, "City": ["Nice"] * 99},
    )
    whole = path.read_bytes()
    at = whole.index(b"lead 7")
    path.write_bytes(whole[:at] + b"L" + whole[at + 1 :])
    error = stopped(tmp_path, "w.parquet")
    assert (error.code, error.fix) == ("damaged-parquet", "copy or export it again")
    assert "its checksum differs" in str(error)


def test_020_a_parquet_file_without_checksums_is_warned_of(tmp_path):
    pq.write_table(pa.table(ROWS), tmp_path / "w.parquet")
    export = read(tmp_path, "w.parquet")
    assert any("no page checksums" in warning for warning in export.warnings)


def test_021_a_workbook_that_is_a_bomb_stops(tmp_path):
    with zipfile.ZipFile(tmp_path / "w.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b" " * 70_000_000)
    assert stopped(tmp_path, "w.xlsx").code == "zip-bomb"


def test_025_two_files_for_the_same_partition_stop(tmp_path):
    parquet(tmp_path / "w-01.parquet", ROWS)
    parquet(tmp_path / "w-01 (1).parquet", {"Id": ["c"], "Won": [1], "City": ["Nice"]})
    error = stopped(tmp_path, "w-*.parquet")
    assert error.code == "same-partition"
    assert "w-01.parquet and w-01 (1).parquet" in str(error)


def dated(folder, path, **changes):
    columns = {"Born": {"role": "created_at"}}
    return read(folder, path, columns, order="time", zone="UTC", **changes)


@pytest.mark.parametrize("make", [parquet, workbook])
def test_047_serial_days_stop_with_a_hint_and_are_read_where_declared(tmp_path, make):
    path = make(
        tmp_path / ("w.xlsx" if make is workbook else "w.parquet"),
        ROWS | {"Born": [45292, 45293.5]},
    )
    with pytest.raises(InputError, match="declare `format`: 'excel'"):
        dated(tmp_path, path.name, max_reject_share=0.2)
    export = dated(tmp_path, path.name, format="excel")
    assert export.leads["created_at"].astype(str).tolist() == [
        "2024-01-01 00:00:00+00:00", "2024-01-02 12:00:00+00:00",
    ]  # fmt: skip


NOTHING = [None, "", "NULL", "N/A", "-", "NA", "#N/A"]


@pytest.mark.parametrize("make", [parquet, workbook])
def test_063_only_declared_words_mean_nothing(tmp_path, make):
    """Namibia's code and a person called Null stay; a null of the file itself is always one."""
    rows = {"Id": list("abcdefg"), "Won": [1] * 7, "Country": NOTHING, "Name": NOTHING}
    columns = {
        "Country": {"role": "property", "name": "country", "nulls": ["N/A", "-", "#N/A", "NULL"]},
        "Name": {"role": "property", "name": "name", "nulls": ["N/A"]},
    }
    path = make(tmp_path / ("w.xlsx" if make is workbook else "w.parquet"), rows)
    export = read(tmp_path, path.name, columns, nulls=[""])
    assert list(column(export.leads, "country").values()) == [None] * 5 + ["NA", None]
    assert list(column(export.leads, "name").values()) == [
        None, None, "NULL", None, "-", "NA", "#N/A",
    ]  # fmt: skip


def test_063_not_a_number_in_a_parquet_column_of_numbers_is_no_value(tmp_path):
    parquet(tmp_path / "w.parquet", ROWS | {"N": [float("nan"), 7.0]})
    export = read(tmp_path, "w.parquet", {"N": {"role": "property", "name": "n", "kind": "number"}})
    assert column(export.leads, "n") == {"a": None, "b": 7.0}
    assert refused(export) == []
