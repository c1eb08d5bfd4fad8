"""Files that are not what the mapping says: one error that names file, place and mend."""

import gzip
import hashlib
import os

import pytest

from leadscore.adapters.rows.csv_text import CsvRows
from leadscore.adapters.rows.raw_files import RawFile
from leadscore.adapters.rows.row_source import whole_table
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Dialect
from tests.exports import text_of

GOOD = b"Id,Stadt\na,K\xc3\xb6ln\n"


class Whole:
    """A file read from start to end."""

    def __init__(self, folder, name, *, encoding="utf-8", progress=None):
        raw = RawFile(folder, name, encoding=encoding, progress=progress)
        self.content = b"".join(raw.pieces())
        self.n_bytes, self.sha256, self.warnings = raw.n_bytes, raw.sha256, raw.warnings


def opened(folder, content, name="leads.csv", encoding="utf-8"):
    text_of(folder / name, content)
    return Whole(folder, name, encoding=encoding)


def table(folder, content, wanted=("Id", "Stadt"), separator=","):
    text_of(folder / "leads.csv", content)
    dialect = Dialect(path="leads.csv", separator=separator)
    return whole_table(CsvRows(folder, dialect, wanted=list(wanted)))


def test_plain_file_is_read_as_it_is(tmp_path):
    raw = opened(tmp_path, GOOD)
    assert (raw.content, raw.n_bytes, raw.sha256) == (
        GOOD,
        len(GOOD),
        hashlib.sha256(GOOD).hexdigest(),
    )


def test_gzip_is_unpacked_whatever_its_name_and_hashed_as_it_lies(tmp_path):
    packed = gzip.compress(GOOD, mtime=0)
    raw = opened(tmp_path, packed)
    assert (raw.content, raw.sha256) == (GOOD, hashlib.sha256(packed).hexdigest())


def test_gzip_of_two_members_is_unpacked_whole(tmp_path):
    assert (
        opened(tmp_path, gzip.compress(GOOD, mtime=0) + gzip.compress(b"b,Ulm\n")).content
        == GOOD + b"b,Ulm\n"
    )


@pytest.mark.parametrize(
    ("present", "asked"), [("leads.csv.gz", "leads.csv"), ("leads.csv", "leads.csv.gz")]
)
def test_packed_file_stands_in_for_the_plain_one_and_the_reverse(tmp_path, present, asked):
    text_of(tmp_path / present, GOOD)
    assert Whole(tmp_path, asked).content == GOOD


def test_byte_order_mark_is_no_text(tmp_path):
    assert opened(tmp_path, b"\xef\xbb\xbf" + GOOD).content == GOOD


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_declared_encoding_is_decoded(tmp_path, encoding):
    raw = opened(tmp_path, GOOD.decode().encode(encoding), encoding=encoding)
    assert raw.content == GOOD


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            GOOD.decode().encode("cp1252"),
            r"leads\.csv:2 bad-encoding: byte 12 \(f6\) is not utf-8 .*cp1252",
        ),
        (GOOD.decode().encode("utf-16"), "is UTF-16, not utf-8 — declare `encoding: utf-16`"),
        (b"", "empty-file: the file has 0 bytes"),
        (gzip.compress(b"", mtime=0), "empty-file: the gzip file unpacks to 0 bytes"),
        (gzip.compress(GOOD, mtime=0)[:-6], "damaged-gzip: the gzip file ends too early"),
        (gzip.compress(GOOD * 99, mtime=0)[:30] + b"\0" * 40, "damaged-gzip"),
        (b"PK\x03\x04rest", "not-csv: looks like a zip archive .*xlsx"),
        (b"PAR1rest", "looks like a Parquet file"),
        (b"(\xb5/\xfdrest", "looks like a Zstandard archive"),
        (b"\xd0\xcf\x11\xe0rest", "looks like an old Excel workbook"),
        (b"<!DOCTYPE html><html>", "looks like a web page"),
        (gzip.compress(b"\0" * 70_000_000, mtime=0), "gzip-bomb"),
    ],
)
def test_file_that_is_no_readable_csv_stops_the_run(tmp_path, content, says):
    with pytest.raises(InputError, match=says):
        opened(tmp_path, content)


def test_missing_file_proposes_the_nearest_name(tmp_path):
    text_of(tmp_path / "leads_2024.csv", GOOD)
    with pytest.raises(
        InputError, match=r"leads24\.csv missing-file: .*did you mean 'leads_2024\.csv'"
    ):
        Whole(tmp_path, "leads24.csv")


