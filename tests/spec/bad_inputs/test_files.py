"""Bad inputs 1 to 26: files and encodings, in CSV (files that have types: test_typed_files.py)."""

import gzip
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from leadscore.adapters.config.yaml_strict import load_yaml
from leadscore.adapters.ingest.reading import read_export
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import SourceMapping
from tests.bad_inputs import X, kept_apart, read, stops, warned, wide
from tests.exports import EVENTS, column, plain_mapping, text_of, wide_mapping

TWO = "Id,Won,X\na,1,p\nb,0,q\n"
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
NBSP, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
AMOUNT = {"X": {"role": "property", "name": "x", "kind": "number"}}


def xs(export):
    return column(export.leads, "x")


def test_001_a_byte_order_mark_is_taken_off(tmp_path):
    export = wide(tmp_path, BOM + TWO)
    assert xs(export) == {"a": "p", "b": "q"}
    assert kept_apart(export) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_002_utf_16_stops_with_a_hint_and_is_read_where_declared(tmp_path, encoding):
    """Also without a byte order mark: every second byte is zero."""
    content = TWO.replace("p", "é").encode(encoding)
    error = stops("bad-encoding", wide, tmp_path, content, place=("wide.csv", None, None))
    assert "declare `encoding: utf-16" in error.fix
    assert xs(wide(tmp_path, content, dialect={"encoding": encoding})) == {"a": "é", "b": "q"}


def test_003_cp1252_bytes_stop_with_their_offset_and_a_proposal(tmp_path):
    """The letter is byte 13: nine of the header, three of the row, the newline."""
    content = TWO.replace("p", "é").encode("cp1252")
    error = stops("bad-encoding", wide, tmp_path, content, place=("wide.csv", 2, None))
    assert "byte 13 (e9) is not utf-8" in str(error)
    assert error.fix == "declare `encoding: cp1252` for this file"
    assert xs(wide(tmp_path, content, dialect={"encoding": "cp1252"}))["a"] == "é"


def test_003_utf_8_once_read_as_latin_1_is_warned_of(tmp_path):
    export = wide(tmp_path, TWO.replace("p", "José".encode().decode("latin-1")))
    assert "once read as latin-1" in warned(export, "wide.csv: text looks like UTF-8")


def test_004_another_separator_stops_and_is_proposed(tmp_path):
    content = "Id;Won;X\n1;1;1234,56\n"
    error = stops("wrong-separator", wide, tmp_path, content, place=("wide.csv", 1, None))
    assert error.fix == 'declare `separator: ";"` for this file'


CELLS = ["1 234,56", f"1{NBSP}234,56", f"1{NARROW}234,56"]


def test_005_decimal_commas_and_spaces_between_thousands_are_read_where_declared(tmp_path):
    content = "Id;Won;X\n" + "".join(f"L{i};1;{cell}\n" for i, cell in enumerate(CELLS))
    dialect = {"separator": ";", "decimal": ","}
    assert set(xs(wide(tmp_path, content, AMOUNT, dialect=dialect)).values()) == {1234.56}


def test_005_undeclared_decimal_commas_stop_and_are_proposed(tmp_path):
    content = "Id;Won;X\n" + "".join(f"L{i};1;{cell}\n" for i, cell in enumerate(CELLS))
    error = stops(
        "too-many-rejects", wide, tmp_path, content, AMOUNT,
        dialect={"separator": ";"}, max_reject_share=0.2, place=("wide.csv", 2, "X"),
    )  # fmt: skip
    assert "3 of 3 rows refused, 3 as bad-number" in str(error)
    assert 'declare `decimal: ","`' in str(error)


def test_006_a_header_named_twice_stops(tmp_path):
    content = "Id,Won,X,X\na,1,p,q\n"
    stops("duplicate-header", wide, tmp_path, content, place=("wide.csv", 1, "X"))


def test_006_a_doubled_header_that_nobody_reads_does_no_harm(tmp_path):
    assert xs(wide(tmp_path, "Id,Won,X,Y,Y\na,1,p,1,2\n")) == {"a": "p"}


@pytest.mark.parametrize("header", [" Créé  le ", "CREE LE", "cre\u0301e\u0301 le"])
def test_007_headers_fit_whatever_their_case_accents_and_spaces(tmp_path, header):
    columns = {"Créé le": {"role": "property", "name": "x"}}
    export = wide(tmp_path, f"ID,Won,{header}\na,1,p\n", columns)
    assert xs(export) == {"a": "p"}
    assert "wide.csv: the header 'ID' is taken for 'Id'" in export.warnings


