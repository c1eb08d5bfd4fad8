"""Chunks of text from sources that have types: cells no reader could bear come out as bad rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leadscore.adapters.rows.csv_rows import MAX_CELL, BadRow
from leadscore.adapters.rows.csv_text import TextTable

Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def text_table(
    cells: dict[str, pa.Array], *, line: Int, number: Int, headers: tuple[str, ...]
) -> TextTable:
    """Return a chunk of rows; those with a NUL byte or a huge cell are set apart, as in a CSV.

    Parameters
    ----------
    cells
        Text without nulls (large_string) by wanted header, all of one length.
    line, number
        int64[n_rows]; where each row stands, and its place among the rows.
    headers
        All headers of the source.
    """
    has_nul = np.zeros(len(line), dtype=np.bool_)
    is_huge = np.zeros(len(line), dtype=np.bool_)
    for text in cells.values():
        has_nul |= _mask(pc.match_substring(text, "\0"))
        is_huge |= _mask(pc.greater(pc.utf8_length(text), MAX_CELL))
    is_bad = has_nul | is_huge
    if not is_bad.any():
        return TextTable(_columns(cells), line, number, headers, ())
    bad = [_bad_row(int(line[at]), has_nul=bool(has_nul[at])) for at in np.flatnonzero(is_bad)]
    keep = pa.array(~is_bad)
    kept = {header: text.filter(keep) for header, text in cells.items()}
    return TextTable(_columns(kept), line[~is_bad], number[~is_bad], headers, tuple(bad))


def _mask(cells: pa.Array) -> Mask:
    mask: Mask = cells.to_numpy(zero_copy_only=False)
    return mask


def _columns(cells: dict[str, pa.Array]) -> dict[str, pd.Series]:
    return {header: pd.Series(pd.array(text, dtype="str")) for header, text in cells.items()}


def _bad_row(line: int, *, has_nul: bool) -> BadRow:
    if has_nul:
        return BadRow(line, "nul-byte", "", "a cell holds a NUL byte")
    return BadRow(line, "huge-cell", "", f"a cell is longer than {MAX_CELL:,} characters")
