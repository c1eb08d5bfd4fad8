"""Sheets of workbooks as text: typed cells, headers below titles, and everything that hides a value."""

import datetime as dt
import zipfile

import pytest
import xlsxwriter
import xlwt

from leadscore.adapters.rows.excel_rows import open_excel
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Dialect

DAY = dt.date(2024, 1, 2)
NOON = dt.datetime(2024, 1, 2, 12, 30, 5)  # noqa: DTZ001  # a worksheet knows no zones


def workbook(path, sheets, *, start=(0, 0), hidden=(), **options):
    """Write a workbook: rows of cells by sheet; a callable gets (sheet, row, column) and writes."""
    with xlsxwriter.Workbook(path, options) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        time = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows, start=start[0]):
                for c, cell in enumerate(row, start=start[1]):
                    put(sheet, r, c, cell, day, time)
            if name in hidden:
                sheet.hide()


def put(sheet, row, column, cell, day, time):
    if callable(cell):
        cell(sheet, row, column)
    elif isinstance(cell, dt.datetime):
        sheet.write_datetime(row, column, cell, time)
    elif isinstance(cell, dt.date):
        sheet.write_datetime(row, column, cell, day)
    elif isinstance(cell, str):
        sheet.write_string(row, column, cell) if cell else None
    elif cell is not None:
        sheet.write(row, column, cell)


def formula(text, value):
    """Return a cell with a formula and the value it had when it was saved."""
    return lambda sheet, row, column: sheet.write_formula(row, column, text, None, value)


def merged(n_rows, n_columns, text):
    """Return a cell merged over rows and columns."""
    return lambda sheet, row, column: sheet.merge_range(
        row, column, row + n_rows - 1, column + n_columns - 1, text
    )


def one(path, rows, **keys):
    workbook(path / "leads.xlsx", {"Leads": rows}, **keys)


def opened(folder, wanted, path="leads.xlsx", **keys):
    return open_excel(folder, Dialect(path=path, **keys), wanted=wanted)


def cells(folder, wanted, **keys):
    read = {header: [] for header in wanted}
    for chunk in opened(folder, wanted, **keys).chunks():
        for header in wanted:
            read[header] += chunk.columns[header].tolist()
    return read


def refused(folder, wanted=("Id",), **keys):
    with pytest.raises(InputError) as told:
        cells(folder, list(wanted), **keys)
    return told.value


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("00123", "00123"), (123, "123"), (1234.5, "1234.5"), (True, "true"), (DAY, "2024-01-02"),
        (NOON, "2024-01-02T12:30:05"), ("NA", "NA"), (None, ""), (formula("=1+1", 2), "2"),
        (formula('="a"&"b"', "ab"), "ab"), (formula("=NA()", "#N/A"), "#N/A"),
        (formula("=1/0", "#DIV/0!"), "#DIV/0!"),
    ],
)  # fmt: skip
def test_every_cell_has_one_spelling(tmp_path, cell, text):
    one(tmp_path, [["Id", "Cell"], ["a", cell]])
    assert cells(tmp_path, ["Id", "Cell"]) == {"Id": ["a"], "Cell": [text]}


def test_number_cells_get_the_decimal_mark_of_the_mapping(tmp_path):
    one(tmp_path, [["Id", "Amount"], ["a", 1234.5], ["b", "1 234,5"]])
    assert cells(tmp_path, ["Amount"], decimal=",") == {"Amount": ["1234,5", "1 234,5"]}


def test_dates_count_from_1904_where_the_workbook_says_so(tmp_path):
    one(tmp_path, [["Id", "Day"], ["a", DAY]], date_1904=True)
    assert cells(tmp_path, ["Day"]) == {"Day": ["2024-01-02"]}


def test_lines_are_rows_of_the_sheet_and_empty_rows_are_none(tmp_path):
    one(tmp_path, [["Id"], ["a"], [None], ["b"]], start=(2, 3))
    (chunk,) = opened(tmp_path, ["Id"]).chunks()
    assert chunk.columns["Id"].tolist() == ["a", "b"]
    assert (chunk.line.tolist(), chunk.number.tolist()) == ([4, 6], [1, 2])


def test_titles_above_the_headers_are_passed_over_and_said(tmp_path):
    one(tmp_path, [[merged(1, 3, "All leads")], [], ["Id", "Status", "Day"], ["a", "won", DAY]])
    source = opened(tmp_path, ["Id", "Day"])
    assert source.headers == ("Id", "Status", "Day")
    assert source.warnings == ("leads.xlsx: 1 rows above the headers (row 3) are not read",)
    (chunk,) = source.chunks()
    assert chunk.line.tolist() == [4]


