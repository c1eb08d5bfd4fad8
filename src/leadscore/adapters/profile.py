"""Looks at an unknown export: what its columns hold, and a first mapping to read and correct."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from leadscore.adapters.csv_text import read_text, tidy_header
from leadscore.adapters.profile_guess import Facts, facts_of
from leadscore.adapters.profile_yaml import mapping_text
from leadscore.adapters.raw_files import RawFile, open_raw
from leadscore.domain.errors import InputError

_SEPARATORS = (",", ";", "\t", "|")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[\d\s().-]{9,20}")


@dataclass(frozen=True)
class Sniffed:
    """How a file is written and what its columns hold."""

    path: Path
    separator: str
    encoding: str
    n_rows: int
    columns: tuple[Facts, ...]


def propose_mapping(path: Path) -> str:
    """Return a commented mapping for one CSV file, to be saved in `config/sources` and corrected.

    It names what was guessed (``CHECK``) and what only a person can know (``FILL IN``); with those
    left open, loading the mapping or reading by it says so.

    Raises
    ------
    InputError
        The file is missing, empty, damaged or no CSV.
    """
    sniffed = _sniff(Path(path))
    return mapping_text(
        sniffed.path.name,
        sniffed.columns,
        separator=sniffed.separator,
        encoding=sniffed.encoding,
        n_rows=sniffed.n_rows,
    )


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
    raw, encoding = _open_in_any(path)
    separator = _separator(raw)
    first = next(csv.reader([_first_line(raw)], delimiter=separator), [])
    headers = [tidy_header(cell) for cell in first]
    named = [header for header, n in Counter(headers).items() if header and n == 1]
    table = read_text(raw, separator=separator, wanted=named)
    columns = tuple(facts_of(header, table.columns[header]) for header in named)
    return Sniffed(path, separator, encoding, table.n_rows, columns)


def _open_in_any(path: Path) -> tuple[RawFile, str]:
    """Open as UTF-8, else as UTF-16 or cp1252; the mapping shows which was taken."""
    try:
        return open_raw(path.parent, path.name, encoding="utf-8"), "utf-8"
    except InputError as error:
        if error.code != "bad-encoding":
            raise
        other = "utf-16" if "UTF-16" in str(error) else "cp1252"
    return open_raw(path.parent, path.name, encoding=other), other


def _first_line(raw: RawFile) -> str:
    lines = raw.content[:1_000_000].splitlines()
    return lines[0].decode("utf-8", "replace") if lines else ""


def _separator(raw: RawFile) -> str:
    """Return the separator that cuts the first lines into the most cells of equal number."""
    text = raw.content[:200_000].decode("utf-8", "replace")
    lines = text.splitlines()[:50]
    lines = lines[:-1] if len(lines) > 2 and len(raw.content) > 200_000 else lines
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
