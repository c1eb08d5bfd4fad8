"""Splits CSV into rows by two parsers that must agree; values are not looked at.

pyarrow takes files in which no quote, newline or ragged row can be misread; Python's strict csv
takes all others. Rows that can't be read come back with their line; a quote that is never closed
refuses the file, since nobody knows what it swallowed.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from leadscore.adapters.raw_files import RawFile
from leadscore.domain.errors import InputError

MAX_CELL = 65_536
_BLOCK_ROWS = 50_000


@dataclass(frozen=True)
class BadRow:
    """A row that could not be read: its line, code, the start of its text, and why."""

    line: int
    code: str
    value: str
    reason: str


Split = tuple[
    dict[int, pa.ChunkedArray], npt.NDArray[np.int64], npt.NDArray[np.int64], list[BadRow]
]
"""Cells by place, line and number of each row, and the rows that could not be read."""


def lines_of(raw: RawFile) -> io.TextIOWrapper:
    """Return the file's lines with their line ends, as the csv module wants them."""
    return io.TextIOWrapper(io.BytesIO(raw.content), encoding="utf-8", newline="")


def is_plain(content: bytes, separator: str) -> bool:
    """Say whether pyarrow can't misread this file: quotes only around cells, no line within one.

    Every quote must touch a separator, a line end or another quote, each line must hold an even
    number of them, and there must be no NUL, lone carriage return or blank line.
    """
    if (
        b"\0" in content
        or not separator.isascii()
        or content.count(b"\r") != content.count(b"\r\n")
    ):
        return False
    if b"\n\n" in content or b"\n\r\n" in content or content.startswith((b"\n", b"\r\n")):
        return False
    if b'"' not in content:
        return True
    codes = np.frombuffer(b"\n" + content + b"\n", dtype=np.uint8)
    quote = np.flatnonzero(codes == ord('"'))
    touching = np.array([ord(separator), 10, 13, ord('"')], dtype=np.uint8)
    if not bool(np.all(np.isin(codes[quote - 1], touching) | np.isin(codes[quote + 1], touching))):
        return False
    newline = np.flatnonzero(codes == 10)
    return not bool(np.any(np.searchsorted(quote, newline) % 2))


def split_fast(raw: RawFile, separator: str, width: int) -> Split | None:
    """Split by pyarrow; None where a row has another length than the header or a cell is huge."""
    names = [str(i) for i in range(width)]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(raw.content),
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, skip_rows=1, block_size=16_000_000
            ),
            parse_options=pyarrow.csv.ParseOptions(delimiter=separator, double_quote=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pa.large_string() for name in names}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    if any(_longest(table[name]) > MAX_CELL for name in names):
        return None
    number = np.arange(1, table.num_rows + 1, dtype=np.int64)
    return {i: table[i] for i in range(width)}, number + 1, number, []


def _longest(cells: pa.ChunkedArray) -> int:
    return pc.max(pc.binary_length(cells)).as_py() or 0


def split_carefully(raw: RawFile, separator: str, headers: list[str], wanted: list[int]) -> Split:
    """Split by Python's strict csv, row by row; only the wanted cells are kept."""
    width = len(headers)
    blocks: list[list[pa.Array]] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    numbers: list[int] = []
    bad: list[BadRow] = []
    lengths: Counter[int] = Counter()
    has_nul = b"\0" in raw.content
    for number, (line, row) in enumerate(_rows(raw, separator), start=1):
        lengths[len(row)] += 1
        if fault := _row_fault(row, width, line, has_nul=has_nul):
            bad.append(fault)
            continue
        rows.append(row)
        lines.append(line)
        numbers.append(number)
        if len(rows) == _BLOCK_ROWS:
            blocks.append(_block(rows, wanted))
            rows = []
    blocks.append(_block(rows, wanted))
    if len(lengths) == 1 and width not in lengths and lengths.total() > 1:
        raise _all_ragged(raw, next(iter(lengths)), width)
    cells = {
        place: pa.chunked_array([block[i] for block in blocks]) for i, place in enumerate(wanted)
    }
    return cells, np.array(lines, dtype=np.int64), np.array(numbers, dtype=np.int64), bad


def _block(rows: list[list[str]], wanted: list[int]) -> list[pa.Array]:
    return [pa.array([row[place] for row in rows], type=pa.large_string()) for place in wanted]


def _rows(raw: RawFile, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the cells of each row after the header; blank lines are no rows."""
    before = csv.field_size_limit(
        len(raw.content) + 1
    )  # a process-wide knob: the cap is ours, put back below
    try:
        reader = csv.reader(lines_of(raw), delimiter=separator, strict=True)
        next(reader)
        line = reader.line_num + 1
        try:
            for row in reader:
                if row:
                    yield line, row
                line = reader.line_num + 1
        except csv.Error as error:
            raise InputError(
                "bad-quote",
                f"a quote in the row that starts here is not closed properly ({error})",
                file=raw.name,
                row=line,
                fix='close it, or double the quotes within the cell ("")',
            ) from error
    finally:
        csv.field_size_limit(before)


def _row_fault(row: list[str], width: int, line: int, *, has_nul: bool) -> BadRow | None:
    start = ",".join(row)[:200] if len(row) != width else ""
    if len(row) > width:
        return BadRow(line, "long-row", start, f"{len(row)} cells, the header has {width}")
    if len(row) < width:
        return BadRow(line, "short-row", start, f"{len(row)} cells, the header has {width}")
    if has_nul and any("\0" in cell for cell in row):
        return BadRow(line, "nul-byte", "", "a cell holds a NUL byte")
    if any(len(cell) > MAX_CELL for cell in row):
        return BadRow(line, "huge-cell", "", f"a cell is longer than {MAX_CELL:,} characters")
    return None


def _all_ragged(raw: RawFile, n_cells: int, width: int) -> InputError:
    return InputError(
        "header-mismatch",
        f"every row has {n_cells} cells, the header has {width}",
        file=raw.name,
        row=2,
        fix="a name is missing in the header, or each row ends in a separator; correct the export",
    )