def test_007_also_in_files_that_have_types(tmp_path):
    pq.write_table(pa.table({"ID": ["a"], "WON": ["1"], "x": ["p"]}), tmp_path / "wide.parquet")
    with xlsxwriter.Workbook(tmp_path / "wide.xlsx") as book:
        sheet = book.add_worksheet("leads")
        for row, cells in enumerate([["A list of leads"], ["ID", "WON", "x"], ["a", "1", "p"]]):
            sheet.write_row(row, 0, cells)
    for path in ("wide.parquet", "wide.xlsx"):
        export = wide(tmp_path, TWO, dialect={"path": path})
        assert xs(export) == {"a": "p"}
        assert sum("is taken for" in warning for warning in export.warnings) == 3


def test_007_two_headers_that_differ_in_case_only_fit_as_written_and_else_stop(tmp_path):
    assert xs(wide(tmp_path, "Id,Won,x,X\na,1,p,q\n")) == {"a": "q"}
    columns = {"City": {"role": "property", "name": "x"}}
    content = "Id,Won,city,CITY\na,1,p,q\n"
    stops("duplicate-header", wide, tmp_path, content, columns, place=("wide.csv", 1, "City"))


def test_008_a_missing_header_row_stops(tmp_path):
    error = stops("missing-column", wide, tmp_path, "a,1,p\nb,0,q\n", place=("wide.csv", 1, "Id"))
    assert "is the first line the header?" in error.fix
    stops("no-header", wide, tmp_path, "\n" + TWO, place=("wide.csv", 1, None))


def test_009_one_long_row_is_refused_and_the_others_stay(tmp_path):
    export = wide(tmp_path, "Id,Won,X\na,1,p\nb,1,q,more\nc,0,r\n")
    assert kept_apart(export) == [("wide.csv", 3, "long-row")]
    assert xs(export) == {"a": "p", "c": "r"}


def test_009_all_rows_one_cell_longer_stop(tmp_path):
    content = "Id,Won,X\n7,a,1,p\n8,b,0,q\n"
    error = stops("header-mismatch", wide, tmp_path, content, place=("wide.csv", 2, None))
    assert "every row has 4 cells, the header has 3" in str(error)


def test_010_a_short_row_is_refused_and_not_filled_up(tmp_path):
    export = wide(tmp_path, "Id,Won,X\na,1\nb,0,q\n")
    assert kept_apart(export) == [("wide.csv", 2, "short-row")]
    assert xs(export) == {"b": "q"}


def test_011_a_quote_that_is_never_closed_stops_with_the_line_it_starts_on(tmp_path):
    content = 'Id,Won,X\na,1,p\nb,0,"q\nc,1,r\n'
    stops("bad-quote", wide, tmp_path, content, place=("wide.csv", 3, None))


def test_012_a_zero_byte_refuses_its_row(tmp_path):
    export = wide(tmp_path, TWO.replace("p", "p\0"))
    assert kept_apart(export) == [("wide.csv", 2, "nul-byte")]


def test_013_newlines_within_quotes_are_text_and_later_lines_are_true(tmp_path):
    export = wide(tmp_path, 'Id,Won,X\na,1,"p\nq"\nb,7,r\n')
    assert xs(export)["a"] == "p\nq"
    assert kept_apart(export) == [("wide.csv", 4, "unknown-status")]


def test_014_a_cell_above_64_kb_refuses_its_row_and_is_not_shown(tmp_path):
    export = wide(tmp_path, TWO.replace("p", "p" * 70_000))
    assert kept_apart(export) == [("wide.csv", 2, "huge-cell")]
    told = export.rejected.loc[0, ["value", "reason"]].tolist()
    assert told == ["", "a cell is longer than 65,536 characters"]


def test_015_line_ends_may_be_mixed(tmp_path):
    assert xs(wide(tmp_path, b"Id,Won,X\r\na,1,p\nb,0,q\rc,1,r")) == {"a": "p", "b": "q", "c": "r"}


def test_016_an_empty_file_stops(tmp_path):
    stops("empty-file", wide, tmp_path, b"", place=("wide.csv", None, None))


@pytest.mark.parametrize("empty", ["leads", "events", "deals"])
def test_017_a_header_without_rows_stops(tmp_path, empty):
    """Before anything is trained or scored: an export without rows is no export."""
    header = {"leads": "Id,Created,Channel\n", "events": "Lead,Time,What\n"}
    content = header.get(empty, "Lead,Status,Closed\n")
    stops("no-rows", read, tmp_path, **{empty: content}, place=(f"{empty}.csv", None, None))


