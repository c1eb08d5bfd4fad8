"""Which rows of a file stay, and every refused one with file, line, column, value and reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Mask = npt.NDArray[np.bool_]

_SHOWN_CHARS = 80
_LOCAL_PART = re.compile(r"[^@\s<>,;]+@(?=[\w-]+\.)")


@dataclass(frozen=True)
class Count:
    """Where the rows of one file went: ``rows == kept + rejected + left_out + repeated``, always.

    `left_out` were declared to be ignored; `repeated` said again what a kept row says.
    """

    file: str
    table: str
    rows: int
    kept: int
    rejected: int
    left_out: int
    repeated: int

    def __add__(self, other: Count) -> Count:
        """Return the counts of two chunks of one file together."""
        return Count(
            self.file,
            self.table,
            self.rows + other.rows,
            self.kept + other.kept,
            self.rejected + other.rejected,
            self.left_out + other.left_out,
            self.repeated + other.repeated,
        )


class Sieve:
    """Rows of one file on their way into one table; the first reason to refuse a row counts.

    Attributes
    ----------
    keep
        bool[n]; rows that are still in.
    """

    def __init__(self, file: str, line: npt.NDArray[np.int64], *, n_unreadable: int = 0) -> None:
        self.file, self.line = file, line
        self.keep: Mask = np.ones(len(line), dtype=np.bool_)
        self._refused: list[pd.DataFrame] = []
        self._n_rejected, self._n_left_out, self._n_repeated = n_unreadable, 0, 0
        self._n_rows = len(line) + n_unreadable

    def refuse(
        self,
        rows: Mask,
        code: str,
        reason: str | pd.Series,
        *,
        column: str | None = None,
        values: pd.Series | None = None,
    ) -> int:
        """Refuse the marked rows that are still in; return how many that were."""
        at = np.flatnonzero(rows & self.keep)
        if len(at):
            self.keep[at] = False
            self._n_rejected += len(at)
            shown = [None] * len(at) if values is None else [shown_cell(v) for v in values.iloc[at]]
            told = [reason] * len(at) if isinstance(reason, str) else list(reason.iloc[at])
            self._refused.append(
                rejects(self.file, self.line[at], code, told, column=column, values=shown)
            )
        return len(at)

    def leave_out(self, rows: Mask) -> int:
        """Take out rows that the mapping declares to be ignored; return how many."""
        n = int((rows & self.keep).sum())
        self.keep &= ~rows
        self._n_left_out += n
        return n

    def drop_repeats(self, rows: Mask) -> int:
        """Take out rows that say again what a kept row says; return how many."""
        n = int((rows & self.keep).sum())
        self.keep &= ~rows
        self._n_repeated += n
        return n

    def rejected(self) -> pd.DataFrame:
        """Refused rows so far, as in the table `rejected`."""
        return pd.concat([rejects(self.file, [], "", []), *self._refused], ignore_index=True)

    def count(self, table: str) -> Count:
        """Return where the rows went, after checking that none got lost.

        Raises
        ------
        RuntimeError
            Rows are missing from the sum: a bug.
        """
        kept = int(self.keep.sum())
        count = Count(
            self.file,
            table,
            self._n_rows,
            kept,
            self._n_rejected,
            self._n_left_out,
            self._n_repeated,
        )
        if count.rows != count.kept + count.rejected + count.left_out + count.repeated:
            raise RuntimeError(f"rows got lost: {count}")
        return count


def rejects(
    file: str,
    lines: Sequence[int] | npt.NDArray[np.int64],
    code: str,
    reasons: Sequence[str],
    *,
    column: str | None = None,
    values: Sequence[str | None] | None = None,
) -> pd.DataFrame:
    """Return rows of the table `rejected`, one a line."""
    n = len(lines)
    text: dict[str, list[str | None]] = {
        "column": [column] * n,
        "code": [code] * n,
        "value": list(values) if values is not None else [None] * n,
        "reason": list(reasons),
    }
    return pd.DataFrame(
        {
            "file": pd.Series([file] * n, dtype="str"),
            "line": np.asarray(lines, dtype=np.int64),
            **{name: pd.Series(cells, dtype="str") for name, cells in text.items()},
        }
    )


def shown_cell(value: object) -> str | None:
    """Return a cell as it may be shown: short, on one line, without the name of an address."""
    if value is None or value is pd.NA or value != value:  # NaN
        return None
    text = _LOCAL_PART.sub("***@", " ".join(str(value)[:500].split()))
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 3] + "..."