def test_headers_merged_over_rows_and_columns_are_found(tmp_path):
    top = [merged(2, 1, "Id"), merged(1, 2, "Deal"), None]
    one(tmp_path, [top, [None, "Status", "Amount"], ["a", "won", 10]])
    assert cells(tmp_path, ["Id", "Status", "Amount"]) == {
        "Id": ["a"], "Status": ["won"], "Amount": ["10"],
    }  # fmt: skip


def test_cells_merged_over_rows_are_refused_where_they_are_wanted(tmp_path):
    one(tmp_path, [["Id", "Firm"], ["a", merged(2, 1, "Acme")], ["b", None]])
    assert cells(tmp_path, ["Id"]) == {"Id": ["a", "b"]}
    error = refused(tmp_path, ["Id", "Firm"])
    assert (error.code, error.row, error.column) == ("merged-cells", 2, "Firm")


def test_a_formula_that_was_never_calculated_is_refused_where_it_is_wanted(tmp_path):
    one(tmp_path, [["Id", "Sum"], ["a", 1], ["b", formula("=B2+1", "")]])
    assert cells(tmp_path, ["Id"]) == {"Id": ["a", "b"]}
    error = refused(tmp_path, ["Id", "Sum"])
    assert (error.code, error.row, error.column) == ("formula-without-value", 3, "Sum")


def test_numbers_with_more_digits_than_a_worksheet_keeps_are_said(tmp_path):
    one(tmp_path, [["Id"], [12345678901234567]])
    source = opened(tmp_path, ["Id"])
    list(source.chunks())
    assert source.warnings == (
        "leads.xlsx: numbers of Id have more digits than a workbook keeps (15)",
    )


def test_the_only_visible_sheet_with_cells_is_taken(tmp_path):
    sheets = {"Notes": [], "Data": [["Id"], ["a"]], "Old": [["Id"], ["x"]]}
    workbook(tmp_path / "leads.xlsx", sheets, hidden=["Old"])
    assert cells(tmp_path, ["Id"]) == {"Id": ["a"]}


def test_two_sheets_and_none_declared_are_refused(tmp_path):
    workbook(tmp_path / "leads.xlsx", {"2023": [["Id"], ["a"]], "2024": [["Id"], ["b"]]})
    error = refused(tmp_path)
    assert (error.code, error.fix) == ("several-sheets", "declare `sheet`: one of 2023, 2024")
    assert cells(tmp_path, ["Id"], sheet="2024") == {"Id": ["b"]}


def test_a_hidden_sheet_is_read_only_if_declared(tmp_path):
    workbook(tmp_path / "leads.xlsx", {"Cover": [], "Leads": [["Id"], ["a"]]}, hidden=["Leads"])
    assert refused(tmp_path).code == "empty-sheet"
    assert cells(tmp_path, ["Id"], sheet="Leads") == {"Id": ["a"]}


def test_a_missing_sheet_gets_its_nearest(tmp_path):
    workbook(tmp_path / "leads.xlsx", {"Leads": [["Id"], ["a"]], "Deals": [["Id"], ["b"]]})
    error = refused(tmp_path, sheet="Lead")
    assert (error.code, error.fix) == ("missing-sheet", "did you mean 'Leads'?")


def test_a_missing_column_names_the_likely_header_row(tmp_path):
    one(tmp_path, [["All leads"], ["Id", "Status"], ["a", "won"]])
    error = refused(tmp_path, ["Id", "Statut"])
    assert (error.code, error.row, error.fix) == ("missing-column", 2, "did you mean 'Status'?")


def test_a_doubled_header_is_refused_if_wanted(tmp_path):
    one(tmp_path, [["Id", "Id", "Day"], ["a", "b", DAY]])
    assert cells(tmp_path, ["Day"]) == {"Day": ["2024-01-02"]}
    assert refused(tmp_path).code == "duplicate-header"


def test_a_header_without_rows_is_refused(tmp_path):
    one(tmp_path, [["Id", "Status"]])
    assert refused(tmp_path).code == "no-rows"


def test_an_old_workbook_is_read(tmp_path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Leads")
    as_day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for r, row in enumerate([["Id", "N", "Day"], ["a", 12, DAY], ["b", 12.5, DAY]], start=1):
        for c, cell in enumerate(row, start=1):
            sheet.write(r, c, cell, *([as_day] if cell == DAY else []))
    book.save(str(tmp_path / "leads.xls"))
    source = opened(tmp_path, ["Id", "N", "Day"], path="leads.xls")
    (chunk,) = source.chunks()
    assert chunk.columns["N"].tolist() == ["12", "12.5"]
    assert chunk.columns["Day"].tolist() == ["2024-01-02", "2024-01-02"]
    assert chunk.line.tolist() == [3, 4]
    assert source.warnings == (
        "leads.xls: errors (#N/A) and formulas never calculated read as empty in an old workbook",
    )


@pytest.mark.parametrize("path", ["leads.xlsx", "leads.xls"])
@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        (b"", "empty-file", "0 bytes"),
        (b"Id;Status\na;won\n", "not-excel", "looks like text"),
        (b"<table><tr><td>Id</td></tr></table>", "not-excel", "looks like a web page"),
        (b"PAR1" + b"\0" * 40, "not-excel", "looks like a Parquet file"),
    ],
)
def test_what_is_no_workbook_is_told_in_one_line(tmp_path, path, content, code, told):
    (tmp_path / path).write_bytes(content)
    error = refused(tmp_path, path=path)
    assert error.code == code
    assert told in str(error)


