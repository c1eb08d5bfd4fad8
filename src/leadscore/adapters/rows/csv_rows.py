"""Splits blocks of CSV into rows by two parsers that must agree; values are not looked at.

pyarrow takes blocks in which no quote, newline or ragged row can be misread; Python's strict csv
takes all others. Rows that can't be read come back with their line; a quote that is never closed
refuses the file, since nobody knows what it swallowed.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from leadscore.adapters.rows.csv_lines import Feed, Lines
from leadscore.domain.errors import InputError

Int = npt.NDArray[np.int64]

MAX_CELL = 65_536
"""A longer cell refuses its row [characters]."""
MAX_OPEN = 16_000_000
"""A cell this long is a quote that was never closed [characters]."""
_SHOWN = 200


@dataclass(frozen=True)
class BadRow:
    """A row that could not be read: its line, code, the start of its text, and why."""

    line: int
    code: str
    value: str
    reason: str


@dataclass(frozen=True)
class Split:
    """Rows of one block.

    `cells` holds text by place in the header; `line` and `number` count lines and rows from 1 at
    the block's start. `n_lines` and `n_rows` are all lines and rows of it, `lengths` how many rows
    have how many cells.
    """

    cells: dict[int, pa.Array]
    line: Int
    number: Int
    bad_rows: list[BadRow]
    n_lines: int
    n_rows: int
    lengths: Counter[int]


def is_plain(block: bytes, separator: str) -> bool:
    """Say whether pyarrow can't misread this block of whole rows, one a line.

    Quotes must be those of RFC 4180: around a whole cell, doubled within it, no line end within;
    and there must be no NUL, lone carriage return, blank line or line long enough for a huge cell.
    """
    if b"\0" in block or not separator.isascii() or block.count(b"\r") != block.count(b"\r\n"):
        return False
    if b"\n\n" in block or b"\n\r\n" in block or block.startswith((b"\n", b"\r\n")):
        return False
    codes = np.frombuffer(b"\n" + block + b"\n", dtype=np.uint8)
    line_end = np.flatnonzero(codes == ord("\n"))
    if np.diff(line_end).max() > MAX_CELL:
        return False
    return b'"' not in block or _quotes_are_plain(codes, line_end, ord(separator))


def _quotes_are_plain(
    codes: npt.NDArray[np.uint8], line_end: npt.NDArray[np.intp], separator: int
) -> bool:
    """Follow every run of quotes: it opens a cell, stands in one, or closes it.

    Whether a run stands within a cell is told by the number of quotes before it, which holds as
    long as no run broke the rule before.
    """
    quote = np.flatnonzero(codes == ord('"'))
    if np.any(np.searchsorted(quote, line_end) % 2):
        return False
    is_first = np.diff(quote, prepend=-1) > 1
    first = np.flatnonzero(is_first)
    length = np.diff(first, append=len(quote))
    before = codes[quote[first] - 1]
    after = codes[quote[first] + length]
    is_within = first % 2 == 1
    opens_rightly = (before == separator) | (before == ord("\n"))
    ends_rightly = (after == separator) | (after == ord("\n")) | (after == ord("\r"))
    must_end = (length % 2 == 1) == is_within
    return bool(np.all(is_within | opens_rightly) and np.all(~must_end | ends_rightly))


def split_fast(block: bytes, separator: str, *, width: int, wanted: list[int]) -> Split | None:
    """Split a plain block by pyarrow; None where a row has another length than the header."""
    names = [str(i) for i in range(width)]
    kept = [str(i) for i in wanted]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(block),
            read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=len(block) + 1),
            parse_options=pyarrow.csv.ParseOptions(delimiter=separator, double_quote=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pa.large_string() for name in kept},
                include_columns=kept or names[:1],
                strings_can_be_null=False,
                check_utf8=False,  # decoding has checked it
            ),
        )
    except pa.ArrowInvalid:
        return None
    n = table.num_rows
    number = np.arange(1, n + 1, dtype=np.int64)
    cells = {place: table[str(place)].combine_chunks() for place in wanted}
    return Split(cells, number, number, [], n, n, Counter({width: n}))


def split_carefully(
    block: bytes, feed: Feed, separator: str, *, width: int, wanted: list[int], line: int
) -> Split:
    """Split by Python's strict csv, row by row; a row that goes on beyond the block is finished.

    Parameters
    ----------
    block
        Begins where a row begins.
    feed
        Where the rest of the file comes from; what is taken and not needed goes back.
    width
        Number of cells of the header.
    wanted
        Places of the cells that are kept.
    line
        Line in the file at which the block starts, 1-based.

    Raises
    ------
    InputError
        ``bad-quote``: naming the line at which the row starts.
    """
    rows: list[list[str]] = []
    lines: list[int] = []
    numbers: list[int] = []
    bad: list[BadRow] = []
    lengths: Counter[int] = Counter()
    n_lines = 0
    for row, n_before, n_lines in _strict_rows(block, feed, separator, line):  # noqa: B007
        if not row:
            continue  # a blank line is no row
        lengths[len(row)] += 1
        if fault := _row_fault(row, width, line + n_before):
            bad.append(fault)
            continue
        rows.append([row[place] for place in wanted])
        lines.append(n_before + 1)
        numbers.append(lengths.total())
    cells = {
        place: pa.array([row[i] for row in rows], type=pa.large_string())
        for i, place in enumerate(wanted)
    }
    whole = np.array(lines, dtype=np.int64)
    number = np.array(numbers, dtype=np.int64)
    return Split(cells, whole, number, bad, n_lines, lengths.total(), lengths)


def _strict_rows(
    block: bytes, feed: Feed, separator: str, line: int
) -> Iterator[tuple[list[str], int, int]]:
    """Yield the rows that begin in a block, with the lines before and after each; then give back."""
    source = Lines(block, feed)
    n_lines = 0
    before = csv.field_size_limit(MAX_OPEN)  # a process-wide knob: put back below
    try:
        reader = csv.reader(source, delimiter=separator, strict=True)
        while not source.is_used_up and (row := next(reader, None)) is not None:
            yield row, n_lines, reader.line_num
            n_lines = reader.line_num
    except csv.Error as error:
        raise _bad_quote(feed.name, line + n_lines, error) from error
    finally:
        csv.field_size_limit(before)
    source.give_back()


def _row_fault(row: list[str], width: int, line: int) -> BadRow | None:
    start = ",".join(row)[:_SHOWN] if len(row) != width else ""
    if len(row) > width:
        return BadRow(line, "long-row", start, f"{len(row)} cells, the header has {width}")
    if len(row) < width:
        return BadRow(line, "short-row", start, f"{len(row)} cells, the header has {width}")
    if "\0" in "".join(row):
        return BadRow(line, "nul-byte", "", "a cell holds a NUL byte")
    if max(map(len, row)) > MAX_CELL:
        return BadRow(line, "huge-cell", "", f"a cell is longer than {MAX_CELL:,} characters")
    return None


def _bad_quote(name: str, line: int, error: csv.Error) -> InputError:
    return InputError(
        "bad-quote",
        f"a quote in the row that starts here is not closed properly ({error})",
        file=name,
        row=line,
        fix='close it, or double the quotes within the cell ("")',
    )


def all_ragged(name: str, n_cells: int, width: int) -> InputError:
    """Return the error of a file whose rows all have another length than the header."""
    return InputError(
        "header-mismatch",
        f"every row has {n_cells} cells, the header has {width}",
        file=name,
        row=2,
        fix="a name is missing in the header, or each row ends in a separator; correct the export",
    )
