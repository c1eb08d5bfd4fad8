"""Issued scores as the bytes of a CRM's import files, in pieces that a memory holds.

Every row comes out once; what had to be shortened or escaped is counted, and no lead's id is ever cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leadscore.delivery.crm_cells import Counts, cells
from leadscore.domain.crm_fields import FIELDS, LONGEST_KEY, Crm, Field, Kind
from leadscore.domain.errors import InputError

_BLOCK = 65_536
"""Rows written at once."""
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Piece:
    """The next bytes of a file, whole lines; the first piece of each file starts with its header.

    Parameters
    ----------
    file
        Number of the file, from 1.
    rows
        Rows among the bytes.
    counts
        Cells shortened and escaped since the piece before, by field.
    """

    file: int
    content: bytes
    rows: int
    counts: Counts


@dataclass(frozen=True)
class Changed:
    """Leads whose news differs from an earlier partition's, and how many are left out and why."""

    rows: pd.DataFrame
    unchanged: int
    gone: int


def pieces(issued: pd.DataFrame, crm: Crm, *, block: int = _BLOCK) -> Iterator[Piece]:
    """Yield the files of a CRM piece by piece, in the order of the rows.

    Parameters
    ----------
    issued
        `domain.schemas.ISSUED`, one row per lead.
    block
        Rows looked at together; it bounds the memory and never changes a byte of the files.

    Raises
    ------
    InputError
        ``bad-key``: a lead's id is blank, or longer than a CRM's field.
        ``row-too-large``: one row alone is larger than a file may be.
    """
    _refuse_bad_keys(issued["lead_id"])
    head = _head(crm)
    file, rows, size = 0, crm.rows, crm.size
    for start in range(0, len(issued), block):
        lines, counts = _lines(issued.iloc[start : start + block], crm)
        at = 0
        while at < len(lines):
            fitting = 0 if file == 0 else lines.fitting(at, rows=rows, size=size)
            opening = b""
            if fitting == 0:
                file, opening, rows = file + 1, head, crm.rows
                size = None if crm.size is None else crm.size - len(head)
                fitting = lines.fitting(at, rows=rows, size=size)
                if fitting == 0:
                    lead = str(issued["lead_id"].iloc[start + at])
                    raise _too_large(lead, crm)
            content = lines.content(at, at + fitting)
            yield Piece(file, opening + content, fitting, counts)
            at, counts = at + fitting, Counts()
            rows = None if rows is None else rows - fitting
            size = None if size is None else size - len(content)


def changed(issued: pd.DataFrame, before: pd.DataFrame) -> Changed:
    """Return the leads that are new or whose news differs from what was issued before.

    News are the fields that say so (`crm_fields.Field.is_news`), compared as they are written. A lead that
    was issued before and is not any more is gone: it gets no row, and the CRM keeps its last score.

    Parameters
    ----------
    issued, before
        `domain.schemas.ISSUED`, one row per lead.
    """
    at = pd.Index(before["lead_id"]).get_indexer(pd.Index(issued["lead_id"]))
    is_known = at >= 0
    differs = ~is_known
    if is_known.any():
        earlier = before.iloc[np.where(is_known, at, 0)]
        for field in (f for f in FIELDS if f.is_news):
            differs |= _differs(issued, earlier, field)
    rows = issued.loc[differs].reset_index(drop=True)
    return Changed(rows, int((~differs).sum()), len(before) - int(is_known.sum()))


@dataclass(frozen=True)
class _Lines:
    """Lines of a file, one after the other in one buffer."""

    buffer: memoryview
    ends: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ends) - 1

    def fitting(self, at: int, *, rows: int | None, size: int | None) -> int:
        """Return how many lines from `at` on fit into what is left of a file."""
        most = len(self) - at if rows is None else min(rows, len(self) - at)
        if size is None:
            return most
        beyond = int(np.searchsorted(self.ends, self.ends[at] + size, side="right"))
        return max(0, min(most, beyond - 1 - at))

    def content(self, start: int, end: int) -> bytes:
        return bytes(self.buffer[self.ends[start] : self.ends[end]])


def _lines(issued: pd.DataFrame, crm: Crm) -> tuple[_Lines, Counts]:
    counts = Counts()
    columns = [cells(_column(issued, field), field, crm, counts) for field in FIELDS]
    return _joined(columns, crm), counts


def _joined(columns: list[pa.LargeStringArray], crm: Crm) -> _Lines:
    end = pa.scalar(crm.line_end, pa.large_string())
    between = pa.scalar(crm.delimiter, pa.large_string())
    rows = pc.binary_join_element_wise(*columns, between)
    lines = pc.binary_join_element_wise(rows, end, pa.scalar("", pa.large_string()))
    _, offsets, characters = lines.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[lines.offset : lines.offset + len(lines) + 1]
    return _Lines(memoryview(characters), ends)


def _column(issued: pd.DataFrame, field: Field) -> pd.Series:
    if field.source in issued:
        return issued[field.source]
    return pd.Series([None] * len(issued), dtype="object")


def _head(crm: Crm) -> bytes:
    quoted = [f'"{column}"' for column in crm.columns]
    line = f"{crm.delimiter.join(quoted)}{crm.line_end}".encode()
    return _BOM + line if crm.bom else line


def _refuse_bad_keys(keys: pd.Series) -> None:
    lengths = keys.str.len()
    bad = np.flatnonzero((keys.str.strip() == "") | (lengths > LONGEST_KEY))
    if len(bad):
        key = str(keys.iloc[bad[0]])
        told = "is blank" if not key.strip() else f"has {len(key):,} characters"
        raise InputError(
            "bad-key",
            f"the id of a lead {told}; it must have 1 to {LONGEST_KEY}, or no CRM finds its record "
            f"({len(bad):,} such leads)",
            row=int(bad[0]) + 1, column="lead_id",
            fix="give these leads an id in the export, ingest and score again",
        )  # fmt: skip


def _too_large(lead: str, crm: Crm) -> InputError:
    return InputError(
        "row-too-large",
        f"the row of lead {lead} alone is larger than a file for {crm.title} may be ({crm.size:,} bytes)",
        column="reasons_for",
        fix="shorten the words of events and rules, and score again",
    )


def _differs(issued: pd.DataFrame, earlier: pd.DataFrame, field: Field) -> npt.NDArray[np.bool_]:
    now, was = _written(issued, field), _written(earlier, field)
    same = (now == was) | (now.isna() & was.isna())
    return ~same.fillna(value=False).to_numpy(dtype=np.bool_)


def _written(rows: pd.DataFrame, field: Field) -> pd.Series:
    column = _column(rows, field).reset_index(drop=True)
    return column.round(field.decimals) if field.kind is Kind.NUMBER else column
