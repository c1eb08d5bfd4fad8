"""All refused rows of an export: kept apart from memory where many, judged file by file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.ingest.sieve import rejects, shown_cell
from leadscore.adapters.ingest.spool import Spool, StoredTable
from leadscore.adapters.ingest.tally import Tally
from leadscore.adapters.rows.csv_rows import BadRow
from leadscore.domain.errors import GateError, InputError

ORDER = ("rank", "line", "number")
"""Columns that put refused rows in order: file in the order of reading, line, order of refusal."""


@dataclass(frozen=True)
class _First:
    """The first row of a file that was refused for some reason."""

    line: int
    reason: str
    column: str | None
    value: str | None

    @classmethod
    def of(cls, rows: pd.DataFrame, at: int) -> _First:
        """Return the refused row at a place."""
        told = [rows[name].iloc[at] for name in ("column", "value")]
        column, value = (None if pd.isna(word) else str(word) for word in told)
        return cls(int(rows["line"].iloc[at]), str(rows["reason"].iloc[at]), column, value)


class Refusals:
    """Refused rows as they come, by file.

    Parameters
    ----------
    spool
        Where rows are kept, with the columns of `ORDER` besides their own.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._rank: dict[str, int] = {}
        self._lines: dict[str, list[npt.NDArray[np.int64]]] = defaultdict(list)
        self._codes: dict[str, Counter[str]] = defaultdict(Counter)
        self._first: dict[tuple[str, str], _First] = {}

    def add_unreadable(self, file: str, bad_rows: Sequence[BadRow]) -> None:
        """Take over rows that could not be read."""
        for code in dict.fromkeys(bad.code for bad in bad_rows):
            of_code = [bad for bad in bad_rows if bad.code == code]
            lines, told = [bad.line for bad in of_code], [bad.reason for bad in of_code]
            values = [shown_cell(bad.value) for bad in of_code]
            self.add(file, rejects(file, lines, code, told, values=values))

    def add(self, file: str, rows: pd.DataFrame) -> None:
        """Take over refused rows of one file (columns of the table `rejected`)."""
        rank = self._rank.setdefault(file, len(self._rank))
        if len(rows) == 0:
            return
        self._lines[file].append(rows["line"].to_numpy())
        for code, n in rows["code"].value_counts().items():
            self._codes[file][str(code)] += int(n)
            of_code = rows[rows["code"] == code]
            first = _First.of(of_code, int(of_code["line"].to_numpy().argmin()))
            known = self._first.setdefault((file, str(code)), first)
            if first.line < known.line:
                self._first[file, str(code)] = first
        number = np.arange(len(rows)) + self._spool.n_rows
        self._spool.add(rows.assign(rank=rank, number=number))

    def refuse_if_most_fail(
        self, file: str, *, n_rows: int, max_share: float, tally: Tally
    ) -> None:
        """Stop when too large a share of a file's rows was refused.

        Raises
        ------
        InputError
            ``too-many-rejects``: with the share, the most frequent code and the first row with it.
        """
        lines = self._lines.get(file, [])
        n_lines = len(np.unique(np.concatenate(lines))) if lines else 0
        if n_lines <= max_share * n_rows:
            return
        counts = self._codes[file]
        code = min(counts, key=lambda c: (-counts[c], self._first[file, c].line))
        worst = self._first[file, code]
        value = "" if worst.value is None else f" (here '{worst.value}')"
        hint = tally.hint(worst.column, max_share=max_share) if code == "bad-time" else ""
        raise InputError(
            "too-many-rejects",
            f"{n_lines:,} of {n_rows:,} rows refused, {counts[code]:,} as {code}: "
            f"{worst.reason}{hint}{value}",
            file=file,
            row=worst.line,
            column=worst.column,
            fix=f"correct the mapping or the export, or raise max_reject_share ({max_share:g})",
        )

    def refuse_if_other_leads(self, file: str, *, n_rows: int, max_share: float) -> None:
        """Stop where too large a share of a file's rows is of leads that the export does not hold.

        Raises
        ------
        GateError
            ``orphan-rows``: with the share and the first such row.
        """
        counts = {c: n for c, n in self._codes[file].items() if c.startswith("orphan-")}
        n_orphans = sum(counts.values())
        if n_orphans <= max_share * n_rows:
            return
        first = min((self._first[file, code] for code in counts), key=lambda row: row.line)
        raise GateError(
            "orphan-rows",
            f"{n_orphans:,} of {n_rows:,} rows are of leads that are not in the export "
            f"(first: '{first.value}')",
            file=file,
            row=first.line,
            column=first.column,
            fix="export leads and events for the same period at the same time, or raise "
            f"max_orphan_share ({max_share:g}) in the mapping",
        )

    def in_order(self) -> pd.DataFrame | StoredTable:
        """Return all refused rows, by file in the order of reading, then by line."""
        return self._spool.in_order()