def test_workbooks_with_the_wrong_ending_are_told(tmp_path):
    one(tmp_path, [["Id"], ["a"]])
    (tmp_path / "leads.xlsx").rename(tmp_path / "leads.xls")
    assert "looks like a zip archive (an .xlsx" in str(refused(tmp_path, path="leads.xls"))
    (tmp_path / "leads.xlsx").write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    assert "looks like an old Excel workbook (.xls) or one with a password" in str(
        refused(tmp_path)
    )


@pytest.mark.parametrize("path", ["leads.xlsx", "leads.xls"])
def test_a_truncated_workbook_is_refused_wherever_it_is_cut(tmp_path, path):
    rows = ["Id", *(f"lead {i}" for i in range(50))]
    if path == "leads.xlsx":
        one(tmp_path, [[row] for row in rows])
    else:
        book = xlwt.Workbook()
        sheet = book.add_sheet("Leads")
        for r, row in enumerate(rows):
            sheet.write(r, 0, row)
        book.save(str(tmp_path / path))
    whole = (tmp_path / path).read_bytes()
    for end in range(8, len(whole) - 1, len(whole) // 12):
        (tmp_path / path).write_bytes(whole[:end])
        assert refused(tmp_path, path=path).code == "damaged-workbook", end


def rewritten(path, member, content):
    """Replace one member of a package."""
    with zipfile.ZipFile(path) as package:
        members = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, old in members.items():
            package.writestr(name, content if name == member else old)


def test_bit_rot_is_noticed(tmp_path):
    one(tmp_path, [["Id"], *([f"lead {i}"] for i in range(50))])
    path = tmp_path / "leads.xlsx"
    with zipfile.ZipFile(path) as package:
        begin = package.getinfo("xl/worksheets/sheet1.xml").header_offset + 60
    whole = path.read_bytes()
    path.write_bytes(whole[:begin] + bytes([whole[begin] ^ 1]) + whole[begin + 1 :])
    assert refused(tmp_path).code == "damaged-workbook"


def test_a_package_that_unpacks_to_too_much_is_refused(tmp_path):
    one(tmp_path, [["Id"], ["a"]])
    rewritten(tmp_path / "leads.xlsx", "xl/worksheets/sheet1.xml", b" " * 70_000_000)
    assert (tmp_path / "leads.xlsx").stat().st_size < 200_000
    assert refused(tmp_path).code == "zip-bomb"


@pytest.mark.parametrize("quote", [b'"', b"'"])
def test_cells_far_apart_are_refused_before_the_room_between_is_made(tmp_path, quote):
    far = b'<c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    far = far.replace(b'"', quote)
    one(tmp_path, [["Id"], ["a"]])
    with zipfile.ZipFile(tmp_path / "leads.xlsx") as package:
        sheet = package.read("xl/worksheets/sheet1.xml")
    start = sheet.index(b'<c r="A1"')
    end = sheet.index(b"</row>") + 6
    rewritten(
        tmp_path / "leads.xlsx", "xl/worksheets/sheet1.xml", sheet[:start] + far + sheet[end:]
    )
    error = refused(tmp_path)
    assert error.code == "zip-bomb"
    assert "17,179,869,184 places" in str(error)


def test_a_package_that_lies_about_its_sizes_is_refused(tmp_path):
    one(tmp_path, [["Id"], ["a"]])
    path = tmp_path / "leads.xlsx"
    rewritten(path, "xl/worksheets/sheet1.xml", b" " * 70_000_000)
    size = (70_000_000).to_bytes(4, "little")
    whole = path.read_bytes()
    assert whole.count(size) == 2
    path.write_bytes(whole.replace(size, (1000).to_bytes(4, "little")))
    assert refused(tmp_path).code == "damaged-workbook"


def test_a_file_written_while_it_is_read_is_refused(tmp_path):
    one(tmp_path, [["Id"], ["a"]])
    source = opened(tmp_path, ["Id"])
    one(tmp_path, [["Id"], ["a"], ["b"]])
    with pytest.raises(InputError, match="file-changed"):
        list(source.chunks())


def test_sheet_goes_with_workbooks_only():
    with pytest.raises(ValueError, match="`sheet` goes with a workbook"):
        Dialect(path="leads.csv", sheet="Leads")