def test_021_a_gzip_bomb_stops(tmp_path):
    bomb = gzip.compress(b"\0" * 70_000_000, compresslevel=1, mtime=0)
    stops("gzip-bomb", wide, tmp_path, bomb, place=("wide.csv", None, None))


def test_021_yaml_that_refers_to_itself_stops(tmp_path):
    (tmp_path / "bomb.yaml").write_text("a: &a [x, x]\nb: &b [*a, *a]\n")
    with pytest.raises(InputError, match=r"bomb\.yaml:1.* yaml-trap: anchors and aliases"):
        load_yaml(tmp_path / "bomb.yaml")


def test_022_a_file_that_changes_while_it_is_read_stops(tmp_path):
    """The exporter appends a row when the first piece has been read."""
    text_of(tmp_path / "wide.csv", TWO)

    def goes_on_exporting(name, share):
        text_of(tmp_path / name, TWO + "c,1,r\n")

    mapping = SourceMapping.model_validate(wide_mapping(X))
    error = stops(
        "file-changed", read_export, mapping, tmp_path, mapping_file=Path("wide.yaml"),
        progress=goes_on_exporting, place=("wide.csv", None, None),
    )  # fmt: skip
    assert "run again" in error.fix


def test_023_a_link_out_of_the_folder_stops(tmp_path):
    secret, folder = tmp_path / "secret.csv", tmp_path / "raw"
    folder.mkdir()
    secret.write_text(TWO)
    (folder / "linked.csv").symlink_to(secret)
    at = ("linked.csv", None, None)
    stops("outside-folder", wide, folder, TWO, dialect={"path": "linked.csv"}, place=at)


def test_023_a_pipe_stops_and_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    at = ("pipe.csv", None, None)
    stops("not-a-file", wide, tmp_path, TWO, dialect={"path": "pipe.csv"}, place=at)


@pytest.mark.parametrize("path", ["../wide.csv", "/etc/passwd", "a/../../wide.csv", "C:\\a.csv"])
def test_023_a_path_out_of_the_folder_is_no_mapping(tmp_path, path):
    with pytest.raises(ValueError, match="the path must lie below the export's folder"):
        wide(tmp_path, TWO, dialect={"path": path})


def test_024_any_file_name_is_read_and_escaped_in_messages(tmp_path):
    name = "leads \N{ROCKET}\n2024.csv"
    text_of(tmp_path / name, "Id,Won,X\na,1,p\nb,7,q\n")
    export = wide(tmp_path, TWO, dialect={"path": name})
    assert kept_apart(export) == [("leads \N{ROCKET}\\n2024.csv", 3, "unknown-status")]


def test_025_a_file_and_its_packed_copy_stop(tmp_path):
    (tmp_path / "wide.csv.gz").write_bytes(gzip.compress(TWO.encode(), mtime=0))
    stops("two-files", wide, tmp_path, TWO, place=("wide.csv", None, None))


def test_025_a_file_of_events_mapped_twice_stops(tmp_path):
    files = plain_mapping()["files"]
    files["more"] = files["events"] | {"path": "more.csv"}
    text_of(tmp_path / "more.csv", EVENTS)
    stops("same-file-twice", read, tmp_path, files=files, place=("more.csv", None, None))


def test_026_a_missing_file_stops_and_the_nearest_name_is_told(tmp_path):
    dialect = {"path": "wild.csv"}
    error = stops(
        "missing-file", wide, tmp_path, TWO, dialect=dialect, place=("wild.csv", None, None)
    )
    assert error.fix == "did you mean 'wide.csv'?"


def test_026_a_folder_instead_of_a_file_stops(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    at = ("folder.csv", None, None)
    stops("not-a-file", wide, tmp_path, TWO, dialect={"path": "folder.csv"}, place=at)


def test_026_a_file_that_may_not_be_read_stops(tmp_path, monkeypatch):
    """Played: who runs the tests may be allowed everything."""
    opened = Path.open

    def forbidden(path, mode="r", *arguments, **keys):
        if path.name == "leads.csv" and mode == "rb":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, mode, *arguments, **keys)

    monkeypatch.setattr(Path, "open", forbidden)
    error = stops("unreadable-file", read, tmp_path, place=("leads.csv", None, None))
    assert "Permission denied" in str(error)
    assert error.fix == "check its permissions"
