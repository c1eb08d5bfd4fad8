"""Rows of an export, whatever they are kept in: text in one form, chunk after chunk.

A source is opened once and read once from start to end; nobody needs to hold all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from leadscore.adapters.rows.csv_text import CsvRows, TextTable
from leadscore.adapters.rows.raw_files import Progress
from leadscore.domain.mapping import Dialect


class RowSource(Protocol):
    """One file (or query) of an export, open to be read once.

    Attributes
    ----------
    name
        Its path below the export's folder (or ``sql:NAME``), fit for messages.
    headers
        All its headers, tidy.
    n_bytes
        Bytes on disk; 0 for a query.
    sha256
        Of the bytes on disk; of the text of all cells in order for a query. Known at the end of
        `chunks`, as are the `warnings`.
    warnings
        What is odd about the file as a whole, one line each.
    """

    name: str
    headers: tuple[str, ...]
    n_bytes: int

    @property
    def sha256(self) -> str: ...  # noqa: D102  # told above

    @property
    def warnings(self) -> tuple[str, ...]: ...  # noqa: D102  # told above

    def chunks(self) -> Iterator[TextTable]:
        """Yield the rows in order, some 100,000 at most a chunk.

        Raises
        ------
        InputError
            ``no-rows`` at the end, and whatever is found to be wrong on the way.
        """
        ...


def open_rows(
    raw_dir: Path, dialect: Dialect, *, wanted: list[str], progress: Progress | None = None
) -> RowSource:
    """Open one file of an export, or one query, by what the mapping says it is.

    Parameters
    ----------
    raw_dir
        Folder of the export.
    dialect
        Where the rows lie and how they are written; its `kind` decides what reads them.
    wanted
        Headers that must be there, as the mapping writes them.
    progress
        Told the name and the share that is read.

    Raises
    ------
    InputError
        The file is missing or not what its ending says, or the header lacks a wanted column.
    """
    # Each kind brings its own heavy library, which is loaded by who needs it.
    if dialect.kind == "sql":
        from leadscore.adapters.rows.sql_rows import open_sql

        return open_sql(raw_dir, dialect, wanted=wanted, progress=progress)
    if dialect.kind == "parquet":
        from leadscore.adapters.rows.parquet_rows import open_parquet

        return open_parquet(raw_dir, dialect, wanted=wanted, progress=progress)
    if dialect.kind == "excel":
        from leadscore.adapters.rows.excel_rows import open_excel

        return open_excel(raw_dir, dialect, wanted=wanted, progress=progress)
    return CsvRows(raw_dir, dialect, wanted=wanted, progress=progress)


def whole_table(source: RowSource) -> TextTable:
    """Return all rows of a source as one table (for files with one row a lead)."""
    return TextTable.joined(list(source.chunks()))