def test_missing_folder_names_the_setting(tmp_path):
    with pytest.raises(InputError, match="missing-folder: .*source.raw_dir"):
        Whole(tmp_path / "nowhere", "leads.csv")


def test_folder_instead_of_a_file_stops_the_run(tmp_path):
    (tmp_path / "leads.csv").mkdir()
    with pytest.raises(InputError, match="not-a-file: is a folder"):
        Whole(tmp_path, "leads.csv")


def test_text_that_was_decoded_wrongly_before_is_warned_of(tmp_path):
    assert opened(tmp_path, GOOD.decode().encode().decode("latin-1").encode()).warnings != ()
    assert opened(tmp_path, GOOD).warnings == ()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            b"Id;Stadt\na;K\n",
            r'wrong-separator: the header does not split at "," — declare `separator: ";"`',
        ),
        (b"Id\tStadt\na\tK\n", r'declare `separator: "\\t"`'),
        (
            b"Id,Statd\na,K\n",
            "leads.csv:1:Stadt missing-column: column not found — did you mean 'Statd'",
        ),
        (
            b"Name,City\na,K\n",
            r"leads.csv:1:Id missing-column: column not found \(and 1 more: Stadt\)",
        ),
        (b"Id,Stadt,Stadt\na,K,L\n", "duplicate-header: the header names 'Stadt' 2 times"),
        (b"Id,Stadt\n", "no-rows"),
        (b"\n\na,K\n", "no-header"),
        (b'Id,Stadt\na,"K\nb,L\n', r"leads\.csv:2 bad-quote: a quote in the row that starts here"),
        (b'Id,Stadt\na,K\nb,"L"x\nc,"M"\n', r"leads\.csv:3 bad-quote"),
    ],
)
def test_header_or_quotes_that_do_not_fit_stop_the_run(tmp_path, content, says):
    with pytest.raises(InputError, match=says):
        table(tmp_path, content)


def test_duplicate_headers_that_nobody_asks_for_do_no_harm(tmp_path):
    assert table(tmp_path, b"Id,Stadt,x,x\na,K,1,2\n").columns["Id"].tolist() == ["a"]


def test_nul_bytes_and_huge_cells_refuse_their_rows(tmp_path):
    content = b"Id,Stadt\na,K\0\nb," + b"x" * 70_000 + b"\nc,L\n"
    read = table(tmp_path, content)
    assert [(bad.line, bad.code) for bad in read.bad_rows] == [(2, "nul-byte"), (3, "huge-cell")]
    assert read.columns["Id"].tolist() == ["c"]


def test_quotes_commas_and_newlines_within_cells_are_text(tmp_path):
    read = table(tmp_path, b'Id,Stadt\na,"K, ""L""\nM"\nb,5" x\n')
    assert read.columns["Stadt"].tolist() == ['K, "L"\nM', '5" x']
    assert read.line.tolist() == [2, 4]


@pytest.mark.parametrize("how", ["longer", "replaced", "touched", "gone"])
def test_file_that_changes_while_it_is_read_stops_the_run(tmp_path, how):
    path = tmp_path / "leads.csv"
    text_of(path, GOOD)

    def changes(name, share):
        if how == "longer":
            text_of(path, GOOD + b"b,Ulm\n")
        elif how == "replaced":
            text_of(tmp_path / "new.csv", GOOD)
            (tmp_path / "new.csv").replace(path)
        elif how == "touched":
            os.utime(path, ns=(1, 1))
        else:
            path.unlink()

    with pytest.raises(InputError, match=r"leads\.csv file-changed: .* run again"):
        Whole(tmp_path, "leads.csv", progress=changes)


def test_link_within_the_folder_is_followed(tmp_path):
    text_of(tmp_path / "real.csv", GOOD)
    (tmp_path / "leads.csv").symlink_to("real.csv")
    assert Whole(tmp_path, "leads.csv").content == GOOD


def test_ten_million_characters_are_a_huge_cell_and_twice_as_many_an_open_quote(tmp_path):
    read = table(tmp_path, b"Id,Stadt\na,K\nb," + b"x" * 10_000_000 + b"\n")
    assert [(bad.line, bad.code) for bad in read.bad_rows] == [(3, "huge-cell")]
    with pytest.raises(InputError, match=r"leads\.csv:3 bad-quote"):
        table(tmp_path, b'Id,Stadt\na,K\nb,"' + b"x\n" * 10_000_000)
