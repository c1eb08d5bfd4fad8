"""A CSV file as columns of text with the true line of every row; values are not looked at."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.rows.csv_lines import Feed, Lines
from leadscore.adapters.rows.csv_rows import (
    BadRow,
    Split,
    all_ragged,
    is_plain,
    split_carefully,
    split_fast,
)
from leadscore.adapters.rows.raw_files import Progress, RawFile
from leadscore.adapters.rows.row_headers import fitting, places_of, tidy_header
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Dialect

BLOCK = 16_000_000
"""Bytes of text that are split at once; what comes out does not depend on it."""
_SEPARATORS = {",": ",", ";": ";", "\t": "\\t", "|": "|"}


@dataclass(frozen=True)
class TextTable:
    """Readable rows of a file, or of a chunk of it.

    Attributes
    ----------
    columns
        Text (`str`, never null) by header, for the wanted headers only.
    line
        int64[n_rows]; 1-based line in the file at which each row starts.
    number
        int64[n_rows]; 1-based place among the file's rows, unreadable ones counted.
    headers
        All headers of the file.
    bad_rows
        Rows that could not be read.
    """

    columns: dict[str, pd.Series]
    line: npt.NDArray[np.int64]
    number: npt.NDArray[np.int64]
    headers: tuple[str, ...]
    bad_rows: tuple[BadRow, ...]

    @property
    def n_rows(self) -> int:
        """Rows of the file, readable or not."""
        return len(self.line) + len(self.bad_rows)

    @classmethod
    def joined(cls, chunks: Sequence[TextTable]) -> TextTable:
        """Return the chunks of one file (at least one) as one table."""
        if len(chunks) == 1:
            return chunks[0]
        first = chunks[0]
        return cls(
            {
                name: pd.concat([chunk.columns[name] for chunk in chunks], ignore_index=True)
                for name in first.columns
            },
            np.concatenate([chunk.line for chunk in chunks]),
            np.concatenate([chunk.number for chunk in chunks]),
            first.headers,
            tuple(bad for chunk in chunks for bad in chunk.bad_rows),
        )


class CsvRows:
    """A CSV file, open to be read once (a `row_source.RowSource`).

    Parameters
    ----------
    raw_dir
        Folder of the export.
    dialect
        Path, separator and encoding.
    wanted
        Headers that must be there, as the mapping writes them.
    progress
        Told the file's path and the share of it that is read.
    block
        Bytes that are split at once.

    Raises
    ------
    InputError
        The file can't be opened; its header is absent, lacks a wanted column (nearest name, or the
        separator that would fit) or names one twice.
    """

    def __init__(
        self,
        raw_dir: Path,
        dialect: Dialect,
        *,
        wanted: list[str],
        progress: Progress | None = None,
        block: int = BLOCK,
    ) -> None:
        self._raw = RawFile(raw_dir, dialect.path, encoding=dialect.encoding, progress=progress)
        self.name, self.n_bytes = self._raw.name, self._raw.n_bytes
        self._separator = dialect.separator
        self._feed = Feed(self._raw.pieces(), self.name, block=block)
        start = self._feed.start(_SHOWN_START)
        headers, self._line = _headers(self._feed, self._separator)
        self.headers = tuple(headers)
        self._places = _places(self.name, headers, self._separator, wanted, start)

    @property
    def sha256(self) -> str:
        """Hash of the bytes on disk, known at the end of `chunks`."""
        return self._raw.sha256

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about the text, known at the end of `chunks`."""
        return self._raw.warnings

    def chunks(self) -> Iterator[TextTable]:
        """Yield the rows in order.

        Raises
        ------
        InputError
            There are no rows; all have another length than the header; a quote is not closed; or
            the file is not what it should be (see `raw_files.RawFile.pieces`).
        """
        lengths: Counter[int] = Counter()
        number = 0
        while block := self._feed.block():
            split = self._split(block)
            lengths.update(split.lengths)
            if split.n_rows:
                yield self._table(split, number)
            self._line += split.n_lines
            number += split.n_rows
        if number == 0:
            raise InputError(
                "no-rows",
                "the file has a header and no rows",
                file=self.name,
                fix="export it again",
            )
        width = len(self.headers)
        if len(lengths) == 1 and width not in lengths and number > 1:
            raise all_ragged(self.name, next(iter(lengths)), width)

    def _split(self, block: bytes) -> Split:
        width, wanted = len(self.headers), sorted(set(self._places.values()))
        if is_plain(block, self._separator):
            fast = split_fast(block, self._separator, width=width, wanted=wanted)
            if fast is not None:
                return fast
        return split_carefully(
            block, self._feed, self._separator, width=width, wanted=wanted, line=self._line
        )

    def _table(self, split: Split, n_before: int) -> TextTable:
        columns = {
            name: pd.Series(pd.array(split.cells[place], dtype="str"))
            for name, place in self._places.items()
        }
        line = split.line + (self._line - 1)
        return TextTable(
            columns, line, split.number + n_before, self.headers, tuple(split.bad_rows)
        )


_SHOWN_START = 100_000


def _headers(feed: Feed, separator: str) -> tuple[list[str], int]:
    """Return the header's cells and the line after it."""
    lines = Lines(feed.block(), feed)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        cells = next(reader, [])
    except csv.Error as error:
        raise InputError(
            "bad-quote",
            f"the header can't be read ({error})",
            file=feed.name,
            row=1,
            fix="check its quotes",
        ) from error
    if not any(cell.strip() for cell in cells):
        raise InputError(
            "no-header",
            "the first line holds no column names",
            file=feed.name,
            row=1,
            fix="export with a header",
        )
    lines.give_back()
    return [tidy_header(cell) for cell in cells], reader.line_num + 1


def _places(
    name: str, headers: list[str], separator: str, wanted: list[str], start: bytes
) -> dict[str, int]:
    missing = [header for header, found in fitting(wanted, headers).items() if not found]
    if missing:
        _refuse_separator(name, separator, missing, start)
    return places_of(wanted, headers, name=name, row=1)


def _refuse_separator(name: str, separator: str, missing: list[str], start: bytes) -> None:
    """Stop where another separator would give the missing headers."""
    first_line = start.splitlines()[0].decode("utf-8", "replace")
    for other, shown in _SEPARATORS.items():
        cells = [tidy_header(c) for c in next(csv.reader([first_line], delimiter=other), [])]
        if other != separator and all(fitting(missing, cells).values()):
            raise InputError(
                "wrong-separator",
                f'the header does not split at "{_SEPARATORS.get(separator, separator)}"',
                file=name,
                row=1,
                fix=f'declare `separator: "{shown}"` for this file',
            )
