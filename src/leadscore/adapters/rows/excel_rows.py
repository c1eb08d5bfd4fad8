"""Rows of one sheet of a workbook (.xlsx, .xls) as text, below the row that holds the headers.

Empty and title rows above the headers are passed over, and said. Refused where wanted columns hold
merged cells that hide values, or formulas that were never calculated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from python_calamine import CalamineSheet

from leadscore.adapters.files import sha256_of
from leadscore.adapters.rows.arrow_text import TEXT
from leadscore.adapters.rows.cell_text import cell_text, has_lost_digits
from leadscore.adapters.rows.csv_text import TextTable
from leadscore.adapters.rows.excel_book import open_sheet
from leadscore.adapters.rows.raw_files import Progress, find_file, shown_name
from leadscore.adapters.rows.row_headers import fitting, places_of, tidy_header
from leadscore.adapters.rows.text_tables import text_table
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Dialect

_CHUNK_ROWS = 50_000
_SEARCHED_ROWS = 30
_ALIKE = 0.8


def open_excel(
    raw_dir: Path,
    dialect: Dialect,
    *,
    wanted: list[str],
    progress: Progress | None = None,
    first: bool = False,
) -> ExcelRows:
    """Open one sheet of a workbook.

    Parameters
    ----------
    raw_dir
        Folder of the export.
    dialect
        Where the file lies; `sheet` may be left out if only one visible sheet holds cells;
        `decimal` is the mark that number cells get as text.
    wanted
        Headers that must stand in one of the sheet's first 30 rows.
    progress
        Told the name and the share of the rows that is read.
    first
        Take the first of several sheets where none is declared.

    Raises
    ------
    InputError
        See `open_sheet`; a wanted column is missing, doubled, or holds cells that hide values.
    """
    return ExcelRows(Path(raw_dir), dialect, wanted=wanted, progress=progress, first=first)


class ExcelRows:
    """An open sheet (a `RowSource`); a row's line is its number on the sheet.

    `sheet` is its name, `others` are the names of other visible sheets that hold cells. A sheet
    that the mapping declares is a source of its own: its name stands in `name`, and goes into
    `sha256` beside the file's bytes.
    """

    def __init__(
        self,
        raw_dir: Path,
        dialect: Dialect,
        *,
        wanted: list[str],
        progress: Progress | None,
        first: bool,
    ) -> None:
        self._path = find_file(raw_dir, dialect.path)
        self._stamp = self._stamped()
        self.name, self.sha256 = shown_name(dialect.path), sha256_of(self._path)
        if dialect.sheet is not None:
            self.name = f"{self.name}[{shown_name(dialect.sheet)}]"
            self.sha256 = sha256(f"{self.sha256}\0{dialect.sheet}".encode()).hexdigest()
        self.n_bytes, self._decimal, self._progress = self._stamp[0], dialect.decimal, progress
        opened = open_sheet(self._path, self.name, sheet=dialect.sheet, first=first)
        self.sheet, self.others = opened.name, opened.others
        self._grid, self._facts = opened.grid, opened.facts
        self._left = (opened.grid.start or (0, 0))[1]
        top = _filled_down(opened.grid, self._left)
        self._header_row = _header_row(top, wanted)
        cells = top[self._header_row] if top else []
        row = self._header_row + 1
        self._places = places_of(wanted, cells, name=self.name, row=row)
        self.headers = tuple(header for header in cells if header)
        self.warnings: tuple[str, ...] = ()
        self._note_rows_above(top)
        if self._path.suffix.casefold() == ".xls":
            told = "errors (#N/A) and formulas never calculated read as empty in an old workbook"
            self.warnings += (f"{self.name}: {told}",)
        self._refuse_hidden_values()

    def chunks(self) -> Iterator[TextTable]:
        """Yield the rows in order; rows without any value are no rows.

        Raises
        ------
        InputError
            There are no rows, or the file was written while being read.
        """
        lost: set[str] = set()
        n_rows = 0
        rows = enumerate(self._grid.iter_rows(), start=1)
        filled = ((line, row) for line, row in rows if line > self._header_row + 1 and _any(row))
        while block := list(islice(filled, _CHUNK_ROWS)):
            line = np.array([at for at, _ in block], dtype=np.int64)
            number = np.arange(n_rows + 1, n_rows + 1 + len(block), dtype=np.int64)
            n_rows += len(block)
            cells = {header: self._column(header, block, lost) for header in self._places}
            yield text_table(cells, line=line, number=number, headers=self.headers)
            if self._progress is not None:
                self._progress(self.name, int(line[-1]) / max(self._grid.total_height, 1))
        self.warnings += tuple(
            f"{self.name}: numbers of {header} have more digits than a workbook keeps (15)"
            for header in sorted(lost)
        )
        if n_rows == 0:
            told, fix = f"sheet '{self.sheet}' has a header and no rows", "export it again"
            raise InputError("no-rows", told, file=self.name, fix=fix)
        if self._stamped() != self._stamp:
            told, fix = "was written while being read", "wait for the export, then run again"
            raise InputError("file-changed", told, file=self.name, fix=fix)

    def _column(
        self, header: str, block: Sequence[tuple[int, Sequence[object]]], lost: set[str]
    ) -> pa.Array:
        at = self._places[header]
        if any(has_lost_digits(row[at]) for _, row in block):
            lost.add(header)
        texts = [cell_text(row[at], self._decimal) for _, row in block]
        for i, (line, _) in enumerate(block if self._facts.errors else ()):
            texts[i] = self._facts.errors.get((line - 1, at + self._left), texts[i])
        return pa.array(texts, TEXT)

    def _stamped(self) -> tuple[int, int]:
        about = self._path.stat()
        return about.st_size, about.st_mtime_ns

    def _note_rows_above(self, top: list[list[str]]) -> None:
        above = [row for row in top[: self._header_row] if any(row)]
        if above:
            told = f"{len(above)} rows above the headers (row {self._header_row + 1}) are not read"
            self.warnings += (f"{self.name}: {told}",)

    def _refuse_hidden_values(self) -> None:
        """Refuse wanted columns with cells merged over rows, or formulas without a saved value."""
        column_of = {at + self._left: header for header, at in self._places.items()}
        for (top, left), (bottom, right) in self._grid.merged_cell_ranges or ():
            wanted = [column_of[at] for at in range(left, right + 1) if at in column_of]
            if wanted and bottom > top > self._header_row:
                raise InputError(
                    "merged-cells",
                    f"rows {top + 1} to {bottom + 1} are merged, so only the first holds the value",
                    file=self.name,
                    row=top + 1,
                    column=wanted[0],
                    fix="unmerge them and fill the value down",
                )
        for row, at in self._facts.unsaved:
            if row > self._header_row and at in column_of:
                raise InputError(
                    "formula-without-value",
                    "the formula was never calculated, so the cell holds no value",
                    file=self.name,
                    row=row + 1,
                    column=column_of[at],
                    fix="open the workbook in a spreadsheet program and save it",
                )


def _any(row: Sequence[object]) -> bool:
    return any(cell != "" for cell in row)


def _filled_down(grid: CalamineSheet, left: int) -> list[list[str]]:
    """Return the first rows as tidy headers; a header merged over rows stands in each of them."""
    top = [
        [tidy_header(cell_text(cell)) for cell in row]
        for row in islice(grid.iter_rows(), _SEARCHED_ROWS)
    ]
    for (first, column), (last, _) in grid.merged_cell_ranges or ():
        for row in range(first + 1, min(last + 1, len(top))):
            if 0 <= column - left < len(top[row]):
                top[row][column - left] = top[first][column - left]
    return top


def _header_row(top: list[list[str]], wanted: list[str]) -> int:
    """Return the row of the headers: the first with all wanted ones, else the one with most.

    Where nothing is wanted, it is the first row that is about as full as the fullest.
    """
    found = [
        sum(map(bool, fitting(wanted, row).values())) if wanted else sum(map(bool, row))
        for row in top
    ]
    most = max(found, default=0)
    if most == 0:
        return next((at for at, row in enumerate(top) if any(row)), 0)
    return next(at for at, n in enumerate(found) if n >= (most if wanted else _ALIKE * most))
