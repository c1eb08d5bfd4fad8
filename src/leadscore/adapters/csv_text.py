"""A CSV file as columns of text with the true line of every row; values are not looked at."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.csv_rows import BadRow, is_plain, lines_of, split_carefully, split_fast
from leadscore.adapters.raw_files import RawFile
from leadscore.domain.errors import InputError, nearest

_SEPARATORS = {",": ",", ";": ";", "\t": "\\t", "|": "|"}


@dataclass(frozen=True)
class TextTable:
    """Readable rows of a file.

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


def read_text(raw: RawFile, *, separator: str, wanted: list[str]) -> TextTable:
    """Split a file into text columns.

    Parameters
    ----------
    raw
        The opened file.
    separator
        One character between cells.
    wanted
        Headers that must be there, as the mapping writes them.

    Raises
    ------
    InputError
        The header lacks a wanted column (nearest name, or the separator that would fit), names one
        twice, is absent; there are no rows; all rows have another length than the header; or a
        quote is not closed.
    """
    headers = _headers(raw, separator)
    places = _places(raw, headers, separator, wanted)
    split = split_fast(raw, separator, len(headers)) if is_plain(raw.content, separator) else None
    if split is None:
        split = split_carefully(raw, separator, headers, sorted(places.values()))
    cells, line, number, bad_rows = split
    if len(line) + len(bad_rows) == 0:
        raise InputError(
            "no-rows", "the file has a header and no rows", file=raw.name, fix="export it again"
        )
    columns = {
        name: pd.Series(pd.array(cells[place], dtype="str")) for name, place in places.items()
    }
    return TextTable(columns, line, number, tuple(headers), tuple(bad_rows))


def tidy_header(text: str) -> str:
    """Return a header in NFC with single spaces and none at the ends."""
    return " ".join(
        unicodedata.normalize("NFC", text).replace("\u200b", "").replace("\ufeff", "").split()
    )


def _headers(raw: RawFile, separator: str) -> list[str]:
    try:
        cells = next(csv.reader(lines_of(raw), delimiter=separator, strict=True), [])
    except csv.Error as error:
        raise InputError(
            "bad-quote",
            f"the header can't be read ({error})",
            file=raw.name,
            row=1,
            fix="check its quotes",
        ) from error
    if not any(cell.strip() for cell in cells):
        raise InputError(
            "no-header",
            "the first line holds no column names",
            file=raw.name,
            row=1,
            fix="export with a header",
        )
    return [tidy_header(cell) for cell in cells]


def _places(raw: RawFile, headers: list[str], separator: str, wanted: list[str]) -> dict[str, int]:
    tidy = {name: tidy_header(name) for name in wanted}
    missing = [name for name, clean in tidy.items() if clean not in headers]
    if missing:
        raise _missing(raw, headers, separator, missing)
    count = Counter(headers)
    twice = [name for name, clean in tidy.items() if count[clean] > 1]
    if twice:
        raise InputError(
            "duplicate-header",
            f"the header names '{twice[0]}' {count[tidy[twice[0]]]} times",
            file=raw.name,
            row=1,
            column=twice[0],
            fix="rename one in the export",
        )
    return {name: headers.index(clean) for name, clean in tidy.items()}


def _missing(raw: RawFile, headers: list[str], separator: str, missing: list[str]) -> InputError:
    first_line = raw.content[:100_000].splitlines()[0].decode("utf-8", "replace")
    for other, shown in _SEPARATORS.items():
        cells = [tidy_header(c) for c in next(csv.reader([first_line], delimiter=other), [])]
        if other != separator and all(tidy_header(name) in cells for name in missing):
            return InputError(
                "wrong-separator",
                f'the header does not split at "{_SEPARATORS.get(separator, separator)}"',
                file=raw.name,
                row=1,
                fix=f'declare `separator: "{shown}"` for this file',
            )
    more = f" (and {len(missing) - 1} more: {', '.join(missing[1:4])})" if len(missing) > 1 else ""
    return InputError(
        "missing-column",
        f"column not found{more}",
        file=raw.name,
        row=1,
        column=missing[0],
        fix=nearest(missing[0], headers),
    )
