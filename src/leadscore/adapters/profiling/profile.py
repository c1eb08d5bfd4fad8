"""Looks at an unknown export: what its columns hold, and a first mapping to read and correct."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd

from leadscore.adapters.profiling.guess import Facts, facts_of
from leadscore.adapters.profiling.mapping_yaml import Writing, mapping_text
from leadscore.adapters.rows.csv_text import CsvRows, TextTable
from leadscore.adapters.rows.raw_files import RawFile
from leadscore.adapters.rows.row_source import RowSource
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Dialect

_SEPARATORS = (",", ";", "\t", "|")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[\d\s().-]{9,20}")
_START = 200_000
"""Bytes from which the separator is told."""
LOOKED_AT_ROWS = 200_000
"""A longer export is judged by this many of its first rows."""


@dataclass(frozen=True)
class Sniffed:
    """How a file is written and what its columns hold."""

    writing: Writing
    columns: tuple[Facts, ...]


def propose_mapping(path: Path) -> str:
    """Return a commented mapping for one file, to be saved in `config/sources` and corrected.

    The file is CSV, Parquet (also a folder of parts) or a workbook (.xlsx, .xls). The mapping names
    what was guessed (``CHECK``) and what only a person can know (``FILL IN``); with those left open,
    loading the mapping or reading by it says so.

    Raises
    ------
    InputError
        The file is missing, empty, damaged or not what its ending says.
    """
    sniffed = _sniff(Path(path))
    return mapping_text(sniffed.columns, sniffed.writing)


def profile_table(path: Path) -> pd.DataFrame:
    """Return one row a column: what it holds, fit to be shown on a screen.

    Returns
    -------
    Columns ``column``, ``filled`` (share of rows, in [0, 1]), ``distinct`` (count), ``kind``,
    ``guess`` (what it may mean), ``sample`` (three frequent values; addresses, phone numbers and
    names are masked).

    Raises
    ------
    InputError
        As `propose_mapping`.
    """
    columns = _sniff(Path(path)).columns
    return pd.DataFrame(
        {
            "column": [c.header for c in columns],
            "filled": [c.filled for c in columns],
            "distinct": [c.n_distinct for c in columns],
            "kind": [c.kind for c in columns],
            "guess": [c.guess or "" for c in columns],
            "sample": [_sample(c) for c in columns],
        }
    )


def _sniff(path: Path) -> Sniffed:
    name = f"{path.name}/" if path.is_dir() else path.name
    if Dialect(path=name).kind == "csv":
        return _sniff_csv(path.parent, name)
    _, headers, _ = _open_typed(path.parent, name, wanted=[])
    source, _, sheets = _open_typed(path.parent, name, wanted=_single(headers))
    table, is_whole = _first_rows(source)
    writing = Writing(name, table.n_rows, is_whole=is_whole, sheets=sheets)
    return Sniffed(writing, _facts(table))


def _sniff_csv(folder: Path, name: str) -> Sniffed:
    """Look at a CSV file as UTF-8, else as UTF-16 or cp1252; the mapping shows which was taken."""
    try:
        return _sniff_encoded(folder, name, "utf-8")
    except InputError as error:
        if error.code != "bad-encoding":
            raise
        other = "utf-16" if "UTF-16" in str(error) else "cp1252"
    return _sniff_encoded(folder, name, other)


def _sniff_encoded(folder: Path, name: str, encoding: str) -> Sniffed:
    pieces = RawFile(folder, name, encoding=encoding).pieces()
    separator = _separator(next(pieces, b"")[: _START + 1])
    dialect = Dialect(path=name, separator=separator, encoding=encoding)
    headers = CsvRows(folder, dialect, wanted=[]).headers
    table, is_whole = _first_rows(CsvRows(folder, dialect, wanted=_single(headers)))
    writing = Writing(name, table.n_rows, is_whole=is_whole, separator=separator, encoding=encoding)
    return Sniffed(writing, _facts(table))


def _open_typed(
    folder: Path, name: str, *, wanted: list[str]
) -> tuple[RowSource, tuple[str, ...], tuple[str, ...]]:
    """Return a Parquet file or workbook, the headers of its cells, and the sheets to choose from."""
    # Each kind brings its own library, which is loaded by who needs it.
    dialect = Dialect(path=name)
    if dialect.kind == "parquet":
        from leadscore.adapters.rows.parquet_rows import open_parquet

        parts = open_parquet(folder, dialect, wanted=wanted)
        return parts, parts.text_headers, ()
    from leadscore.adapters.rows.excel_rows import open_excel

    book = open_excel(folder, dialect, wanted=wanted, first=True)
    return book, book.headers, (book.sheet, *book.others)


def _single(headers: tuple[str, ...]) -> list[str]:
    return [header for header, n in Counter(headers).items() if header and n == 1]


def _first_rows(source: RowSource) -> tuple[TextTable, bool]:
    """Return the first rows of a source, and whether they are all."""
    chunks: list[TextTable] = []
    rest: Iterator[TextTable] = source.chunks()
    while sum(chunk.n_rows for chunk in chunks) < LOOKED_AT_ROWS:
        if not (more := list(islice(rest, 1))):
            return TextTable.joined(chunks), True
        chunks += more
    return TextTable.joined(chunks), False


def _facts(table: TextTable) -> tuple[Facts, ...]:
    return tuple(facts_of(header, cells) for header, cells in table.columns.items())


def _separator(start: bytes) -> str:
    """Return the separator that cuts the first lines into the most cells of equal number."""
    lines = start.decode("utf-8", "replace").splitlines()[:50]
    lines = lines[:-1] if len(lines) > 2 and len(start) > _START else lines
    best = (0.0, 0, ",")
    for separator in _SEPARATORS:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator) if row]
        if widths and widths[0] > 1:
            alike = widths.count(widths[0]) / len(widths)
            best = max(best, (alike, widths[0], separator))
    return best[2]


def _sample(column: Facts) -> str:
    if column.guess == "person":
        return "(masked)"
    shown = []
    for word in column.words[:3]:
        if _EMAIL.search(word):
            shown.append("***@" + word.rsplit("@", 1)[1])
        elif column.kind == "text" and _PHONE.fullmatch(word):
            shown.append("(masked)")
        else:
            shown.append(word if len(word) <= 24 else word[:21] + "...")
    return ", ".join(shown)
